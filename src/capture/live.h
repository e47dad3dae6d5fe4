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
 * The next packet of all interfaces by time, or CAPTURE_IDLE with a watermark
 * in @p packet_out->time_ns. A signal cuts waiting short. An interface that
 * goes away is waited for.
 */
enum capture_result live_read(struct live *l, struct packet *packet_out);

/** As capture_now(), capture_settle() and capture_take_drop(). */
int64_t live_now(const struct live *l);
void live_settle(struct live *l, bool all_read);
bool live_take_drop(struct live *l, struct capture_drop *drop_out);

size_t live_count(const struct live *l);
struct capture_source *live_source(struct live *l, size_t index);

#endif
