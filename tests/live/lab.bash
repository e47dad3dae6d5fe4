# shellcheck shell=bash disable=SC2034,SC2154 # tap.bash and the tests know it
# Sourced by the live tests, after tap.bash: two namespaces with a veth between
# them. sipp talks across it, siptrail watches the second one's end.
skip_all() {
	skip "$1" "$2"
	finish
	exit 0
}
[ "$(id -u)" = 0 ] || skip_all 'live capture' 'namespaces need root'
for c in ip sipp "$@"; do
	command -v "$c" >/dev/null || skip_all 'live capture' "no $c"
done
a=st-a-$$ b=st-b-$$
lab_down() {
	local left
	left=$(jobs -p)
	# shellcheck disable=SC2086
	[ -z "$left" ] || kill $left 2>/dev/null
	ip netns del "$a" 2>/dev/null
	ip netns del "$b" 2>/dev/null
}
at_end=lab_down
ip netns add "$a" 2>/dev/null && ip netns exec "$a" true 2>/dev/null &&
	ip netns add "$b" 2>/dev/null ||
	skip_all 'live capture' 'nothing can be run in network namespaces'

# link_up N: veth N from $a (192.0.2.1) to $b (192.0.2.2), named stN at both ends
link_up() {
	ip link add "st$1" netns "$a" type veth peer name "st$1" netns "$b" || return 1
	ip -n "$a" addr add "192.0.$((1 + $1)).1/24" dev "st$1"
	ip -n "$b" addr add "192.0.$((1 + $1)).2/24" dev "st$1"
	for n in "$a" "$b"; do
		ip -n "$n" link set lo up
		ip -n "$n" link set "st$1" up
	done
}

# bare_up N: likewise without addresses: nothing is sent there but by a test
bare_up() {
	ip link add "st$1" netns "$a" type veth peer name "st$1" netns "$b" || return 1
	for n in "$a" "$b"; do
		ip netns exec "$n" sysctl -qw "net.ipv6.conf.st$1.disable_ipv6=1" 2>/dev/null
		ip -n "$n" link set "st$1" up
	done
}

# watch OPTION...: siptrail in $b, its pid in $watcher, once each -i is read: a
# socket whose ring is being made is listed with protocol 0
watch() {
	local ports
	ports=$(printf '%s\n' "$@" | grep -cx -e -i)
	ip netns exec "$b" "$siptrail" capture "$@" >"$scratch/out" 2>"$scratch/err" &
	watcher=$!
	for _ in $(seq 100); do
		sleep 0.05
		[ "$(ip netns exec "$b" awk '$4 == "0003"' /proc/net/packet | wc -l)" -lt "$ports" ] || break
		kill -0 $watcher 2>/dev/null || break
	done
	sleep 0.3
}
# stop [SIGNAL]: ends it; its exit code
stop() {
	local began rc=0
	began=$(date +%s%N)
	kill -"${1:-TERM}" $watcher
	wait $watcher || rc=$?
	stopped_ms=$((($(date +%s%N) - began) / 1000000))
	return $rc
}
# answer N: sipp as callee at link N
answer() {
	(cd "$scratch" && exec ip netns exec "$b" timeout 60 sipp -sn uas \
		-i "192.0.$((1 + $1)).2" -p 5060 -nostdin >"$scratch/uas$1" 2>&1) &
	sleep 0.5
}
# call N OPTION...: sipp as caller
call() {
	local link=$1
	shift
	(cd "$scratch" && ip netns exec "$a" timeout 60 sipp -sn uac "192.0.$((1 + link)).2:5060" \
		-i "192.0.$((1 + link)).1" -p 5061 -nostdin "$@" >"$scratch/uac" 2>&1)
}
