"""SIP over WebSocket (RFC 7118): frames, masks, lengths, pings."""
from craft import *

n = options("ws@example", via="WS")
m = big_invite("big@example", 1000, via="WS")
r = response(200, n)
ws = dict(transport="ws", sport=40000, dport=80)
answered = dict(transport="ws", sport=80, dport=40000)
TEXT, BINARY, MORE, PING, PONG, CLOSE = 0x81, 0x82, 0x00, 0x89, 0x8a, 0x88
END = 0x80


def client(*segments, shaken=True):
    s = Stream(dport=80)
    opened = s.open() + [s.send(upgrade()), s.send(accepted(), 1)]
    return (opened if shaken else []) + [s.send(x) for x in segments]


case("ws-upgrade-seen", "upgrade, a masked frame, an unmasked answer",
     (lambda s: [s.open(), s.send(upgrade()), s.send(accepted(), 1),
                 s.send(websocket(TEXT, n)),
                 s.send(websocket(TEXT, r, None), 1), s.close()])(
                     Stream(dport=80)),
     [at(6, n, **ws), at(7, r, B, A, **answered)])
case("ws-no-upgrade", "joined after the upgrade: the frames say what it is",
     client(websocket(TEXT, n), websocket(TEXT, n), shaken=False),
     [at(1, n, **ws), at(2, n, **ws)])
case("ws-no-upgrade-server", "joined later, only the server's direction",
     [Stream(dport=80).segment(0, websocket(TEXT, r, None), side=1)],
     [at(1, r, B, A, **answered)])
case("ws-binary", "a binary frame is as good as one of text (RFC 7118 5)",
     client(websocket(BINARY, n)), [at(6, n, **ws)])
tiny = Sip(b"OPTIONS sip:b SIP/2.0\r\nv:SIP/2.0/WS h;branch=z9hG4bKt\r\nf:a;"
           b"tag=1\r\nt:b\r\ni:tiny\r\nCSeq:1 OPTIONS\r\nMax-Forwards:9\r\n"
           b"l:0\r\n\r\n")
tiny.what, tiny.cseq, tiny.call_id, tiny.branch = \
    "OPTIONS", "1 OPTIONS", "tiny", "z9hG4bKt"
assert len(tiny) < 126
case("ws-length-7-bits", f"a message of {len(tiny)} bytes: a length of 7 bits",
     client(websocket(TEXT, tiny)), [at(6, tiny, **ws)])
case("ws-length-16-bits", "a length of 16 bits", client(websocket(TEXT, m)),
     [at(6, m, **ws)])
huge = big_invite("huge@example", 66000, via="WS")
case("ws-length-64-bits", "a length of 64 bits, over many segments",
     client(*pieces(websocket(TEXT, huge), 1400)),
     [at(5 + -(-len(websocket(TEXT, huge)) // 1400), huge, **ws)])
case("ws-several-frames", "three frames in a segment",
     client(websocket(TEXT, n) + websocket(TEXT, m) + websocket(TEXT, n)),
     [at(6, n, **ws), at(6, m, **ws), at(6, n, **ws)])
case("ws-border-inside", "a segment border inside a header, then in a mask",
     client(*[x for x in (lambda f: (f[:1], f[1:3], f[3:6], f[6:]))(
         websocket(TEXT, n))], websocket(TEXT, n)),
     [at(9, n, **ws), at(10, n, **ws)])
case("ws-fragmented", "a message over three frames",
     client(websocket(0x01, m[:400]), websocket(MORE, m[400:800]),
            websocket(END, m[800:]), websocket(TEXT, n)),
     [at(8, m, **ws), at(9, n, **ws)])
case("ws-pings-between", "pings and pongs between and inside messages",
     client(websocket(PING, b"are you there"), websocket(0x01, m[:400]),
            websocket(PONG, b""), websocket(PING, b"x" * 125),
            websocket(END, m[400:]), websocket(TEXT, b"\r\n\r\n"),
            websocket(TEXT, n)),
     [at(10, m, **ws), at(12, n, **ws)])
case("ws-close", "a close frame with its reason is no message",
     client(websocket(TEXT, n), websocket(CLOSE, b"\x03\xe8bye")),
     [at(6, n, **ws)])
case("ws-split-message", "two SIP messages in one WebSocket message",
     client(websocket(TEXT, bytes(n) + bytes(tiny))),
     [at(6, n, **ws), at(6, tiny, **ws)])
case("ws-byte-by-byte", "the upgrade and a frame, a byte a segment",
     (lambda s: [s.open()]
      + [s.send(x) for x in pieces(upgrade() + websocket(TEXT, n), 1)])(
          Stream(dport=80)),
     [at(3 + len(upgrade() + websocket(TEXT, n)), n, **ws)])
lost = Stream(dport=80)
case("ws-gap", "a lost segment: the next frame is found",
     [lost.open(), lost.send(upgrade()), lost.send(accepted(), 1),
      lost.send(websocket(TEXT, m)[:500]),
      lost.segment(lost.sent[0] + 400, websocket(TEXT, m)[900:]),
      lost.send(websocket(TEXT, n)), lost.close()],
     [at(8, n, **ws)], says=["1 gap in TCP streams"])
case("ws-length-beyond", "a frame of 2^62 bytes ends what can be read",
     client(websocket(TEXT, n), b"\x81\xff" + (2**62).to_bytes(8, "big")
            + b"\x37\xfa\x21\x3d" + bytes(300)), [at(6, n, **ws)])
case("ws-header-cut", "a header that says 300 bytes, a payload of 100, FIN",
     (lambda s: [s.open(), s.send(upgrade()), s.send(accepted(), 1),
                 s.send(websocket(TEXT, n)),
                 s.send(websocket(TEXT, n)[:108]), s.close()])(
                     Stream(dport=80)),
     [at(6, n, **ws)])
case("ws-chat", "a WebSocket of something else is not SIP",
     client(websocket(TEXT, b"SIP is what we sell"),
            websocket(TEXT, b'{"op": "hello"}')), [])
