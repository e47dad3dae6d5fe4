"""Links that few tools write: headers of cards and systems, PPP's kin."""
import struct

from scapy.layers.dot11 import Dot11
from scapy.layers.l2 import LLC, SNAP

from craft import *

LINKS.update(ppp_serial=50, pppoe=51, atm=100, raw_old=12, frame_relay=107,
             enc=109, pflog=117, prism=119, avs=163, ppp_pppd=166, ppi=192,
             erf=197, ppp_with_dir=204, hdlc_with_dir=205, mpls=219, pktap=258)

m = options("link@example")
one = [at(1, m)]
one6 = [at(1, m, A6, B6)]
n = options("other@example")
packet, packet6 = bytes(udp(m)), bytes(udp(m, A6, B6))
other = bytes(udp(n))
frame, frame6 = bytes(ETH / udp(m)), bytes(ETH / udp(m, A6, B6))
SNAP_IP = bytes(LLC(dsap=0xaa, ssap=0xaa, ctrl=3) / SNAP(OUI=0, code=0x800))
WLAN = bytes(Dot11(type=2, subtype=0, addr1="02:00:00:00:00:14",
                   addr2="02:00:00:00:00:0a",
                   addr3="02:00:00:00:00:0b")) + SNAP_IP + packet

case("ppp-serial", "PPP with HDLC's address and control", [
    b"\xff\x03\0\x21" + packet], one, "ppp_serial")
case("ppp-with-direction", "PPP behind a byte that says which way", [
    b"\1\xff\x03\0\x57" + packet6], one6, "ppp_with_dir")
case("ppp-pppd", "PPP of pppd, the direction in the address's place", [
    b"\0\x03\0\x21" + packet], one, "ppp_pppd")
case("hdlc-with-direction", "Cisco HDLC behind a direction", [
    b"\0\x0f\0\x08\0" + packet], one, "hdlc_with_dir")
case("pppoe-link", "PPPoE without its Ethernet", [
    struct.pack(">BBHH", 0x11, 0, 7, len(packet) + 2) + b"\0\x21" + packet],
    one, "pppoe")
case("raw-old", "raw IP by its old number", [packet6], one6, "raw_old")
case("atm", "RFC 1483: LLC over ATM", [SNAP_IP + packet], one, "atm")
case("mpls-link", "MPLS as the link", [
    struct.pack(">I", 16 << 12 | 0x1ff) + packet], one, "mpls")
case("frame-relay", "frame relay (RFC 2427), and Cisco's", [
    b"\x08\x01\x03\xcc" + packet, b"\x08\x01\x08\0" + other],
    [at(1, m), at(2, n)], "frame_relay")
case("pktap", "macOS's PKTAP around Ethernet", [
    struct.pack("<III", 108, 1, 1) + bytes(96) + frame], one, "pktap")
case("pflog", "BSD's log of its packet filter", [
    struct.pack("BBBB", 61, 24, 0, 0) + bytes(60) + packet6], one6, "pflog")
case("enc", "BSD's view of IPsec, in the clear", [
    struct.pack("<III", 2, 0x1000, 0) + packet], one, "enc")
case("erf", "ERF of an Endace card, two headers of its own", [
    bytes(8) + struct.pack(">BBHHH", 0x82, 4, len(frame) + 34, 0, len(frame))
    + b"\x84" + bytes(7) + b"\4" + bytes(7) + b"\0\0" + frame], one, "erf")
case("ppi", "PPI around Ethernet", [
    struct.pack("<BBHI", 0, 0, 8, 1) + frame6], one6, "ppi")
case("prism", "802.11 behind Prism's header", [
    struct.pack("<II", 0x44, 144) + bytes(136) + WLAN], one, "prism")
case("avs", "802.11 behind AVS's header", [
    struct.pack(">II", 0x80211001, 64) + bytes(56) + WLAN], one, "avs")
case("llc-ip", "802.3 with LLC and SNAP, and with IP in LLC", [
    frame[:12] + struct.pack(">H", len(SNAP_IP + packet)) + SNAP_IP + packet,
    frame[:12] + struct.pack(">H", len(other) + 3) + b"\6\6\3" + other],
    [at(1, m), at(2, n)])
case("macsec", "MACsec that does not encrypt, its channel named", [
    frame[:12] + b"\x88\xe5\x20\0" + struct.pack(">IQ", 1, 7) + frame[12:]
    + bytes(16)], one)
case("macsec-encrypted", "MACsec that encrypts is counted", [
    frame[:12] + b"\x88\xe5\x2c\0" + struct.pack(">IQ", 1, 7) + bytes(60)], [],
    says=["1 link_opaque"])
case("backbone", "a frame in a provider's backbone (802.1ah)", [
    frame[:12] + b"\x88\xa8\0\5\x88\xe7" + struct.pack(">I", 9) + frame], one)
