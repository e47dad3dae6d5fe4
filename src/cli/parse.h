/**
 * Words of a command line as values.
 */
#ifndef SIPTRAIL_CLI_PARSE_H
#define SIPTRAIL_CLI_PARSE_H

#include "base/span.h"

/**
 * A point in time, UTC unless it names a zone: "2026-11-20",
 * "2026-11-20 14:03", "2026-11-20T14:03:07.5+01:00", "...Z", "now", or so long
 * ago: "90s", "15m", "2h", "3d", "1w".
 *
 * @param now_us   Microseconds since the epoch
 * @param us_out   Microseconds since the epoch
 */
bool parse_time(struct span text, int64_t now_us, int64_t *us_out);

/** "1.5" seconds, "500ms", "90s", "2m", "1h", to milliseconds. */
bool parse_duration(struct span text, int64_t *ms_out);

/** "486" as 486 and 486, "4xx" as 400 and 499. */
bool parse_status(struct span text, uint16_t *from_out, uint16_t *to_out);

#endif
