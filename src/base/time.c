#include "base/time.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

int64_t time_ms_between(int64_t from_us, int64_t to_us)
{
    int64_t us;

    if (from_us == TIME_NONE || to_us == TIME_NONE ||
        __builtin_sub_overflow(to_us, from_us, &us))
        return TIME_NONE;
    return us / 1000 + (us % 1000 >= 500) - (us % 1000 < -500);
}

static char *write_digits(char *at, unsigned n, int digits)
{
    for (int i = digits - 1; i >= 0; i--, n /= 10)
        at[i] = (char)('0' + n % 10);
    return at + digits;
}

/* Digits by hand: printf() takes 3,700 instructions, and each message of a
 * ladder has a time. */
static size_t write_usual(const struct tm *tm, unsigned us, char *text)
{
    const int parts[] = {tm->tm_mon + 1, tm->tm_mday, tm->tm_hour, tm->tm_min,
                         tm->tm_sec};
    char *at = write_digits(text, (unsigned)tm->tm_year + 1900, 4);

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        *at++ = "-- ::"[i];
        at = write_digits(at, (unsigned)parts[i], 2);
    }
    *at++ = '.';
    at = write_digits(at, us, 6);
    memcpy(at, "+00", 4);
    return (size_t)(at + 3 - text);
}

size_t time_write(int64_t time_us, char text_out[TIME_TEXT_BYTES])
{
    int64_t us = time_us % 1000000;
    int64_t seconds = time_us / 1000000;
    struct tm tm;
    time_t t;
    int n;

    if (us < 0) {
        us += 1000000;
        seconds--;
    }
    t = (time_t)seconds;
    if (time_us == TIME_NONE || !gmtime_r(&t, &tm)) {
        memcpy(text_out, "-", 2);
        return 1;
    }
    if (tm.tm_year >= -1900 && tm.tm_year < 8100)
        return write_usual(&tm, (unsigned)us, text_out);
    n = snprintf(text_out, TIME_TEXT_BYTES,
                 "%04ld-%02d-%02d %02d:%02d:%02d.%06ld+00",
                 (long)tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
                 tm.tm_min, tm.tm_sec, (long)us);
    return n < 0 ? 0 : (size_t)n;
}
