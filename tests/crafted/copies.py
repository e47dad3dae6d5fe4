"""Copies (issue point 9): what is one message seen twice, what was sent twice.

The messages all stand in the list, a copy marked as one; the records count it
or do not.
"""
import struct

from scapy.layers.vxlan import VXLAN

from craft import *

m = invite("copies@example", more=(), body=sdp())
MS = 0.001
MIRROR = Ether(src="02:00:00:00:00:0b", dst="02:00:00:00:00:15")


def counts(messages, retransmissions=0, **more):
    return dict(call_id="copies@example", messages=messages,
                retransmissions=retransmissions, **more)


def copied(n=1):
    return [f"{n} cop(y|ies) of the same message"]


NONE = ["copies of the same", "copy of the same"]
first, copy2 = at(1, m), at(2, m, copy=True)
packet = udp(m, ident=7)
again = udp(m, ident=8)

case("copy-two-vlans", "one packet in two VLANs",
     [ETH / Dot1Q(vlan=10) / packet, after(MS, ETH / Dot1Q(vlan=20) / packet)],
     [first, copy2], says=copied(), records=[counts(1, vlan=10)])
case("copy-tagged-and-not", "one packet with its VLAN tag and without",
     [ETH / Dot1Q(vlan=10) / packet, after(MS, ETH / packet)],
     [first, copy2], says=copied(), records=[counts(1)])
case("copy-switch", "both sides of a switch that routes: MAC addresses and TTL "
     "differ", [ETH / packet, after(MS, MIRROR / udp(m, ident=7, ttl=63))],
     [first, copy2], says=copied(), records=[counts(1)])
case("copy-router-tap", "before and after a router, no identification",
     [ETH / udp(m, ident=0), after(MS, MIRROR / udp(m, ident=0, ttl=63))],
     [first, copy2], says=copied(), records=[counts(1)])
case("copy-ipv6-router", "before and after a router, IPv6: the hop limit",
     [ETH / udp(m, A6, B6), after(MS, MIRROR / udp(m, A6, B6, ttl=63))],
     [at(1, m, A6, B6), at(2, m, A6, B6, copy=True)],
     says=copied(), records=[counts(1)])
case("copy-nat", "before and after NAT: other addresses, another "
     "identification", [packet, after(MS, udp(m, src=P, sport=1024, ident=99,
                                              ttl=63))],
     [first, at(2, m, P, sport=1024, copy=True)], says=copied(),
     records=[counts(1)])
case("copy-mirror-twice", "in and out of one mirrored port: the same "
     "identification on the same link", [packet, after(MS / 50, packet)],
     [first, copy2], says=copied(), records=[counts(1)])
case("copy-three-places", "a VLAN, another VLAN, behind NAT",
     [ETH / Dot1Q(vlan=10) / packet, after(MS, ETH / Dot1Q(vlan=20) / packet),
      after(MS, udp(m, src=P, ident=99))],
     [first, copy2, at(3, m, P, copy=True)], says=copied(2),
     records=[counts(1)])
case("copy-two-interfaces", "one packet on two interfaces of a pcapng file",
     [on(0, packet), after(MS, on(1, packet))], [first, copy2],
     pcapng=["ethernet", "ethernet"], says=copied(), records=[counts(1)])
case("copy-two-interfaces-ipv6", "on two interfaces, IPv6 has no "
     "identification", [on(0, udp(m, A6, B6)), after(MS, on(1, udp(m, A6, B6)))],
     [at(1, m, A6, B6), at(2, m, A6, B6, copy=True)],
     pcapng=["ethernet", "ethernet"], says=copied(), records=[counts(1)])
case("copy-two-tunnels", "one packet sent by two switches in GRE",
     [IP(src=s, dst=Q) / GRE(proto=0x800) / packet for s in (P, "203.0.113.9")],
     [first, copy2], says=copied(), records=[counts(1)])
case("copy-tunnel-and-bare", "one packet in VXLAN and without",
     [IP(src=P, dst=Q) / UDP(sport=50000, dport=4789)
      / VXLAN(flags=8, vni=5) / ETH / udp(m, ident=0), udp(m, ident=0)],
     [first, copy2], says=copied(), records=[counts(1)])
case("copy-fragments-vlans", "a fragmented packet in two VLANs",
     [ETH / Dot1Q(vlan=v) / f for v in (10, 20)
      for f in fragment(packet, 200)],
     [at(len(fragment(packet, 200)), m),
      at(2 * len(fragment(packet, 200)), m, copy=True)],
     says=copied(), never=["never completed"], records=[counts(1)])
case("copy-199-ms", "199 ms later in another VLAN: a copy",
     [ETH / Dot1Q(vlan=10) / packet,
      after(0.199, ETH / Dot1Q(vlan=20) / packet)],
     [first, copy2], says=copied(), records=[counts(1)])
case("copy-not-201-ms", "201 ms later in another VLAN: sent again",
     [ETH / Dot1Q(vlan=10) / packet,
      after(0.201, ETH / Dot1Q(vlan=20) / packet)],
     [first, at(2, m)], never=NONE, records=[counts(2, 1)])
case("retransmission-1-ms", "sent again after 1 ms: another identification",
     [packet, after(MS, again)], [first, at(2, m)], never=NONE,
     records=[counts(2, 1)])
case("retransmission-no-id", "sent again after 1 ms, identification 0 "
     "(RFC 6864)", [udp(m, ident=0), after(MS, udp(m, ident=0))],
     [first, at(2, m)], never=NONE, records=[counts(2, 1)])
case("retransmission-ipv6", "sent again after 1 ms, IPv6",
     [udp(m, A6, B6), after(MS, udp(m, A6, B6))],
     [at(1, m, A6, B6), at(2, m, A6, B6)], never=NONE, records=[counts(2, 1)])
case("retransmission-same-id", "a stack that writes one identification into "
     "all packets, sent again after T1",
     [packet, after(0.5, packet)], [first, at(2, m)], never=NONE,
     records=[counts(2, 1)])
case("retransmission-with-copies", "each transmission has its copy behind NAT",
     [packet, after(MS, udp(m, src=P, ident=99)), after(0.1, again),
      after(MS, udp(m, src=P, ident=100))],
     [first, at(2, m, P, copy=True), at(3, m), at(4, m, P, copy=True)],
     says=copied(2), records=[counts(2, 1)])
case("retransmission-copies-cross", "two transmissions, then both copies",
     [packet, after(MS, again), after(MS, udp(m, src=P, ident=99)),
      after(MS, udp(m, src=P, ident=100))],
     [first, at(2, m), at(3, m, P, copy=True), at(4, m, P, copy=True)],
     says=copied(2), records=[counts(2, 1)])


def tunnelled(n, p):
    """The same tunnel twice: what counts packets in it has counted on."""
    head = IP(src=P, dst=Q, id=500 + n, ttl=60)
    up = head / UDP(sport=50000, dport=2152)
    return dict(
        gre=head / GRE(proto=0x800, seqnum_present=1, sequence_number=n,
                       key_present=1, key=5) / p,
        erspan=head / GRE(proto=0x88be, seqnum_present=1, sequence_number=n)
        / Raw(struct.pack(">HHI", 0x1007, 5, n) + bytes(ETH / p)),
        gtpu=up / Raw(struct.pack(">BBHIHBB", 0x32, 255, len(p) + 4, 1, n, 0,
                                  0) + bytes(p)),
        l2tp=head / UDP(sport=1701, dport=1701)
        / Raw(struct.pack(">HHHHH", 0x0802, 5, 6, n, 0) + b"\xff\x03\0\x21"
              + bytes(p)),
        tzsp=head / UDP(sport=50000, dport=37008)
        / Raw(struct.pack(">BBHBBIB", 1, 0, 1, 40, 4, n, 1) + bytes(ETH / p)),
        mpls=Ether(src=ETH.src, dst=ETH.dst, type=0x8847)
        / Raw(struct.pack(">I", 16 << 12 | 0x100 | 64) + bytes(p)),
        pppoe=Ether(src=ETH.src, dst=ETH.dst, type=0x8864)
        / Raw(struct.pack(">HHHH", 0x1100, 9, len(p) + 2, 0x21) + bytes(p)))


for kind in tunnelled(0, packet):
    case("retransmission-in-" + kind, "sent again 1 ms later in the same "
         f"tunnel ({kind}), whose own numbers went on",
         [tunnelled(1, udp(m, ident=0))[kind],
          after(MS, tunnelled(2, udp(m, ident=0))[kind])],
         [first, at(2, m)], never=NONE, records=[counts(2, 1)])

hop = message(f"INVITE sip:bob@{B} SIP/2.0", "copies@example", "1 INVITE",
              "z9hG4bK-proxy", more=(f"Via: SIP/2.0/UDP {A}:5060"
                                     f";branch={m.branch}",), body=sdp())
case("next-hop", "a proxy sends it on with a Via of its own: the next hop",
     [packet, after(MS, udp(hop, src=B, dst=Q, ident=7))],
     [first, at(2, hop, B, Q)], never=NONE, records=[counts(2)])
case("next-hop-same-ends", "sent on between the same addresses (a proxy on the "
     "same machine)", [packet, after(MS, udp(hop, ident=7))],
     [first, at(2, hop)], never=NONE, records=[counts(2)])
other = options("other@example")
case("same-id-other-bytes", "one identification, other bytes: two messages",
     [packet, after(MS, udp(other, ident=7))], [first, at(2, other)],
     never=NONE, records=[counts(1)])

voice = [[udp(struct.pack(">BBHII", 0x80, 0, i, i * 160, 7) + bytes(160),
              sport=30000, dport=40000, ident=0)] * 2 for i in range(60)]
case("mirror-of-pairs", "a mirror that doubles every packet, RTP included: "
     "identification 0, yet a copy",
     [[after(MS / 50 if i % 2 else 0.02, p)
       for i, p in enumerate(sum(voice, []))],
      udp(m, ident=0), after(MS / 50, udp(m, ident=0))],
     [at(121, m), at(122, m, copy=True)], says=copied(), records=[counts(1)])
s = Stream()
setup = flatten(s.open()) + [s.send(m[:200]), s.send(m[200:])]
case("copy-tcp-vlans", "a TCP stream in two VLANs: its own copies are gone "
     "before SIP is seen",
     [ETH / Dot1Q(vlan=v) / p for p in (frame_of(f).data for f in setup)
      for v in (10, 20)],
     [at(9, m, transport="tcp", sport=40000)], never=NONE,
     records=[counts(1)])
n1, n2 = Stream(), Stream(src=P, sport=1024)
case("copy-tcp-nat", "a TCP stream before and after NAT",
     [n1.open(), n2.open(), n1.send(m), n2.send(m)],
     [at(7, m, transport="tcp", sport=40000),
      at(8, m, P, transport="tcp", sport=1024, copy=True)], says=copied(),
     records=[counts(1)])
t = Stream()
case("tcp-sent-twice", "the same bytes twice on one TCP connection are no copy",
     [t.open(), t.send(m), after(MS, t.send(m))],
     [at(4, m, transport="tcp", sport=40000),
      at(5, m, transport="tcp", sport=40000)], never=NONE,
     records=[counts(2, 0)])
case("keep-duplicates", "--keep-duplicates: a copy is a message of its own",
     [ETH / Dot1Q(vlan=10) / packet, after(MS, ETH / Dot1Q(vlan=20) / packet)],
     [first, at(2, m)], options=["--keep-duplicates"], never=NONE,
     records=[counts(2, 1)])
