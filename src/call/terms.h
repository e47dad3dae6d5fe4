/**
 * What a session description says that a call's record wants: codecs, kinds,
 * holds. The senders of a place say the same but for addresses and ports: what
 * was read of one is remembered for all.
 */
#ifndef SIPTRAIL_CALL_TERMS_H
#define SIPTRAIL_CALL_TERMS_H

#include "base/span.h"

#define TERMS_WORDS_BYTES 256 /* of codecs, kinds: more are left out */
#define TERMS_REMEMBERED 128

struct terms {
    uint64_t shape; /* seeded hash of what the terms depend on; 0: none */
    bool holds;     /* the sender puts the other side on hold */
    bool is_plain;  /* all of it is sendrecv */
    uint16_t codecs_length;
    uint16_t kinds_length;
    char codecs[TERMS_WORDS_BYTES]; /* words, in order of the text */
    char kinds[TERMS_WORDS_BYTES];
};

/** All zero at first. Changes no outcome. */
struct terms_memory {
    struct terms places[TERMS_REMEMBERED];
};

/** @return Borrowed from @p memory until the next call */
const struct terms *terms_read(struct terms_memory *memory, struct span sdp);

#endif
