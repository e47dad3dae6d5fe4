/**
 * Interfaces watched through libpcap. Internal to src/capture.
 */
#ifndef SIPTRAIL_CAPTURE_LIVE_H
#define SIPTRAIL_CAPTURE_LIVE_H

#include "capture/capture.h"

struct live;

/** @return 0, or a negative errno with words in @p err */
WARN_UNUSED int live_new(const struct capture_live_options *options,
                         struct live **live_out, struct error *err);
void live_free(struct live *l);

/**
 * The next packet of all interfaces by time, CAPTURE_IDLE with a watermark in
 * @p packet_out->time_ns, or CAPTURE_FAILED. A signal cuts waiting short.
 */
enum capture_result live_read(struct live *l, struct packet *packet_out,
                              struct error *err);

size_t live_count(const struct live *l);
struct capture_source *live_source(struct live *l, size_t index);

#endif
