"""A user's filter (issue point 8) must not lose fragments."""
from craft import *

m = big_invite("filter@example", 2700)
n = options("other@example")
whole = fragment(udp(m, ident=5), 1200)
stranger = fragment(udp(big_invite("stranger@example", 2700), sport=7000,
                        dport=7000, src="192.0.2.77", ident=6), 1200)
port = ["-f", "port 5060"]

case("filter-fragments", "-f 'port 5060': later fragments have no ports",
     [whole, udp(n, ident=9)], [at(len(whole), m), at(len(whole) + 1, n)],
     options=port)
case("filter-fragments-reversed", "the first fragment comes last",
     [whole[::-1]], [at(len(whole), m)], options=port)
v6 = udp(m, A6, B6)
v6 = fragment6(IPv6(src=A6, dst=B6) / IPv6ExtHdrFragment(id=7) / v6.payload,
               1280)
case("filter-fragments-ipv6", "IPv6", [v6], [at(len(v6), m, A6, B6)],
     options=port)
case("filter-fragments-vlan", "fragments in a VLAN, and a filter that says so",
     [ETH / Dot1Q(vlan=7) / f for f in whole], [at(len(whole), m)],
     options=["-f", "vlan and udp port 5060"])
case("filter-again", "what is put together of fragments on other ports does "
     "not pass after all", [whole, stranger], [at(len(whole), m)],
     options=port)
case("filter-host", "a filter on a host", [udp(n), udp(n, src="192.0.2.77")],
     [at(1, n)], options=["-f", f"host {A}"])
case("filter-other-port", "what does not match is counted",
     [udp(n, dport=5070, sport=5070), udp(n, ident=2)], [at(2, n)],
     options=port, says=["1 not passed by the filter"])
case("filter-link-types", "one filter for interfaces of two link types",
     [on(0, udp(n)), on(1, udp(options("raw@example"), ident=2)),
      on(1, udp(n, sport=1, dport=1))],
     [at(1, n), at(2, options("raw@example"))],
     pcapng=["ethernet", "raw"], options=port)
s = Stream()
case("filter-tcp-fragments", "a TCP segment in fragments",
     [s.open(), fragment(s.send(m), 1200), s.send(n)],
     [at(3 + len(whole), m, transport="tcp", sport=40000),
      at(4 + len(whole), n, transport="tcp", sport=40000)], options=port)
