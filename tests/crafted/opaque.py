"""What cannot be read is said (issue point 6), and the web in one line."""
from craft import *

HELLO = bytes.fromhex("16030100310100002d0303") + bytes(32) + bytes.fromhex(
    "0000021301010000020000")
DATA = b"\x17\x03\x03\x00\x20" + bytes(range(200, 232))
DTLS = bytes.fromhex("16fefd0000000000000000002f01000023000000000000002f"
                     "fefd") + bytes(32)
C, D = "192.0.2.33", "192.0.2.44"
m = options("beside@example")


def tls(src, dst, sport, dport, shaken=True, words=(HELLO, DATA)):
    s = Stream(src, dst, sport, dport)
    return (s.open() if shaken else []) + [s.send(x) for x in words]


case("tls-5061", "TLS on SIP's port, its handshake seen",
     tls(A, B, 40000, 5061), [],
     says=[rf"(?m)^1 flow of TLS on port 5061 \({B}\) cannot be read"])
case("tls-5061-middle", "TLS joined in the middle: no handshake, either way",
     tls(A, B, 40000, 5061, False, (DATA, DATA))
     + tls(B, C, 5061, 40001, False, (DATA,)), [],
     says=[rf"(?m)^2 flows of TLS on port 5061 \({B}\) cannot be read"])
case("tls-several", "many clients and servers: a line a port",
     [tls(f"192.0.2.{100 + i}", f"198.51.100.{1 + i % 3}", 40000 + i, 5061)
      for i in range(9)], [],
     says=[r"(?m)^9 flows of TLS on port 5061 \(198.51.100.1 and 2 others\) "])
case("tls-web", "SIP on UDP beside TLS of the web: counted, in one line",
     [udp(m)] + [tls(A, f"203.0.113.{i}", 40000 + i, 443) for i in range(5)],
     [at(1, m)],
     says=["(?m)^5 flows of TLS elsewhere, not on a port or host known for"],
     never=["port 443"])
case("tls-sip-host", "TLS to a host that speaks SIP elsewhere may be SIP",
     [udp(m), tls(C, B, 40000, 8443), tls(C, D, 40000, 443)], [at(1, m)],
     says=[rf"(?m)^1 flow of TLS on port 8443 \({B}\) cannot be read",
           "(?m)^1 flow of TLS elsewhere"])
case("tls-dtls", "DTLS on SIP's port, and of media",
     [udp(DTLS, dport=5061), udp(DTLS, C, D, 30000, 30002)], [],
     says=[rf"(?m)^1 flow of DTLS on port 5061 \({B}\) cannot be read",
           "(?m)^1 flow of TLS elsewhere"])


# --- evidence of calls: `opaque` ---------------------------------------------

def ended(call, named=(), via=(), contact=f"<sip:bob@{B}>", words=6):
    """A call over UDP: what the 2xx says, what the INVITE came through."""
    i = invite(call, more=via)
    b = request("BYE", call, 2, to_tag="b-" + call)
    return [(i, 0), (response(180, i), 1),
            (response(200, i, contact=False,
                      more=("Contact: " + contact, *named)), 1),
            (request("ACK", call, to_tag="b-" + call), 0), (b, 0),
            (response(200, b), 1)][:words]


def esp(src, dst):
    return IP(src=src, dst=dst, proto=50) / Raw(bytes(range(160, 224)))


OVER_TLS = (f"Record-Route: <sip:{B};transport=tls;lr>",
            f"Record-Route: <sip:{B};lr>")
BEYOND = tls(B, C, 40000, 5061)
BETWEEN = tls(A, B, 40000, 5061)
NEXT = options("clock@example")


def claims(name, shows, sent, before=(), later=(), wait=0, evidence=()):
    """@p later  After the call; then, @p wait seconds on, a last message"""
    ends = ((A, B), (B, A))
    packets = [udp(m, *ends[way], ident=20 + n)
               for n, (m, way) in enumerate(sent)]
    first = 1 + len(flatten(before))
    expect = [at(first + n, m, *ends[way]) for n, (m, way) in enumerate(sent)]
    last = [after(wait, udp(NEXT, C, D))] if wait else []
    if wait:
        expect.append(at(first + len(packets) + len(flatten(later)), NEXT, C, D))
    case(name, shows, [before, packets, later, last], expect,
         records=[dict(evidence=list(evidence))])


claims("call-next-leg-tls", "Record-Route names TLS beyond the proxy, and there "
       "it is", ended("1@example", OVER_TLS), BEYOND, evidence=["opaque"])
claims("call-sips-contact", "a sips Contact does so, too",
       ended("2@example", contact=f"<sips:bob@{C}>"), BEYOND,
       evidence=["opaque"])
claims("call-came-by-tls", "a Via names the TLS that the INVITE came over",
       ended("3@example", via=(f"Via: SIP/2.0/TLS {C}:5061;"
                               "branch=z9hG4bK-tls",)),
       BEYOND, evidence=["opaque"])
claims("call-tls-beside", "TLS at the proxy, but no word of it in the call",
       ended("4@example"), BEYOND)
claims("call-tls-elsewhere", "TLS beyond the proxy, but none of it captured",
       ended("5@example", OVER_TLS), tls(C, D, 40000, 5061))
claims("call-tls-long-before", "TLS at the proxy, but a minute before",
       ended("6@example", OVER_TLS),
       [BEYOND, after(60, udp(b"\r\n\r\n", C, D))])
claims("call-ack-by-tls", "the 2xx is not sent again, its ACK and BYE went over "
       "TLS between the two", ended("7@example", words=3), later=BETWEEN, wait=2,
       evidence=["no_end", "opaque"])
claims("call-ack-by-esp", "or in ESP", ended("8@example", words=3),
       later=[esp(A, B), esp(B, A)], wait=2, evidence=["no_end", "opaque"])
claims("call-ack-soon", "no ACK yet, but no time for one either",
       ended("9@example", words=3), later=BETWEEN, wait=0.2,
       evidence=["no_end"])
claims("call-ack-lost", "the 2xx is sent again: the ACK is missing everywhere",
       ended("10@example", words=3) + ended("10@example", words=3)[2:],
       later=BETWEEN, wait=2, evidence=["no_end"])
