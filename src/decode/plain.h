/**
 * A packet of one IP and one transport header, as if nothing had been around
 * it: for those who ask what is inside in the language of packets.
 */
#ifndef SIPTRAIL_DECODE_PLAIN_H
#define SIPTRAIL_DECODE_PLAIN_H

#include "decode/layers.h"

#define PLAIN_HEADER_BYTES 60 /* IPv6 and TCP */

/**
 * Write the headers of the innermost packet, then @p shown of its payload.
 * Checksums are 0.
 *
 * @param protocol  Number of the IP protocol; UDP, TCP and UDP-Lite get their
 *                  header, SCTP its ports
 * @param out       Room for PLAIN_HEADER_BYTES and @p shown
 * @return Bytes written
 */
size_t plain_write(const struct layers *l, uint8_t protocol, struct span shown,
                   uint8_t *out);

#endif
