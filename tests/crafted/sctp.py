"""SIP over SCTP (RFC 4168, 9260): a user message is a SIP message."""
from scapy.layers.sctp import (SCTP, SCTPChunkAbort, SCTPChunkCookieAck,
                               SCTPChunkCookieEcho, SCTPChunkData,
                               SCTPChunkInit, SCTPChunkInitAck,
                               SCTPChunkSACK, SCTPChunkShutdownComplete)

from craft import *

A2, B2 = "192.0.2.110", "198.51.100.120"  # their other addresses


def packet(*chunks, src=A, dst=B, tag=0x1001, sport=5060, dport=5060):
    p = ip(src, dst) / SCTP(sport=sport, dport=dport, tag=tag)
    for c in chunks:
        p = p / c
    return p


def data(tsn, text, flags="BE", stream=0, number=0, proto=0):
    return SCTPChunkData(beginning="B" in flags, ending="E" in flags,
                         unordered="U" in flags, tsn=tsn, stream_id=stream,
                         stream_seq=number, proto_id=proto, data=bytes(text))


def idata(tsn, mid, text, flags="BE", fsn=0):
    """I-DATA (RFC 8260): Scapy's own knows no fragment numbers."""
    bits = 2 * ("B" in flags) + ("E" in flags)
    body = (struct.pack(">IHHII", tsn, 0, 0, mid, 0 if "B" in flags else fsn)
            + bytes(text))
    return Raw(struct.pack(">BBH", 64, bits, 4 + len(body)) + padded(body))


def fragments(m, count, tsn, **more):
    size = -(-len(m) // count)
    parts = pieces(m, size)
    return [data((tsn + i) % 2**32, x,
                 flags=("B" if i == 0 else "") + ("E" if i == len(parts) - 1
                                                  else ""), **more)
            for i, x in enumerate(parts)]


call = invite("sctp@example", via="SCTP")
ok = response(200, call, via="SCTP")
m = options("sctp-2@example", via="SCTP")
over = dict(transport="sctp")
back = dict(transport="sctp", src=B, dst=A)

case("sctp-association", "a whole association, a message each way",
     [packet(SCTPChunkInit(init_tag=0x2002, init_tsn=1), tag=0),
      packet(SCTPChunkInitAck(init_tag=0x1001, init_tsn=9), src=B, dst=A,
             tag=0x2002),
      packet(SCTPChunkCookieEcho(cookie=b"cookie")),
      packet(SCTPChunkCookieAck(), src=B, dst=A, tag=0x2002),
      packet(data(1, call)),
      packet(SCTPChunkSACK(cumul_tsn_ack=1), data(9, ok), src=B, dst=A,
             tag=0x2002)],
     [at(5, call, **over), at(6, ok, **back)])
case("sctp-no-handshake",
     "joined in the middle, on any port, any payload protocol",
     [packet(data(77, m, proto=46), sport=1234, dport=4321)],
     [at(1, m, sport=1234, dport=4321, **over)])
case("sctp-ipv6", "over IPv6", [packet(data(1, m), src=A6, dst=B6)],
     [at(1, m, A6, B6, **over)])
case("sctp-bundled", "two messages in one packet, of two streams",
     [packet(data(1, call), data(2, m, stream=5))],
     [at(1, call, **over), at(1, m, **over)])
case("sctp-unordered", "unordered user messages", [packet(data(1, m, "BEU"))],
     [at(1, m, **over)])

parts = fragments(call, 4, 0xfffffffe)
case("sctp-fragments", "one message over four chunks, their TSNs wrapping",
     [packet(x) for x in parts], [at(4, call, **over)])
case("sctp-fragments-shuffled", "the same in another order, one chunk twice",
     [packet(parts[i]) for i in (2, 0, 0, 3, 1)], [at(5, call, **over)])
case("sctp-fragments-bundled", "its end bundled with another message",
     [packet(*parts[:2]), packet(*parts[2:], data(2, m))],
     [at(2, call, **over), at(2, m, **over)])
case("sctp-interleaved", "parts of two messages by turns (I-DATA, RFC 8260)",
     [packet(idata(1, 1, call[:90], "B")), packet(idata(2, 2, m[:90], "B")),
      packet(idata(3, 1, call[90:], "E", 1)),
      packet(idata(4, 2, m[90:], "E", 1))],
     [at(3, call, **over), at(4, m, **over)])
case("sctp-ip-fragments", "an SCTP packet in fragments of IP",
     fragment(packet(data(1, big_invite("sctp-big@example", via="SCTP"))),
              fragsize=1000),
     [at(3, big_invite("sctp-big@example", via="SCTP"), **over)])

case("sctp-retransmitted", "a chunk sent again, alone and bundled: once",
     [packet(data(1, call)), packet(data(1, call)),
      packet(data(1, call), data(2, m))],
     [at(1, call, **over), at(3, m, **over)])
case("sctp-two-paths", "sent again over the other addresses of both ends",
     [packet(data(1, call)), packet(data(2, m[:80], "B")),
      packet(data(1, call), src=A2, dst=B2),
      packet(data(3, m[80:], "E"), src=A2, dst=B2)],
     [at(1, call, **over), at(4, m, src=A2, dst=B2, **over)])
case("sctp-port-reuse", "the next association on the same ports",
     [packet(data(1, call)), packet(SCTPChunkShutdownComplete()),
      packet(data(1, m)), packet(SCTPChunkAbort()),
      packet(data(1, ok), tag=0x1001)],
     [at(1, call, **over), at(3, m, **over), at(5, ok, **over)])
cut = Sip(call[:2 * -(-len(call) // 4)])  # ends before Call-ID
cut.what, cut.branch, cut.cseq, cut.call_id = "INVITE", call.branch, "-", "-"
case("sctp-gap", "a fragment that never comes: what stood before it is kept",
     [packet(parts[0]), packet(parts[1]), packet(parts[3]),
      after(10, packet(data(9, m)))],
     [at(2, cut, **over), at(4, m, **over)],
     says=["2 messages of SCTP with a fragment missing"])
case("sctp-bad-lengths",
     "chunks of length 0, 3, beyond the packet, without data",
     [packet(Raw(struct.pack(">BBH", 0, 3, n) + bytes(28)))
      for n in (0, 3, 200, 16)] + [packet(data(1, m))],
     [at(5, m, **over)])
case("sctp-other", "another protocol over SCTP is none",
     [packet(data(i, b"\1\0\2\1\0\0\0\x20" + bytes(24), proto=3))
      for i in range(1, 5)], [], says=["SCTP \\(4 packets\\)"])
