"""Fragments of IP (issue point 3): a message is complete with its last one."""
from scapy.layers.inet6 import IPv6ExtHdrDestOpt, PadN
from scapy.layers.vxlan import VXLAN

from craft import *

m = big_invite("fragments@example", 2700)
n = options("after@example")
whole, whole6 = udp(m, ident=77), udp(m, A6, B6)


def cut4(packet, size=1200):
    return fragment(packet, fragsize=size)


def cut6(packet, size=1280):
    packet = packet.copy()
    payload = packet.payload
    packet.remove_payload()
    return fragment6(packet / IPv6ExtHdrFragment(id=77) / payload, size)


a, b, c = cut4(whole)
a6, b6, c6 = cut6(whole6)
x = udp(n, ident=78)


def raw4(offset, data, more=True, ident=77):
    """A fragment made by hand: @p offset in bytes."""
    return IP(src=A, dst=B, id=ident, proto=17, flags="MF" if more else 0,
              frag=offset // 8) / Raw(data)


payload = bytes(whole.payload)

for name, order in (("in-order", (a, b, c)), ("last-first", (c, a, b)),
                    ("reversed", (c, b, a)), ("middle-first", (b, a, c)),
                    ("middle-last", (a, c, b)), ("first-last", (b, c, a))):
    case("ipv4-" + name, f"three fragments, {name.replace('-', ' ')}",
         [order, x], [at(3, m), at(4, n)])
for name, order in (("in-order", (a6, b6, c6)), ("reversed", (c6, b6, a6)),
                    ("middle-last", (a6, c6, b6))):
    case("ipv6-" + name, f"IPv6, three fragments, {name.replace('-', ' ')}",
         [order, x], [at(3, m, A6, B6), at(4, n)])
case("ipv4-duplicated", "every fragment twice", [a, a, b, b, c, x],
     [at(5, m), at(6, n)])
case("ipv4-each-twice", "a mirror that shows every fragment twice",
     [a, a, b, b, c, c, x], [at(5, m), at(7, n)], never=["never completed"])
case("ipv6-each-twice", "the same of IPv6",
     [a6, a6, b6, b6, c6, c6, x], [at(5, m, A6, B6), at(7, n)],
     never=["never completed"])
case("ipv4-two-vlans", "every fragment in two VLANs, by turns",
     [[ETH / Dot1Q(vlan=v) / f for v in (10, 20)] for f in (a, b, c)],
     [at(5, m), at(6, m, copy=True)], never=["never completed"])
case("ipv4-overlap-same", "fragments that overlap with the same bytes, named",
     [raw4(0, payload[:1600]), raw4(800, payload[800:2400]),
      raw4(2000, payload[2000:], more=False), x],
     [at(3, m), at(4, n)], anomalies=[{"fragment_overlap"}, set()])
case("ipv4-overlap-differs", "bytes that overlap and differ: the first ones "
     "are kept, named",
     [raw4(0, payload[:1600]),
      raw4(1200, b"#" * 400 + payload[1600:2400]),
      raw4(2400, payload[2400:], more=False), x],
     [at(3, m), at(4, n)], anomalies=[{"fragment_overlap"}, set()])
case("ipv4-missing-middle", "a middle that never comes: what there is, named "
     "and counted, when its time is over",
     [a, c, after(1, x), after(200, udp(n, ident=79)), x],
     [at(2, m), at(3, n), at(4, n), at(5, n)],
     says=["2 fragments of datagrams never completed"],
     never=["udp_length_bad"])
case("ipv4-missing-first", "the first fragment never comes: nothing to read, "
     "counted", [b, c, after(200, x)], [at(3, n)],
     says=["2 fragments of datagrams never completed"])
case("ipv6-missing-last", "IPv6: the last fragment never comes",
     [a6, b6, after(200, x)], [at(2, m, A6, B6), at(3, n)],
     says=["2 fragments of datagrams never completed"])
o = big_invite("other@example", 2700)
other = cut4(udp(o, src="192.0.2.99", ident=77))
case("ipv4-same-id-other-ends", "one identification between other ends, "
     "interleaved",
     [a, other[0], b, other[1:], c], [at(5, o, "192.0.2.99"), at(6, m)])
case("ipv4-id-used-again", "an identification that comes round again",
     [a, b, c, after(40, cut4(udp(big_invite("again@example", 2700),
                                  ident=77)))],
     [at(3, m), at(6, big_invite("again@example", 2700))])
case("ipv4-in-tunnel", "fragments inside GRE",
     [IP(src=P, dst=Q) / GRE(proto=0x800) / f for f in (b, c, a)],
     [at(3, m)])
case("tunnel-in-fragments", "a VXLAN packet in fragments of the outer IP",
     fragment(IP(src=P, dst=Q, id=5) / UDP(sport=50000, dport=4789)
              / VXLAN(flags=8, vni=5) / ETH / whole6, 1400), [at(3, m, A6, B6)])
case("fragments-of-fragments", "fragments inside a tunnel that is itself in "
     "fragments",
     [fragment(IP(src=P, dst=Q, id=i) / GRE(proto=0x800) / f, 800)
      for i, f in ((5, a), (6, b), (7, c))], [at(5, m)])
case("ipv6-after-options", "a destination option before the fragment header",
     [IPv6(src=A6, dst=B6) / IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0" * 4)])
      / IPv6ExtHdrFragment(nh=17, id=9, offset=o // 8, m=o == 0)
      / Raw(bytes(whole6.payload)[o:o + 2000 if o == 0 else None])
      for o in (2000, 0)], [at(2, m, A6, B6)])
case("ipv6-atomic", "an atomic fragment is a whole datagram (RFC 6946)",
     [IPv6(src=A6, dst=B6) / IPv6ExtHdrFragment(nh=17, id=9)
      / Raw(bytes(udp(n, A6, B6).payload))], [at(1, n, A6, B6)])
s = Stream()
case("tcp-in-fragments", "a TCP segment in fragments",
     [s.open(), fragment(s.send(m), 1200), s.send(n)],
     [at(6, m, transport="tcp", sport=40000),
      at(7, n, transport="tcp", sport=40000)])
case("fragment-impossible", "fragments beyond 65535 and of no length: an "
     "anomaly, the datagram goes on",
     [a, raw4(65528, b"x" * 16), raw4(1600, b""), b, c], [at(5, m)],
     says=["1 malformed|2 malformed"])
case("first-fragment-flood", "20 000 first fragments that never complete, and "
     "then a message",
     [[after(0.00001, raw4(0, b"y" * 64, ident=1 + i % 65535))
       for i in range(20000)], x], [at(20001, n)])
