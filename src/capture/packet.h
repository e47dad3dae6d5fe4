/**
 * One packet as a capture gives it.
 */
#ifndef SIPTRAIL_CAPTURE_PACKET_H
#define SIPTRAIL_CAPTURE_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct packet {
    const uint8_t *data;       /* borrowed until the next read */
    uint32_t length;           /* bytes captured */
    uint32_t wire_length;      /* bytes on the wire, at least length */
    int64_t time_ns;           /* Unix time of the packet */
    uint64_t frame;            /* number in its file, from 1 */
    uint32_t source;           /* ordinal of its file or live capture */
    uint32_t interface_number; /* within the source (pcapng), else 0 */
    int link_type;             /* LINKTYPE_ value, as files store it */
    bool unmatched;            /* the filter does not match it as it stands:
                                  what is inside may */
};

#endif
