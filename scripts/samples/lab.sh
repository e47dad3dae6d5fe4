# shellcheck shell=bash
# A network of its own for one sample: a bridge in a namespace, one namespace
# and one Ethernet pair a host, everything captured once, on the bridge. What
# is started here is ended here, by its id.

lab_up() { # NAME: names the namespaces and the scratch folder
	lab=$1
	ns=st$$-$BASHPID
	work=$scratch/$lab
	hosts=() pids=() sipps=()
	mkdir -p "$work"
	ip netns add "$ns-lan"
	ip -n "$ns-lan" link add br0 type bridge
	ip netns exec "$ns-lan" sysctl -qw net.ipv6.conf.br0.disable_ipv6=1
	ip -n "$ns-lan" link set br0 up
	ip -n "$ns-lan" link set lo up
	hosts+=(lan)
}

lab_host() { # NAME IPV4 [IPV6]
	local n=$ns-$1 port=p-$1 mac
	mac=$(printf '02:00:5e:00:%02x:%02x' "$(cut -d. -f1 <<<"$2")" \
		"$(cut -d. -f4 <<<"$2")")
	ip netns add "$n"
	hosts+=("$1")
	ip netns exec "$n" sysctl -qw net.ipv6.conf.default.accept_dad=0 \
		net.ipv6.conf.default.router_solicitations=0 \
		net.ipv6.conf.default.disable_ipv6=$([ -n "${3:-}" ] && echo 0 || echo 1)
	ip -n "$n" link add eth0 address "$mac" type veth peer name "$port" \
		netns "$ns-lan"
	ip netns exec "$ns-lan" sysctl -qw "net.ipv6.conf.$port.disable_ipv6=1"
	# Checksums as on a wire, and no packet larger than the wire would carry.
	ip netns exec "$n" ethtool -K eth0 tx off tso off gso off gro off \
		>/dev/null 2>&1
	ip -n "$ns-lan" link set "$port" master br0 up
	ip -n "$n" addr add "$2/32" dev eth0
	[ -z "${3:-}" ] || ip -n "$n" addr add "$3/128" dev eth0 nodad
	ip -n "$n" link set lo up
	ip -n "$n" link set eth0 up
	ip -n "$n" route add 192.0.2.0/24 dev eth0 src "$2"
	ip -n "$n" route add 198.51.100.0/24 dev eth0 src "$2"
	[ -z "${3:-}" ] || ip -n "$n" route add 2001:db8::/32 dev eth0 src "$3"
}

lab_capture() { # FILE: pcap, microseconds, until lab_down
	capture=$1
	ip netns exec "$ns-lan" dumpcap -q -P -i br0 -w "$capture" \
		>"$work/dumpcap.log" 2>&1 </dev/null &
	dumpcap=$!
	local i
	for ((i = 0; i < 100; i++)); do
		[ -s "$capture" ] && return 0
		sleep 0.05
	done
	echo "make-samples: $lab: dumpcap did not start:" >&2
	cat "$work/dumpcap.log" >&2
	return 1
}

lab_kamailio() { # defines...
	local d args=()
	for d in "$@"; do args+=(-A "$d"); done
	mkdir -p "$work/kamailio"
	ip netns exec "$ns-proxy" kamailio -f "$here/samples/kamailio.cfg" -DD -E \
		-m "${shm_mib:-32}" -M 8 -w "$work/kamailio" -Y "$work/kamailio" \
		-P "$work/kamailio/pid" "${args[@]}" \
		>"$work/kamailio.log" 2>&1 </dev/null &
	pids+=($!)
	local i
	for ((i = 0; i < 100; i++)); do
		ip netns exec "$ns-proxy" ss -Hlun sport = :5060 | grep -q . &&
			sleep 0.3 && return 0
		sleep 0.05
	done
	echo "make-samples: $lab: kamailio did not start:" >&2
	tail -5 "$work/kamailio.log" >&2
	return 1
}

# scenario NAME ROLE ME PEER [awk options]: the lines on stdin, as sipp's XML.
scenario() {
	local name=$1 role=$2 me=$3 peer=$4 v=()
	shift 4
	for o in "$@"; do v+=(-v "$o"); done
	awk -v name="${tag:-$lab}" -v role="$role" -v me="$me" -v peer="$peer" \
		"${v[@]}" -f "$here/samples/scenario.awk" >"$work/$name.xml"
}

# lab_sipp HOST NAME [sipp options]: run scenario NAME on HOST, in background.
# A scenario that does not end as written makes lab_wait fail, unless NAME has a
# `?` behind it: sipp calls a scenario failed in which a wait ran out.
lab_sipp() {
	local host=$1 name=${2%\?} may=${2//[^?]/}
	shift 2
	(cd "$work" && exec ip netns exec "$ns-$host" sipp -sf "$name.xml" \
		-nostdin -skip_rlimit -timeout "${limit_s:-90}s" -timeout_error -m 1 -l 2000 \
		-trace_err -error_file "$name.err" -deadcall_wait 0 "$@") \
		>"$work/$name.log" 2>&1 </dev/null &
	sipps+=("$!:$may$name")
}

# Until all have ended, or the first has ended other than written.
lab_wait() {
	local s pid ended
	while [ ${#sipps[@]} -gt 0 ]; do
		pid=()
		for s in "${sipps[@]}"; do pid+=("${s%%:*}"); done
		wait -n -p ended "${pid[@]}" && s=ok || s=
		lab_ended "$ended" "$s" || return 1
	done
}
lab_ended() { # PID, ok or nothing: strike it off, tell what went wrong
	local s rest=() rc=0
	for s in "${sipps[@]}"; do
		if [ "${s%%:*}" != "$1" ]; then
			rest+=("$s")
		elif [ -z "$2" ] && [[ $s != *:\?* ]]; then
			echo "make-samples: $lab: ${s#*:} did not end as written" >&2
			head -c 1500 "$work/${s#*:}.err" >&2 2>/dev/null
			tail -n 3 "$work/${s#*:}.log" >&2
			rc=1
		fi
	done
	sipps=("${rest[@]}")
	return $rc
}

lab_down() {
	local s p h
	for s in "${sipps[@]}"; do kill "${s%%:*}" 2>/dev/null; done
	sleep 0.3
	[ -z "${dumpcap:-}" ] || { kill -INT "$dumpcap"; wait "$dumpcap"; } 2>/dev/null
	dumpcap=
	for p in "${pids[@]}"; do kill "$p" 2>/dev/null; wait "$p" 2>/dev/null; done
	for h in "${hosts[@]}"; do ip netns del "$ns-$h"; done
	hosts=() pids=() sipps=()
}
