"""What is not SIP must not become SIP (issue point 7)."""
from craft import *

m = options("after@example")
LOG = b"<134>1 2024-01-01T00:00:00Z pbx asterisk 7 - - "
TEXTS = (
    ("http", b"GET / HTTP/1.1\r\nHost: a\r\nFrom: a@b\r\n\r\n"),
    ("http-answer", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    ("http-sip-uri", b"OPTIONS sip:a@b HTTP/1.1\r\nFrom: a@b\r\n\r\n"),
    ("rtsp", b"OPTIONS rtsp://a/b RTSP/1.0\r\nCSeq: 1\r\n\r\n"),
    ("rtsp-answer", b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n"),
    ("ssdp", b"NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n\r\n"),
    ("ssdp-search", b"M-SEARCH * HTTP/1.1\r\nHOST: a\r\nMX: 1\r\n\r\n"),
    ("mgcp", b"CRCX 1204 aaln/1@a.example MGCP 1.0\r\nC: A3C47F\r\n"),
    ("msrp", b"MSRP a786 200 OK\r\nTo-Path: msrp://a:1/b;tcp\r\n"),
    ("text", b"SIP is the Session Initiation Protocol.\r\nTo: all\r\n"),
    ("text-version", b"SIP/2.0 is defined in RFC 3261.\r\nSee: there\r\n"),
    ("text-request", b"REGISTER sip:a@b was seen at noon\r\nNote: twice\r\n"),
    ("syslog", LOG + bytes(m)),
    ("syslog-line", LOG + b"SIP/2.0 200 OK\r\n"),
    ("json", b'{"sip": "' + bytes(m) + b'"}'),
    ("via", b"Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nTo: a\r\n"),
)
for name, text in TEXTS:
    case(name, "alone in datagrams, and on a TCP connection from its start",
         [udp(text, dport=5060), udp(text, dport=5060)]
         + Stream().open() + [Stream().segment(0, text)], [],
         says=["no SIP message found"])
case("in-a-sip-flow", "between messages of a SIP flow",
     [udp(m)] + [udp(t) for _, t in TEXTS], [at(1, m)],
     says=["other datagrams of SIP flows"])

s = Stream()
case("http-download", "a page that quotes messages, a segment each",
     s.open() + [s.send(b"GET /log HTTP/1.1\r\nHost: a\r\n\r\n"),
                 s.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                        b"Content-Length: 9999\r\n\r\n", 1),
                 s.send(m, 1), s.send(m, 1)], [])

over = dict(transport="tcp", sport=40000)
frag = (b"SIP/2.0 100 Trying\r\n", b"SIP/2.0 200 OK\r\n")
NOTIFY = dict(more=("Event: refer", "Content-Type: message/sipfrag"))
for name, length in (("sipfrag", None), ("sipfrag-no-length", "")):
    s = Stream()
    words = [request("NOTIFY", "refer@example", i, body=b, length=length,
                     **NOTIFY) for i, b in enumerate(frag, 1)] + [m]
    case(name, "bodies of NOTIFY that look like responses",
         s.open() + [s.send(x) for x in words],
         [at(4 + i, x, **over) for i, x in enumerate(words)])
    case(name + "-datagram", "the same over UDP", [udp(x) for x in words],
         [at(1 + i, x) for i, x in enumerate(words)])
s = Stream()
case("sipfrag-joined", "a stream joined at such a body",
     [s.send(frag[0]), s.send(m)], [at(2, m, **over)])
s = Stream()
words = [request("NOTIFY", "refer@example", i, body=b, **NOTIFY)
         for i, b in enumerate(frag, 1)]
cut = words[0][:-len(frag[0])]
s.open()
case("sipfrag-gap", "behind a gap that ends at such a body",
     [s.send(words[1]), s.segment(s.sent[0] + len(cut), frag[0]),
      after(9, s.send(m))], [at(1, words[1], **over), at(3, m, **over)])
