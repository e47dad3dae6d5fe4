"""Tunnels of mirrors and overlays: ERSPAN, TZSP, Geneve, VXLAN's kin."""
import struct

from scapy.contrib.erspan import ERSPAN_II
from scapy.contrib.geneve import GENEVE, GeneveOptions
from scapy.contrib.tzsp import (TZSP, TZSPTagEnd, TZSPTagPadding,
                                TZSPTagRawRSSIByte)
from scapy.layers.dot11 import Dot11
from scapy.layers.l2 import LLC, SNAP

from craft import *

m = options("mirror@example")
one = [at(1, m)]
one6 = [at(1, m, A6, B6)]
packet, packet6 = udp(m), udp(m, A6, B6)
outer = IP(src=P, dst=Q)
FRAME = Ether(src="02:00:00:00:01:0a", dst="02:00:00:00:01:14")


def over_udp(port, sport=50000):
    return outer / UDP(sport=sport, dport=port)


case("erspan-1", "ERSPAN type I: no header of its own",
     [outer / GRE(proto=0x88be) / FRAME / packet], one)
case("erspan-2", "ERSPAN type II, a tag inside",
     [outer / GRE(proto=0x88be, seqnum_present=1, sequence_number=1)
      / ERSPAN_II(ver=1, session_id=5) / FRAME / Dot1Q(vlan=9) / packet], one)
case("erspan-2-version-0", "ERSPAN type II whose version is left 0",
     [outer / GRE(proto=0x88be, seqnum_present=1, sequence_number=1)
      / ERSPAN_II(ver=0, session_id=5) / FRAME / packet], one)
# draft-foschiano-erspan 4.3: version 2, then 12 bytes; with O 8 more.
ERSPAN3 = struct.pack(">HHIHH", 0x2007, 0x0005, 123456, 0, 0)
case("erspan-3", "ERSPAN type III",
     [outer / GRE(proto=0x22eb, seqnum_present=1, sequence_number=1)
      / Raw(ERSPAN3 + bytes(FRAME / packet))], one)
case("erspan-3-subheader", "ERSPAN type III with its platform's subheader",
     [outer / GRE(proto=0x22eb, seqnum_present=1, sequence_number=1)
      / Raw(ERSPAN3[:-1] + b"\1" + struct.pack(">II", 0x18000000, 7)
            + bytes(FRAME / packet6))], one6)
case("tzsp", "TZSP with an Ethernet frame",
     [over_udp(37008) / TZSP(encapsulated_protocol=1) / TZSPTagEnd() / FRAME
      / packet], one)
case("tzsp-80211", "TZSP with tags and an 802.11 frame",
     [over_udp(37008) / TZSP(encapsulated_protocol=18) / TZSPTagPadding()
      / TZSPTagRawRSSIByte(raw_rssi=196) / TZSPTagEnd()
      / Raw(bytes(Dot11(type=2, subtype=0, addr1="02:00:00:00:00:14",
                        addr2="02:00:00:00:00:0a", addr3="02:00:00:00:00:0b")
                  / LLC(dsap=0xaa, ssap=0xaa, ctrl=3) / SNAP(OUI=0, code=0x800)
                  / packet))], one)
case("geneve", "Geneve (RFC 8926)",
     [over_udp(6081) / GENEVE(vni=5, proto=0x6558) / FRAME / packet], one)
case("geneve-options", "Geneve with two options, IPv6 without a frame",
     [over_udp(6081) / GENEVE(vni=5, proto=0x86dd, options=[
         GeneveOptions(classid=0x102, type=0x80, data=b"abcd"),
         GeneveOptions(classid=0x103, type=1, data=b"abcdefgh")])
      / packet6], one6)
case("vxlan-gpe", "VXLAN-GPE with IPv4 in it",
     [over_udp(4790) / Raw(struct.pack(">BBBBI", 0x0c, 0, 0, 1, 5 << 8)
                           + bytes(packet))], one)
case("vxlan-policy", "VXLAN with a group policy, the port of old Linux",
     [over_udp(8472) / Raw(struct.pack(">BBHI", 0x88, 0, 77, 5 << 8)
                           + bytes(FRAME / packet))], one)
case("mpls-in-udp", "MPLS in UDP (RFC 7510)",
     [over_udp(6635) / Raw(struct.pack(">I", 16 << 12 | 0x1ff)
                           + bytes(packet))], one)
case("gre-in-udp", "GRE in UDP (RFC 8086)",
     [over_udp(4754) / GRE(proto=0x86dd, key_present=1, key=7) / packet6],
     one6)
case("etherip", "EtherIP (RFC 3378)",
     [IP(src=P, dst=Q, proto=97) / Raw(b"\x30\0" + bytes(FRAME / packet))],
     one)
