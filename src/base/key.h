/**
 * Record keys: UUID version 8 (RFC 9562, 5.8) made by the program, so that
 * reading, replaying or sending again changes nothing (RECORDS.md, R13).
 */
#ifndef SIPTRAIL_BASE_KEY_H
#define SIPTRAIL_BASE_KEY_H

#include "base/span.h"

struct key {
    uint8_t bytes[16];
};

/** "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx" and a NUL. */
#define KEY_TEXT_BYTES 37

static inline bool key_equal(const struct key *a, const struct key *b)
{
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

/**
 * Choose the code for this processor. Call once, before any key is made;
 * without it keys are the same and take twice the time.
 */
void key_init(void);

/**
 * A key of a time and the BLAKE2b hash of parts, each hashed with its length.
 *
 * @param time_us     Unix time; its milliseconds are clamped to 0..2^48-1
 * @param parts       What names the record, e.g. sensor, Call-ID, From tag
 * @param part_count  At least 1
 */
void key_of_parts(int64_t time_us, const struct span *parts, size_t part_count,
                  struct key *key_out);

/** A key never made before: time and the kernel's random bits. */
void key_of_random(int64_t time_us, struct key *key_out);

/** The lowest of a time: no key of then or later is below it. */
void key_of_floor(int64_t time_us, struct key *key_out);

void key_write(const struct key *key, char text_out[KEY_TEXT_BYTES]);
/** Read a whole UUID, with or without hyphens, any case. */
bool key_parse(struct span text, struct key *key_out);

#endif
