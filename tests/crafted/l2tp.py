"""L2TP: version 2 with PPP, version 3 over UDP and over IP itself."""
import struct

from craft import *

m = options("l2tp@example")
one = [at(1, m)]
one6 = [at(1, m, A6, B6)]
packet, packet6 = udp(m), udp(m, A6, B6)
FRAME = Ether(src="02:00:00:00:01:0a", dst="02:00:00:00:01:14")


def over_udp(data):
    return IP(src=P, dst=Q) / UDP(sport=1701, dport=1701) / Raw(data)


def over_ip(data):
    return IP(src=P, dst=Q, proto=115) / Raw(data)


def version2(flags, ids_and_more, ppp):
    body = ids_and_more + ppp
    head = struct.pack(">H", flags | 2)
    if flags & 0x4000:
        head += struct.pack(">H", len(body) + 4)
    return head + body


case("l2tp-2", "L2TP (RFC 2661): no field but the ids",
     [over_udp(version2(0, struct.pack(">HH", 1, 2),
                        b"\xff\x03\0\x21" + bytes(packet)))], one)
case("l2tp-2-all-fields", "L2TP with length, sequence and offset, PPP "
     "compressed, IPv6",
     [over_udp(version2(0x4a00, struct.pack(">HHHHH", 1, 2, 3, 4, 2) + b"\0\0",
                        b"\x57" + bytes(packet6)))], one6)
case("l2tp-2-control", "L2TP's control messages carry nothing",
     [over_udp(struct.pack(">HHHHHH", 0xc802, 12, 1, 0, 0, 0))], [])
case("l2tp-3-udp", "L2TP 3 over UDP (RFC 3931), Ethernet",
     [over_udp(struct.pack(">HHI", 3, 0, 9) + bytes(FRAME / packet))], one)
case("l2tp-3-udp-cookie", "L2TP 3 over UDP, cookie of 8, sublayer",
     [over_udp(struct.pack(">HHIQI", 3, 0, 9, 0x1122334455667788, 0x40000001)
               + bytes(FRAME / packet6))], one6)
case("l2tp-3-ip", "L2TP 3 over IP, no cookie",
     [over_ip(struct.pack(">I", 9) + bytes(FRAME / packet))], one)
case("l2tp-3-ip-cookie", "L2TP 3 over IP, cookie of 4, a tag inside",
     [over_ip(struct.pack(">II", 9, 0x11223344)
              + bytes(FRAME / Dot1Q(vlan=9) / packet))], one)
case("l2tp-3-ip-ppp", "L2TP 3 over IP, sublayer, PPP",
     [over_ip(struct.pack(">II", 9, 0x40000001) + b"\xff\x03\0\x21"
              + bytes(packet))], one)
