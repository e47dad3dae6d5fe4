#include "test.h"

#include "decode/decoding.h"
#include "guard.h"

#define PACKET_MAX 4096

/* What the innermost packet is, save where a case says otherwise. */
#define SRC "192.0.2.1"
#define DST "192.0.2.2"
#define A4 "c0000201"
#define B4 "c0000202"
#define SRC6 "2001:db8::1"
#define DST6 "2001:db8::2"
#define A6 "20010db8 00000000 00000000 00000001"
#define B6 "20010db8 00000000 00000000 00000002"

#define MACS "020000000002 020000000001 "
/* 10 bytes: 5060 to 5062, "hi" */
#define UDP_HI "13c4 13c6 000a 0000 6869 "
/* 22 bytes: the same over TCP, SYN and ACK */
#define TCP_HI "13c4 13c6 00000064 000000c8 5012 ffff 0000 0000 6869 "
/* 30, 42, 50 bytes */
#define IP4_UDP "4500 001e abcd 0000 4011 0000 " A4 B4 UDP_HI
#define IP4_TCP "4500 002a abcd 4000 4006 0000 " A4 B4 TCP_HI
#define IP6_UDP "60000000 000a 11 40 " A6 B6 UDP_HI
#define OUTER4(length, protocol)                                               \
    "4500 " length " 0001 0000 3f" protocol " 0000 0a000001 0a000002 "

#define ZEROS_4 "00000000"
#define ZEROS_17 ZEROS_4 ZEROS_4 ZEROS_4 ZEROS_4 "00"
#define ZEROS_68 ZEROS_17 ZEROS_17 ZEROS_17 ZEROS_17

struct layers_case {
    const char *name;
    int link_type;
    const char *hex;
    enum decode_outcome outcome;
    const char *src;
    const char *dst;
    const char *payload; /* as text */
    uint32_t cut;        /* bytes of the wire that were not captured */
    uint16_t vlan;
    uint8_t tunnels;
    int anomaly; /* the only one, 0 for none: none of these is number 0 */
};

#define UDP4 DECODE_UDP, SRC ":5060", DST ":5062", "hi"
#define TCP4 DECODE_TCP, SRC ":5060", DST ":5062", "hi"
#define UDP6 DECODE_UDP, "[" SRC6 "]:5060", "[" DST6 "]:5062", "hi"
#define UDP4_OUTER DECODE_UDP, "10.0.0.1:5060", "10.0.0.2:5062", "hi"
#define TCP4_OUTER DECODE_TCP, "10.0.0.1:5060", "10.0.0.2:5062", "hi"
#define NONE "-:0", "-:0", ""

static const struct layers_case cases[] = {
    {"ethernet, IPv4, UDP", 1, MACS "0800" IP4_UDP, UDP4, 0, 0, 0, 0},
    {"ethernet, IPv4, TCP", 1, MACS "0800" IP4_TCP, TCP4, 0, 0, 0, 0},
    {"ethernet, IPv6, UDP", 1, MACS "86dd" IP6_UDP, UDP6, 0, 0, 0, 0},
    {"IPv4, SCTP", 101,
     "4500 0022 abcd 0000 4084 0000 " A4 B4 "13c4 13c6 00001234 00000000 6869",
     DECODE_SCTP, SRC ":5060", DST ":5062", "hi", 0, 0, 0, 0},
    {"SCTP header cut off", 101,
     "4500 001f abcd 0000 4084 0000 " A4 B4 "13c4 13c6 00001234 000000",
     DECODE_BAD, SRC ":0", DST ":0", "", 0, 0, 0,
     ANOMALY_TRANSPORT_HEADER_SHORT},
    {"padding is no payload", 1, MACS "0800" IP4_UDP "00000000 0000", UDP4, 0,
     0, 0, 0},
    {"VLAN", 1, MACS "8100 e064 0800" IP4_UDP, UDP4, 0, 100, 0, 0},
    {"QinQ", 1, MACS "88a8 0007 8100 0064 0800" IP4_UDP, UDP4, 0, 7, 0, 0},
    {"8100 twice, IPv6", 1, MACS "8100 0007 8100 0064 86dd" IP6_UDP, UDP6, 0, 7,
     0, 0},
    {"9100", 1, MACS "9100 0009 8100 0064 0800" IP4_UDP, UDP4, 0, 9, 0, 0},
    {"priority tag", 1, MACS "8100 e000 0800" IP4_UDP, UDP4, 0, 0, 0, 0},
    {"SNAP", 1, MACS "0026 aaaa03 000000 0800" IP4_UDP "ffff", UDP4, 0, 0, 0,
     0},
    {"PPPoE", 1, MACS "8864 1100 0001 0020 0021" IP4_UDP, UDP4, 0, 0, 0, 0},
    {"PPPoE discovery", 1, MACS "8863 1109 0000 0000", DECODE_NOT_IP, NONE, 0,
     0, 0, 0},
    {"MPLS, two labels", 1, MACS "8847 00010040 00020140" IP4_UDP, UDP4, 0, 0,
     0, 0},
    {"MPLS, pseudowire", 1, MACS "8847 00020140 00000000" MACS "0800" IP4_UDP,
     UDP4, 0, 0, 0, 0},
    {"MPLS, pseudowire without control word", 1,
     MACS "8847 00020140" MACS "0800" IP4_UDP, UDP4, 0, 0, 0, 0},
    {"ARP", 1, MACS "0806 0001 0800 0604 0001", DECODE_NOT_IP, NONE, 0, 0, 0,
     0},
    {"spanning tree", 1, MACS "0007 424203 00000000", DECODE_NOT_IP, NONE, 0, 0,
     0, 0},
    {"short ethernet", 1, MACS "08", DECODE_BAD, NONE, 0, 0, 0,
     ANOMALY_LINK_HEADER_SHORT},
    {"nothing at all", 1, "", DECODE_BAD, NONE, 0, 0, 0,
     ANOMALY_LINK_HEADER_SHORT},
    {"unknown link", 147, "0000", DECODE_BAD, NONE, 0, 0, 0,
     ANOMALY_LINK_TYPE_UNKNOWN},

    {"cooked", 113, "0000 0001 0006 0200000000010000 0800" IP4_UDP, UDP4, 0, 0,
     0, 0},
    {"cooked, VLAN", 113,
     "0000 0001 0006 0200000000010000 8100 0005 86dd" IP6_UDP, UDP6, 0, 5, 0,
     0},
    {"cooked 802.2", 113, "0000 0001 0006 0200000000010000 0004 424203",
     DECODE_NOT_IP, NONE, 0, 0, 0, 0},
    {"cooked netlink", 113, "0000 0338 0000 0000000000000000 0800" IP4_UDP,
     DECODE_NOT_IP, NONE, 0, 0, 0, 0},
    {"cooked 2", 276, "0800 0000 00000002 0001 00 06 0200000000010000" IP4_TCP,
     TCP4, 0, 0, 0, 0},
    {"raw", 101, IP4_UDP, UDP4, 0, 0, 0, 0},
    {"raw of old", 12, IP6_UDP, UDP6, 0, 0, 0, 0},
    {"raw IPv6", 229, IP6_UDP, UDP6, 0, 0, 0, 0},
    {"null, little endian", 0, "02000000" IP4_UDP, UDP4, 0, 0, 0, 0},
    {"null, big endian", 0, "00000002" IP4_UDP, UDP4, 0, 0, 0, 0},
    {"null, Darwin's IPv6", 0, "1e000000" IP6_UDP, UDP6, 0, 0, 0, 0},
    {"null, FreeBSD's IPv6", 0, "1c000000" IP6_UDP, UDP6, 0, 0, 0, 0},
    {"loop, OpenBSD's IPv6", 108, "00000018" IP6_UDP, UDP6, 0, 0, 0, 0},
    {"null, AppleTalk", 0, "10000000 0102", DECODE_NOT_IP, NONE, 0, 0, 0, 0},
    {"PPP", 9, "ff03 0021" IP4_UDP, UDP4, 0, 0, 0, 0},
    {"PPP, compressed", 9, "57" IP6_UDP, UDP6, 0, 0, 0, 0},
    {"PPP, its control protocol", 9, "ff03 c021 0101", DECODE_NOT_IP, NONE, 0,
     0, 0, 0},
    {"Cisco HDLC", 104, "0f00 0800" IP4_UDP, UDP4, 0, 0, 0, 0},

    {"8100, 8100, 9100", 1, MACS "8100 0005 8100 0006 9100 0007 0800" IP4_UDP,
     UDP4, 0, 5, 0, 0},
    {"backbone tag", 1, MACS "88a8 0005 88e7 00000001" MACS "0800" IP4_UDP,
     UDP4, 0, 5, 0, 0},
    {"VN-Tag", 1, MACS "8926 00010002 0800" IP4_UDP, UDP4, 0, 0, 0, 0},
    {"MACsec, readable", 1, MACS "88e5 00000000 0001 0800" IP4_UDP, UDP4, 0, 0,
     0, 0},
    {"MACsec, its channel named", 1,
     MACS "88e5 20000000 0001 0200000000010001 0800" IP4_UDP, UDP4, 0, 0, 0, 0},
    {"MACsec, encrypted", 1, MACS "88e5 0c000000 0001 1234", DECODE_NOT_IP,
     NONE, 0, 0, 0, ANOMALY_LINK_OPAQUE},
    {"SNAP of a bridge", 1, MACS "0026 aaaa03 0000f8 0800" IP4_UDP, UDP4, 0, 0,
     0, 0},
    {"LLC with IP in it", 1, MACS "0021 060603" IP4_UDP "ffff", UDP4, 0, 0, 0,
     0},
    {"LLC over ATM", 100, "aaaa03 000000 0800" IP4_UDP, UDP4, 0, 0, 0, 0},
    {"MPLS, pseudowire to a MAC that begins like IP", 1,
     MACS "8847 00020140 4c0000000002 020000000001 0800" IP4_UDP, UDP4, 0, 0, 0,
     0},
    {"MPLS, pseudowire, its sequence, VLAN", 1,
     MACS "8847 00010040 00020140 00000007" MACS "8100 0007 0800" IP4_UDP, UDP4,
     0, 7, 0, 0},
    {"MPLS, PPP pseudowire", 1, MACS "8847 00020140 00000000 0021" IP4_UDP,
     UDP4, 0, 0, 0, 0},
    {"MPLS, another pseudowire", 1, MACS "8847 00020140 00000000 7777",
     DECODE_NOT_IP, NONE, 0, 0, 0, 0},
    {"MPLS, IPv6", 1, MACS "8847 00002140" IP6_UDP, UDP6, 0, 0, 0, 0},
    {"MPLS without an end", 1, MACS "8847 00010040 00010040", DECODE_BAD, NONE,
     0, 0, 0, ANOMALY_LINK_HEADER_SHORT},
    {"cooked, Ethernet", 113,
     "0000 0001 0006 0200000000010000 0003" MACS "0800" IP4_UDP, UDP4, 0, 0, 0,
     0},
    {"cooked, SNAP", 113,
     "0000 0001 0006 0200000000010000 0004 aaaa03 000000 0800" IP4_UDP, UDP4, 0,
     0, 0, 0},
    {"cooked, radiotap", 113,
     "0000 0323 0006 0200000000010000 0004 00000800 00000000 0800 0000" MACS
     "020000000003 0000 aaaa03 000000 0800" IP4_UDP,
     UDP4, 0, 0, 0, 0},
    {"raw of OpenBSD", 14, IP4_UDP, UDP4, 0, 0, 0, 0},
    {"raw IPv4", 228, IP4_UDP, UDP4, 0, 0, 0, 0},
    {"loop", 108, "00000002" IP4_UDP, UDP4, 0, 0, 0, 0},
    {"null, Linux's IPv6", 0, "0a000000" IP6_UDP, UDP6, 0, 0, 0, 0},
    {"null, Windows' IPv6, big endian", 0, "00000017" IP6_UDP, UDP6, 0, 0, 0,
     0},
    {"PPP, serial", 50, "ff03 0057" IP6_UDP, UDP6, 0, 0, 0, 0},
    {"PPP, no address and control", 50, "0021" IP4_UDP, UDP4, 0, 0, 0, 0},
    {"PPP with direction", 204, "01 ff03 0021" IP4_UDP, UDP4, 0, 0, 0, 0},
    {"PPP of pppd", 166, "00 03 0021" IP4_UDP, UDP4, 0, 0, 0, 0},
    {"Cisco HDLC with direction", 205, "00 8f00 86dd" IP6_UDP, UDP6, 0, 0, 0,
     0},
    {"PPP, MPLS", 9, "ff03 0281 00002140" IP4_UDP, UDP4, 0, 0, 0, 0},
    {"PPP, bridged", 9, "ff03 0031 0001" MACS "0800" IP4_UDP, UDP4, 0, 0, 0, 0},
    {"PPP, multilink, whole", 9, "ff03 003d c0000001 0021" IP4_UDP, UDP4, 0, 0,
     0, 0},
    {"PPP, multilink, in parts", 9, "ff03 003d 80000001 0021" IP4_UDP,
     DECODE_NOT_IP, NONE, 0, 0, 0, ANOMALY_LINK_FRAGMENT},
    {"PPP, compressed by MPPC", 9, "ff03 00fd 9000 1234", DECODE_NOT_IP, NONE,
     0, 0, 0, ANOMALY_LINK_OPAQUE},
    {"PPPoE as a link", 51, "1100 0001 0034 0057" IP6_UDP, UDP6, 0, 0, 0, 0},

    {"NFLOG", 239,
     "02 00 0005 0800 0100 08000300 0800 0400 00000002 0500 0a00 00000000"
     "2200 0900" IP4_UDP "0000",
     UDP4, 0, 0, 0, 0},
    {"NFLOG, big endian", 239,
     "0a 00 0005 0008 0005 00000003 0036 0009" IP6_UDP, UDP6, 0, 0, 0, 0},
    {"NFLOG, field of length 0", 239, "02 00 0005 0000 0100 0000 0100",
     DECODE_BAD, NONE, 0, 0, 0, ANOMALY_LINK_FIELD_BAD},
    {"NFLOG, field of length 3", 239, "02 00 0005 0300 0900" IP4_UDP,
     DECODE_BAD, NONE, 0, 0, 0, ANOMALY_LINK_FIELD_BAD},
    {"NFLOG, field beyond the packet", 239, "02 00 0005 ff00 0100 0000",
     DECODE_BAD, NONE, 0, 0, 0, ANOMALY_LINK_HEADER_SHORT},
    {"NFLOG, no payload", 239, "02 00 0005 0800 0500 00000002", DECODE_NOT_IP,
     NONE, 0, 0, 0, 0},
    {"NFLOG, another version", 239, "02 01 0005", DECODE_NOT_IP, NONE, 0, 0, 0,
     0},

    {"802.11", 105,
     "0801 0000" MACS "020000000003 1000 aaaa03 000000 0800" IP4_UDP "11223344",
     UDP4, 0, 0, 0, 0},
    {"802.11, QoS", 105,
     "8802 0000" MACS "020000000003 1000 0000 aaaa03 000000 86dd" IP6_UDP, UDP6,
     0, 0, 0, 0},
    {"802.11, QoS, padded", 105,
     "8802 0000" MACS "020000000003 1000 0000 0000 aaaa03 000000 0800" IP4_UDP,
     UDP4, 0, 0, 0, 0},
    {"802.11, four addresses, HT control", 105,
     "8883 0000" MACS "020000000003 1000 020000000004 0000 00000000"
     "aaaa03 000000 0800" IP4_UDP,
     UDP4, 0, 0, 0, 0},
    {"802.11, aggregate", 105,
     "8801 0000" MACS "020000000003 1000 8000" MACS
     "0026 aaaa03 000000 0800" IP4_UDP,
     UDP4, 0, 0, 0, 0},
    {"802.11, aggregate of two", 105,
     "8801 0000" MACS "020000000003 1000 8000" MACS
     "0026 aaaa03 000000 0800" IP4_UDP MACS "0008 aaaa03 000000 0806",
     UDP4, 0, 0, 0, ANOMALY_LINK_FRAGMENT},
    {"802.11, encrypted", 105,
     "0841 0000" MACS "020000000003 1000 0102002003000000 1234567890123456",
     DECODE_NOT_IP, NONE, 0, 0, 0, ANOMALY_LINK_OPAQUE},
    {"802.11, decrypted by the card", 105,
     "8841 0000" MACS "020000000003 1000 0000 0102002003000000"
     "aaaa03 000000 0800" IP4_UDP,
     UDP4, 0, 0, 0, 0},
    {"802.11, later fragment", 105,
     "0801 0000" MACS "020000000003 1100 aaaa03 000000 0800" IP4_UDP,
     DECODE_NOT_IP, NONE, 0, 0, 0, ANOMALY_LINK_FRAGMENT},
    {"802.11, beacon", 105, "8000 0000" MACS "020000000003 1000", DECODE_NOT_IP,
     NONE, 0, 0, 0, 0},
    {"802.11, nothing in it", 105, "4801 0000" MACS "020000000003 1000",
     DECODE_NOT_IP, NONE, 0, 0, 0, 0},
    {"radiotap", 127,
     "0000 0c00 02000000 10000000 0802 0000" MACS "020000000003 1000"
     "aaaa03 000000 0800" IP4_UDP "11223344",
     UDP4, 0, 0, 0, 0},
    {"radiotap of length 4", 127, "0000 0400 00000000 0802", DECODE_BAD, NONE,
     0, 0, 0, ANOMALY_LINK_FIELD_BAD},
    {"radiotap beyond the packet", 127, "0000 ff00 00000000 0802", DECODE_BAD,
     NONE, 0, 0, 0, ANOMALY_LINK_HEADER_SHORT},
    {"AVS on Prism's link", 119,
     "80211001 0000000c 00000000 0802 0000" MACS "020000000003 1000"
     "aaaa03 000000 0800" IP4_UDP,
     UDP4, 0, 0, 0, 0},
    {"AVS", 163,
     "80211002 0000000c 00000000 0802 0000" MACS "020000000003 1000"
     "aaaa03 000000 0800" IP4_UDP,
     UDP4, 0, 0, 0, 0},
    {"Prism", 119,
     "44000000 90000000" ZEROS_68 ZEROS_68 "0802 0000" MACS
     "020000000003 1000 aaaa03 000000 0800" IP4_UDP,
     UDP4, 0, 0, 0, 0},
    {"PPI", 192, "00000800 01000000" MACS "0800" IP4_UDP, UDP4, 0, 0, 0, 0},
    {"PPI, unknown link", 192, "00000800 93000000 0000", DECODE_BAD, NONE, 0, 0,
     0, ANOMALY_LINK_TYPE_UNKNOWN},

    {"MPLS as a link", 219, "00002140" IP4_UDP, UDP4, 0, 0, 0, 0},
    {"PKTAP", 258, "10000000 01000000 01000000 00000000" MACS "0800" IP4_UDP,
     UDP4, 0, 0, 0, 0},
    {"PKTAP, raw", 258, "0c000000 01000000 0c000000" IP6_UDP, UDP6, 0, 0, 0, 0},
    {"PKTAP of length 8", 258, "08000000 01000000 01000000" MACS, DECODE_BAD,
     NONE, 0, 0, 0, ANOMALY_LINK_FIELD_BAD},
    {"PKTAP, its own link again", 258, "0c000000 01000000 f3010000", DECODE_BAD,
     NONE, 0, 0, 0, ANOMALY_LINK_TYPE_UNKNOWN},
    {"PFLOG", 117,
     "3d 02 0000" ZEROS_17 ZEROS_17 ZEROS_17 "00" ZEROS_4 ZEROS_4 IP4_UDP, UDP4,
     0, 0, 0, 0},
    {"PFLOG of length 4", 117, "04 02 0000" IP4_UDP, DECODE_BAD, NONE, 0, 0, 0,
     ANOMALY_LINK_FIELD_BAD},
    {"ENC", 109, "02000000 00001000 00000000" IP4_UDP, UDP4, 0, 0, 0, 0},
    {"frame relay", 107, "0801 03 cc" IP4_UDP, UDP4, 0, 0, 0, 0},
    {"frame relay, padded, SNAP", 107, "0801 03 00 80 000000 86dd" IP6_UDP,
     UDP6, 0, 0, 0, 0},
    {"frame relay, Cisco's, long address", 107, "080002 0d 0800" IP4_UDP, UDP4,
     0, 0, 0, 0},
    {"frame relay, its control", 107, "0001 03 08 0051", DECODE_NOT_IP, NONE, 0,
     0, 0, 0},
    {"ERF", 197,
     "0000000000000000 02 04 0000 0000 0000 0000" MACS "0800" IP4_UDP, UDP4, 0,
     0, 0, 0},
    {"ERF, two headers", 197,
     "0000000000000000 82 04 0000 0000 0000 8400000000000000 0400000000000000"
     "0000" MACS "0800" IP4_UDP,
     UDP4, 0, 0, 0, 0},
    {"ERF, IP", 197, "0000000000000000 16 04 0000 0000 0000" IP4_UDP, UDP4, 0,
     0, 0, 0},
    {"ERF, HDLC", 197,
     "0000000000000000 01 04 0000 0000 0000 ff03 0021" IP4_UDP, UDP4, 0, 0, 0,
     0},
    {"ERF, its own record", 197, "0000000000000000 1b 04 0000 0000 0000",
     DECODE_NOT_IP, NONE, 0, 0, 0, 0},

    {"IPv4 options", 101,
     "4600 0022 abcd 0000 4011 0000 " A4 B4 "01010101" UDP_HI, UDP4, 0, 0, 0,
     0},
    {"IPv4 header below its minimum", 101,
     "4400 001e abcd 0000 4011 0000 " A4 B4 UDP_HI, DECODE_BAD, NONE, 0, 0, 0,
     ANOMALY_IP_HEADER_SHORT},
    {"IPv4 total length below the header", 101,
     "4500 0013 abcd 0000 4011 0000 " A4 B4 UDP_HI, DECODE_BAD, NONE, 0, 0, 0,
     ANOMALY_IP_LENGTH_BAD},
    {"IPv4 total length 0", 101, "4500 0000 abcd 0000 4011 0000 " A4 B4 UDP_HI,
     UDP4, 0, 0, 0, 0},
    {"IPv4 total length beyond the packet", 101,
     "4500 0020 abcd 0000 4011 0000 " A4 B4 "13c4 13c6 000c 0000 6869", UDP4, 2,
     0, 0, ANOMALY_IP_LENGTH_BAD},
    {"neither version", 101, "50", DECODE_BAD, NONE, 0, 0, 0,
     ANOMALY_IP_VERSION_BAD},
    {"IPv4 first fragment", 101,
     "4500 001c abcd 2000 4011 0000 " A4 B4 "13c4 13c6 0064 0000",
     DECODE_FRAGMENT, SRC ":0", DST ":0", "\x13\xc4\x13\xc6", 0, 0, 0, 0},
    {"IPv4 last fragment", 101, "4500 0017 abcd 00b9 4011 0000 " A4 B4 "616263",
     DECODE_FRAGMENT, SRC ":0", DST ":0", "abc", 0, 0, 0, 0},
    {"fragment of odd length with more to come", 101,
     "4500 0017 abcd 2000 4011 0000 " A4 B4 "616263", DECODE_BAD, SRC ":0",
     DST ":0", "", 0, 0, 0, ANOMALY_FRAGMENT_BAD},
    {"fragment beyond 65535", 101,
     "4500 001c abcd 1fff 4011 0000 " A4 B4 "6162636465666768", DECODE_BAD,
     SRC ":0", DST ":0", "", 0, 0, 0, ANOMALY_FRAGMENT_BAD},
    {"empty fragment", 101, "4500 0014 abcd 2000 4011 0000 " A4 B4, DECODE_BAD,
     SRC ":0", DST ":0", "", 0, 0, 0, ANOMALY_FRAGMENT_BAD},
    {"ICMP", 101, "4500 0018 abcd 0000 4001 0000 " A4 B4 "08000000",
     DECODE_ICMP, SRC ":0", DST ":0", "\x08", 0, 0, 0, 0},
    {"OSPF", 101, "4500 0016 abcd 0000 4059 0000 " A4 B4 "6869",
     DECODE_OTHER_IP, SRC ":0", DST ":0", "hi", 0, 0, 0, 0},
    {"authentication header", 101,
     "4500 002a abcd 0000 4033 0000 " A4 B4
     "1101 0000 00000001 00000001" UDP_HI,
     UDP4, 0, 0, 0, 0},
    {"IPv6 extension headers", 101,
     "60000000 0022 00 40 " A6 B6 "2b00 0000 00000000 3c00 0000 00000000"
     "1100 0104 00000000" UDP_HI,
     UDP6, 0, 0, 0, 0},
    {"IPv6 payload length 0", 101, "60000000 0000 11 40 " A6 B6 UDP_HI, UDP6, 0,
     0, 0, 0},
    {"IPv6 fragment", 101,
     "60000000 0010 2c 40 " A6 B6 "1100 05a9 0000abcd 6162636465666768",
     DECODE_FRAGMENT, "[" SRC6 "]:0", "[" DST6 "]:0", "abcdefgh", 0, 0, 0, 0},
    {"IPv6 atomic fragment", 101,
     "60000000 0012 2c 40 " A6 B6 "1100 0000 0000abcd" UDP_HI, UDP6, 0, 0, 0,
     0},
    {"IPv6 extension header beyond the packet", 101,
     "60000000 0008 00 40 " A6 B6 "1101 0000 00000000", DECODE_BAD,
     "[" SRC6 "]:0", "[" DST6 "]:0", "", 0, 0, 0, ANOMALY_IPV6_EXTENSION_BAD},

    {"UDP length 0", 101,
     "4500 001e abcd 0000 4011 0000 " A4 B4 "13c4 13c6 0000 0000 6869", UDP4, 0,
     0, 0, 0},
    {"UDP length below its header", 101,
     "4500 001e abcd 0000 4011 0000 " A4 B4 "13c4 13c6 0007 0000 6869", UDP4, 0,
     0, 0, ANOMALY_UDP_LENGTH_BAD},
    {"UDP length beyond IP's", 101,
     "4500 001e abcd 0000 4011 0000 " A4 B4 "13c4 13c6 000b 0000 6869", UDP4, 0,
     0, 0, ANOMALY_UDP_LENGTH_BAD},
    {"UDP length below IP's", 101,
     "4500 0020 abcd 0000 4011 0000 " A4 B4 "13c4 13c6 000a 0000 6869 0000",
     UDP4, 0, 0, 0, 0},
    {"UDP header cut", 101, "4500 0018 abcd 0000 4011 0000 " A4 B4 "13c413c6",
     DECODE_BAD, SRC ":0", DST ":0", "", 0, 0, 0,
     ANOMALY_TRANSPORT_HEADER_SHORT},
    {"TCP options", 101,
     "4500 002e abcd 4000 4006 0000 " A4 B4
     "13c4 13c6 00000064 000000c8 6012 ffff 0000 0000 01010101 6869",
     TCP4, 0, 0, 0, 0},
    {"TCP offset below 5", 101,
     "4500 002a abcd 4000 4006 0000 " A4 B4
     "13c4 13c6 00000064 000000c8 4012 ffff 0000 0000 6869",
     DECODE_BAD, SRC ":5060", DST ":5062", "", 0, 0, 0, ANOMALY_TCP_OFFSET_BAD},
    {"TCP offset beyond the segment", 101,
     "4500 002a abcd 4000 4006 0000 " A4 B4
     "13c4 13c6 00000064 000000c8 6012 ffff 0000 0000 6869",
     DECODE_BAD, SRC ":5060", DST ":5062", "", 0, 0, 0, ANOMALY_TCP_OFFSET_BAD},

    {"4 in 4", 101, OUTER4("0032", "04") IP4_UDP, UDP4, 0, 0, 1, 0},
    {"6 in 4", 101, OUTER4("0046", "29") IP6_UDP, UDP6, 0, 0, 1, 0},
    {"4 in 6", 101, "60000000 001e 04 40 " A6 B6 IP4_UDP, UDP4, 0, 0, 1, 0},
    {"6 in 6", 101, "60000000 0032 29 40 " A6 B6 IP6_UDP, UDP6, 0, 0, 1, 0},
    {"GRE", 101, OUTER4("0036", "2f") "0000 0800" IP4_UDP, UDP4, 0, 0, 1, 0},
    {"GRE, checksum, key, sequence", 101,
     OUTER4("0042", "2f") "b000 0800 00000000 00000001 00000002" IP4_UDP, UDP4,
     0, 0, 1, 0},
    {"GRE, ethernet", 101,
     OUTER4("0048", "2f") "2000 6558 00000001" MACS "0800" IP4_UDP, UDP4, 0, 0,
     1, 0},
    {"GRE of version 1, PPP", 101,
     OUTER4("0042", "2f") "3001 880b 00220001 00000002 ff03 0021" IP4_UDP, UDP4,
     0, 0, 1, 0},
    {"GRE of version 1, acknowledgement", 101,
     OUTER4("0020", "2f") "2081 880b 00000001 00000002", DECODE_OTHER_IP,
     "10.0.0.1:0", "10.0.0.2:0", " \x81\x88\x0b", 0, 0, 0, 0},
    {"GTP-U", 101,
     OUTER4("0042", "11") "0868 0868 002e 0000 30ff 001e 00000001" IP4_UDP,
     UDP4, 0, 0, 1, 0},
    {"GTP-U, sequence and extension", 101,
     OUTER4("004a", "11") "0868 0868 0036 0000 36ff 0026 00000001 0001 00 85"
                          "01 000100" IP4_UDP,
     UDP4, 0, 0, 1, 0},
    {"GTP-U, extension of length 0", 101,
     OUTER4("002c", "11") "0868 0868 0018 0000 34ff 0008 00000001 0001 00 85"
                          "00000000",
     DECODE_UDP, "10.0.0.1:2152", "10.0.0.2:2152", "4\xff", 0, 0, 0, 0},
    {"GTP-U, echo", 101,
     OUTER4("0028", "11") "0868 0868 0014 0000 3201 0004 00000000 00010000",
     DECODE_UDP, "10.0.0.1:2152", "10.0.0.2:2152", "2\x01", 0, 0, 0, 0},
    {"text on GTP-U's port", 101,
     OUTER4("001e", "11") "0868 0868 000a 0000 6869", DECODE_UDP,
     "10.0.0.1:2152", "10.0.0.2:2152", "hi", 0, 0, 0, 0},
    {"VXLAN", 101,
     OUTER4("0050", "11") "c000 12b5 003c 0000 08000000 00000100" MACS
                          "0800" IP4_UDP,
     UDP4, 0, 0, 1, 0},
    {"text on VXLAN's port", 101,
     OUTER4("001e", "11") "c000 12b5 000a 0000 6869", DECODE_UDP,
     "10.0.0.1:49152", "10.0.0.2:4789", "hi", 0, 0, 0, 0},
    {"IPIP of old", 101, OUTER4("0032", "5e") IP4_UDP, UDP4, 0, 0, 1, 0},
    {"EtherIP", 101, OUTER4("0042", "61") "3000 " MACS "0800 " IP4_UDP, UDP4, 0,
     0, 1, 0},
    {"EtherIP of another version", 101, OUTER4("0022", "61") "4000 " MACS,
     DECODE_OTHER_IP, "10.0.0.1:0", "10.0.0.2:0", "", 0, 0, 0, 0},
    {"MPLS in IP", 101, OUTER4("004a", "89") "00002140 " IP6_UDP, UDP6, 0, 0, 1,
     0},
    {"Ethernet in IP", 101, OUTER4("0040", "8f") MACS "0800 " IP4_UDP, UDP4, 0,
     0, 1, 0},
    {"GRE, another protocol", 101, OUTER4("001a", "2f") "0000 88b7 6869",
     DECODE_OTHER_IP, "10.0.0.1:0", "10.0.0.2:0", "", 0, 0, 0, 0},
    {"GRE, routing", 101,
     OUTER4("0046",
            "2f") "4000 0800 00000000 0800 0004 0a000003 0000 0000 " IP4_UDP,
     UDP4, 0, 0, 1, 0},
    {"GRE, routing without an end", 101,
     OUTER4("0024", "2f") "4000 0800 00000000 0800 00ff 0a000003", DECODE_BAD,
     "10.0.0.1:0", "10.0.0.2:0", "", 0, 0, 0, ANOMALY_TRANSPORT_HEADER_SHORT},
    {"GRE, its key cut", 101, OUTER4("001a", "2f") "2000 0800 0000", DECODE_BAD,
     "10.0.0.1:0", "10.0.0.2:0", "", 0, 0, 0, ANOMALY_TRANSPORT_HEADER_SHORT},
    {"GRE, WCCP", 101, OUTER4("003a", "2f") "0000 883e 00000001 " IP4_UDP, UDP4,
     0, 0, 1, 0},
    {"GRE, MPLS", 101, OUTER4("003a", "2f") "0000 8847 00002140 " IP4_UDP, UDP4,
     0, 0, 1, 0},
    {"NVGRE", 101,
     OUTER4("005c", "2f") "2000 6558 00112233 " MACS "86dd " IP6_UDP, UDP6, 0,
     0, 1, 0},
    {"GRE of version 1, encrypted", 101,
     OUTER4("0024", "2f") "3001 880b 00040001 00000002 00fd 9000",
     DECODE_NOT_IP, "10.0.0.1:0", "10.0.0.2:0", "", 0, 0, 1,
     ANOMALY_LINK_OPAQUE},
    {"GRE of version 2", 101, OUTER4("0036", "2f") "0002 0800 " IP4_UDP,
     DECODE_OTHER_IP, "10.0.0.1:0", "10.0.0.2:0", "", 0, 0, 0, 0},
    {"ERSPAN I", 101, OUTER4("0044", "2f") "0000 88be " MACS "0800 " IP4_UDP,
     UDP4, 0, 0, 1, 0},
    {"ERSPAN II", 101,
     OUTER4("0050", "2f") "1000 88be 00000001 10640007 00000001 " MACS
                          "0800 " IP4_UDP,
     UDP4, 0, 0, 1, 0},
    {"ERSPAN II without a sequence", 101,
     OUTER4("004c", "2f") "0000 88be 10640007 00000001 " MACS "0800 " IP4_UDP,
     UDP4, 0, 0, 1, 0},
    {"ERSPAN II, VLAN inside", 101,
     OUTER4("0054", "2f") "1000 88be 00000001 10640007 00000001 " MACS
                          "8100 0009 0800 " IP4_UDP,
     UDP4, 0, 9, 1, 0},
    {"ERSPAN III", 101,
     OUTER4("0054", "2f") "1000 22eb 00000001 20640007 00000001 0000 0000 " MACS
                          "0800 " IP4_UDP,
     UDP4, 0, 0, 1, 0},
    {"ERSPAN III, subheader", 101,
     OUTER4("005c", "2f") "1000 22eb 00000001 20640007 00000001 0000 0001 "
                          "18000000 00000000 " MACS "0800 " IP4_UDP,
     UDP4, 0, 0, 1, 0},
    {"ERSPAN III, IP", 101,
     OUTER4("0046",
            "2f") "1000 22eb 00000001 20640007 00000001 0000 0800 " IP4_UDP,
     UDP4, 0, 0, 1, 0},
    {"ERSPAN of another version", 101,
     OUTER4("0020", "2f") "1000 22eb 00000001 30640007", DECODE_OTHER_IP,
     "10.0.0.1:0", "10.0.0.2:0", "", 0, 0, 0, 0},
    {"ERSPAN III cut", 101,
     OUTER4("0024", "2f") "1000 22eb 00000001 20640007 00000001", DECODE_BAD,
     "10.0.0.1:0", "10.0.0.2:0", "", 0, 0, 0, ANOMALY_TRANSPORT_HEADER_SHORT},
    {"GRE in UDP", 101,
     OUTER4("0042", "11") "c000 1292 002e 0000 "
                          "2000 0800 00000007 " IP4_UDP,
     UDP4, 0, 0, 1, 0},
    {"VXLAN, no flag, policy", 101,
     OUTER4("0050", "11") "c000 12b5 003c 0000 "
                          "80000005 00000100 " MACS "0800 " IP4_UDP,
     UDP4, 0, 0, 1, 0},
    {"VXLAN of Linux, from its port", 101,
     OUTER4("0054", "11") "2118 c000 0040 0000 "
                          "08000000 00000100 " MACS "8100 0003 0800 " IP4_UDP,
     UDP4, 0, 3, 1, 0},
    {"VXLAN, ARP", 101,
     OUTER4("0046", "11") "c000 12b5 0032 0000 "
                          "08000000 00000100 " MACS
                          "0806 0001 0800 0604 0001 020000000001 0a000001 0000",
     DECODE_NOT_IP, "10.0.0.1:0", "10.0.0.2:0", "", 0, 0, 1, 0},
    {"VXLAN-GPE, IPv6", 101,
     OUTER4("0056", "11") "c000 12b6 0042 0000 "
                          "0c000002 00000100 " IP6_UDP,
     UDP6, 0, 0, 1, 0},
    {"VXLAN-GPE, Ethernet", 101,
     OUTER4("0050", "11") "c000 12b6 003c 0000 "
                          "0c000003 00000100 " MACS "0800 " IP4_UDP,
     UDP4, 0, 0, 1, 0},
    {"VXLAN-GPE, service header", 101,
     OUTER4("0050", "11") "c000 12b6 003c 0000 "
                          "0c000004 00000100 " MACS "0800 " IP4_UDP,
     DECODE_UDP, "10.0.0.1:49152", "10.0.0.2:4790", "\f", 0, 0, 0, 0},
    {"Geneve", 101,
     OUTER4("0050", "11") "c000 17c1 003c 0000 "
                          "0000 6558 00000700 " MACS "0800 " IP4_UDP,
     UDP4, 0, 0, 1, 0},
    {"Geneve, options, IPv6", 101,
     OUTER4("0062",
            "11") "c000 17c1 004e 0000 "
                  "0340 86dd 00000700 0101 8002 11223344 55667788 " IP6_UDP,
     UDP6, 0, 0, 1, 0},
    {"Geneve, options beyond the packet", 101,
     OUTER4("0056", "11") "c000 17c1 0042 0000 "
                          "3f40 86dd 00000700 " IP6_UDP,
     DECODE_UDP, "10.0.0.1:49152", "10.0.0.2:6081", "?@", 0, 0, 0, 0},
    {"text on Geneve's port", 101,
     OUTER4("001e", "11") "c000 17c1 000a 0000 "
                          "6869",
     DECODE_UDP, "10.0.0.1:49152", "10.0.0.2:6081", "hi", 0, 0, 0, 0},
    {"LISP", 101,
     OUTER4("0042", "11") "c000 10f5 002e 0000 "
                          "88000000 00000501 " IP4_UDP,
     UDP4, 0, 0, 1, 0},
    {"MPLS in UDP", 101,
     OUTER4("0042", "11") "c000 19eb 002e 0000 "
                          "00010040 00002140 " IP4_UDP,
     UDP4, 0, 0, 1, 0},
    {"MPLS in UDP, pseudowire", 101,
     OUTER4("0050", "11") "c000 19eb 003c 0000 "
                          "00002140 00000000 " MACS "0800 " IP4_UDP,
     UDP4, 0, 0, 1, 0},
    {"text on the port of MPLS in UDP", 101,
     OUTER4("001e", "11") "c000 19eb 000a 0000 "
                          "6869",
     DECODE_UDP, "10.0.0.1:49152", "10.0.0.2:6635", "hi", 0, 0, 0, 0},
    {"GTP-U, Ethernet", 101,
     OUTER4("0050", "11") "0868 0868 003c 0000 "
                          "30ff 002c 00000001 " MACS "0800 " IP4_UDP,
     UDP4, 0, 0, 1, 0},
    {"GTP-U, PDU session container", 101,
     OUTER4("004a", "11") "0868 0868 0036 0000 "
                          "34ff 0026 00000001 0000 00 85 01 100900 " IP4_UDP,
     UDP4, 0, 0, 1, 0},
    {"L2TP", 101,
     OUTER4("0044", "11") "06a5 06a5 0030 0000 "
                          "0002 0001 0002 ff03 0021 " IP4_UDP,
     UDP4, 0, 0, 1, 0},
    {"L2TP, length, sequence, offset", 101,
     OUTER4("0060",
            "11") "06a5 c000 004c 0000 "
                  "4a02 0044 0001 0002 0003 0004 0002 0000 0057 " IP6_UDP,
     UDP6, 0, 0, 1, 0},
    {"L2TP, control", 101,
     OUTER4("0028", "11") "06a5 06a5 0014 0000 "
                          "c802 000c 0001 0000 0000 0000",
     DECODE_UDP, "10.0.0.1:1701", "10.0.0.2:1701", "\xc8", 0, 0, 0, 0},
    {"L2TP 3 over UDP", 101,
     OUTER4("0050", "11") "06a5 06a5 003c 0000 "
                          "0003 0000 00000009 " MACS "0800 " IP4_UDP,
     UDP4, 0, 0, 1, 0},
    {"L2TP 3 over UDP, cookie, sublayer", 101,
     OUTER4("005c", "11") "06a5 06a5 0048 0000 "
                          "0003 0000 00000009 1122334455667788 40000001 " MACS
                          "0800 " IP4_UDP,
     UDP4, 0, 0, 1, 0},
    {"L2TP 3", 101, OUTER4("0044", "73") "00000009 " MACS "0800 " IP4_UDP, UDP4,
     0, 0, 1, 0},
    {"L2TP 3, cookie", 101,
     OUTER4("005c", "73") "00000009 11223344 " MACS "86dd " IP6_UDP, UDP6, 0, 0,
     1, 0},
    {"L2TP 3, sublayer, PPP", 101,
     OUTER4("003e", "73") "00000009 40000001 ff03 0021 " IP4_UDP, UDP4, 0, 0, 1,
     0},
    {"L2TP 3, control", 101,
     OUTER4("0024", "73") "00000000 c803 000c 00000000 0000 0000",
     DECODE_OTHER_IP, "10.0.0.1:0", "10.0.0.2:0", "", 0, 0, 0, 0},
    {"text on L2TP's port", 101,
     OUTER4("001e", "11") "06a5 06a5 000a 0000 "
                          "6869",
     DECODE_UDP, "10.0.0.1:1701", "10.0.0.2:1701", "hi", 0, 0, 0, 0},
    {"TZSP", 101,
     OUTER4("004d", "11") "c000 9090 0039 0000 "
                          "0100 0001 01 " MACS "0800 " IP4_UDP,
     UDP4, 0, 0, 1, 0},
    {"TZSP, tags, 802.11", 101,
     OUTER4("0064", "11") "c000 9090 0050 0000 "
                          "0100 0012 00 0a 01 c4 00 01 0802 0000" MACS
                          "020000000003 1000 aaaa03 000000 0800 " IP4_UDP,
     UDP4, 0, 0, 1, 0},
    {"TZSP, tag beyond the packet", 101,
     OUTER4("0023", "11") "c000 9090 000f 0000 "
                          "0100 0001 0a ff 00",
     DECODE_UDP, "10.0.0.1:49152", "10.0.0.2:37008", "\x01", 0, 0, 0, 0},
    {"ESP, UDP", 101,
     OUTER4("0034", "32") "00001000 00000001 " UDP_HI
                          " 0011 aaaaaaaaaaaaaaaaaaaaaaaa",
     UDP4_OUTER, 0, 0, 1, 0},
    {"ESP, TCP", 101,
     OUTER4("0040", "32") "00001000 00000001 " TCP_HI
                          " 0006 aaaaaaaaaaaaaaaaaaaaaaaa",
     TCP4_OUTER, 0, 0, 1, 0},
    {"ESP, no check", 101,
     OUTER4("0028", "32") "00001000 00000001 " UDP_HI " 0011 ", UDP4_OUTER, 0,
     0, 1, 0},
    {"ESP, long check, much padding", 101,
     OUTER4("0060",
            "32") "00001000 00000001 " UDP_HI
                  "0102030405060708090a0b0c0d0e0f101112131415161718 1811 "
                  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                  "aaaa",
     UDP4_OUTER, 0, 0, 1, 0},
    {"ESP, 16 byte check, tunnel", 101,
     OUTER4("004c", "32") "00001000 00000001 " IP4_UDP
                          " 0004 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
     UDP4, 0, 0, 2, 0},
    {"ESP, IPv6 in it", 101,
     OUTER4("0068",
            "32") "00001000 00000001 " IP6_UDP
                  " 0029 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
     UDP6, 0, 0, 2, 0},
    {"ESP, GMAC's vector", 101,
     OUTER4("0040", "32") "00001000 00000001 1122334455667788 " UDP_HI
                          " 0011 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
     UDP4_OUTER, 0, 0, 1, 0},
    {"ESP, UDP-Lite", 101,
     OUTER4("0034", "32") "00001000 00000001 "
                          "13c4 13c6 0008 0000 6869"
                          " 0088 aaaaaaaaaaaaaaaaaaaaaaaa",
     UDP4_OUTER, 0, 0, 1, 0},
    {"ESP, encrypted", 101,
     OUTER4("0037",
            "32") "00001000 00000001 "
                  "5f0fa7c1390de1b47a0c66f1e00d47518ac3c85df1d0b2a69c1e0a",
     DECODE_OTHER_IP, "10.0.0.1:0", "10.0.0.2:0", "", 0, 0, 0, 0},
    {"ESP, padding of zeros", 101,
     OUTER4("0030", "32") "00001000 00000001 " UDP_HI "00000000000000000811",
     UDP4_OUTER, 0, 0, 1, 0},
    {"ESP, wrong padding", 101,
     OUTER4("0038", "32") "00001000 00000001 " UDP_HI "0102 0304 0511 "
                          "aaaaaaaaaaaaaaaaaaaaaaaa",
     DECODE_OTHER_IP, "10.0.0.1:0", "10.0.0.2:0", "", 0, 0, 0, 0},
    {"ESP in UDP", 101,
     OUTER4("0048", "11") "1194 1194 0034 0000 "
                          "00001000 00000001 " TCP_HI
                          " 0006 aaaaaaaaaaaaaaaaaaaaaaaa",
     TCP4_OUTER, 0, 0, 1, 0},
    {"IKE on ESP's port", 101,
     OUTER4("0028", "11") "1194 1194 0014 0000 "
                          "00000000 0001020304050607",
     DECODE_UDP, "10.0.0.1:4500", "10.0.0.2:4500", "", 0, 0, 0, 0},
    {"text on ESP's port", 101,
     OUTER4("001e", "11") "1194 1194 000a 0000 "
                          "6869",
     DECODE_UDP, "10.0.0.1:4500", "10.0.0.2:4500", "hi", 0, 0, 0, 0},
    {"UDP-Lite", 101, OUTER4("001e", "88") "13c4 13c6 0008 0000 6869",
     UDP4_OUTER, 0, 0, 0, 0},
    {"UDP-Lite, all covered", 101,
     OUTER4("001e", "88") "13c4 13c6 0000 0000 6869", UDP4_OUTER, 0, 0, 0, 0},
    {"UDP-Lite, coverage below its header", 101,
     OUTER4("001e", "88") "13c4 13c6 0007 0000 6869", UDP4_OUTER, 0, 0, 0,
     ANOMALY_UDPLITE_COVERAGE_BAD},
    {"UDP-Lite, coverage beyond the datagram", 101,
     OUTER4("001e", "88") "13c4 13c6 000b 0000 6869", UDP4_OUTER, 0, 0, 0,
     ANOMALY_UDPLITE_COVERAGE_BAD},
    {"UDP-Lite cut", 101, OUTER4("0018", "88") "13c4 13c6", DECODE_BAD,
     "10.0.0.1:0", "10.0.0.2:0", "", 0, 0, 0, ANOMALY_TRANSPORT_HEADER_SHORT},
    {"VXLAN in GTP-U", 101,
     OUTER4("0074", "11") "0868 0868 0060 0000 "
                          "30ff 0050 00000001 4500 0050 0001 0000 3f11 0000 "
                          "0a000003 0a000004 c000 12b5 003c 0000 "
                          "08000000 00000100 " MACS "0800 " IP4_UDP,
     UDP4, 0, 0, 2, 0},
    {"CAPWAP, Ethernet", 101,
     OUTER4("0050", "11") "c000 147f 003c 0000 "
                          "00100200 00000000 " MACS "0800 " IP4_UDP,
     UDP4, 0, 0, 1, 0},
    {"CAPWAP, 802.11", 101,
     OUTER4("0062", "11") "c000 147f 004e 0000 "
                          "00100300 00000000 0802 0000 " MACS
                          "020000000003 1000 aaaa03 000000 0800 " IP4_UDP,
     UDP4, 0, 0, 1, 0},
    {"CAPWAP, 802.11 swapped, what was measured", 101,
     OUTER4("007a", "11") "147f c000 0066 0000 "
                          "00180320 00000000 03050a00 0208 0000 " MACS
                          "020000000003 1000 aaaa03 000000 86dd " IP6_UDP,
     UDP6, 0, 0, 1, 0},
    {"CAPWAP, first fragment", 101,
     OUTER4("0050", "11") "c000 147f 003c 0000 "
                          "00100280 00010000 " MACS "0800 " IP4_UDP,
     UDP4, 0, 0, 1, ANOMALY_LINK_FRAGMENT},
    {"CAPWAP, later fragment", 101,
     OUTER4("0050", "11") "c000 147f 003c 0000 "
                          "00100280 00010008 " MACS "0800 " IP4_UDP,
     DECODE_UDP, "10.0.0.1:49152", "10.0.0.2:5247", "", 0, 0, 0, 0},
    {"CAPWAP, keep-alive", 101,
     OUTER4("0050", "11") "c000 147f 003c 0000 "
                          "00100208 00000000 " MACS "0800 " IP4_UDP,
     DECODE_UDP, "10.0.0.1:49152", "10.0.0.2:5247", "", 0, 0, 0, 0},
    {"CAPWAP, encrypted", 101,
     OUTER4("0028", "11") "c000 147f 0014 0000 "
                          "01000000 16fefd00 01000000",
     DECODE_UDP, "10.0.0.1:49152", "10.0.0.2:5247", "\x01", 0, 0, 0, 0},
    {"GRE, routing promised and not there", 101,
     OUTER4("003a", "2f") "4000 0800 00000000 " IP4_UDP, UDP4, 0, 0, 1, 0},
    {"GRE of version 1 without a sequence", 101,
     OUTER4("003e", "2f") "2001 880b 00220001 ff03 0021 " IP4_UDP, UDP4, 0, 0,
     1, 0},
    {"L2TP, an offset of 0 padded", 101,
     OUTER4("0046", "11") "06a5 06a5 0032 0000 "
                          "0202 0001 0002 0000 0000 0021 " IP4_UDP,
     UDP4, 0, 0, 1, 0},
    {"fragment in a tunnel", 101,
     OUTER4("002b", "04") "4500 0017 abcd 00b9 4011 0000 " A4 B4 "616263",
     DECODE_FRAGMENT, SRC ":0", DST ":0", "abc", 0, 0, 1, 0},
};

#define CASE_COUNT COUNT_OF(cases)

static size_t from_hex(const char *hex, uint8_t *out)
{
    size_t n = 0;
    unsigned byte;

    for (; *hex; hex++) {
        if (*hex == ' ')
            continue;
        assert_true(n < PACKET_MAX);
        assert_int_equal(sscanf(hex, "%2x", &byte), 1);
        out[n++] = (uint8_t)byte;
        hex++;
    }
    return n;
}

static void check_same(const struct layers *a, const struct layers *b)
{
    assert_int_equal(a->outcome, b->outcome);
    assert_memory_equal(&a->src, &b->src, sizeof(a->src));
    assert_memory_equal(&a->dst, &b->dst, sizeof(a->dst));
    assert_ptr_equal(a->payload.data, b->payload.data);
    assert_int_equal(a->payload.length, b->payload.length);
    assert_int_equal(a->payload_wire, b->payload_wire);
    assert_int_equal(a->ip_protocol, b->ip_protocol);
    assert_int_equal(a->ttl, b->ttl);
    assert_int_equal(a->ip_id, b->ip_id);
    assert_int_equal(a->vlan, b->vlan);
    assert_int_equal(a->tunnels, b->tunnels);
    assert_true(a->link_view == b->link_view);
    assert_int_equal(a->tcp.seq, b->tcp.seq);
    assert_int_equal(a->tcp.ack, b->tcp.ack);
    assert_int_equal(a->tcp.flags, b->tcp.flags);
    assert_int_equal(a->fragment.id, b->fragment.id);
    assert_int_equal(a->fragment.offset, b->fragment.offset);
    assert_int_equal(a->fragment.more, b->fragment.more);
    assert_memory_equal(&a->anomalies, &b->anomalies, sizeof(a->anomalies));
}

static struct layers decode(const uint8_t *data, size_t length, size_t wire,
                            int link_type)
{
    struct packet p = {.data = data,
                       .length = (uint32_t)length,
                       .wire_length = (uint32_t)wire,
                       .link_type = link_type};
    struct layers l;
    struct layers slow;

    memset(&l, 0xa5, sizeof(l));
    layers_decode(&p, &l);
    decode_by_steps(&p, &slow);
    check_same(&l, &slow);
    if (l.payload.length > 0) {
        const uint8_t *payload = (const uint8_t *)l.payload.data;

        assert_true(payload >= data);
        assert_true(payload + l.payload.length <= data + length);
    }
    assert_true(l.payload.length <= l.payload_wire);
    assert_true(l.outcome < DECODE_OUTCOME_COUNT);
    return l;
}

static void check_endpoint(const char *name, const struct endpoint *e,
                           const char *expected)
{
    char text[ENDPOINT_TEXT_BYTES];

    (void)endpoint_write(e, text);
    if (strcmp(text, expected) != 0)
        fail_msg("%s: %s, expected %s", name, text, expected);
}

static void test_cases(void **state)
{
    uint8_t bytes[PACKET_MAX];

    (void)state;
    for (size_t i = 0; i < CASE_COUNT; i++) {
        const struct layers_case *c = &cases[i];
        size_t n = from_hex(c->hex, bytes);
        struct layers l = decode(bytes, n, n, c->link_type);
        struct anomaly_set expected = {{0}};

        if (l.outcome != c->outcome)
            fail_msg("%s: outcome %d", c->name, (int)l.outcome);
        check_endpoint(c->name, &l.src, c->src);
        check_endpoint(c->name, &l.dst, c->dst);
        if (l.payload.length < strlen(c->payload) ||
            memcmp(l.payload.data ? l.payload.data : "", c->payload,
                   strlen(c->payload)) != 0 ||
            (strcmp(c->payload, "hi") == 0 && l.payload.length != 2))
            fail_msg("%s: payload of %zu bytes", c->name, l.payload.length);
        if (l.payload_wire - l.payload.length != c->cut)
            fail_msg("%s: %u on the wire", c->name, l.payload_wire);
        if (l.vlan != c->vlan || l.tunnels != c->tunnels)
            fail_msg("%s: vlan %u, %u tunnels", c->name, l.vlan, l.tunnels);
        if (c->anomaly)
            anomaly_set_add(&expected, (enum anomaly)c->anomaly);
        if (memcmp(&expected, &l.anomalies, sizeof(expected)) != 0)
            fail_msg("%s: other anomalies", c->name);
    }
}

/* A packet cut anywhere never reads on, and what it still tells is true. */
static void test_cut(void **state)
{
    struct guard g = guard_new(PACKET_MAX);
    uint8_t bytes[PACKET_MAX];

    (void)state;
    for (size_t i = 0; i < CASE_COUNT; i++) {
        const struct layers_case *c = &cases[i];
        size_t n = from_hex(c->hex, bytes);
        struct layers whole = decode(bytes, n, n, c->link_type);

        for (size_t cut = 0; cut < n; cut++) {
            const uint8_t *at = guard_copy(&g, bytes, cut);
            struct layers l = decode(at, cut, n, c->link_type);

            if (l.outcome != whole.outcome || l.outcome == DECODE_BAD ||
                l.tunnels != whole.tunnels)
                continue;
            assert_memory_equal(&l.src, &whole.src, sizeof(l.src));
            assert_memory_equal(&l.dst, &whole.dst, sizeof(l.dst));
            if (l.payload_wire != whole.payload_wire)
                fail_msg("%s: cut at %zu, %u on the wire", c->name, cut,
                         l.payload_wire);
            if (l.payload.length > 0)
                assert_memory_equal(l.payload.data, whole.payload.data,
                                    l.payload.length);
            assert_int_equal(
                anomaly_set_has(&l.anomalies, ANOMALY_PACKET_TRUNCATED),
                l.payload.length < l.payload_wire);
        }
    }
    guard_free(&g);
}

static void test_fields(void **state)
{
    uint8_t bytes[PACKET_MAX];
    size_t n = from_hex(IP4_TCP, bytes);
    struct layers l = decode(bytes, n, n, 101);

    (void)state;
    assert_int_equal(l.ip_id, 0xabcd);
    assert_int_equal(l.ttl, 64);
    assert_int_equal(l.ip_protocol, 6);
    assert_int_equal(l.tcp.seq, 100);
    assert_int_equal(l.tcp.ack, 200);
    assert_int_equal(l.tcp.flags, TCP_SYN | TCP_ACK);

    n = from_hex("4500 0017 abcd 20b8 4011 0000 " A4 B4 "6162636465666768",
                 bytes);
    bytes[3] = 28;
    l = decode(bytes, n, n, 101);
    assert_int_equal(l.outcome, DECODE_FRAGMENT);
    assert_int_equal(l.fragment.id, 0xabcd);
    assert_int_equal(l.fragment.offset, 0xb8 * 8);
    assert_true(l.fragment.more);

    n = from_hex("60000000 0010 2c 40 " A6 B6
                 "1100 05a8 1234abcd 6162636465666768",
                 bytes);
    l = decode(bytes, n, n, 101);
    assert_int_equal(l.fragment.id, 0x1234abcd);
    assert_int_equal(l.fragment.offset, 0x5a8);
    assert_false(l.fragment.more);
    assert_int_equal(l.ip_protocol, 17);
}

/* What an ICMP error quotes, cut at every length. */
static void test_quoted(void **state)
{
    static const struct {
        const char *name;
        const char *hex; /* of an ICMP message in IPv4, or IPv6 with v6 */
        bool v6;
        size_t least; /* bytes of it that name both ends, 0 for never */
        const char *src;
        const char *dst;
    } rows[] = {
        {"port unreachable", "0303 0000 00000000" IP4_UDP, false, 36,
         SRC ":5060", DST ":5062"},
        {"of TCP", "0b00 0000 00000000" IP4_TCP, false, 32, SRC ":5060",
         DST ":5062"},
        {"of a first fragment",
         "0301 0000 00000000 4500 001c abcd 2000 4011 0000 " A4 B4
         "13c4 13c6 0064 0000",
         false, 36, SRC ":5060", DST ":5062"},
        {"of a later fragment",
         "0301 0000 00000000 4500 001c abcd 2001 4011 0000 " A4 B4
         "13c4 13c6 0064 0000",
         false, 0, "", ""},
        {"of a tunnel", "0301 0000 00000000 " OUTER4("0032", "04") IP4_UDP,
         false, 56, SRC ":5060", DST ":5062"},
        {"an echo", "0800 0000 00000000" IP4_UDP, false, 0, "", ""},
        {"of ICMP",
         "0301 0000 00000000 4500 0018 abcd 0000 4001 0000 " A4 B4 "08000000",
         false, 0, "", ""},
        {"version 6", "0104 0000 00000000" IP6_UDP, true, 56, "[" SRC6 "]:5060",
         "[" DST6 "]:5062"},
        {"version 6, an echo", "8000 0000 00000000" IP6_UDP, true, 0, "", ""},
    };
    struct guard g = guard_new(PACKET_MAX);
    uint8_t bytes[PACKET_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        size_t n = from_hex(rows[i].hex, bytes);

        for (size_t cut = 0; cut <= n; cut++) {
            struct layers icmp = {.outcome = DECODE_ICMP};
            struct layers l;
            bool expected = rows[i].least && cut >= rows[i].least;

            icmp.src.address.family = rows[i].v6 ? 6 : 4;
            icmp.payload = span_of(guard_copy(&g, bytes, cut), cut);
            icmp.payload_wire = (uint32_t)n;
            if (layers_decode_quoted(&icmp, &l) != expected)
                fail_msg("%s: cut at %zu", rows[i].name, cut);
            if (!expected)
                continue;
            check_endpoint(rows[i].name, &l.src, rows[i].src);
            check_endpoint(rows[i].name, &l.dst, rows[i].dst);
        }
    }
    guard_free(&g);
}

/* Whether ESP is encrypted can be told of a packet that was cut, too. */
static void test_esp_cut(void **state)
{
    uint8_t bytes[PACKET_MAX];
    size_t n = from_hex(OUTER4("0034", "32") "00001000 00000001" UDP_HI
                                             "0102 0211 aaaaaaaa",
                        bytes);
    struct layers l = decode(bytes, n, n + 8, 101);

    (void)state;
    bytes[3] += 8;
    l = decode(bytes, n, n + 8, 101);
    assert_int_equal(l.outcome, DECODE_UDP);
    assert_int_equal(l.payload_wire, 2);
    bytes[32] = 0xff; /* a length that cannot be */
    l = decode(bytes, n, n + 8, 101);
    assert_int_equal(l.outcome, DECODE_OTHER_IP);
}

/* RECORDS.md R2 c: seen elsewhere means another MAC pair, VLAN, TTL,
 * interface or tunnel, and nothing else. */
static void test_link_view(void **state)
{
    static const char *const others[] = {
        "020000000003 020000000001 0800" IP4_UDP,
        "020000000002 020000000004 0800" IP4_UDP,
        MACS "8100 0001 0800" IP4_UDP,
        MACS "8100 0002 0800" IP4_UDP,
        MACS "8100 0001 8100 0002 0800" IP4_UDP,
        MACS "0800 4500 001e abcd 0000 3f11 0000" A4 B4 UDP_HI,
        MACS "0800" OUTER4("0032", "04") IP4_UDP,
        MACS "0800" OUTER4("0036", "2f") "0000 0800" IP4_UDP,
    };
    uint64_t views[10];
    uint8_t bytes[PACKET_MAX];
    struct packet p = {.data = bytes, .link_type = 1};
    struct layers l;
    size_t count = 0;

    (void)state;
    p.length = p.wire_length = (uint32_t)from_hex(MACS "0800" IP4_UDP, bytes);
    layers_decode(&p, &l);
    views[count++] = l.link_view;
    p.interface_number = 1;
    layers_decode(&p, &l);
    views[count++] = l.link_view;
    p.interface_number = 0;
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        p.length = p.wire_length = (uint32_t)from_hex(others[i], bytes);
        layers_decode(&p, &l);
        assert_int_equal(l.outcome, DECODE_UDP);
        if (i < 7) /* 4 in 4 and GRE between the same hosts look the same */
            views[count++] = l.link_view;
    }
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++)
            assert_true(views[i] != views[k]);
    p.length = p.wire_length =
        (uint32_t)from_hex(MACS "0800 4500 001e 0001 0000 4011 1111" A4 B4
                                "1234 5678 000a 0000 6f6f",
                           bytes);
    layers_decode(&p, &l);
    assert_true(l.link_view == views[0]);
}

/* A reassembled payload is decoded as if it had never been cut up. */
static void test_datagram(void **state)
{
    struct guard g = guard_new(PACKET_MAX);
    uint8_t bytes[PACKET_MAX];

    (void)state;
    for (size_t i = 0; i < CASE_COUNT; i++) {
        const struct layers_case *c = &cases[i];
        size_t n = from_hex(c->hex, bytes);
        bool raw4 = c->link_type == 101 && n >= 20 && bytes[0] == 0x45;
        struct layers whole = decode(bytes, n, n, c->link_type);
        struct layers l = whole;

        if (!raw4 || (bytes[2] << 8 | bytes[3]) != (int)n ||
            whole.outcome == DECODE_FRAGMENT || whole.outcome == DECODE_BAD)
            continue;
        l.ip_protocol = bytes[9];
        l.src.address = address_v4(bytes + 12);
        l.dst.address = address_v4(bytes + 16);
        l.tunnels = 0;
        for (size_t cut = 20; cut <= n; cut++) {
            struct layers part = l;
            const uint8_t *at = guard_copy(&g, bytes + 20, cut - 20);

            layers_decode_datagram(span_of(at, cut - 20), &part);
            if (cut < n)
                continue;
            assert_int_equal(part.outcome, whole.outcome);
            assert_int_equal(part.tunnels, whole.tunnels);
            assert_int_equal(part.payload_wire, whole.payload_wire);
            assert_int_equal(part.payload.length, whole.payload.length);
            assert_memory_equal(&part.src, &whole.src, sizeof(part.src));
            assert_memory_equal(&part.dst, &whole.dst, sizeof(part.dst));
        }
    }
    guard_free(&g);
}

static void test_nesting(void **state)
{
    uint8_t bytes[PACKET_MAX] = {0};
    size_t depth = 100;
    size_t n = 0;
    struct layers l;

    (void)state;
    for (size_t i = 0; i < depth; i++, n += 20)
        (void)from_hex("4500 0000 0001 0000 4004 0000" A4 B4, bytes + n);
    l = decode(bytes, n, n, 101);
    assert_int_equal(l.outcome, DECODE_BAD);
    assert_true(anomaly_set_has(&l.anomalies, ANOMALY_TUNNEL_TOO_DEEP));

    n = from_hex(MACS, bytes);
    for (size_t i = 0; i < 900; i++, n += 4)
        (void)from_hex("8100 0001", bytes + n);
    l = decode(bytes, n, n, 1);
    assert_int_equal(l.outcome, DECODE_BAD);
    assert_true(anomaly_set_has(&l.anomalies, ANOMALY_TUNNEL_TOO_DEEP));
    assert_int_equal(l.vlan, 1);

    n = from_hex("60000000 0800 3c 40 " A6 B6, bytes);
    for (size_t i = 0; i < 256; i++, n += 8)
        (void)from_hex("3c00 0000 00000000", bytes + n);
    l = decode(bytes, n, n, 101);
    assert_int_equal(l.outcome, DECODE_BAD);
    assert_true(anomaly_set_has(&l.anomalies, ANOMALY_IPV6_EXTENSION_BAD));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),    cmocka_unit_test(test_cut),
        cmocka_unit_test(test_fields),   cmocka_unit_test(test_link_view),
        cmocka_unit_test(test_datagram), cmocka_unit_test(test_nesting),
        cmocka_unit_test(test_esp_cut),  cmocka_unit_test(test_quoted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
