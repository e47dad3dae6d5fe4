# shellcheck shell=bash
# Sourced by the oracles: calls made live with sipp, what sipp itself says of
# each, and what siptrail read from the wire. Namespaces need root.
set -u
program=${SIPTRAIL:-build/siptrail}
here=$PWD/scripts
calls=${ORACLE_CALLS:-200} # of each scenario
rate=${ORACLE_RATE:-100}   # a second
# What grows with them: how long a scenario may take, and what Kamailio keeps
# of each call (three transactions, a dialog) for seconds after its end.
limit_s=$((60 + 2 * calls / rate)) shm_mib=$((64 + calls / 8))
number=0
ok() { number=$((number + 1)); echo "ok $number - $1"; }
not_ok() {
	number=$((number + 1))
	echo "not ok $number - $1"
	shift
	printf '# %s\n' "$@"
}
is() { if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "got:    $2" "wanted: $3"; fi; }
skip_all() { echo "ok 1 - $1 # skip $2"; echo "1..1"; exit 0; }

[ "$(id -u)" = 0 ] || skip_all "live calls" "namespaces need root"
for c in sipp kamailio dumpcap ip ethtool jq; do
	command -v "$c" >/dev/null || skip_all "live calls" "no $c"
done
ip netns add "st-try-$$" 2>/dev/null || skip_all "live calls" "no network namespaces"
ip netns exec "st-try-$$" true 2>/dev/null || no_namespaces=1
ip netns del "st-try-$$"
[ -z "${no_namespaces:-}" ] || skip_all "live calls" "nothing can be run in namespaces"

alice=192.0.2.10 proxy=192.0.2.1 bob=198.51.100.20
hosts=() pids=() sipps=() dumpcap=
scratch=$(mktemp -d /tmp/siptrail-oracle.XXXXXX) || exit 1
trap 'lab_down 2>/dev/null; rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM
# shellcheck source=scripts/samples/lab.sh
. "$here/samples/lab.sh"

# log WORD: sipp writes down what happened in which call, and when by its own
# clock: milliseconds since it started.
log() { printf '<log message="ORACLE [call_id] %s [clock_tick]"/>' "$1"; }
tell() { printf '! <nop><action>%s</action></nop>\n' "$(log "$1")"; }

# The caller. What becomes of the call is the callee's choice, by the number;
# where it rings on, the caller gives up. Words are written down before a
# message is sent, or while one is received: a line of its own behind a send
# would let the answer come first.
caller_scenario() { # WHO HANGS UP, CSEQ OF THE LAST INVITE, [awk options]
	local by=$1 cseq=$2 word=invite auth=
	shift 2
	{
		cat <<-'END'
			! <nop><action>
			! <assignstr assign_to="number" value="[field0]"/>
			! <ereg regexp="8$" search_in="var" variable="number" assign_to="impatient"/>
			! </action></nop>
		END
		if [ "$cseq" = 2 ]; then
			printf '%s\n' "$(tell invite)" "send INVITE" "expect 100 opt" \
				"expect 407 auth" "send ACK"
			word=again auth=auth
		fi
		cat <<-END
			! <nop test="impatient" next="impatient"/>
			$(tell $word)
			send INVITE cseq=$cseq $auth
			expect 100 opt
			! <recv response="180" optional="true" rrs="true"><action>$(log ring)</action></recv>
			expect 486 opt next=refused
			expect 480 opt next=refused
			expect 404 opt next=refused
			expect 603 opt next=refused
			expect 500 opt next=refused
			expect 200
			$(tell answer)
			send ACK
		END
		if [ "$by" = caller ]; then
			printf '%s\n' "pause 400" "$(tell bye)" "send BYE" "expect 200"
		else
			printf '%s\n' "expect BYE" "$(tell bye)" "answer 200 OK"
		fi
		cat <<-END
			goto end
			early
			label impatient
			$(tell $word)
			send INVITE cseq=$cseq $auth
			expect 100 opt
			! <recv response="180"><action>$(log ring)</action></recv>
			pause 900
			$(tell cancel)
			send CANCEL
			expect 200
			expect 487 inv
			$(tell refuse)
			send ACK
			goto end
			label refused
			$(tell refuse)
			! <send><![CDATA[
			!
			! ACK sip:[field0]@[remote_ip]:[remote_port] SIP/2.0
			! Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=z9hG4bK-$lab-alice-[call_number]-$cseq
			! From: "Alice" <sip:alice@example.com>;tag=alice-$lab-[call_number]
			! To: <sip:[field0]@example.net>[peer_tag_param]
			! Call-ID: [call_id]
			! CSeq: $cseq ACK
			! Max-Forwards: 70
			! Content-Length: 0
			!
			! ]]></send>
			label end
			! <Reference variables="number"/>
		END
	} | scenario uac uac alice '[field0]' "$@"
}

# The callee. 1 and 2 answer, 3 is busy, 4 does not answer, 5 is unknown, 6
# declines, 7 has a fault, 8 rings on until the caller gives up: the last digit of the number called.
callee_scenario() { # WHO HANGS UP, HOW MANY VIAS REACH IT
	local code words=(busy away nobody no fault rings)
	{
		echo "expect INVITE"
		echo '! <nop><action>'
		for code in 3 4 5 6 7 8; do
			printf '! <ereg regexp="[0-9]%s@" search_in="var" variable="ito" assign_to="%s"/>\n' \
				"$code" "${words[code - 3]}"
		done
		echo '! </action></nop>'
		for code in "${words[@]}"; do
			printf '! <nop test="%s" next="%s"/>\n' "$code" "$code"
		done
		cat <<-'END'
			answer 100 Trying
			pause 60
			answer 180 Ringing
			pause 350
			answer 200 OK
			expect ACK
		END
		if [ "$1" = caller ]; then
			printf '%s\n' "expect BYE" "answer 200 OK"
		else
			printf '%s\n' "pause 300" "send BYE" "expect 200"
		fi
		cat <<-'END'
			goto end
			early
			label busy
			answer 486 Busy Here
			expect ACK
			goto end
			label away
			answer 180 Ringing
			pause 500
			answer 480 Temporarily Unavailable
			expect ACK
			goto end
			label nobody
			answer 404 Not Found
			expect ACK
			goto end
			label no
			answer 180 Ringing
			pause 100
			answer 603 Decline
			expect ACK
			goto end
			label fault
			answer 500 Server Internal Error
			expect ACK
			goto end
			label rings
			answer 180 Ringing
			expect CANCEL
			answer 200 OK
		END
		printf '%s\n' "answer 487 Request Terminated for=INVITE via=$2" \
			"expect ACK" "label end"
	} | scenario uas uas bob alice
}

# make_calls WHO HANGS UP, DIGITS, KAMAILIO'S DEFINES...: without defines the
# two talk directly. Leaves $work/out.pcap and $work/sipp.tsv: Call-ID, word, ms.
make_calls() {
	local by=$1 digits=$2 cseq=1 vias=1 to=$bob
	shift 2
	lab_host alice $alice
	lab_host bob $bob
	if [ $# -gt 0 ]; then
		lab_host proxy $proxy
		to=$proxy vias=2
		case " $* " in *" WITH_AUTH "*) cseq=2 ;; esac
		lab_kamailio "$@" || return 1
	fi
	{
		echo SEQUENTIAL
		awk -v n="$calls" -v d="$digits" 'BEGIN { for (i = 0; i < n; i++)
			printf "49891%06d%s;\n", i * 104729 % 1000000, substr(d, i % length(d) + 1, 1) }'
	} >"$work/numbers.csv"
	caller_scenario "$by" "$cseq"
	callee_scenario "$by" $vias
	lab_capture "$work/out.pcap" || return 1
	lab_sipp bob uas -i $bob -p 5060 -m "$calls"
	sleep 0.4
	lab_sipp alice uac -i $alice -p 5060 -m "$calls" -r "$rate" -inf numbers.csv \
		-cid_str "%u-$lab@$alice" -trace_stat -stf uac.stat -fd 1 \
		-trace_logs -log_file uac.words $to:5060
	lab_wait || return 1
	sleep 0.3
	awk '$1 == "ORACLE" { print $2 "\t" $3 "\t" $4 }' "$work/uac.words" >"$work/sipp.tsv"
}

# lab_calls NAME ARGUMENTS OF make_calls...: a lab of its own for the calls. On
# a crowded machine a message can overtake another, and a scenario ends other
# than written: that says nothing of the records, so it is tried again.
lab_calls() {
	local name=$1 try rc=1
	shift
	for try in 1 2 3; do
		lab_up "$name"
		make_calls "$@" 2>"$work/lab.err" && rc=0
		[ "$rc" -ne 0 ] || sleep 1
		lab_down
		[ "$rc" -ne 0 ] || return 0
		[ "$try" = 3 ] || rm -rf "$work"
	done
	not_ok "$name: calls were made" "$(head -c 1000 "$work/lab.err")"
	return 1
}
