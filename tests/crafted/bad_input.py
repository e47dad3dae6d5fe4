"""Bad input: a counted anomaly, and what can be read is read."""
import struct

from craft import *

m = big_invite("cut@example", 1000)
n = options("good@example")
x = udp(n, ident=9)
good = at(2, n)


def patched(packet, at_byte, *values):
    """The bytes of a packet with some of them overwritten."""
    data = bytearray(bytes(packet))
    data[at_byte:at_byte + len(values)] = bytes(values)
    return bytes(data)


p4 = bytes(ETH / udp(n))
p6 = bytes(ETH / udp(n, A6, B6))
pt = bytes(ETH / Stream().send(n))

case("snaplen-cut", "a datagram cut by the snap length: kept as partial, named",
     [snapped(600, udp(m)), x], [at(1, m), good],
     anomalies=[{"packet_truncated", "message_truncated"}, set()],
     says=["1 packets? cut by the snap length"])
case("snaplen-cut-in-headers", "a snap length that ends behind CSeq: what was "
     "cut off is not called missing",
     [snapped(42 + m.index(b"Max-Forwards"), udp(m)), x], [at(1, m), good],
     anomalies=[{"packet_truncated", "message_truncated"}, set()])
case("snaplen-cut-in-ip", "a snap length inside the IP header",
     [snapped(20, udp(m)), x], [good], says=["1 malformed"])
s = Stream()
case("snaplen-cut-tcp", "segments cut by the snap length: the message ends "
     "there, the next start line is found",
     [s.open(), snapped(600, s.send(m)), s.send(n), s.close()],
     [at(4, m, transport="tcp", sport=40000),
      at(5, n, transport="tcp", sport=40000)], says=["gap"])
case("snaplen-cut-fragment", "a first fragment cut by the snap length",
     [[snapped(400, f) if i == 0 else f for i, f in enumerate(
         fragment(udp(m, ident=5), 600))], after(60, x)],
     [at(2 if len(m) + 8 <= 1200 else 3, m),
      at(3 if len(m) + 8 <= 1200 else 4, n)])
case("ip-length-beyond", "an IP length beyond the captured bytes: the message "
     "is partial",
     [patched(p4, 16, 0x08, 0x00), x], [at(1, n), good])
case("ip-length-below-header", "an IP length below the header's",
     [patched(p4, 16, 0, 19), x], [good], says=["1 malformed"])
case("ip-header-below-minimum", "an IHL of 4", [patched(p4, 14, 0x44), x],
     [good], says=["1 malformed"])
case("ip-header-beyond", "an IHL of 15 in 24 bytes of IP",
     [patched(p4, 14, 0x4f)[:38], x], [good], says=["1 malformed"])
case("ip-version-7", "IP version 7", [patched(p4, 14, 0x75), x], [good],
     says=["1 malformed"])
case("udp-length-below", "a UDP length of 7: the IP length decides",
     [patched(p4, 38, 0, 7), x], [at(1, n), good])
case("udp-length-beyond", "a UDP length beyond the IP length",
     [patched(p4, 38, 0x7f, 0xff), x], [at(1, n), good])
case("udp-length-shorter", "a UDP length that ends inside the message",
     [patched(ETH / udp(m), 38, *divmod(8 + len(m) - 99, 256)), x],
     [at(1, m), good])
case("udp-header-cut", "an IP packet that ends in the UDP header",
     [patched(p4, 16, 0, 24)[:38], x], [good], says=["1 malformed"])
case("tcp-offset-below", "a TCP data offset of 4",
     [patched(pt, 46, 0x40), x], [good], says=["1 malformed"])
case("tcp-offset-beyond", "a TCP data offset beyond the segment",
     [IP(src=A, dst=B) / TCP(dataofs=15) / Raw(bytes(8)), x], [good],
     says=["1 malformed"])
case("ipv6-length-beyond", "an IPv6 payload length beyond the captured bytes",
     [patched(p6, 18, 0x08, 0), after(1, x)], [at(1, n, A6, B6), good])
case("ipv6-extension-beyond", "an IPv6 extension header beyond the packet",
     [Ether(src=ETH.src, dst=ETH.dst, type=0x86dd)
      / Raw(bytes(IPv6(src=A6, dst=B6, nh=60, plen=16))
            + bytes([17, 200]) + bytes(14)), x], [good],
     says=["1 malformed"])
case("ipv6-extensions-endless", "200 IPv6 extension headers",
     [Ether(src=ETH.src, dst=ETH.dst, type=0x86dd)
      / Raw(bytes(IPv6(src=A6, dst=B6, nh=60, plen=1600))
            + bytes([60, 0, 1, 4, 0, 0, 0, 0]) * 200), x], [good],
     says=["1 malformed"])
case("ipv6-jumbo-length-zero", "an IPv6 payload length of 0 with bytes behind",
     [patched(p6, 18, 0, 0), after(1, x)], [at(1, n, A6, B6), good])
case("ethernet-10-bytes", "a frame of 10 bytes", [p4[:10], x], [good],
     says=["1 malformed"])
case("empty-packet", "a packet without a byte", [b"", x], [good],
     says=["1 malformed"])
case("vlan-cut", "a frame that ends inside its VLAN tag",
     [bytes(ETH / Dot1Q(vlan=7) / udp(n))[:16], x], [good],
     says=["1 malformed"])
case("mpls-endless", "a frame of MPLS labels without a bottom",
     [Ether(src=ETH.src, dst=ETH.dst, type=0x8847)
      / Raw(struct.pack(">I", 16 << 12 | 0x40) * 300), x], [good],
     says=["1 (malformed|not IP)"])
case("vlan-endless", "300 VLAN tags",
     [Ether(src=ETH.src, dst=ETH.dst, type=0x8100)
      / Raw(struct.pack(">HH", 7, 0x8100) * 300), x], [good],
     says=["1 malformed"])
case("gtp-extension-zero", "a GTP-U extension header of length 0",
     [IP(src=P, dst=Q) / UDP(sport=50000, dport=2152)
      / Raw(struct.pack(">BBHIHBB", 0x34, 255, 200, 1, 0, 0, 0x85)
            + bytes(196)), x], [good])
case("udp-4-bytes", "datagrams of 0 to 4 bytes are keep-alives or noise",
     [[udp(b"", ident=2), udp(b"\r\n\r\n", ident=3), udp(b"\0", ident=4),
       udp(b"\0\0\0\0", ident=5), udp(b"jaK", ident=6)], x], [at(6, n)])
case("bad-checksums", "checksums are not checked: offloading leaves them wrong",
     [patched(p4, 24, 0xde, 0xad), after(1, patched(p4, 40, 0xde, 0xad))],
     [at(1, n), at(2, n)])
lf = n.replace(b"\r\n", b"\n")
case("line-ends-lf", "lines that end with LF alone: read, named",
     [udp(lf), x], [at(1, n), good], anomalies=[{"lf_line_end"}, set()])
case("leading-crlf", "empty lines before the start line in a datagram: taken, "
     "named", [udp(b"\r\n\r\n" + n), x], [at(1, n), good],
     anomalies=[{"leading_crlf"}, set()])
case("two-in-a-datagram", "two messages in one datagram are two messages",
     [udp(n + options("other@example")), x],
     [at(1, n), at(1, options("other@example")), good])
case("no-headers-end", "a datagram without an empty line: read, named",
     [udp(n[:-2]), x], [at(1, n), good],
     anomalies=[{"headers_unterminated"}, set()])
longer = invite("longer@example", body=b"v=0\r\n", length=500)
case("datagram-content-length-long", "a Content-Length beyond the datagram",
     [udp(longer), x], [at(1, longer), good],
     anomalies=[{"content_length_long"}, set()])
for name, value in (("2147483648", "2147483648"), ("minus-5", "-5"),
                    ("300-digits", "9" * 300)):
    bad = options("bad@example", length=value)
    case("datagram-content-length-" + name, f"a datagram with Content-Length "
         f"{value[:12]}", [udp(bad), x], [at(1, bad), good])
