/**
 * Copies of a message told from its retransmissions (RECORDS.md, R2 b to e).
 *
 * Copies are the same bytes seen at several places, or twice at one. What
 * differs in its bytes is no copy: another hop (R2 a), or another message.
 */
#ifndef SIPTRAIL_TXN_COPY_H
#define SIPTRAIL_TXN_COPY_H

#include "base/error.h"
#include "flow/arrival.h"

struct copy_window;

enum copy_verdict {
    COPY_NONE,          /* a message of its own, first or sent again */
    COPY_OTHER_ADDRESS, /* R2 b: seen between other addresses before */
    COPY_OTHER_VIEW,    /* R2 c: seen in another link view before */
    COPY_SAME_PACKET,   /* R2 d: the very packet again */
    COPY_VERDICT_COUNT
};

/** @return 0 or -ENOMEM */
WARN_UNUSED int copy_window_new(int64_t window_ns,
                                struct copy_window **window_out);
void copy_window_free(struct copy_window *w);

/**
 * Judge one message; messages come in time order.
 *
 * Of the same bytes, each place (addresses, ports, link view) may show as many
 * copies as another place has shown messages; one more than that has been
 * sent again.
 *
 * @param text_hash  hash_bytes() of the message's bytes
 */
enum copy_verdict copy_window_observe(struct copy_window *w, uint64_t text_hash,
                                      const struct arrival *arrival);

/** Have fetched what copy_window_observe() will look at. */
void copy_window_fetch(const struct copy_window *w, uint64_t text_hash,
                       const struct arrival *arrival);

/** Messages forgotten within the window, for want of room. */
uint64_t copy_window_dropped(const struct copy_window *w);

/** "none", "other_address", ... Static storage. */
const char *copy_verdict_name(enum copy_verdict v);

#endif
