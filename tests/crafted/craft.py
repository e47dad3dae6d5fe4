"""Words in which the crafted captures are described.

A family is a file beside this one; each case() in it has a name, one line that
says what it shows, its packets and the messages that stand in them. Scapy
writes the headers, so that nothing here was read or written by siptrail's own
code; what Scapy does not know is spelled out byte by byte from the RFC.

Times, sequence numbers and identifications are fixed: the same bytes come out
every time.
"""
import copy
import ipaddress
import struct

from scapy.config import conf

conf.logLevel = 40  # no warnings about routes and missing interfaces
conf.use_pcap = False

from scapy.layers.inet import IP, TCP, UDP, ICMP, fragment  # noqa: E402,F401
from scapy.layers.inet6 import (  # noqa: E402,F401
    IPv6, IPv6ExtHdrFragment, fragment6)
from scapy.layers.l2 import Dot1AD, Dot1Q, Ether, GRE  # noqa: E402,F401
from scapy.packet import Packet as Layers, Raw  # noqa: E402,F401

START = 1_700_000_000  # 2023-11-14 22:13:20 UTC
GAP = 0.010  # seconds between packets where nothing else is said

A, B = "192.0.2.10", "198.51.100.20"  # caller and callee
A6, B6 = "2001:db8:1::10", "2001:db8:2::20"
P, Q = "203.0.113.1", "203.0.113.2"  # ends of a tunnel
P6, Q6 = "2001:db8:f::1", "2001:db8:f::2"

LINKS = dict(null=0, ethernet=1, ppp=9, hdlc=104, raw=101, ieee80211=105,
             loop=108, sll=113, radiotap=127, ipv4=228, ipv6=229, nflog=239,
             sll2=276)

ETH = Ether(src="02:00:00:00:00:0a", dst="02:00:00:00:00:14")

cases = []


# --- SIP --------------------------------------------------------------------

class Sip(bytes):
    """The bytes of a message, and what a reader must say of it."""
    what = cseq = call_id = branch = None


def message(start_line, call, cseq, branch, body=b"", more=(), length=None,
            to_tag=None, via="UDP", contact=True):
    """A message; @p length replaces Content-Length's value, "" leaves it out."""
    method = cseq.split()[1]
    lines = [start_line,
             f"Via: SIP/2.0/{via} {A}:5060;branch={branch}",
             f"From: <sip:alice@{A}>;tag=a-{call}",
             f"To: <sip:bob@{B}>" + (f";tag={to_tag}" if to_tag else ""),
             f"Call-ID: {call}",
             f"CSeq: {cseq}"]
    if not start_line.startswith("SIP/"):
        lines.append("Max-Forwards: 70")
    if contact and method == "INVITE":
        lines.append(f"Contact: <sip:alice@{A}>")
    lines += more
    if body and not any(h.startswith("Content-Type") for h in more):
        lines.append("Content-Type: text/plain")
    if length != "":
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    m = Sip("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    m.call_id, m.cseq, m.branch = call, cseq, branch
    m.what = (start_line.split()[1] if start_line.startswith("SIP/")
              else start_line.split()[0])
    return m


def request(method, call, number=1, branch=None, **more):
    branch = branch or f"z9hG4bK-{call}-{number}-{method.lower()}"
    return message(f"{method} sip:bob@{B} SIP/2.0", call, f"{number} {method}",
                   branch, **more)


def invite(call, **more):
    return request("INVITE", call, **more)


def options(call, **more):
    return request("OPTIONS", call, **more)


def response(status, req, reason="Whatever", **more):
    more.setdefault("to_tag", "b-" + req.call_id)
    return message(f"SIP/2.0 {status} {reason}", req.call_id, req.cseq,
                   req.branch, **more)


def sdp(bytes_wanted=0):
    """A session description, padded to about so many bytes."""
    text = (f"v=0\r\no=- 1 1 IN IP4 {A}\r\ns=-\r\nc=IN IP4 {A}\r\nt=0 0\r\n"
            "m=audio 30000 RTP/AVP 0\r\n")
    while len(text) < bytes_wanted:
        text += "a=x-padding:0123456789012345678901234567890123456789\r\n"
    return text.encode()


def big_invite(call, size=2000, **more):
    """An INVITE that no Ethernet frame holds."""
    return invite(call, body=sdp(size),
                  more=("Content-Type: application/sdp",), **more)


# --- packets ----------------------------------------------------------------

def is_v6(address):
    return ":" in address


def ip(src=A, dst=B, **more):
    if is_v6(src):
        return IPv6(src=src, dst=dst, **more)
    return IP(src=src, dst=dst, **more)


def udp(payload, src=A, dst=B, sport=5060, dport=5060, ident=1, ttl=64):
    """A datagram with its IP header."""
    head = (ip(src, dst, hlim=ttl) if is_v6(src)
            else ip(src, dst, id=ident, ttl=ttl))
    return head / UDP(sport=sport, dport=dport) / Raw(bytes(payload))


class Frame:
    """One packet of a capture, and when and how it was caught."""

    def __init__(self, data, gap=None, captured=None, interface=0):
        self.data, self.gap = data, gap
        self.captured, self.interface = captured, interface


def frame_of(item):
    return item if isinstance(item, Frame) else Frame(item)


def altered(items, **values):
    frames = [copy.copy(f) for f in flatten(items)]
    for f in frames:
        vars(f).update(values)
    return frames


def after(seconds, items):
    """The (first) packet comes so long after the one before it."""
    frames = altered(items)
    frames[0].gap = seconds
    return frames


def snapped(captured, items):
    """Only the first bytes were captured."""
    return altered(items, captured=captured)


def on(interface, items):
    """The packets were caught by another interface of the pcapng file."""
    return altered(items, interface=interface)


def flatten(items):
    if not isinstance(items, (list, tuple)):
        return [frame_of(items)]
    return [f for item in items for f in flatten(item)]


class Stream:
    """A TCP connection: each word gives the packets that it costs."""

    def __init__(self, src=A, dst=B, sport=40000, dport=5060, seq=1000,
                 peer_seq=7000):
        self.ends = [(src, sport, seq), (dst, dport, peer_seq)]
        self.sent = [0, 0]

    def segment(self, offset, data=b"", flags="PA", side=0, ack=None):
        """Bytes at this offset of the stream; offset 0 is the first byte."""
        (src, sport, seq), (dst, dport, peer) = \
            self.ends[side], self.ends[1 - side]
        self.sent[side] = max(self.sent[side], offset + len(data))
        return ip(src, dst) / TCP(
            sport=sport, dport=dport, seq=(seq + 1 + offset) % 2**32,
            ack=(peer + 1 + (self.sent[1 - side] if ack is None else ack))
            % 2**32, flags=flags) / Raw(bytes(data))

    def open(self):
        syn = self.segment(-1, flags="S")
        syn[TCP].ack = 0
        return [syn, self.segment(-1, flags="SA", side=1, ack=0),
                self.segment(0, flags="A", ack=0)]

    def send(self, data, side=0, **more):
        return self.segment(self.sent[side], data, side=side, **more)

    def close(self):
        fin = [self.send(b"", flags="FA"), self.send(b"", flags="FA", side=1)]
        last = self.send(b"", flags="A")
        last[TCP].seq = (last[TCP].seq + 1) % 2**32
        last[TCP].ack = (last[TCP].ack + 1) % 2**32
        return fin + [last]


def pieces(data, size):
    return [data[i:i + size] for i in range(0, len(data), size)]


def upgrade(extensions=""):
    """The request that makes a connection a WebSocket (RFC 7118, 5)."""
    return (f"GET /ws HTTP/1.1\r\nHost: {B}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            "Sec-WebSocket-Protocol: sip\r\n"
            + (f"Sec-WebSocket-Extensions: {extensions}\r\n" if extensions
               else "") + "\r\n").encode()


def accepted(extensions=""):
    return ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\n"
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
            "Sec-WebSocket-Protocol: sip\r\n"
            + (f"Sec-WebSocket-Extensions: {extensions}\r\n" if extensions
               else "") + "\r\n").encode()


def websocket(first, payload, mask=b"\x37\xfa\x21\x3d"):
    """A frame; mask None for a server's."""
    n, bit = len(payload), 0x80 if mask else 0
    head = bytes([first, bit | (n if n < 126 else 126 if n < 65536 else 127)])
    if n >= 126:
        head += struct.pack(">H" if n < 65536 else ">Q", n)
    if mask:
        payload = bytes(c ^ mask[i % 4] for i, c in enumerate(payload))
    return head + (mask or b"") + bytes(payload)


# --- what must come out -----------------------------------------------------

def at(frame, m, src=A, dst=B, transport="udp", sport=5060, dport=5060,
       time=None, copy=False):
    """This message is complete with that frame, between these ends.

    @p copy  It is one seen before, and marked so
    """
    return dict(frame=frame, time=time, copy=copy, src=str(ipaddress.ip_address(src)),
                sport=sport, dst=str(ipaddress.ip_address(dst)), dport=dport,
                transport=transport, what=m.what, cseq=m.cseq,
                call_id=m.call_id, branch=m.branch)


def case(name, shows, packets, expect=(), link="ethernet", pcapng=None,
         options=(), exit_code=0, says=(), never=(), records=(), anomalies=(),
         nanoseconds=False, skip_peers=None):
    """
    @p expect     Messages, from at(); nothing else may be found
    @p pcapng     Link types of the interfaces, or a Pcapng
    @p options    More words on the command line
    @p says       Patterns (ERE) of the closing account, and @p never of none
    @p records    Columns of the records that come out, one dict each
    @p anomalies  One set of names for each message, where that is the point
    """
    cases.append(dict(
        name=name, shows=shows, packets=flatten(packets), expect=list(expect),
        link=link, pcapng=pcapng, options=list(options), exit=exit_code,
        says=list(says), never=list(never), records=list(records),
        anomalies=[sorted(a) for a in anomalies], nanoseconds=nanoseconds))


# --- capture files ----------------------------------------------------------

def wire_bytes(frame, link):
    data = frame.data
    if isinstance(data, (IP, IPv6)) and link == "ethernet":
        data = ETH / data
    return bytes(data)


def stamped(frames):
    """Each frame with its time in ns."""
    now = START * 10**9
    for i, f in enumerate(frames):
        gap = f.gap if f.gap is not None else (GAP if i else 0)
        now += round(gap * 10**9)
        yield now, f


def pcap_bytes(frames, link, nanoseconds=False):
    magic, unit = (0xa1b23c4d, 1) if nanoseconds else (0xa1b2c3d4, 1000)
    out = struct.pack("<IHHiIII", magic, 2, 4, 0, 0, 262144, LINKS[link])
    for now, f in stamped(frames):
        whole = wire_bytes(f, link)
        kept = whole if f.captured is None else whole[:f.captured]
        out += struct.pack("<IIII", now // 10**9, now % 10**9 // unit,
                           len(kept), len(whole)) + kept
    return out


def padded(data):
    return data + bytes(-len(data) % 4)


def block(kind, body, order="<"):
    body = padded(body)
    length = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + length + body + length


def option(code, value, order="<"):
    return struct.pack(order + "HH", code, len(value)) + padded(value)


class Pcapng:
    """A pcapng file: its byte order, its interfaces, what stands between."""

    def __init__(self, links, order="<", tsresol=None, comments=False,
                 names=False, simple=False, offset=None):
        self.links, self.order, self.tsresol = links, order, tsresol
        self.comments, self.names = comments, names
        self.simple, self.offset = simple, offset

    def head(self):
        o = self.order
        more = option(1, b"a crafted capture", o) + option(0, b"", o)
        out = block(0x0a0d0d0a, struct.pack(o + "IHHq", 0x1a2b3c4d, 1, 0, -1)
                    + (more if self.comments else b""), o)
        for link in self.links:
            options = option(2, b"eth9", o)
            if self.tsresol is not None:
                options += option(9, bytes([self.tsresol]), o)
            if self.offset is not None:
                options += option(14, struct.pack(o + "q", self.offset), o)
            options += option(0, b"", o)
            out += block(1, struct.pack(o + "HHI", LINKS[link], 0, 262144)
                         + options, o)
        if self.names:
            record = ipaddress.ip_address(A).packed + b"alice.example\0"
            out += block(4, struct.pack(o + "HH", 1, len(record))
                         + padded(record) + struct.pack(o + "HH", 0, 0), o)
        return out

    def packet(self, now, f):
        o = self.order
        whole = wire_bytes(f, self.links[f.interface])
        kept = whole if f.captured is None else whole[:f.captured]
        if self.simple:
            return block(3, struct.pack(o + "I", len(whole)) + kept, o)
        now -= (self.offset or 0) * 10**9
        per_second = 10**6
        if self.tsresol is not None:
            low = self.tsresol & 0x7f
            per_second = 2**low if self.tsresol & 0x80 else 10**low
        ticks = now * per_second // 10**9
        body = struct.pack(o + "IIIII", f.interface, ticks >> 32,
                           ticks & 0xffffffff, len(kept), len(whole))
        body += padded(kept)
        if self.comments:
            body += option(1, b"look at this one", o) + option(0, b"", o)
        return block(6, body, o)

    def write(self, frames):
        out = self.head()
        for now, f in stamped(frames):
            out += self.packet(now, f)
        if self.comments:
            out += block(5, struct.pack(self.order + "III", 0, 0, 0),
                         self.order)  # interface statistics
            out += block(0x0bad, b"a custom block"[:12], self.order)
        return out


def capture_bytes(c):
    if c["pcapng"]:
        p = c["pcapng"]
        p = p if isinstance(p, Pcapng) else Pcapng(p)
        return p.write(c["packets"])
    return pcap_bytes(c["packets"], c["link"], c["nanoseconds"])


def described(c, family):
    """The case without its packets: what a test needs to know."""
    times = [now for now, _ in stamped(c["packets"])]
    expect = []
    for e in c["expect"]:
        if e["frame"] > len(times):
            raise ValueError(f"{c['name']} has no packet {e['frame']}")
        now = times[e["frame"] - 1] if e["time"] is None else e["time"]
        if not c["nanoseconds"] and not c["pcapng"] and e["time"] is None:
            now -= now % 1000
        e = dict(e, time=f"{now // 10**9}.{now % 10**9:09}",
                 caught=times[e["frame"] - 1])
        expect.append(e)
    suffix = "pcapng" if c["pcapng"] else "pcap"
    return dict({k: c[k] for k in ("name", "shows", "options", "exit", "says",
                                   "never", "records", "anomalies")},
                family=family, file=f"{family}/{c['name']}.{suffix}",
                packets=len(c["packets"]), expect=expect)
