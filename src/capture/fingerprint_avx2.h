/**
 * The hash of fingerprint.h for processors that have AVX2; the outcome is the
 * same. Internal to src/capture.
 */
#ifndef SIPTRAIL_CAPTURE_FINGERPRINT_AVX2_H
#define SIPTRAIL_CAPTURE_FINGERPRINT_AVX2_H

#include <stdbool.h>

#include "capture/fingerprint.h"

/** Is it this processor, and was it built in? */
bool fingerprint_has_avx2(void);
/** @param state  XXH3's, as xxhash.h has it. Only where there is AVX2 */
void fingerprint_update_avx2(void *state, const void *data, size_t length);

#endif
