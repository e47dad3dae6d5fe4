/**
 * Whom the sent-by of a Via names: where its responses go (RFC 3261, 18.2.2).
 */
#ifndef SIPTRAIL_TXN_SENT_BY_H
#define SIPTRAIL_TXN_SENT_BY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

struct sent_by {
    bool is_v4;       /* not a name, nor an IPv6 address */
    uint8_t bytes[4]; /* of such a one */
    unsigned port;    /* 5060 where it is left out (18.1.1) */
};

#define SENT_BY_WORDS 3
#define SENT_BY_REMEMBERED 64

/** The latest ones: elements that answer are few. All zero at first. */
struct sent_by_memory {
    struct {
        uint64_t words[SENT_BY_WORDS]; /* which overlap, and are the text */
        size_t length;
        struct sent_by named;
    } places[SENT_BY_REMEMBERED];
    struct sent_by other; /* of a text that is not remembered */
};

/** @return What the text says; good until the next call */
const struct sent_by *sent_by_read(struct sent_by_memory *memory,
                                   struct span text);

#endif
