/**
 * Ethernet frames around messages that came from the database, so that other
 * tools can read them: RFC 894, 791, 8200, 768, 9293.
 */
#ifndef SIPTRAIL_CLI_FRAME_H
#define SIPTRAIL_CLI_FRAME_H

#include "base/inet.h"

struct frame {
    struct endpoint src; /* src and dst of one family */
    struct endpoint dst;
    uint16_t vlan; /* 0 for none */
    bool tcp;      /* else UDP */
    uint32_t seq;  /* of TCP: of the first byte of the payload */
    uint32_t ack;  /* of TCP: the next byte expected */
    bool push;     /* of TCP: the message ends here */
    struct span payload;
};

/** Ethernet, a VLAN tag, IPv6 and TCP. */
#define FRAME_HEADERS_MAX (14 + 4 + 40 + 20)
/** Most payload that IPv4's and IPv6's length fields allow with TCP. */
#define FRAME_PAYLOAD_MAX (65535 - 40)

/**
 * Write the frame with its lengths and checksums.
 *
 * @param buffer  Room for FRAME_HEADERS_MAX and the payload, which is cut at
 *                FRAME_PAYLOAD_MAX
 * @return Bytes written; 0 where an address is missing
 */
size_t frame_write(const struct frame *frame, uint8_t *buffer);

#endif
