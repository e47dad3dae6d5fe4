/**
 * Write packets as a capture file that other tools read.
 *
 * A path that ends in .pcap becomes a pcap file as long as all packets are of
 * one link type, else pcapng; everything else, and "-" for stdout, is pcapng.
 * Times keep their nanoseconds. The file takes its name only when it is whole.
 */
#ifndef SIPTRAIL_CAPTURE_WRITER_H
#define SIPTRAIL_CAPTURE_WRITER_H

#include "base/error.h"
#include "capture/packet.h"

struct capture_writer;

/** @return 0, or a negative errno with words in @p err */
WARN_UNUSED int capture_writer_new(const char *path,
                                   struct capture_writer **writer_out,
                                   struct error *err);

/**
 * Add one packet. Of @p packet only data, lengths, time and link type count;
 * times before 1970 are written as 1970, in pcap those after 2106 as 2106.
 */
WARN_UNUSED int capture_writer_push(struct capture_writer *w,
                                    const struct packet *packet,
                                    struct error *err);

/** Bring the file to its end and give it its name. Frees @p w either way. */
WARN_UNUSED int capture_writer_finish(struct capture_writer *w,
                                      struct error *err);

/** Give up: what was written is removed. NULL is allowed. */
void capture_writer_free(struct capture_writer *w);

#endif
