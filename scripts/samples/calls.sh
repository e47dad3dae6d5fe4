# shellcheck shell=bash
# One function a sample. The Call-ID of a call is NAME-N@192.0.2.10.
# shellcheck disable=SC2154

alice=192.0.2.10 proxy=192.0.2.1 bob=198.51.100.20

two_hosts() {
	lab_host alice $alice ${ipv6:+2001:db8::10}
	lab_host bob $bob ${ipv6:+2001:db8:1::20}
}

through_proxy() { # Kamailio's defines...
	two_hosts
	lab_host proxy $proxy
	lab_kamailio "$@" || return 1
	lab_capture "$work/out.pcap"
}

# call [sipp options of both]: Bob waits, Alice calls him directly.
call() {
	lab_sipp bob uas -i $bob -p 5060 "$@"
	sleep 0.4
	lab_sipp alice uac -i $alice -p 5060 -cid_str "$lab-%u@$alice" "$@" $bob:5060
}

call_by_proxy() {
	lab_sipp bob uas -i $bob -p 5060 "$@"
	sleep 0.4
	lab_sipp alice uac -i $alice -p 5060 -cid_str "$lab-%u@$alice" "$@" $proxy:5060
}

direct() {
	two_hosts
	lab_capture "$work/out.pcap" || return 1
	call "$@"
}

alice_talks() {
	scenario uac uac alice bob "$@" <<-'END'
		send INVITE
		expect 100 opt
		expect 180
		expect 200
		send ACK
		pause 1500
		send BYE
		expect 200
	END
}

bob_answers() {
	scenario uas uas bob alice "$@" <<-'END'
		expect INVITE
		answer 100 Trying
		pause 80
		answer 180 Ringing
		pause 700
		answer 200 OK
		expect ACK
		expect BYE
		answer 200 OK
	END
}

sample_answered() {
	alice_talks
	bob_answers
	direct
}

sample_answered_callee_hangs_up() {
	scenario uac uac alice bob <<-'END'
		send INVITE
		expect 100 opt
		expect 180
		expect 200
		send ACK
		expect BYE
		answer 200 OK
	END
	scenario uas uas bob alice <<-'END'
		expect INVITE
		answer 100 Trying
		answer 180 Ringing
		pause 400
		answer 200 OK
		expect ACK
		pause 900
		send BYE
		| Reason: Q.850;cause=16;text="Normal call clearing"
		expect 200
	END
	direct
}

# refused CODE REASON [header]: Bob rings and then refuses.
refused() {
	scenario uac uac alice bob <<-END
		send INVITE
		expect 100 opt
		expect 180 opt
		expect 183 opt
		expect $1
		send ACK
		pause 200
	END
	scenario uas uas bob alice <<-END
		expect INVITE
		answer 100 Trying
		pause 60
		${4:-answer 180 Ringing}
		pause ${3:-500}
		answer $1 $2
		${5:+| $5}
		expect ACK
	END
	direct
}

sample_busy() { refused 486 "Busy Here" 20 "pause 10"; }
sample_no_answer() { refused 480 "Temporarily Unavailable" 2500; }
sample_unavailable() { refused 480 "Temporarily Unavailable" 20 "pause 10"; }
sample_not_found() { refused 404 "Not Found" 20 "pause 10"; }
sample_declined() {
	refused 603 Decline 600 "answer 180 Ringing" \
		'Reason: Q.850;cause=21;text="Call Rejected"'
}
sample_busy_by_q850() {
	refused 503 "Service Unavailable" 30 "answer 183 Session Progress sdp=sendrecv" \
		'Reason: Q.850;cause=17;text="User busy"'
}

sample_cancelled() {
	scenario uac uac alice bob <<-'END'
		send INVITE
		expect 100 opt
		expect 180
		pause 1200
		send CANCEL
		| Reason: SIP;cause=487;text="Caller gave up"
		expect 200
		expect 487
		send ACK
	END
	scenario uas uas bob alice <<-'END'
		expect INVITE
		answer 100 Trying
		answer 180 Ringing
		expect CANCEL
		answer 200 OK
		answer 487 Request Terminated for=INVITE
		expect ACK
	END
	direct
}

# The CANCEL was on its way when Bob had already answered: both succeed.
sample_cancel_crossing_answer() {
	scenario uac uac alice bob <<-'END'
		send INVITE
		expect 100 opt
		expect 180
		pause 800
		send CANCEL
		expect 200 inv
		expect 200
		send ACK
		send BYE
		expect 200
	END
	scenario uas uas bob alice <<-'END'
		expect INVITE
		answer 100 Trying
		answer 180 Ringing
		expect CANCEL
		answer 200 OK for=INVITE once
		answer 200 OK
		expect ACK
		expect BYE
		answer 200 OK
	END
	direct
}

# Nobody at that address. A second call, later, to one who does answer lets the
# clock of the capture pass 64*T1 of the first.
sample_never_answered_timeout() {
	two_hosts
	lab_host carol 198.51.100.21
	lab_capture "$work/out.pcap" || return 1
	scenario uac uac alice carol <<-'END'
		send INVITE
		expect 200 timeout=32500:gone
		label gone
	END
	tag=later
	scenario uac2 uac alice bob <<-'END'
		pause 33000
		send INVITE
		expect 100 opt
		expect 486
		send ACK
	END
	scenario uas uas bob alice <<-'END'
		expect INVITE
		answer 486 Busy Here
		expect ACK
	END
	# A socket that takes the datagrams and says nothing, so that no ICMP
	# tells Alice at once.
	scenario silent uas carol alice <<-'END'
		expect INVITE
		pause 33000
	END
	lab_sipp bob uas -i $bob -p 5060
	lab_sipp carol 'silent?' -i 198.51.100.21 -p 5060
	sleep 0.4
	lab_sipp alice 'uac?' -i $alice -p 5060 -cid_str "$lab-%u@$alice" \
		-max_invite_retrans 6 198.51.100.21:5060
	lab_sipp alice uac2 -i $alice -p 5062 -cid_str "$lab-later-%u@$alice" $bob:5060
}

# Bob's 200 never reaches Alice's SIP stack: he repeats it for 64*T1 and gives up.
sample_answer_never_acknowledged() {
	scenario uac uac alice bob <<-'END'
		send INVITE
		expect 100 opt
		expect 180
		expect BYE timeout=45000:gone
		answer 481 Call/Transaction Does Not Exist
		label gone
	END
	scenario uas uas bob alice <<-'END'
		expect INVITE
		answer 100 Trying
		answer 180 Ringing
		pause 600
		answer 200 OK ontimeout=give-up
		expect ACK
		label give-up
		pause 800
		send BYE
		| Reason: SIP;cause=408;text="ACK not received"
		expect 481
	END
	two_hosts
	lab_capture "$work/out.pcap" || return 1
	lab_sipp bob 'uas?' -i $bob -p 5060 -max_invite_retrans 20
	sleep 0.4
	lab_sipp alice 'uac?' -i $alice -p 5060 -cid_str "$lab-%u@$alice" \
		-default_behaviors none $bob:5060
}

sample_reinvite_hold() {
	scenario uac uac alice bob <<-'END'
		send INVITE
		expect 100 opt
		expect 180
		expect 200
		send ACK
		pause 600
		send INVITE sdp=sendonly
		expect 100 opt
		expect 200
		send ACK
		pause 800
		send INVITE sdp=sendrecv
		expect 100 opt
		expect 200
		send ACK
		pause 400
		send BYE
		expect 200
	END
	scenario uas uas bob alice <<-'END'
		expect INVITE
		answer 100 Trying
		answer 180 Ringing
		pause 300
		answer 200 OK
		expect ACK
		expect INVITE
		answer 100 Trying
		answer 200 OK sdp=recvonly
		expect ACK
		expect INVITE
		answer 200 OK sdp=sendrecv
		expect ACK
		expect BYE
		answer 200 OK
	END
	direct
}

# A re-INVITE that is refused leaves the call as it was.
sample_reinvite_refused() {
	scenario uac uac alice bob <<-'END'
		send INVITE
		expect 100 opt
		expect 180
		expect 200
		send ACK
		pause 400
		send INVITE sdp=inactive
		expect 488
		send ACK
		pause 700
		send BYE
		expect 200
	END
	scenario uas uas bob alice <<-'END'
		expect INVITE
		answer 180 Ringing
		pause 200
		answer 200 OK
		expect ACK
		expect INVITE
		answer 488 Not Acceptable Here
		expect ACK
		expect BYE
		answer 200 OK
	END
	direct
}

sample_redirected() {
	refused 302 "Moved Temporarily" 40 "pause 10" \
		'Contact: <sip:bob@198.51.100.77:5060>;q=0.8, <sip:mail@198.51.100.78>;q=0.2'
}

# What a carrier's trunk and a call centre say in headers: identities, the way
# that the call came, its attestation, and 181 and 182 before the answer.
sample_trunk_headers() {
	scenario uac uac alice bob <<-'END'
		send INVITE
		| P-Asserted-Identity: "Alice" <sip:+12155551212@carrier.example>
		| Remote-Party-ID: <sip:+12155551212@carrier.example>;party=calling;privacy=off
		| Privacy: id
		| Diversion: <sip:+12155550100@pbx.example>;reason=no-answer;counter=2
		| P-Charging-Vector: icid-value=lab-0001;orig-ioi=carrier.example
		| Session-ID: ab30317f1a784dc48ff824d0d3715d86;remote=00000000000000000000000000000000
		| Identity: eyJhbGciOiJFUzI1NiJ9.eyJhdHRlc3QiOiJBIiwib3JpZ2lkIjoiMTIzZTQ1NjctZTg5Yi0xMmQzLWE0NTYtNDI2NjU1NDQwMDAwIn0.c2ln;info=<https://cert.example/1>;alg=ES256;ppt=shaken
		| Supported: timer
		| Session-Expires: 1800
		| Min-SE: 90
		| Expires: 120
		expect 100 opt
		expect 181
		expect 182
		expect 180
		expect 200
		send ACK
		pause 800
		send BYE
		| Reason: Q.850;cause=16;text="done"
		expect 200
	END
	scenario uas uas bob alice <<-'END'
		expect INVITE
		answer 100 Trying
		pause 60
		answer 181 Call Is Being Forwarded
		pause 90
		answer 182 Queued
		pause 120
		answer 180 Ringing
		pause 300
		answer 200 OK
		| Require: timer
		| Session-Expires: 600;refresher=uac
		| Session-ID: 47755a9de7794ba387653f2099600ef2;remote=ab30317f1a784dc48ff824d0d3715d86
		expect ACK
		expect BYE
		answer 200 OK
	END
	direct
}

sample_try_again_later() {
	refused 503 "Service Unavailable" 40 "pause 10" \
		$'Retry-After: 120\n| Warning: 399 gw.example "no-trunk-free"'
}

# The caller follows the redirection: one attempt, two INVITEs.
sample_redirect_followed() {
	two_hosts
	lab_host carol 198.51.100.21
	lab_capture "$work/out.pcap" || return 1
	scenario uac uac alice bob <<-'END'
		send INVITE
		expect 302
		send ACK
		pause 50
		! <nop><action><setdest host="198.51.100.21" port="5060" protocol="UDP"/></action></nop>
		send INVITE ruri=sip:bob@198.51.100.21:5060
		expect 100 opt
		expect 180
		expect 200
		send ACK
		pause 700
		send BYE
		expect 200
	END
	scenario uas uas bob alice <<-'END'
		expect INVITE
		answer 302 Moved Temporarily
		| Contact: <sip:bob@198.51.100.21:5060>
		expect ACK
	END
	scenario carol uas carol alice <<-'END'
		expect INVITE
		answer 100 Trying
		answer 180 Ringing
		pause 300
		answer 200 OK
		expect ACK
		expect BYE
		answer 200 OK
	END
	lab_sipp carol carol -i 198.51.100.21 -p 5060
	call
}

sample_prack() {
	scenario uac uac alice bob <<-'END'
		send INVITE
		| Supported: 100rel
		expect 100 opt
		expect 183
		send PRACK
		| RAck: 1 1 INVITE
		expect 200
		expect 180
		send PRACK
		| RAck: 2 1 INVITE
		expect 200
		expect 200 inv
		send ACK
		pause 600
		send BYE
		expect 200
	END
	scenario uas uas bob alice <<-'END'
		expect INVITE
		answer 100 Trying
		pause 50
		answer 183 Session Progress sdp=sendrecv
		| Require: 100rel
		| RSeq: 1
		expect PRACK
		answer 200 OK
		pause 200
		answer 180 Ringing for=INVITE
		| Require: 100rel
		| RSeq: 2
		expect PRACK
		answer 200 OK
		pause 400
		answer 200 OK for=INVITE sdp=none
		expect ACK
		expect BYE
		answer 200 OK
	END
	direct
}

sample_tcp() {
	alice_talks
	bob_answers
	direct -t t1
}

sample_ipv6() {
	local ipv6=1
	alice_talks
	bob_answers
	two_hosts
	lab_capture "$work/out.pcap" || return 1
	lab_sipp bob uas -i 2001:db8:1::20 -p 5060
	sleep 0.4
	lab_sipp alice uac -i 2001:db8::10 -p 5060 \
		-cid_str "$lab-%u@$alice" "[2001:db8:1::20]:5060"
}

# An INVITE too large for one packet: IPv4 fragments.
sample_fragmented_invite() {
	alice_talks
	sed -i 's/^a=sendrecv/a=x-filler:'"$(printf '%02500d' 0)"'\na=sendrecv/' \
		"$work/uac.xml"
	bob_answers
	direct
}

# Two seconds of G.711 from Alice, the same back from Bob's echo.
sample_call_with_rtp() {
	scenario uac uac alice bob <<-'END'
		send INVITE
		expect 100 opt
		expect 180
		expect 200
		send ACK
		! <nop><action><exec play_pcap_audio="g711a-short.pcap"/></action></nop>
		pause 2200
		send BYE
		expect 200
	END
	bob_answers
	editcap -F pcap -r /usr/share/sip-tester/g711a.pcap \
		"$work/g711a-short.pcap" 1-100 || return 1
	sed -i 's/\[auto_media_port\]/[media_port]/' "$work"/*.xml
	two_hosts
	lab_capture "$work/out.pcap" || return 1
	lab_sipp bob uas -i $bob -mi $bob -mp 30000 -rtp_echo -p 5060
	sleep 0.4
	lab_sipp alice uac -i $alice -mi $alice -mp 20000 -p 5060 \
		-cid_str "$lab-%u@$alice" $bob:5060
}
