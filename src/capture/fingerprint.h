/**
 * A running hash of a file's content: equal content, equal value, in every
 * run and however it was cut into blocks.
 */
#ifndef SIPTRAIL_CAPTURE_FINGERPRINT_H
#define SIPTRAIL_CAPTURE_FINGERPRINT_H

#include <stddef.h>
#include <stdint.h>

struct fingerprint;

/** @return NULL where there is no memory */
struct fingerprint *fingerprint_new(void);
void fingerprint_free(struct fingerprint *f);
void fingerprint_push(struct fingerprint *f, const void *data, size_t length);
/** Of what was pushed so far. */
uint64_t fingerprint_value(const struct fingerprint *f);

#endif
