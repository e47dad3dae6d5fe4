#!/usr/bin/env bash
# Run in the machine of machine.test at each of its starts: the service under
# systemd, the clock set, and a power failure. TAP and the lines of the table
# go to the second serial port, so that they are out before the power is.
# shellcheck disable=SC2154 # mirror.sh sets them
exec >/dev/ttyS1 2>&1
cd /root/siptrail || exit 1
export SIPTRAIL=/usr/local/bin/siptrail
. tests/live/mirror.sh
export SIPTRAIL_DB="host=/run/postgresql user=postgres dbname=siptrail"
stage=/var/lib/machine-stage
rate=2

# The clock is set here, and bash's SECONDS with it.
up() { cut -d. -f1 /proc/uptime; }
show() { systemctl show -p "$2" --value "$1"; }
pid() { show siptrail MainPID; }
# until_is WHAT SECONDS COMMAND...: it comes true in time; $took
until_is() {
	local name=$1 most=$2 from
	from=$(up)
	shift 2
	until "$@" 2>/dev/null; do
		if [ $(($(up) - from)) -ge "$most" ]; then
			not_ok "$name" "not within $most s: $*"
			took=$most
			return 1
		fi
		sleep 0.5
	done
	took=$(($(up) - from))
	ok "$name ($took s)"
}
answers() { [ "$(q "$1")" = t ]; }

# A port of the mirror in the machine itself, where the service is.
port_up() {
	mirror_up "$1" direct || return 1
	ip link add eth1 type veth peer name p-service netns "$ns-lan"
	ip -n "$ns-lan" link set p-service master br0 up
	ip link set eth1 up
}

# begin NAME: calls made from here on are its own. calls COUNT MS.
begin() { fault=$1 lab=$1 made=0 failed=0 began=$(up); }
calls() { mirror_calls "$1" "$rate" "$2"; }
mine() { echo "FROM calls WHERE call_id LIKE '%-$fault@%'"; }

# account: as tests/live/faults.test has it, of direct calls. sipp may be so slow
# here that it sends again.
account() {
	local stored doubled wrong
	mirror_wait
	is "$fault: sipp made its calls" "$failed" 0
	until_is "$fault: calls made are calls stored" 60 answers "SELECT count(DISTINCT call_id) = $made $(mine) AND state = 'terminated'"
	stored=$(q "SELECT count(DISTINCT call_id) $(mine)")
	doubled=$(q "SELECT count(*) - count(DISTINCT call_id) $(mine)")
	wrong=$(q "SELECT count(*) $(mine) AND NOT (disposition = 'answered' AND end_cause = 'bye'
		AND ended_by = 'caller' AND end_exact AND messages - retransmissions = 6 AND talk_ms IS NOT NULL)")
	is "$fault: none is there twice" "$doubled" 0
	is "$fault: each is whole" "$wrong" 0
	is "$fault: no time is negative, and none long" "$(q "SELECT count(*) $(mine) AND NOT
		(pdd_ms >= 0 AND setup_ms >= pdd_ms AND talk_ms BETWEEN $1 - 50 AND $1 + 8000 AND total_ms BETWEEN talk_ms AND talk_ms + 8000)")" 0
	is "$fault: messages stand in their order" "$(q "SELECT count(*) FROM
		(SELECT array_agg(coalesce(method, status_code::text) ORDER BY at, frame) AS seen
		FROM messages WHERE NOT retransmission AND NOT duplicate AND call_key IN (SELECT call_key $(mine)) GROUP BY call_key) m
		WHERE seen[1] <> 'INVITE' OR seen[4] <> 'ACK' OR seen[5] <> 'BYE'")" 0
	table "$made" "$stored" "$doubled" $((made - stored)) "$wrong"
}
table() { printf '# table %-11s %6d %6d %7d %4d %6d  %s\n' "$fault" "$@" "$(($(up) - began)) s"; }

try_service() {
	local p
	begin service
	systemd-sysusers
	is "sysusers: the service has its user" "$(id -un siptrail)" siptrail
	psql -Xqd "host=/run/postgresql user=postgres dbname=postgres" -c "CREATE ROLE siptrail LOGIN" -c "CREATE DATABASE siptrail OWNER siptrail"
	is "its configuration is right" "$(siptrail capture --config /etc/siptrail.conf --check-config >/dev/null 2>&1; echo $?)" 0
	systemctl start siptrail
	is "systemctl start comes back once it is ready" "$? $(show siptrail ActiveState) $(show siptrail SubState) $(show siptrail Type)" "0 active running notify"
	p=$(pid)
	is "it runs as its user" "$(stat -c %U "/proc/$p")" siptrail
	is "without capabilities, and cannot get any" "$(awk '/^(CapEff|CapPrm|CapBnd|NoNewPrivs|Seccomp):/ { printf "%s ", $2 }' "/proc/$p/status")" \
		"0000000000000000 0000000000000000 0000000000002000 1 2 "
	until_is "it has its tables" 300 answers "SELECT count(*) > 20 FROM schema_version"
	sleep 45 # longer than WatchdogSec
	is "a wire without SIP is no hang" "$(show siptrail NRestarts) $(pid)" "0 $p"
	calls 20 2000
	account 2000
	sed -i 's/^#keep = .*/keep = 30d/; s/^#sensor.*//' /etc/siptrail.conf
	systemctl reload siptrail
	is "reload is well" "$?" 0
	until_is "reload: the settings are read again" 20 said "keep is now as the configuration says"
	is "reload: by the same process" "$(pid)" "$p"
}
is_active() { [ "$(show siptrail ActiveState)" = active ]; }
said() { journalctl -q -b -u siptrail --no-pager -o cat | grep -q "$1"; }

# A process that does nothing more: stopped, it gives no sign of life.
try_watchdog() {
	local p
	begin watchdog
	p=$(pid)
	kill -STOP "$p"
	until_is "watchdog: systemd sees that it hangs, and starts it again" 120 restarted "$p"
	table 0 0 0 0 0
	is "watchdog: and says why, once" "$(journalctl -q -b -u siptrail --no-pager -o cat | grep -ciE 'watchdog timeout')" 1
	begin hung
	calls 10 2000
	account 2000
}
restarted() { [ "$(pid)" != "$1" ] && [ "$(pid)" != 0 ] && is_active; }

# clock_step SECONDS: the clock is set by so much, and tells whether it was
clock_step() { date -s "@$(($(date +%s) + $1))" >/dev/null; }

# Time as the run has it: evenly on from when the service began.
try_clock() {
	local real even late
	real=$(date +%s) even=$(up)
	begin back
	calls 40 4000
	sleep 8
	clock_step -3600
	is "clock: it is set back" "$(($(date +%s) - real < -3000))" 1
	late=$((real + $(up) - even))
	until_is "clock back: calls go on in their own time" 60 answers \
		"SELECT max(last_message_at) BETWEEN to_timestamp($late + 1) AND to_timestamp($late + 64) FROM calls"
	account 4000
	late=$((real + $(up) - even))
	is "clock back: no message is later than time went" \
		"$(q "SELECT max(last_message_at) <= to_timestamp($late + 4) FROM calls")" t
	begin forward
	calls 40 4000
	sleep 8
	clock_step 3600
	account 4000
	late=$((real + $(up) - even))
	is "clock forward: no message is later than time went" \
		"$(q "SELECT max(last_message_at) <= to_timestamp($late + 4) FROM calls")" t
	is "clock: calls that began later are later" "$(q "SELECT max(first_at) FILTER (WHERE call_id LIKE '%-back@%')
		< min(first_at) FILTER (WHERE call_id LIKE '%-forward@%') FROM calls")" t
	is "clock: siptrail says that it was set" "$(journalctl -q -b -u siptrail --no-pager -o cat | grep -c 'clock was set')" 2
}

try_stop() {
	local at
	at=$(up)
	systemctl stop siptrail
	at=$(($(up) - at))
	is "stop: it ends well" "$(show siptrail Result) $(show siptrail ExecMainStatus)" "success 0"
	at_least "stop: within seconds ($at s)" 10 "$at"
	is "stop: nothing of it is left" "$(pgrep -xc siptrail)" 0
	is "the accounts balance" "$(siptrail db audit --db "$SIPTRAIL_DB" 2>&1 | tail -n 1)" "no fault found"
	systemctl -q enable siptrail
	systemctl start siptrail
	is "and it starts again" "$(show siptrail ActiveState)" active
}

# calls_from PORT COUNT MS: more calls from alice, to the bob that is there
calls_from() {
	rm -f "$work/from.stat"
	lab_sipp alice uac -i $alice -p "$1" -m "$2" -r "$rate" -d "$3" -timeout 900s \
		-inf numbers.csv -cid_str "%u-$RANDOM-$lab@$alice" \
		-trace_stat -stf from.stat -fd 1 "$bob:5060"
}
# How many of them there were a second ago.
created() {
	awk -F';' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		{ n = $at["TotalCallCreated"] } END { print n + 0 }' "$work/from.stat"
}
# Ten calls that go on, others that come and go, and then no power: the disk
# has what was written to it, memory is gone.
cut_power() {
	local at
	begin long
	lab_sipp bob uas -i $bob -p 5060 -m 1000 -timeout 900s
	sleep 1
	calls_from 5061 10 600000
	until_is "power: ten calls run" 60 answers "SELECT count(*) = 10 $(mine) AND live AND state = 'confirmed'"
	begin power
	calls_from 5062 100 2000
	sleep 20
	journalctl -q -b -u siptrail --no-pager -o short-monotonic | tail -n 60 | sed 's/^/# /'
	echo >"$stage"
	sync "$stage"
	at=$(date +%s.%N)
	echo "$at $(created)" >"$stage"
	sync "$stage"
	echo "# power cut at $at"
	echo b >/proc/sysrq-trigger
	sleep 60
}

# bye CALL-ID FROM-TAG TO-TAG: from alice, since the sipp that made the call is
# gone; dd makes one datagram of the lines
bye() {
	ip netns exec "$ns-alice" bash -c 'printf "$@" | dd bs=4096 iflag=fullblock status=none >/dev/udp/'"$bob"'/5060' bye \
		"BYE sip:b@$bob SIP/2.0\r\nVia: SIP/2.0/UDP $alice:5060;branch=z9hG4bKafter$RANDOM\r\nFrom: <sip:a@example.com>;tag=%s\r\nTo: <sip:b@example.net>;tag=%s\r\nCall-ID: %s\r\nCSeq: 9 BYE\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n" "$2" "$3" "$1"
}
after_power() {
	local at n id from to created
	read -r at created <"$stage"
	# The mirror's port is not there before the lab is: it tries until then.
	port_up power || not_ok "power: the lab stands"
	until_is "power: the service is there again, of itself" 120 is_active
	until_is "power: and has taken up what was open" 60 said "took up"
	begin long
	scenario byes uas bob alice <<-'END'
		expect BYE
		answer 200 OK
	END
	lab_sipp bob byes -i $bob -p 5060 -m 10 -timeout 120s
	sleep 3
	while IFS='|' read -r id from to; do
		bye "$id" "$from" "$to"
		sleep 0.3
	done < <(q "SELECT call_id, from_tag, to_tag $(mine)")
	lab_wait
	until_is "power: each call that was open ends by its BYE" 60 answers "SELECT count(*) = 10 $(mine) AND state = 'terminated'"
	is "power: as one record each" "$(q "SELECT count(*), count(DISTINCT call_id) $(mine)")" "10|10"
	is "power: which says that nobody watched for a while" "$(q "SELECT count(*) $(mine) AND 'capture_gap' = ANY (evidence) AND end_cause = 'bye'")" 10
	is "power: the time without is a gap" "$(q "SELECT count(*) > 0 FROM capture_gaps WHERE kind = 'restart'
		AND from_at BETWEEN to_timestamp($at - 4) AND to_timestamp($at + 1)")" t
	table 10 "$(q "SELECT count(DISTINCT call_id) $(mine)")" 0 0 10
	begin power
	# Rate and length of those calls are known: which of them were over?
	n=$(q "SELECT count(*) $(mine) AND last_message_at < to_timestamp($at - 3) AND end_cause = 'bye' AND messages - retransmissions <> 6")
	is "power: calls that were over are whole" "$n" 0
	is "power: at most the last seconds are lost" "$(q "SELECT max(last_message_at) > to_timestamp($at - 3) $(mine)")" t
	is "power: none is there twice" "$(q "SELECT count(*) - count(DISTINCT call_id) $(mine)")" 0
	is "power: without a hole in their numbers" "$(q "SELECT max(split_part(call_id, '-', 1)::int) - count(DISTINCT call_id) $(mine)")" 0
	n=$(q "SELECT count(DISTINCT call_id) $(mine)")
	at_least "power: of $created calls not more than those of two seconds are lost" $((rate * 2)) $((created - n))
	[ "$created" -ge "$n" ] || created=$n # it was counted a second before
	table "$created" "$n" 0 $((created > n ? created - n : 0)) "$(q "SELECT count(*) $(mine) AND messages - retransmissions < 6")"
	systemctl stop siptrail
	is "power: the accounts balance" "$(siptrail db audit --db "$SIPTRAIL_DB" 2>&1 | tail -n 1)" "no fault found"
	echo "# the machine is done"
}

trap 'journalctl -q -b -u siptrail --no-pager -o short-monotonic | tail -n 40 | sed "s/^/# /"; mirror_finish' EXIT
if [ -e "$stage" ]; then
	number=1000
	after_power
else
	mkdir -p /etc/systemd/system/siptrail.service.d
	printf '[Service]\nWatchdogSec=30\nTimeoutAbortSec=10\n' >/etc/systemd/system/siptrail.service.d/test.conf
	systemctl daemon-reload
	port_up machine || { not_ok "the lab stands"; exit 0; }
	try_service
	try_watchdog
	try_clock
	try_stop
	cut_power
fi
