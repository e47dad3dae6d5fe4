# shellcheck shell=bash
# The samples in which more than two take part: proxy, PBX, SBC, registrar, third
# parties; and the many calls. Helpers are those of calls.sh.
# shellcheck disable=SC2154,SC2120

sample_proxy() {
	alice_talks
	bob_answers
	through_proxy WITH_RR || return 1
	call_by_proxy
}

# Without Record-Route ACK and BYE go past the proxy.
sample_proxy_no_record_route() {
	scenario uac uac alice bob <<-'END'
		send INVITE
		expect 100 opt
		expect 180
		expect 200
		! <nop><action><setdest host="198.51.100.20" port="5060" protocol="UDP"/></action></nop>
		send ACK
		pause 1100
		send BYE
		expect 200
	END
	scenario uas uas bob alice <<-'END'
		expect INVITE
		answer 100 Trying
		answer 180 Ringing
		pause 600
		answer 200 OK
		expect ACK
		expect BYE
		! <nop><action><setdest host="192.0.2.10" port="5060" protocol="UDP"/></action></nop>
		answer 200 OK
	END
	through_proxy || return 1
	call_by_proxy
}

# UDP as far as the proxy, TCP beyond it.
sample_proxy_udp_to_tcp() {
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
		answer 180 Ringing
		pause 500
		answer 200 OK
		expect ACK
		pause 800
		send BYE
		expect 200
	END
	through_proxy WITH_RR WITH_TCP_OUT || return 1
	lab_sipp bob uas -i $bob -p 5060 -t t1
	sleep 0.4
	lab_sipp alice uac -i $alice -p 5060 -cid_str "$lab-%u@$alice" $proxy:5060
}

authenticated_caller() {
	scenario uac uac alice bob "$@" <<-'END'
		send INVITE
		expect 100 opt
		expect 407 auth
		send ACK
		send INVITE auth
		expect 100 opt
		expect 180
		expect 200
		send ACK
		pause 900
		send BYE
		expect 200
	END
}

sample_authenticated() {
	authenticated_caller uridomain=example.com
	bob_answers
	through_proxy WITH_RR WITH_AUTH || return 1
	call_by_proxy
}

sample_auth_failed() {
	scenario uac uac alice bob password=wrong <<-'END'
		send INVITE
		expect 100 opt
		expect 407 auth
		send ACK
		send INVITE auth
		expect 100 opt
		expect 407
		send ACK
		pause 200
	END
	lab_host alice $alice
	lab_host proxy $proxy
	lab_kamailio WITH_AUTH || return 1
	lab_capture "$work/out.pcap" || return 1
	lab_sipp alice uac -i $alice -p 5060 -cid_str "$lab-%u@$alice" $proxy:5060
}

sample_bye_challenged() {
	scenario uac uac alice bob <<-'END'
		send INVITE
		expect 100 opt
		expect 180
		expect 200
		send ACK
		pause 1000
		send BYE
		expect 407 auth
		send BYE auth
		expect 200
	END
	bob_answers
	through_proxy WITH_RR WITH_BYE_AUTH || return 1
	call_by_proxy
}

three_phones() {
	lab_host alice $alice
	lab_host proxy $proxy
	lab_host bob $bob
	lab_host carol 198.51.100.21
}

# Both branches answer: the second 200 was on its way when the proxy's CANCEL
# came. Alice acknowledges both and hangs up the second at once (13.2.2.4).
sample_forked_two_answers() {
	scenario uac uac alice bob proxied=1 <<-'END'
		send INVITE
		expect 100 opt
		expect 180
		expect 180
		expect 200 save=first
		send ACK use=first
		expect 200 save=second
		send ACK use=second
		send BYE use=second
		expect 200
		pause 1200
		send BYE use=first
		expect 200
	END
	bob_answers
	scenario carol uas carol alice <<-'END'
		expect INVITE
		answer 100 Trying
		pause 50
		answer 180 Ringing
		expect CANCEL
		answer 200 OK
		answer 200 OK for=INVITE via=2
		expect ACK
		expect BYE
		answer 200 OK
	END
	three_phones
	lab_kamailio WITH_RR WITH_FORK || return 1
	lab_capture "$work/out.pcap" || return 1
	lab_sipp carol carol -i 198.51.100.21 -p 5060
	call_by_proxy
}

# A proxy rings three phones; Bob answers, the others are told so.
sample_ring_group_proxy() {
	scenario uac uac alice bob proxied=1 <<-'END'
		send INVITE
		expect 100 opt
		expect 180
		expect 180
		expect 180
		expect 200 save=bob
		send ACK use=bob
		pause 900
		send BYE use=bob
		expect 200
	END
	bob_answers
	local who
	three_phones
	lab_host dave 198.51.100.22
	for who in carol dave; do
		scenario $who uas $who alice <<-'END'
			expect INVITE
			answer 100 Trying
			pause 40
			answer 180 Ringing
			expect CANCEL
			answer 200 OK
			answer 487 Request Terminated for=INVITE via=2
			expect ACK
		END
	done
	lab_kamailio WITH_RR WITH_FORK WITH_FORK3 || return 1
	lab_capture "$work/out.pcap" || return 1
	lab_sipp carol carol -i 198.51.100.21 -p 5060
	lab_sipp dave dave -i 198.51.100.22 -p 5060
	call_by_proxy
}

# The same behind a PBX that is a party to every leg: each phone's leg has a
# Call-ID of its own, and those that lose end with Reason SIP;cause=200.
sample_ring_group_pbx() {
	local who n=0
	three_phones
	lab_host dave 198.51.100.22
	alice_talks
	scenario pbx uas sales alice <<-'END'
		expect INVITE
		answer 100 Trying
		pause 120
		answer 180 Ringing
		pause 800
		answer 200 OK
		expect ACK
		expect BYE
		answer 200 OK
	END
	tag=ring-group-pbx-bob
	scenario leg-bob uac alice bob tagprefix=pbx <<-'END'
		send INVITE
		expect 100 opt
		expect 180
		expect 200
		send ACK
		pause 1500
		send BYE
		expect 200
	END
	bob_answers
	for who in carol dave; do
		tag=ring-group-pbx-$who
		scenario leg-$who uac alice $who tagprefix=pbx <<-'END'
			send INVITE
			expect 100 opt
			expect 180
			pause 750
			send CANCEL
			| Reason: SIP;cause=200;text="Call completed elsewhere"
			expect 200
			expect 487
			send ACK
		END
		scenario $who uas $who alice <<-'END'
			expect INVITE
			answer 100 Trying
			pause 60
			answer 180 Ringing
			expect CANCEL
			answer 200 OK
			answer 487 Request Terminated for=INVITE
			expect ACK
		END
	done
	lab_capture "$work/out.pcap" || return 1
	lab_sipp proxy pbx -i $proxy -p 5060
	lab_sipp bob uas -i $bob -p 5060
	lab_sipp carol carol -i 198.51.100.21 -p 5060
	lab_sipp dave dave -i 198.51.100.22 -p 5060
	sleep 0.4
	lab_sipp alice uac -i $alice -p 5060 -cid_str "$lab-%u@$alice" $proxy:5060
	for who in bob carol dave; do
		n=$((n + 1))
		sleep 0.02
		lab_sipp proxy leg-$who -i $proxy -p $((5060 + 2 * n)) \
			-cid_str "$lab-$who-%u@$proxy" 198.51.100.$((19 + n)):5060
	done
}

# The SBC speaks for Alice to Bob: same Call-ID, a From tag of its own.
sample_sbc_changes_from_tag() {
	alice_talks
	bob_answers
	scenario sbc-in uas bob alice tagprefix=sbc <<-'END'
		expect INVITE
		answer 100 Trying
		pause 250
		answer 180 Ringing
		pause 700
		answer 200 OK
		expect ACK
		expect BYE
		answer 200 OK
	END
	tag=outer
	scenario sbc-out uac alice bob tagprefix=sbc "agent=SBC/1.0" <<-'END'
		pause 60
		send INVITE
		expect 100 opt
		expect 180
		expect 200
		send ACK
		pause 1550
		send BYE
		expect 200
	END
	two_hosts
	lab_host proxy $proxy
	lab_capture "$work/out.pcap" || return 1
	lab_sipp bob uas -i $bob -p 5060
	lab_sipp proxy sbc-in -i $proxy -p 5060
	sleep 0.4
	lab_sipp alice uac -i $alice -p 5060 -cid_str "$lab-%u@$alice" $proxy:5060
	lab_sipp proxy sbc-out -i $proxy -p 5080 -cid_str "$lab-%u@$alice" $bob:5060
}

# Bob sends Alice to Carol with REFER; Alice calls Carol and reports by NOTIFY.
sample_transferred() {
	two_hosts
	lab_host carol 198.51.100.21
	lab_capture "$work/out.pcap" || return 1
	scenario uac uac alice bob <<-'END'
		send INVITE
		expect 100 opt
		expect 180
		expect 200
		send ACK
		expect REFER
		answer 202 Accepted
		send NOTIFY once
		| Event: refer
		| Subscription-State: active;expires=60
		| Content-Type: message/sipfrag;version=2.0
		body SIP/2.0 100 Trying
		expect 200
		pause 1400
		send NOTIFY once
		| Event: refer
		| Subscription-State: terminated;reason=noresource
		| Content-Type: message/sipfrag;version=2.0
		body SIP/2.0 200 OK
		expect 200
		expect BYE
		answer 200 OK
	END
	scenario uas uas bob alice <<-'END'
		expect INVITE
		answer 100 Trying
		answer 180 Ringing
		pause 300
		answer 200 OK
		expect ACK
		pause 600
		send REFER
		| Refer-To: <sip:carol@198.51.100.21:5060>
		| Referred-By: <sip:bob@example.net>
		expect 202
		expect NOTIFY
		answer 200 OK
		expect NOTIFY
		answer 200 OK
		send BYE
		expect 200
	END
	tag=transferred-to
	scenario uac2 uac alice carol <<-'END'
		pause 1300
		send INVITE
		| Referred-By: <sip:bob@example.net>
		expect 100 opt
		expect 180
		expect 200
		send ACK
		pause 1500
		send BYE
		expect 200
	END
	scenario carol uas carol alice <<-'END'
		expect INVITE
		answer 180 Ringing
		pause 400
		answer 200 OK
		expect ACK
		expect BYE
		answer 200 OK
	END
	lab_sipp carol carol -i 198.51.100.21 -p 5060
	call
	lab_sipp alice uac2 -i $alice -p 5062 -cid_str "$lab-to-carol-%u@$alice" \
		198.51.100.21:5060
}

# Alice consults Carol and hands Bob over to her (RFC 5589, 7): Bob's INVITE
# takes the place of Alice's call to Carol, which Carol ends.
sample_transferred_attended() {
	local consult=$lab-consult-1%40$alice
	consult+=%3Bto-tag%3Dcarol-$lab-1%3Bfrom-tag%3Dalice-consult-1
	two_hosts
	lab_host carol 198.51.100.21
	lab_capture "$work/out.pcap" || return 1
	scenario uac uac alice bob <<-END
		send INVITE
		expect 100 opt
		expect 180
		expect 200
		send ACK
		pause 500
		send INVITE sdp=sendonly
		expect 200
		send ACK
		pause 1500
		send REFER
		| Refer-To: <sip:carol@198.51.100.21:5060?Replaces=$consult>
		| Referred-By: <sip:alice@example.com>
		expect 202
		expect NOTIFY
		answer 200 OK
		expect NOTIFY
		answer 200 OK
		send BYE
		expect 200
	END
	scenario uas uas bob alice <<-'END'
		expect INVITE
		answer 180 Ringing
		pause 300
		answer 200 OK
		expect ACK
		expect INVITE
		answer 200 OK sdp=recvonly
		expect ACK
		expect REFER
		answer 202 Accepted
		send NOTIFY once
		| Event: refer
		| Subscription-State: active;expires=60
		| Content-Type: message/sipfrag;version=2.0
		body SIP/2.0 100 Trying
		expect 200
		pause 700
		send NOTIFY once
		| Event: refer
		| Subscription-State: terminated;reason=noresource
		| Content-Type: message/sipfrag;version=2.0
		body SIP/2.0 200 OK
		expect 200
		expect BYE
		answer 200 OK
	END
	scenario carol uas carol alice <<-'END'
		expect INVITE
		! <nop><action>
		! <ereg regexp=":bob@" search_in="var" variable="ifrom" assign_to="handed"/>
		! </action></nop>
		! <nop test="handed" next="handed"/>
		answer 180 Ringing
		pause 300
		answer 200 OK
		expect ACK
		pause 1300
		send BYE
		expect 200
		goto done
		early
		label handed
		answer 200 OK for=INVITE
		expect ACK
		expect BYE
		answer 200 OK
		label done
	END
	tag=consult
	scenario consult uac alice carol <<-'END'
		pause 1200
		send INVITE
		expect 100 opt
		expect 180
		expect 200
		send ACK
		expect BYE
		answer 200 OK
	END
	tag=handed
	scenario handed uac bob carol <<-END
		pause 2550
		send INVITE
		| Replaces: $(sed 's/%40/@/; s/%3B/;/g; s/%3D/=/g' <<<"$consult")
		| Referred-By: <sip:alice@example.com>
		expect 100 opt
		expect 200
		send ACK
		pause 1200
		send BYE
		expect 200
	END
	lab_sipp carol carol -i 198.51.100.21 -p 5060 -m 2
	call
	lab_sipp alice consult -i $alice -p 5062 -cid_str "$lab-consult-%u@$alice" \
		198.51.100.21:5060
	lab_sipp bob handed -i $bob -p 5062 -cid_str "$lab-handed-%u@$bob" \
		198.51.100.21:5060
}

# The secretary registers Alice's telephone (RFC 3261, 10.2), for too short a
# time at first.
sample_registration_by_another() {
	lab_host alice $alice
	lab_host proxy $proxy
	lab_kamailio WITH_MIN_EXPIRES || return 1
	lab_capture "$work/out.pcap" || return 1
	scenario uac uac secretary alice <<-'END'
		send REGISTER to=alice
		| Expires: 30
		expect 423
		send REGISTER to=alice
		| Expires: 120
		expect 200
	END
	lab_sipp alice uac -i $alice -p 5060 -cid_str "$lab-%u@$alice" $proxy:5060
}

# One of several subscriptions that a dialog may hold, told apart by the id.
sample_subscription() {
	scenario uac uac alice bob <<-'END'
		send SUBSCRIBE
		| Event: dialog;id=7
		| Expires: 300
		expect 200
		expect NOTIFY
		answer 200 OK
		expect NOTIFY
		answer 200 OK
	END
	scenario uas uas bob alice <<-'END'
		expect SUBSCRIBE
		answer 200 OK
		| Expires: 240
		send NOTIFY
		| Event: dialog;id=7
		| Subscription-State: active;expires=240
		expect 200
		pause 600
		send NOTIFY
		| Event: dialog;id=7
		| Subscription-State: terminated;reason=giveup
		expect 200
	END
	direct
}

sample_registration() {
	lab_host alice $alice
	lab_host proxy $proxy
	lab_kamailio WITH_AUTH || return 1
	lab_capture "$work/out.pcap" || return 1
	scenario uac uac alice alice <<-'END'
		send REGISTER
		| Expires: 120
		expect 401 auth
		send REGISTER auth
		| Expires: 120
		expect 200
		pause 500
		send REGISTER auth
		| Expires: 0
		expect 200
	END
	lab_sipp alice uac -i $alice -p 5060 -cid_str "$lab-%u@$alice" $proxy:5060
}

# Three hundred calls through the proxy: what becomes of each is decided by the
# name that is called. sipp's own counts stand beside the capture.
sample_many_calls() {
	through_proxy WITH_RR || return 1
	scenario uac uac alice '[field0]' domain=example.net <<-'END'
		send INVITE
		expect 100 opt
		expect 180 opt
		expect 200
		send ACK
		pause 300
		send BYE
		expect 200
	END
	scenario uas uas bob alice <<-'END'
		expect INVITE
		! <nop><action>
		! <ereg regexp=":busy@" search_in="var" variable="ito" assign_to="busy"/>
		! <ereg regexp=":decline@" search_in="var" variable="ito" assign_to="decline"/>
		! <ereg regexp=":away@" search_in="var" variable="ito" assign_to="away"/>
		! <ereg regexp=":nobody@" search_in="var" variable="ito" assign_to="nobody"/>
		! <ereg regexp=":fault@" search_in="var" variable="ito" assign_to="fault"/>
		! <ereg regexp=":silent@" search_in="var" variable="ito" assign_to="silent"/>
		! </action></nop>
		! <nop test="busy" next="busy"/>
		! <nop test="decline" next="decline"/>
		! <nop test="away" next="away"/>
		! <nop test="nobody" next="nobody"/>
		! <nop test="fault" next="fault"/>
		! <nop test="silent" next="silent"/>
		answer 180 Ringing
		pause 150
		answer 200 OK
		expect ACK
		expect BYE
		answer 200 OK
		goto done
		early
		label busy
		answer 486 Busy Here
		expect ACK
		goto done
		label decline
		answer 180 Ringing
		pause 100
		answer 603 Decline
		expect ACK
		goto done
		label away
		answer 180 Ringing
		pause 400
		answer 480 Temporarily Unavailable
		expect ACK
		goto done
		label nobody
		answer 404 Not Found
		expect ACK
		goto done
		label fault
		answer 500 Server Internal Error
		expect ACK
		goto done
		label silent
		pause 9000
		label done
	END
	{
		echo SEQUENTIAL
		printf '%s;\n' busy anna decline ben away carl nobody dora fault emil \
			silent fred
	} >"$work/callees.csv"
	lab_sipp bob 'uas?' -i $bob -p 5060 -m 2000 -timeout 60s
	sleep 0.4
	lab_sipp alice 'uac?' -i $alice -p 5060 -m 300 -r 50 -inf callees.csv \
		-cid_str "$lab-%u@$alice" -trace_stat -stf stat.csv -fd 1 $proxy:5060
	wait "${sipps[1]%%:*}" # ends with 1: some calls failed, as they must
	sleep 4
	kill "${sipps[0]%%:*}"
	wait "${sipps[0]%%:*}"
	sipps=()
	cp "$work/stat.csv" "$samples/many-calls.stat.csv"
}
