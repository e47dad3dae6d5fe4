# shellcheck shell=bash
# Captures cut out of the others, as a tap that begins late, hears one side only
# or loses packets would have given them.
# shellcheck disable=SC2154

# keep FILTER FROM TO: the packets of FROM that tshark's FILTER lets through.
keep() {
	tshark -r "$samples/$2.pcap" -Y "$1" -F pcap -w "$samples/$3.pcap" \
		2>/dev/null && chmod 644 "$samples/$3.pcap" &&
		[ "$(tshark -r "$samples/$3.pcap" 2>/dev/null | wc -l)" -gt 1 ]
}

# after FILTER FILE: number of the first packet of FILE that FILTER lets through.
first_frame() {
	tshark -r "$samples/$2.pcap" -Y "$1" -T fields -e frame.number \
		2>/dev/null | head -1
}

make_cuts() {
	local rc=0 f size
	f=$(first_frame 'sip.CSeq.seq == 2' reinvite-hold)
	keep "frame.number >= $f" reinvite-hold cut-begun-in-mid-call || rc=1
	keep 'not sip.CSeq.method == "BYE"' answered cut-before-bye || rc=1
	keep 'ip.src == 192.0.2.10' answered cut-caller-side-only || rc=1
	keep 'ip.src == 198.51.100.20' answered cut-callee-side-only || rc=1
	keep 'not (sip.Status-Code == 200 and sip.CSeq.method == "INVITE")' \
		answered cut-answer-lost || rc=1
	keep 'ip.addr == 198.51.100.20' proxy cut-behind-the-proxy || rc=1

	# Every packet twice, 20 microseconds apart, as two mirrored ports give it.
	editcap -F pcap -t 0.00002 "$samples/answered.pcap" "$scratch/again.pcap" &&
		mergecap -F pcap -w "$samples/every-packet-twice.pcap" \
			"$samples/answered.pcap" "$scratch/again.pcap" || rc=1

	# As a trunk of a switch would have carried it; the kernel that made the
	# samples has no VLANs.
	tcprewrite --enet-vlan=add --enet-vlan-tag=42 --enet-vlan-cfi=0 \
		--enet-vlan-pri=3 -i "$samples/answered.pcap" \
		-o "$samples/tagged.pcap" || rc=1

	size=$(stat -c %s "$samples/answered.pcap")
	head -c $((size - 100)) "$samples/answered.pcap" \
		>"$samples/cut-file-broken-off.pcap" || rc=1
	return $rc
}
