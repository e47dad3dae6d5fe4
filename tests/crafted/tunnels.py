"""Tunnels (issue point 2): the innermost addresses are reported."""
import struct

from scapy.contrib.gtp import (GTP_U_Header, GTPPDUSessionContainer)
from scapy.layers.ipsec import ESP, SecurityAssociation
from scapy.layers.l2 import GRE_PPTP
from scapy.layers.l2tp import L2TP
from scapy.layers.ppp import HDLC, PPP
from scapy.layers.vxlan import VXLAN
from scapy.layers.inet6 import IPv6ExtHdrDestOpt, PadN

from craft import *

m = options("tunnel@example")
one = [at(1, m)]
one6 = [at(1, m, A6, B6)]
packet, packet6 = udp(m), udp(m, A6, B6)
outer, outer6 = IP(src=P, dst=Q), IPv6(src=P6, dst=Q6)
INNER = Ether(src="02:00:00:00:01:0a", dst="02:00:00:00:01:14")


def over_udp(port, sport=50000):
    return outer / UDP(sport=sport, dport=port)


case("4in4", "IPv4 in IPv4 (RFC 2003)", [outer / packet], one)
case("6in4", "IPv6 in IPv4 (RFC 4213)", [outer / packet6], one6)
case("4in6", "IPv4 in IPv6 (RFC 2473)", [outer6 / packet], one)
case("6in6", "IPv6 in IPv6, with the encapsulation limit before it",
     [outer6 / IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0\0\0\0")])
      / packet6], one6)
case("gre", "GRE (RFC 2784)", [outer / GRE(proto=0x800) / packet], one)
case("gre-key-seq-csum", "GRE with checksum, key and sequence (RFC 2890)",
     [outer / GRE(proto=0x86dd, chksum_present=1, key_present=1,
                  seqnum_present=1, key=7, sequence_number=9) / packet6],
     one6)
case("gre-over-ipv6", "GRE over IPv6", [outer6 / GRE(proto=0x800) / packet],
     one)
case("gre-teb", "GRE with an Ethernet frame and its VLAN tag",
     [outer / GRE(proto=0x6558) / INNER / Dot1Q(vlan=9) / packet], one)
case("nvgre", "NVGRE: the key is a network and a flow (RFC 7637)",
     [outer / GRE(proto=0x6558, key_present=1, key=0x00123456) / INNER
      / packet], one)
case("gre-mpls", "GRE with an MPLS label (RFC 4023)",
     [outer / GRE(proto=0x8847) / Raw(struct.pack(">I", 16 << 12 | 0x1ff)
                                      + bytes(packet))], one)
case("pptp", "GRE of version 1 with PPP (RFC 2637)",
     [outer / GRE_PPTP(seqnum_present=1, acknum_present=1, seqence_number=5,
                       ack_number=4, payload_len=len(packet) + 4, call_id=3)
      / HDLC() / PPP() / packet], one)
case("vxlan", "VXLAN (RFC 7348)", [over_udp(4789) / VXLAN(flags=8, vni=5) / INNER
                                   / packet], one)
case("vxlan-vlan-ipv6", "VXLAN, a tag inside, IPv6",
     [over_udp(4789) / VXLAN(flags=8, vni=5) / INNER / Dot1Q(vlan=3) / packet6], one6)
case("vxlan-reserved-bits", "VXLAN's reserved bits are ignored (RFC 7348 5)",
     [over_udp(4789) / VXLAN(flags=0x0c, vni=5) / INNER / packet], one)
case("gtpu", "GTP-U, no optional field (TS 29.281)",
     [over_udp(2152) / GTP_U_Header(teid=1, gtp_type=255, S=0) / packet], one)
case("gtpu-sequence", "GTP-U with a sequence number, IPv6",
     [over_udp(2152) / GTP_U_Header(teid=1, gtp_type=255, S=1, seq=9)
      / packet6], one6)
case("gtpu-extensions", "GTP-U with two extension headers",
     [over_udp(2152) / Raw(
         struct.pack(">BBHI", 0x34, 255, len(packet) + 4 + 4 + 4, 1)
         + struct.pack(">HBB", 0, 0, 0x85)
         + bytes([1, 0x00, 0x09, 0xc0]) + bytes([1, 0, 1, 0])
         + bytes(packet))], one)
case("gtpu-pdu-session", "GTP-U of a 5G core: the PDU session container",
     [over_udp(2152) / GTP_U_Header(teid=1, gtp_type=255, E=1,
                                    next_ex=0x85)
      / GTPPDUSessionContainer(type=1, QFI=9) / packet], one)
case("l2tpv2", "L2TPv2 data with length (RFC 2661)",
     [over_udp(1701, 1701) / L2TP(hdr="length", tunnel_id=5, session_id=6)
      / HDLC() / PPP() / packet], one)
case("l2tpv2-bare", "L2TPv2 data with neither length nor sequence, "
     "PPP compressed",
     [over_udp(1701, 1701) / Raw(struct.pack(">HHH", 2, 5, 6)
                                 + b"\x21" + bytes(packet))], one)
case("l2tpv2-offset", "L2TPv2 data with sequence and offset",
     [over_udp(1701, 1701) / Raw(
         struct.pack(">HHHHHH", 0x0a02, 5, 6, 1, 1, 3) + b"\0\0\0"
         + b"\xff\x03\x00\x57" + bytes(packet6))], one6)
case("l2tpv3-ip", "L2TPv3 over IP: a session and an Ethernet frame "
     "(RFC 3931 4.1.1)",
     [IP(src=P, dst=Q, proto=115) / Raw(struct.pack(">I", 77)
                                        + bytes(INNER / packet))], one)
case("l2tpv3-cookie", "L2TPv3 over IP with the default sublayer and a cookie",
     [IP(src=P, dst=Q, proto=115)
      / Raw(struct.pack(">IQI", 77, 0x1122334455667788, 1 << 30)
            + bytes(INNER / packet))], one)
case("l2tpv3-udp", "L2TPv3 over UDP (RFC 3931 4.1.2)",
     [over_udp(1701, 1701) / Raw(struct.pack(">HHI", 3, 0, 77)
                                 + bytes(INNER / packet))], one)
null = SecurityAssociation(ESP, spi=0x100, crypt_algo="NULL",
                           auth_algo="HMAC-SHA1-96", auth_key=b"k" * 20)
case("esp-null", "ESP with null encryption in transport mode, as IMS uses "
     "(RFC 2410, TS 33.203)", [null.encrypt(packet)], one)
case("esp-encrypted", "what is encrypted cannot be read, and is said so",
     [outer / ESP(spi=9, seq=1, data=bytes(range(7, 247)))], [],
     says=["ESP|opaque|other IP"])
case("ip-in-gre-in-vxlan", "three tunnels, one in another",
     [over_udp(4789) / VXLAN(flags=8, vni=5) / INNER / outer6 / GRE(proto=0x800)
      / IP(src="10.0.0.1", dst="10.0.0.2") / packet], one)


def nested(depth):
    p = packet
    for i in range(depth):
        p = IP(src=f"10.0.{i}.1", dst=f"10.0.{i}.2") / p
    return p


case("nested-8", "eight IP headers before the last", [nested(8)], one)
case("nested-too-deep", "40 IP headers: an anomaly, and the next packet goes "
     "on", [nested(40), packet], [at(2, m)], says=["1 malformed"])
case("text-on-tunnel-ports", "SIP on a tunnel's port is SIP",
     [after(1, udp(m, dport=p)) for p in
      (4789, 4790, 2152, 6081, 37008, 1701, 9060, 4500)],
     [at(n, m, dport=p) for n, p in
      enumerate((4789, 4790, 2152, 6081, 37008, 1701, 9060, 4500), 1)])
