"""802.11, with and without radiotap."""
import struct

from scapy.layers.dot11 import Dot11
from scapy.layers.l2 import LLC, SNAP

from craft import *

m = options("link@example")
one = [at(1, m)]
one6 = [at(1, m, A6, B6)]
packet, packet6 = udp(m), udp(m, A6, B6)


def wifi(head, ip_packet):
    return (head / LLC(dsap=0xaa, ssap=0xaa, ctrl=3)
            / SNAP(OUI=0, code=0x800) / ip_packet)


DATA = dict(type=2, subtype=0, addr1="02:00:00:00:00:14",
            addr2="02:00:00:00:00:0a", addr3="02:00:00:00:00:0b")
# Scapy's RadioTap would dissect the rest anew; the eight bytes by hand.
RADIOTAP = struct.pack("<BBHI", 0, 0, 8, 0)
case("radiotap-80211", "802.11 data frame under radiotap",
     [RADIOTAP + bytes(wifi(Dot11(**DATA), packet))], one, "radiotap")
case("radiotap-qos", "802.11 QoS data, two radiotap fields, a trailing FCS",
     [struct.pack("<BBHIBB", 0, 0, 10, 0x6, 0x10, 2)
      + bytes(Dot11(**dict(DATA, subtype=8))) + b"\0\0"
      + bytes(LLC(dsap=0xaa, ssap=0xaa, ctrl=3)
              / SNAP(OUI=0, code=0x800) / packet) + b"\xde\xad\xbe\xef"],
     one, "radiotap")
case("80211-bare", "802.11 without radiotap, four addresses (WDS)",
     [bytes(Dot11(**DATA, FCfield="to-DS+from-DS",
                  addr4="02:00:00:00:00:0c"))
      + bytes(LLC(dsap=0xaa, ssap=0xaa, ctrl=3)
              / SNAP(OUI=0, code=0x800) / packet)], one, "ieee80211")
case("80211-protected", "an encrypted 802.11 frame is not for us, not bad",
     [bytes(Dot11(**DATA, FCfield="protected")) + bytes(60)], [], "ieee80211",
     says=["1 not IP"])
