"""TCP streams (issue point 4): segment borders mean nothing."""
from craft import *

m = big_invite("first@example", 2000)
n = options("second@example")
r = response(200, m, "OK")


def tcp_at(frame, m, **more):
    return at(frame, m, transport="tcp", sport=40000, **more)


def back_at(frame, m):
    return at(frame, m, B, A, transport="tcp", sport=5060, dport=40000)


def stream(*words, **more):
    """Packets of one connection; each word is called with it."""
    s = Stream(**more)
    return [w(s) for w in words]


def send(data):
    return lambda s: s.send(data)


def reply(data):
    return lambda s: s.send(data, side=1)


def part(offset, data, side=0):
    return lambda s: s.segment(offset, data, side=side)


opened, closed = Stream.open, Stream.close
one, two = m[:1000], m[1000:]
k = big_invite("disorder@example", 200)  # few bytes wait behind a hole even
                                         # where each comes by itself
L = len(m)

case("tcp-one", "a message in a segment, an answer, FIN",
     stream(opened, send(n), reply(response(200, n)), closed),
     [tcp_at(4, n), back_at(5, response(200, n))])
case("tcp-ipv6", "over IPv6", stream(opened, send(n), src=A6, dst=B6),
     [at(4, n, A6, B6, "tcp", 40000)])
case("tcp-two-segments", "one message over two segments",
     stream(opened, send(one), send(two)), [tcp_at(5, m)])
case("tcp-three-in-one", "three messages in a segment",
     stream(opened, send(n + n + n)), [tcp_at(4, n)] * 3)
case("tcp-border-inside", "a segment ends one message and begins the next",
     stream(opened, send(one), send(two + n[:50]), send(n[50:])),
     [tcp_at(5, m), tcp_at(6, n)])
case("tcp-byte-by-byte", "each byte in a segment of its own",
     stream(opened, *[send(bytes([x])) for x in n + n]),
     [tcp_at(3 + len(n), n), tcp_at(3 + 2 * len(n), n)])
case("tcp-split-blank-line", "a split inside the empty line",
     stream(opened, send(n[:-3]), send(n[-3:-1]), send(n[-1:])),
     [tcp_at(6, n)])
case("tcp-wrap", "sequence numbers that wrap inside a message",
     stream(opened, send(one), send(two), send(n), seq=2**32 - 500),
     [tcp_at(5, m), tcp_at(6, n)])
case("tcp-wrap-out-of-order", "a wrap, and segments that change places",
     stream(opened, part(300, k[300:]), part(0, k[:300]), part(len(k), n),
            seq=2**32 - 301), [tcp_at(5, k), tcp_at(6, n)])
case("tcp-out-of-order", "five segments in reverse",
     stream(opened, *reversed([part(i, k[i:i + 150])
                               for i in range(0, len(k), 150)])),
     [tcp_at(3 + len(range(0, len(k), 150)), k)])
case("tcp-retransmitted", "segments sent again are no second message",
     stream(opened, part(0, one), part(0, one), part(1000, two),
            part(1000, two), part(0, m), part(L, n)),
     [tcp_at(6, m), tcp_at(9, n)])
case("tcp-retransmitted-larger", "a retransmission of several segments in one",
     stream(opened, part(0, one), part(0, m + n[:100]), part(L + 100, n[100:])),
     [tcp_at(5, m), tcp_at(6, n)])
case("tcp-overlap", "segments that overlap by some bytes",
     stream(opened, part(0, m[:1200]), part(900, m[900:]), part(L - 10,
            m[-10:] + n)), [tcp_at(5, m), tcp_at(6, n)])
case("tcp-overlap-differs", "the first bytes win where a later segment differs",
     stream(opened, part(0, one), part(500, b"#" * 500 + two), send(n)),
     [tcp_at(5, m), tcp_at(6, n)])
case("tcp-zero-window-probe", "keep-alives of TCP: one byte before the next, "
     "again", stream(opened, send(n), part(len(n) - 1, n[-1:]),
                     part(len(n) - 1, b"\0"), part(len(n) - 1, b""), send(n)),
     [tcp_at(4, n), tcp_at(8, n)])
case("tcp-gap", "a lost segment ends the message begun; the next start line "
     "is found",
     stream(opened, part(0, one), part(1400, m[1400:] + n), part(
         L + len(n), n), reply(r), closed),
     [tcp_at(4, m), tcp_at(5, n), tcp_at(6, n), back_at(7, r)],
     says=["1 gap in TCP streams", "400 bytes missing"],
     anomalies=[{"message_truncated", "tcp_gap"}, set(), set(), set()])
case("tcp-gap-acknowledged", "the receiver acknowledged what was never "
     "captured: a gap at once",
     stream(opened, part(0, one),
            lambda s: s.segment(0, flags="A", side=1, ack=L),
            part(L, n)), [tcp_at(4, m), tcp_at(6, n)],
     says=["1 gap in TCP streams"])
case("tcp-gap-between", "what is lost is a whole message: none is harmed",
     stream(opened, part(0, n), part(len(n) + 300, n), closed),
     [tcp_at(4, n), tcp_at(5, n)], says=["1 gap in TCP streams"])
case("tcp-mid-join", "the capture begins inside a message",
     stream(part(700, m[700:] + n), part(L + len(n), n)),
     [tcp_at(1, n), tcp_at(2, n)])
case("tcp-mid-join-split", "the capture begins inside a message, the next "
     "start line is split",
     stream(part(700, m[700:]), part(L, n[:3]), part(L + 3, n[3:])),
     [tcp_at(3, n)])
case("tcp-no-syn", "no handshake seen, the first segment begins a message",
     stream(send(one), send(two), reply(r)), [tcp_at(2, m), back_at(3, r)])
case("tcp-no-syn-swapped", "no handshake seen, and the first two segments "
     "changed places", stream(part(1000, two), part(0, one), part(L, n)),
     [tcp_at(2, m), tcp_at(3, n)])
case("tcp-no-syn-swapped-overlap", "and the earlier one has bytes of both",
     stream(part(1000, two), part(0, m[:1300]), part(L, n)),
     [tcp_at(2, m), tcp_at(3, n)])
case("tcp-no-syn-swapped-inside", "the capture begins inside a message, and "
     "the next one comes the wrong way round",
     stream(part(L + 100, n[100:]), part(700, m[700:] + n[:100]),
            part(L + len(n), n)), [tcp_at(2, n), tcp_at(3, n)])
case("tcp-no-syn-keepalive", "the old byte of a keep-alive is no beginning",
     stream(part(0, n[:3]), part(-1, b"\n"), part(3, n[3:])), [tcp_at(3, n)])
case("tcp-not-sip-then-sip", "a stream that begins with something else, and a "
     "segment with a message",
     stream(opened, send(b"hello\r\n"), send(n), send(n)),
     [tcp_at(5, n), tcp_at(6, n)])
case("tcp-port-reuse", "the same ports again with FIN between",
     [stream(opened, send(n), closed),
      stream(opened, send(m), seq=900000, peer_seq=5)],
     [tcp_at(4, n), tcp_at(11, m)])
case("tcp-port-reuse-no-fin", "the same ports again, the old connection's "
     "end not seen; a message cut by it",
     [stream(opened, send(one)),
      stream(opened, send(n), seq=900000, peer_seq=5)],
     [tcp_at(4, m), tcp_at(8, n)],
     anomalies=[{"message_truncated"}, set()])
case("tcp-port-reuse-no-syn", "the same ports again after a reset, no "
     "handshake seen",
     [stream(opened, send(n), lambda s: s.send(b"", flags="R")),
      stream(send(m), seq=900000, peer_seq=5)],
     [tcp_at(4, n), tcp_at(6, m)])
case("tcp-one-way", "only one direction was captured",
     [p for p in flatten(stream(opened, send(one), send(two), send(n), closed))
      if p.data.src == A], [tcp_at(4, m), tcp_at(5, n)])
case("tcp-one-way-back", "only the answers were captured",
     stream(reply(r), reply(r)), [back_at(1, r), back_at(2, r)])
case("tcp-rst", "a reset ends the message begun",
     stream(opened, send(n), send(one), lambda s: s.send(b"", flags="RA")),
     [tcp_at(4, n), tcp_at(5, m)], anomalies=[set(), {"message_truncated"}])
case("tcp-fin-with-data", "the last bytes come with the FIN",
     stream(opened, send(one), lambda s: s.send(two, flags="FPA")),
     [tcp_at(5, m)])
case("tcp-fin-early", "FIN before the bytes it follows",
     stream(opened, lambda s: s.segment(len(k), flags="FA"),
            part(300, k[300:]), part(0, k[:300])), [tcp_at(6, k)])
case("tcp-data-in-syn", "TCP Fast Open: the SYN carries a message (RFC 7413)",
     stream(lambda s: s.segment(-1, n, flags="S"), part(len(n), n)),
     [tcp_at(1, n), tcp_at(2, n)])
case("tcp-keepalive-crlf", "CRLF keep-alives alone, between, before and split "
     "(RFC 5626 4.4.1)",
     stream(opened, send(b"\r\n\r\n"), reply(b"\r\n"), send(n), send(b"\r\n"),
            send(b"\r\n" + n), send(b"\r"), send(b"\n" + n + b"\r\n\r\n"),
            send(n)),
     [tcp_at(6, n), tcp_at(8, n), tcp_at(10, n), tcp_at(11, n)])
case("tcp-4-byte-payloads", "payloads of 4 bytes: a message in pieces",
     stream(opened, *[send(x) for x in pieces(n, 4)], send(b"\0\0\0\0"),
            send(n)),
     [tcp_at(3 + -(-len(n) // 4), n), tcp_at(5 + -(-len(n) // 4), n)])
case("tcp-4-byte-nuls-first", "4 NULs before the first message",
     stream(opened, send(b"\0\0\0\0"), send(n), send(n)),
     [tcp_at(5, n), tcp_at(6, n)])

bare = options("bare@example", length="")
case("tcp-no-content-length", "a message without Content-Length has no body "
     "on a stream (RFC 3261 18.3 demands one); named",
     stream(opened, send(bare), send(bare + n)),
     [tcp_at(4, bare), tcp_at(5, bare), tcp_at(5, n)],
     anomalies=[{"content_length_missing"}, {"content_length_missing"}, set()])
case("tcp-content-length-compact", "l: is Content-Length, with spaces",
     stream(opened, send(m.replace(b"Content-Length: ", b"l   :   ")), send(n)),
     [tcp_at(4, m), tcp_at(5, n)])
for name, value in (("2147483648", "2147483648"), ("minus-5", "-5"),
                    ("4294967296", "4294967296"), ("300-digits", "9" * 300),
                    ("word", "many"), ("empty", " ")):
    bad = options("bad@example", length=value)
    case("tcp-content-length-" + name, f"Content-Length: {value[:12]}: named, "
         "and the next message is found",
         stream(opened, send(bad), send(n), send(n), closed),
         [tcp_at(4, bad), tcp_at(5, n), tcp_at(6, n)],
         anomalies=[{"content_length_bad"}, set(), set()])
two_lengths = options("two@example", more=("Content-Length: 0",), length=0)
case("tcp-content-length-twice", "two Content-Lengths that agree, and the "
     "next message", stream(opened, send(two_lengths), send(n)),
     [tcp_at(4, two_lengths), tcp_at(5, n)])
short = invite("short@example", body=b"v=0\r\n" + b"x" * 18 + b"\r\n",
               length=5)
case("tcp-content-length-short", "bytes behind the body are junk up to the "
     "next start line", stream(opened, send(short), send(n)),
     [tcp_at(4, short), tcp_at(5, n)], says=["20 bytes between messages"])
case("tcp-interleaved", "two connections, segment by segment",
     [x for pair in zip(
         flatten(stream(opened, send(one), send(two))),
         flatten(stream(opened, send(n[:99]), send(n[99:]), sport=40001)))
      for x in pair],
     [tcp_at(9, m), at(10, n, transport="tcp", sport=40001)])
case("tcp-in-vxlan-pieces", "the stream inside GRE and outside on two paths",
     [IP(src=P, dst=Q) / GRE(proto=0x800) / p.data if i % 2 else p.data
      for i, p in enumerate(flatten(stream(opened, send(one), send(two))))],
     [tcp_at(5, m)])
half_open = [Stream(src=f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}").open()[0]
             for i in range(3000)]
case("tcp-half-open", "3000 half-open connections, and then a message",
     [[after(0.0001, x) for x in half_open], stream(opened, send(n))],
     [tcp_at(3004, n)])
