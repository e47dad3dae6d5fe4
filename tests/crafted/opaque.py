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
