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

/** Microseconds to nanoseconds; the ends of the range where beyond. */
static inline int64_t time_ns_of_us(int64_t time_us)
{
    int64_t ns;

    if (__builtin_mul_overflow(time_us, INT64_C(1000), &ns))
        return time_us < 0 ? INT64_MIN : INT64_MAX;
    return ns;
}

/** @p time_ns and @p delta_ns later; the ends of the range where beyond. */
static inline int64_t time_ns_after(int64_t time_ns, int64_t delta_ns)
{
    int64_t sum;

    if (__builtin_add_overflow(time_ns, delta_ns, &sum))
        return delta_ns < 0 ? INT64_MIN : INT64_MAX;
    return sum;
}

/** From @p from_ns to @p to_ns; the ends of the range where beyond. */
static inline int64_t time_ns_between(int64_t from_ns, int64_t to_ns)
{
    int64_t difference;

    if (__builtin_sub_overflow(to_ns, from_ns, &difference))
        return to_ns < from_ns ? INT64_MIN : INT64_MAX;
    return difference;
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
