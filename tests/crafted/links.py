"""Links (issue point 1): what a capture's packets begin with."""
import struct

from scapy.contrib.mpls import MPLS
from scapy.layers.l2 import (CookedLinux, CookedLinuxV2, LLC, Loopback, SNAP)
from scapy.layers.ppp import HDLC, PPP, PPPoE

from craft import *

m = options("link@example")
one = [at(1, m)]
one6 = [at(1, m, A6, B6)]
packet, packet6 = udp(m), udp(m, A6, B6)

case("ethernet-ipv4", "Ethernet, IPv4, UDP", [packet], one)
case("ethernet-ipv6", "Ethernet, IPv6, UDP", [packet6], one6)
case("ethernet-padded", "the trailer of a short frame is no payload",
     [ETH / udp(m) / Raw(b"\0" * 9)], one)
case("dot1q", "one 802.1Q tag", [ETH / Dot1Q(vlan=7) / packet], one)
case("qinq-88a8", "802.1ad: a service tag over a customer tag",
     [ETH / Dot1AD(vlan=100) / Dot1Q(vlan=7) / packet], one)
case("qinq-8100-twice", "two tags of 8100",
     [ETH / Dot1Q(vlan=100) / Dot1Q(vlan=7) / packet6], one6)
case("vlan-three-deep", "three tags, an odd but real stack",
     [ETH / Dot1AD(vlan=5) / Dot1Q(vlan=6) / Dot1Q(vlan=7) / packet], one)
case("llc-snap", "802.3 with LLC and SNAP",
     [Ether(src=ETH.src, dst=ETH.dst, type=len(packet) + 8)
      / LLC(dsap=0xaa, ssap=0xaa, ctrl=3) / SNAP(OUI=0, code=0x800) / packet],
     one)
case("mpls-1", "one MPLS label", [ETH / MPLS(label=16, s=1) / packet], one)
case("mpls-2", "two MPLS labels",
     [ETH / MPLS(label=16, s=0) / MPLS(label=17, s=1) / packet], one)
case("mpls-ipv6", "an MPLS label over IPv6",
     [ETH / MPLS(label=16, s=1) / packet6], one6)
case("mpls-pseudowire", "Ethernet over MPLS with a control word (RFC 4448)",
     [ETH / MPLS(label=16, s=1) / Raw(b"\0\0\0\1" + bytes(ETH / packet))], one)
case("pppoe", "PPPoE session", [ETH / PPPoE(sessionid=9) / PPP() / packet], one)
case("pppoe-vlan-ipv6", "PPPoE in a VLAN, IPv6",
     [ETH / Dot1Q(vlan=7) / PPPoE(sessionid=9) / PPP(proto=0x57) / packet6],
     one6)
case("sll", "Linux cooked", [CookedLinux(proto=0x800) / packet], one, "sll")
case("sll-vlan", "Linux cooked, a VLAN tag, IPv6",
     [CookedLinux(proto=0x8100) / Dot1Q(vlan=7) / packet6], one6, "sll")
case("sll2", "Linux cooked, version 2", [CookedLinuxV2(proto=0x800) / packet],
     one, "sll2")
case("raw4", "raw IP, version 4", [packet], one, "raw")
case("raw6", "raw IP, version 6", [packet6], one6, "raw")
case("linktype-ipv4", "LINKTYPE_IPV4", [packet], one, "ipv4")
case("linktype-ipv6", "LINKTYPE_IPV6", [packet6], one6, "ipv6")
case("null", "BSD loopback, host byte order", [Loopback(type=2) / packet],
     one, "null")
case("null-big-endian", "BSD loopback of a machine of the other byte order",
     [b"\0\0\0\2" + bytes(packet)], one, "null")
case("null-ipv6", "BSD loopback, IPv6 as FreeBSD numbers it",
     [struct.pack("<I", 28) + bytes(packet6)], one6, "null")
case("loop", "OpenBSD loopback, network byte order",
     [struct.pack(">I", 2) + bytes(packet)], one, "loop")
case("ppp", "PPP with address and control", [HDLC() / PPP() / packet], one,
     "ppp")
case("ppp-compressed", "PPP, address, control and protocol compressed",
     [b"\x21" + bytes(packet)], one, "ppp")
case("cisco-hdlc", "Cisco HDLC",
     [struct.pack(">BBH", 0x0f, 0, 0x800) + bytes(packet)], one, "hdlc")

n = options("second@example")
case("pcapng-two-linktypes", "interfaces of different link types in one file",
     [on(0, packet), on(1, udp(n, ident=2)),
      after(1, on(2, CookedLinux() / packet6))],
     [at(1, m), at(2, n), at(3, m, A6, B6)],
     pcapng=["ethernet", "raw", "sll"])
case("pcapng-comments-names", "comments, name resolution, statistics and "
     "unknown blocks are passed over", [packet, udp(n, ident=2)],
     [at(1, m), at(2, n)], pcapng=Pcapng(["ethernet"], comments=True,
                                         names=True))
case("pcapng-nanoseconds", "if_tsresol 9: nine decimals of the time",
     [after(0.123456789, packet)], one, pcapng=Pcapng(["ethernet"], tsresol=9))
case("pcapng-power-of-two", "if_tsresol of 2^-10 and if_tsoffset",
     [after(0.5, packet)], one,
     pcapng=Pcapng(["ethernet"], tsresol=0x8a, offset=1000))
case("pcapng-big-endian", "a file of a big-endian machine", [packet], one,
     pcapng=Pcapng(["ethernet"], order=">", comments=True, names=True))
case("pcap-nanoseconds", "the pcap magic of nanoseconds",
     [after(0.123456789, packet)], one, nanoseconds=True)
case("arp-and-others", "what is no IP is counted apart",
     [Ether(src=ETH.src, dst=ETH.dst, type=0x806) / Raw(b"\0\1\x08\0\6\4\0\1" + bytes(20)),
      Ether(src=ETH.src, dst="01:80:c2:00:00:00", type=38)
      / LLC(dsap=0x42, ssap=0x42, ctrl=3) / Raw(bytes(35)), packet],
     [at(3, m)], says=["2 not IP"])
