"""IPsec that only protects, as IMS uses it; UDP-Lite."""
import struct

from scapy.layers.ipsec import AH, ESP, SecurityAssociation

from craft import *

m, long = options("ims@example"), big_invite("long@example", 900)
packet, packet6 = udp(m), udp(m, A6, B6)


def null(auth="HMAC-SHA1-96", **more):
    key = {"HMAC-SHA1-96": 20, "HMAC-MD5-96": 16, "SHA2-256-128": 32,
           "SHA2-512-256": 64, "NULL": 0}[auth]
    return SecurityAssociation(
        ESP, spi=0x1000, crypt_algo="NULL", auth_algo=auth,
        auth_key=b"k" * key or None, **more)


case("esp-null-udp", "ESP without encryption, transport mode, UDP",
     [null().encrypt(packet)], [at(1, m)])
s = Stream()
case("esp-null-tcp", "ESP without encryption, a TCP connection in it",
     [[null("HMAC-MD5-96").encrypt(p)
       for p in (*s.open(), s.send(long[:600]), s.send(long[600:]),
                 *s.close())]],
     [at(5, long, transport="tcp", sport=40000)])
case("esp-null-tunnel", "ESP without encryption, tunnel mode, 16 byte check",
     [null("SHA2-256-128", tunnel_header=IP(src=P, dst=Q)).encrypt(packet)],
     [at(1, m)])
case("esp-null-ipv6", "ESP without encryption over IPv6, 32 byte check",
     [null("SHA2-512-256").encrypt(packet6)], [at(1, m, A6, B6)])
case("esp-null-bare", "ESP without encryption and without a check",
     [null("NULL").encrypt(packet)], [at(1, m)])
encapsulated = null(nat_t_header=UDP(sport=4500, dport=4500)).encrypt(packet)
encapsulated[UDP].len = None  # of the header alone, as Scapy left it
case("esp-null-udp-encapsulated", "the same in UDP (RFC 3948), beside IKE",
     [[encapsulated,
       IP(src=A, dst=B) / UDP(sport=4500, dport=4500)
       / Raw(bytes(4) + bytes(range(40)))]], [at(1, m)])
case("esp-null-fragments", "ESP without encryption in IP fragments",
     [fragment(null().encrypt(udp(long, ident=7)), 600)], [at(3, long)])
case("ah", "an authentication header", [SecurityAssociation(
    AH, spi=0x1000, auth_algo="HMAC-SHA1-96", auth_key=b"k" * 20)
    .encrypt(packet)], [at(1, m)])


def udplite(payload, coverage):
    return IP(src=A, dst=B, proto=136) / Raw(
        struct.pack(">HHHH", 5060, 5060, coverage, 0) + payload)


case("udp-lite", "UDP-Lite (RFC 3828): whatever the checksum covers",
     [after(1, udplite(m, c)) for c in (8, 0, 20)],
     [at(1, m), at(2, m), at(3, m)])
case("udp-lite-coverage", "a coverage that cannot be is named",
     [udplite(m, 7)], [at(1, m)], anomalies=[{"udplite_coverage_bad"}],
     says=["1 udplite_coverage_bad"])
case("esp-told", "what is encrypted is said to be so",
     [IP(src=A, dst=B) / ESP(spi=0x1000, seq=1, data=bytes(range(7, 247)))],
     [], says=["1 packet of ESP, which cannot be read"])
