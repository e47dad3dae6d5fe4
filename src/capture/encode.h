/**
 * The pieces of capture files as bytes, in this machine's order as both
 * formats allow. What a packet holds stands between its head and its tail.
 */
#ifndef SIPTRAIL_CAPTURE_ENCODE_H
#define SIPTRAIL_CAPTURE_ENCODE_H

#include "capture/packet.h"

#define ENCODE_PCAP_HEADER_BYTES 24
#define ENCODE_PCAP_HEAD_BYTES 16
#define ENCODE_SECTION_BYTES 28
#define ENCODE_INTERFACE_MAX 112 /* with a name of 64 bytes */
#define ENCODE_HEAD_BYTES 28
#define ENCODE_TAIL_MAX 23
/** What any packet takes beside its own bytes, in either format. */
#define ENCODE_PACKET_MAX (ENCODE_HEAD_BYTES + ENCODE_TAIL_MAX)

/** The start of a pcap file with nanoseconds. @return Bytes written */
size_t encode_pcap_header(int link_type, uint8_t *out);
/** What stands before a packet in pcap; nothing stands behind it. */
size_t encode_pcap_head(const struct packet *p, uint8_t *out);

/** A section of unknown length, as pcapng begins. */
size_t encode_section(uint8_t *out);
/** An interface with nanoseconds. @param name  Or NULL; 64 bytes count */
size_t encode_interface(int link_type, const char *name, uint8_t *out);
/**
 * What stands before and behind a packet in pcapng.
 *
 * @param lost  Packets that are missing before it (epb_dropcount), 0: none
 */
size_t encode_head(uint32_t interface_number, const struct packet *p,
                   uint64_t lost, uint8_t *out);
size_t encode_tail(const struct packet *p, uint64_t lost, uint8_t *out);

#endif
