"""WebSocket with permessage-deflate (RFC 7692), and where it is met."""
import zlib

from craft import *

OFFER = "permessage-deflate; client_max_window_bits"
TAKEN = "permessage-deflate"


class Deflater:
    def __init__(self, bits=15, takeover=True):
        self.bits, self.takeover = bits, takeover
        self.z = None

    def pack(self, data):
        if not self.z or not self.takeover:
            self.z = zlib.compressobj(9, zlib.DEFLATED, -self.bits)
        out = self.z.compress(bytes(data)) + self.z.flush(zlib.Z_SYNC_FLUSH)
        return out[:-4]


def talk(words, deflater, shaken=True, skip=0):
    """Messages of the client, a frame and a segment each; from number skip."""
    s = Stream(dport=80)
    frames = [websocket(0xc1, deflater.pack(x)) for x in words]
    opened = s.open() + [s.send(upgrade(OFFER)), s.send(accepted(TAKEN), 1)]
    sent = [s.send(x) for x in frames]
    return (opened if shaken else []) + sent[skip:]


ws = dict(transport="ws", sport=40000, dport=80)
words = [options("ws@example", number=n, via="WS") for n in (1, 2, 3)]
for bits in (15, 9):
    for takeover in (True, False):
        case(f"deflate-{'takeover' if takeover else 'no-takeover'}-{bits}-bits",
             "compressed messages, the upgrade seen",
             talk(words, Deflater(bits, takeover)),
             [at(6 + i, x, **ws) for i, x in enumerate(words)])
case("deflate-no-upgrade", "the upgrade was not seen: RSV1 says what it is",
     talk(words, Deflater(), shaken=False),
     [at(1 + i, x, **ws) for i, x in enumerate(words)])
case("deflate-no-upgrade-no-takeover", "joined later, each message for itself",
     talk(words, Deflater(takeover=False), shaken=False, skip=1),
     [at(1 + i, x, **ws) for i, x in enumerate(words[1:])])

s = Stream(dport=80)
d = Deflater()
lost = [websocket(0xc1, d.pack(x)) for x in words]
packets = s.open() + [s.send(upgrade(OFFER)), s.send(accepted(TAKEN), 1)]
first, _, third = [s.send(x) for x in lost]
plain = options("ws@example", number=9, via="WS")
case("deflate-context-lost",
     "a lost segment takes what later ones refer to with it",
     packets + [first, third, after(9, s.send(websocket(0x81, plain)))],
     [at(6, words[0], **ws), at(8, plain, **ws)],
     says=["1 gap in TCP streams", "WebSocket that cannot be inflated"])

s = Stream(dport=80)
whole = Deflater().pack(words[0])
frames = (websocket(0x41, whole[:20]) + websocket(0x89, b"ping")
          + websocket(0x00, whole[20:30]) + websocket(0x80, whole[30:]))
case("deflate-fragments",
     "a compressed message in three frames, a ping between",
     s.open() + [s.send(upgrade(OFFER)), s.send(accepted(TAKEN), 1)]
     + [s.send(x) for x in pieces(frames, 50)],
     [at(5 + -(-len(frames) // 50), words[0], **ws)])
s = Stream(dport=80)
frames = websocket(0xc1, whole)
case("deflate-byte-by-byte", "no upgrade seen, a byte a segment",
     [s.send(x) for x in pieces(frames, 1)],
     [at(len(frames), words[0], **ws)])
s = Stream(dport=80)
plain = websocket(0x81, words[0])
case("deflate-plain-byte-by-byte", "the same, not compressed",
     [s.send(x) for x in pieces(plain, 1)],
     [at(len(plain), words[0], **ws)])
bomb = Deflater().pack(bytes(8 << 20))
s = Stream(dport=80)
case("deflate-bomb",
     "eight megabytes of zeros in eight kilobytes: bounded, and told",
     s.open() + [s.send(upgrade(OFFER)), s.send(accepted(TAKEN), 1)]
     + [s.send(x) for x in pieces(websocket(0xc1, bomb), 1400)]
     + [s.send(plain)],
     [at(6 + -(-len(websocket(0xc1, bomb)) // 1400), words[0], **ws)],
     says=["1 message of WebSocket that cannot be inflated"])
