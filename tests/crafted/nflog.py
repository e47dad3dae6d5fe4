"""NFLOG: packets that a firewall logged."""
import struct

from craft import *

m = options("link@example")
one = [at(1, m)]
one6 = [at(1, m, A6, B6)]
packet, packet6 = udp(m), udp(m, A6, B6)


def nflog(*tlvs, family=2):
    """LINKTYPE_NFLOG: little-endian TLVs padded to 4 bytes."""
    out = struct.pack(">BBH", family, 0, 7)
    for kind, value in tlvs:
        out += struct.pack("<HH", len(value) + 4, kind) + value
        out += bytes(-len(value) % 4)
    return out


case("nflog", "NFLOG: the packet is one TLV of several",
     [nflog((1, b"\x08\0\1\0"), (10, b"rule\0"), (9, bytes(packet)))], one,
     "nflog")
case("nflog-ipv6", "NFLOG, IPv6", [nflog((9, bytes(packet6)), family=10)],
     one6, "nflog")
case("nflog-tlv-zero", "an NFLOG TLV of length 0 to 3 ends in an anomaly",
     [[struct.pack(">BBH", 2, 0, 7) + struct.pack("<HH", n, 9) + bytes(40)
       for n in range(4)], nflog((9, bytes(packet)))],
     [at(5, m)], "nflog", says=["4 malformed"])
