"""SIP quoted in ICMP errors: counted with the flow it answers, no message."""
import struct

from scapy.layers.inet6 import ICMPv6DestUnreach, ICMPv6PacketTooBig

from craft import *

m = options("quoted@example")
n = options("real@example")
FLOW = rf"of {A}:5060 > {B}:5060"
FLOW6 = r"of \[2001:db8:1::10\]:5060 > \[2001:db8:2::20\]:5060"


def error(kind, code, quoted):
    return IP(src=B, dst=A) / ICMP(type=kind, code=code) / Raw(bytes(quoted))


case("icmp-port-unreachable", "the whole message quoted",
     [error(3, 3, udp(m))], [],
     says=[rf"ICMP errors that quote SIP: 1 = 1 port unreachable, {FLOW}"])
case("icmp-of-a-flow", "eight bytes quoted of a flow that is SIP",
     [udp(n), error(3, 1, bytes(udp(n))[:28]), error(3, 1, bytes(udp(n))[:28])],
     [at(1, n)],
     says=[rf"ICMP errors that quote SIP: 2 = 2 host unreachable, {FLOW}"])
case("icmp-of-another", "errors that quote no SIP are only ICMP",
     [error(3, 3, udp(bytes(range(40)), sport=53, dport=40000)),
      IP(src=B, dst=A) / ICMP() / Raw(bytes(m))], [],
     says=["2 ICMP"], never=["quote SIP"])
case("icmp6-port-unreachable", "ICMPv6",
     [IPv6(src=B6, dst=A6) / ICMPv6DestUnreach(code=4)
      / Raw(bytes(udp(m, A6, B6)))], [],
     says=[rf"quote SIP: 1 = 1 port unreachable, {FLOW6}"])
case("icmp6-too-big", "ICMPv6: a packet too big",
     [IPv6(src=B6, dst=A6) / ICMPv6PacketTooBig(mtu=1280)
      / Raw(bytes(udp(m, A6, B6)))], [],
     says=[rf"quote SIP: 1 = 1 too big, {FLOW6}"])
case("icmp-ttl-of-a-tunnel", "a tunnel's packet quoted: the innermost flow",
     [error(11, 0, IP(src=P, dst=Q) / udp(m))], [],
     says=[rf"quote SIP: 1 = 1 TTL exceeded, {FLOW}"])
