"""HEP (EEP): what capture agents send to a collector is a tunnel as well.

Chunks by https://github.com/sipcapture/HEP; the headers of versions 1 and 2 as
the tracing of Kamailio and OpenSIPS writes them.
"""
import zlib

from craft import *

TIME = START - 3600  # an agent an hour behind: its time is the message's
UDP_, TCP_, TLS_, WS_, SCTP_ = 17, 6, 22, 50, 132
NS = 10**9


def chunk(kind, value, vendor=0):
    return struct.pack(">HHH", vendor, kind, 6 + len(value)) + value


def address(text):
    return ipaddress.ip_address(text).packed


def hep3(payload, src=A, dst=B, sport=5060, dport=5060, protocol=UDP_,
         seconds=TIME, micros=5, agent=2001, name=None, kind=1, packed=False,
         vlan=None, more=b""):
    """A packet of version 3."""
    v6 = is_v6(src)
    body = (chunk(1, bytes([10 if v6 else 2])) + chunk(2, bytes([protocol]))
            + chunk(5 if v6 else 3, address(src))
            + chunk(6 if v6 else 4, address(dst))
            + chunk(7, struct.pack(">H", sport))
            + chunk(8, struct.pack(">H", dport))
            + chunk(9, struct.pack(">I", seconds))
            + chunk(10, struct.pack(">I", micros))
            + chunk(11, bytes([kind])) + chunk(12, struct.pack(">I", agent)))
    if name:
        body += chunk(0x13, name)
    if vlan:
        body += chunk(0x12, struct.pack(">H", vlan))
    body += more
    body += (chunk(0x10, zlib.compress(bytes(payload))) if packed
             else chunk(0x0f, bytes(payload)))
    return b"HEP3" + struct.pack(">H", 6 + len(body)) + body


def old(version, payload, src=A, dst=B, when=b"", protocol=UDP_, counted=0):
    """A packet of version 1 or 2."""
    v6 = is_v6(src)
    return (struct.pack(">BBBBHH", version, (40 if v6 else 16) + counted,
                        10 if v6 else 2, protocol, 5060, 5060)
            + address(src) + address(dst) + when + bytes(payload))


def to_collector(payload, port=9060):
    return udp(payload, P, Q, sport=40000, dport=port)


def told(m, frame=1, micros=5, **more):
    """At the agent's time."""
    return at(frame, m, time=TIME * NS + micros * 1000, **more)


m = options("hep@example")
case("hep-version-3", "HEP version 3", [to_collector(hep3(m))], [told(m)],
     says=["1 packet of HEP"])
case("hep-other-port", "any port will do", [to_collector(hep3(m), port=1234)],
     [told(m)])
case("hep-ipv6", "addresses of IPv6 in a packet of IPv4",
     [to_collector(hep3(m, A6, B6))], [told(m, src=A6, dst=B6)])
case("hep-compressed", "a payload compressed by zlib (chunk 0x10)",
     [to_collector(hep3(m, packed=True))], [told(m)])
case("hep-vendor-chunks", "chunks of a vendor and unknown ones are passed over",
     [to_collector(hep3(m, more=chunk(15, b"not this", 0x3c)
                        + chunk(0x7fff, b"") + chunk(14, b"secret")))],
     [told(m)])

words = (("tcp", TCP_, "TCP"), ("tls", TLS_, "TLS"), ("ws", WS_, "WS"),
         ("sctp", SCTP_, "SCTP"), ("tls", TCP_, "TLS"), ("wss", TCP_, "WSS"),
         ("wss", TLS_, "WSS"))
several = [options(f"hep-{i}@example", via=via)
           for i, (_, _, via) in enumerate(words)]
case("hep-transports", "what it went over: by protocol number, else by the Via",
     [to_collector(hep3(x, protocol=number))
      for x, (_, number, _) in zip(several, words)],
     [told(x, frame=i + 1, transport=name)
      for i, (x, (name, _, _)) in enumerate(zip(several, words))])

case("hep-version-1", "HEP version 1 has no time of its own",
     [to_collector(old(1, m))], [at(1, m)])
case("hep-version-1-ipv6", "HEP version 1 over IPv6",
     [to_collector(old(1, m, A6, B6))], [at(1, m, A6, B6)])
case("hep-version-2", "HEP version 2: the time in the agent's byte order",
     [to_collector(old(2, m, when=struct.pack("<IIHH", TIME, 5, 7, 0))),
      to_collector(old(2, several[0],
                       when=struct.pack(">IIHH", TIME, 9, 7, 0))),
      to_collector(old(2, several[1], when=struct.pack("<IIHH", TIME, 11, 7, 0),
                       counted=12))],
     [told(m), told(several[0], 2, 9), told(several[1], 3, 11)])

stream = Stream(P, Q, dport=9061)
call = invite("hep-call@example", via="TLS")
ok = response(200, call, via="TLS")
both = (hep3(call, protocol=TLS_) + hep3(b"{}", kind=5)
        + hep3(ok, B, A, protocol=TLS_, micros=900))
ends = [len(hep3(call, protocol=TLS_)), len(both)]
segments = pieces(both, 100)
case("hep-stream", "HEP over TCP: packets framed by their length, cut anywhere",
     stream.open() + [stream.send(x) for x in segments] + stream.close(),
     [told(call, 3 + -(-ends[0] // 100), transport="tls"),
      told(ok, 3 + -(-ends[1] // 100), 900, src=B, dst=A, transport="tls")],
     says=["3 packets of HEP", "1 of HEP without SIP"])

case("hep-sensors", "two agents that see the same call: a record each",
     [to_collector(x) for x in (
         hep3(call, agent=1), hep3(call, agent=2, name=b"edge", micros=9),
         hep3(ok, B, A, agent=2, name=b"edge", micros=700),
         hep3(ok, B, A, agent=1, micros=900))],
     [told(call), told(call, 2, 9), told(ok, 3, 700, src=B, dst=A),
      told(ok, 4, 900, src=B, dst=A)],
     records=[dict(sensor="1", disposition="answered", messages=2,
                   retransmissions=0),
              dict(sensor="edge", disposition="answered", messages=2,
                   retransmissions=0)])

case("hep-clock", "an agent an hour behind: its calls are not over for that",
     [to_collector(hep3(call)), to_collector(hep3(ok, B, A, seconds=TIME + 1))],
     [told(call), at(2, ok, B, A, time=(TIME + 1) * NS + 5000)],
     records=[dict(disposition="answered", end_cause="capture_end",
                   setup_ms=1000)])

case("hep-no-sip",
     "RTCP, a log that quotes SIP, a keep-alive: counted, no message",
     [to_collector(x) for x in (
         hep3(b'{"rtcp": 1}', kind=5), hep3(m, kind=100), hep3(b""))],
     [], says=["3 packets of HEP", "3 of HEP without SIP"])
case("hep-bad-lengths", "chunks whose length cannot be",
     [to_collector(b"HEP3" + struct.pack(">H", len(x) + 6) + x) for x in (
         struct.pack(">HHH", 0, 15, n) + bytes(m) for n in (0, 5, 60000))],
     [], says=["3 of HEP that cannot be read"])
whole = to_collector(hep3(m))
case("hep-cut", "a payload cut by the snap length is kept",
     [snapped(len(bytes(ETH / whole)) - 20, whole)],
     [told(m)], anomalies=[{"header_line_bad", "message_truncated",
                 "packet_truncated"}])
