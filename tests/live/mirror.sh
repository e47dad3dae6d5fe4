# shellcheck shell=bash
# Sourced by the live tests: a mirror port to watch. Hosts talk over a bridge
# that learns no address (ageing_time 0), so every frame reaches every port, and
# `watch` stands on one of its own: what it sees on eth0 is what a switch's
# mirror port would give. Calls are sipp's, through Kamailio where asked, and
# bounded; what is started here is ended here. Namespaces need root.
set -u
export LC_ALL=C.UTF-8
unset SIPTRAIL_DB
siptrail=${SIPTRAIL:-$PWD/build/siptrail}
case $siptrail in /*) ;; *) siptrail=$PWD/$siptrail ;; esac
here=$PWD/scripts
number=0
ok() { number=$((number + 1)); echo "ok $number - $1"; }
not_ok() {
	number=$((number + 1))
	echo "not ok $number - $1"
	shift
	printf '# %s\n' "$@"
}
is() { if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "got:    $2" "wanted: $3"; fi; }
at_least() { if [ "$2" -ge "$3" ]; then ok "$1"; else not_ok "$1" "got:    $2" "wanted: $3 or more"; fi; }
skip_all() { echo "ok 1 - $1 # skip $2"; echo "1..1"; exit 0; }

[ "$(id -u)" = 0 ] || skip_all mirror "namespaces need root"
for c in sipp kamailio ip ethtool jq; do
	command -v "$c" >/dev/null || skip_all mirror "no $c"
done
ip netns add "st-try-$$" 2>/dev/null || skip_all mirror "no network namespaces"
ip netns exec "st-try-$$" true 2>/dev/null || no_namespaces=1
ip netns del "st-try-$$"
[ -z "${no_namespaces:-}" ] || skip_all mirror "nothing can be run in namespaces"

alice=192.0.2.10 proxy=192.0.2.1 bob=198.51.100.20 watch=192.0.2.250
hosts=() pids=() sipps=() dumpcap=
scratch=$(mktemp -d /tmp/siptrail-live.XXXXXX) || exit 1
chmod 755 "$scratch"
export SIPTRAIL_SPOOL=$scratch/spool
mirror_finish() {
	[ -z "${watcher:-}" ] || kill -9 "$watcher" 2>/dev/null
	lab_down 2>/dev/null
	[ ! -f "$scratch/pg/postmaster.pid" ] || pg_stop immediate
	umount -l "$scratch/pg" 2>/dev/null
	rm -rf "$scratch"
}
trap mirror_finish EXIT
trap 'exit 130' INT TERM
# shellcheck source=scripts/samples/lab.sh
. "$here/samples/lab.sh"

# pg_start: a PostgreSQL of the test's own, by a unix socket only; SIPTRAIL_DB
# names it. pg_stop [MODE] stops it, pg_kill ends it with -9, pg_start again.
pg_start() {
	if [ ! -f "$scratch/pg/PG_VERSION" ]; then
		pg_bin=$(find /usr/lib/postgresql/*/bin -name initdb 2>/dev/null |
			sort -V | tail -1)
		[ -n "$pg_bin" ] || skip_all mirror "PostgreSQL is not installed"
		pg_bin=${pg_bin%/*}
		mkdir -p "$scratch/pg" "$scratch/socket"
		chown postgres "$scratch/pg" "$scratch/socket"
		(cd / && exec runuser -u postgres -- "$pg_bin/initdb" -D "$scratch/pg" \
			-U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >/dev/null 2>&1)
	fi
	cd / || return
	runuser -u postgres -- "$pg_bin/pg_ctl" -D "$scratch/pg" -w start \
		-o "-k '$scratch/socket' -h ''" -l "$scratch/pg/log" >/dev/null
	cd "$OLDPWD" || return
	export SIPTRAIL_DB="${SIPTRAIL_DB:-host=$scratch/socket user=postgres dbname=postgres}"
}
pg_stop() {
	(cd / && exec runuser -u postgres -- "$pg_bin/pg_ctl" -D "$scratch/pg" \
		-m "${1:-fast}" -w stop >/dev/null 2>&1)
}
pg_kill() {
	kill -9 "$(head -1 "$scratch/pg/postmaster.pid")"
	sleep "${1:-1}"
}
q() { psql -XqAtd "$SIPTRAIL_DB" -c "SET search_path = siptrail" -c "$1" 2>&1; }

mirror_up() { # NAME [Kamailio's defines, or "direct" for no proxy]
	local name=$1
	shift
	made=0 failed=0
	lab_up "$name"
	ip -n "$ns-lan" link set br0 type bridge ageing_time 0
	lab_host alice $alice
	lab_host bob $bob
	lab_host watch $watch
	callee=$bob
	if [ "${1:-direct}" != direct ]; then
		lab_host proxy $proxy
		lab_kamailio "$@" || return 1
		callee=$proxy
	fi
	scenario uac uac alice '[field0]' <<-'END'
		send INVITE
		expect 100 opt
		expect 180 opt
		expect 200
		send ACK
		! <pause/>
		send BYE
		expect 200
	END
	scenario uas uas bob alice <<-'END'
		expect INVITE
		answer 180 Ringing
		pause 50
		answer 200 OK
		expect ACK
		expect BYE
		answer 200 OK
	END
}

# watch_exec COMMAND...: run it where the mirror port is (eth0).
watch_exec() { ip netns exec "$ns-watch" "$@"; }

# watch_start ARGUMENTS...: siptrail capture with them, in the background. Its
# id is $watcher, its words are in $work/watch.out and watch.err.
watch_start() {
	ip netns exec "$ns-watch" "$siptrail" capture -i eth0 "$@" \
		>>"$work/watch.out" 2>>"$work/watch.err" </dev/null &
	watcher=$!
}

# watch_ready [SECONDS]: its socket takes packets of the port. One that has its
# ring made for it, which can take half a second, is listed with protocol 0.
watch_ready() {
	local i
	for ((i = 0; i < ${1:-10} * 20; i++)); do
		watch_exec ss -H0lp 2>/dev/null | grep -q " \*:eth0 .*pid=$watcher," && return 0
		kill -0 "$watcher" 2>/dev/null || break
		sleep 0.05
	done
	return 1
}

# watch_stop [SIGNAL]: returns its exit code.
watch_stop() {
	local rc
	kill "-${1:-TERM}" "$watcher" 2>/dev/null
	wait "$watcher" 2>/dev/null
	rc=$?
	watcher=
	return $rc
}

# mirror_calls COUNT RATE [LENGTH IN MS]: that many calls from alice to bob, at
# once or through the proxy, in the background; mirror_wait waits for them.
mirror_calls() {
	local n=$1 rate=$2 ms=${3:-200} limit
	limit=$((n / rate + ms / 1000 + 60))
	{
		echo SEQUENTIAL
		for ((i = 0; i < 1000; i++)); do printf '4989%07d;\n' $((i * 7919 % 10000000)); done
	} >"$work/numbers.csv"
	lab_sipp bob uas -i $bob -p 5060 -m "$n" -timeout "${limit}s"
	sleep 0.4
	lab_sipp alice uac -i $alice -p 5060 -m "$n" -r "$rate" -d "$ms" \
		-l $((rate * (ms / 1000 + 3) + 100)) -timeout "${limit}s" \
		-inf numbers.csv -cid_str "%u-$RANDOM-$lab@$alice" \
		-trace_stat -stf uac.stat -fd 1 "$callee:5060"
}

# mirror_wait: the calls are over; $made of them since mirror_up, $failed of
# these by sipp's own count.
mirror_wait() {
	local m f rc=0
	[ "${#sipps[@]}" -gt 0 ] || return 0
	lab_wait || rc=1
	read -r m f < <(awk -F';' 'NR == 1 {
			for (i = 1; i <= NF; i++) at[$i] = i; next }
		{ m = $at["TotalCallCreated"]; f = $at["FailedCall(C)"] }
		END { print m + 0, f + 0 }' "$work/uac.stat")
	rm -f "$work/uac.stat"
	made=$((made + m)) failed=$((failed + f))
	return $rc
}
