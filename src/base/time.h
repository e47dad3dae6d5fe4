/**
 * Packet time: microseconds or nanoseconds since the Unix epoch.
 */
#ifndef SIPTRAIL_BASE_TIME_H
#define SIPTRAIL_BASE_TIME_H

#include <stddef.h>
#include <stdint.h>

/** Not seen: SQL NULL, JSON null. For times and for durations. */
#define TIME_NONE INT64_MIN

/** "2026-11-20 14:03:07.120456+00" and a NUL: what PostgreSQL reads too. */
#define TIME_TEXT_BYTES 48

/** Nanoseconds to microseconds, downwards. */
static inline int64_t time_us_of_ns(int64_t time_ns)
{
    return time_ns / 1000 - (time_ns % 1000 < 0);
}

/**
 * Milliseconds from @p from_us to @p to_us, rounded half up (RECORDS.md, R1).
 *
 * @return TIME_NONE where one of them is
 */
int64_t time_ms_between(int64_t from_us, int64_t to_us);

/** UTC, with microseconds; "-" for TIME_NONE. Returns the length. */
size_t time_write(int64_t time_us, char text_out[TIME_TEXT_BYTES]);

#endif
