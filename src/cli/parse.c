#include "cli/parse.h"

#include <time.h>

/* Digits at the front of *rest, at most @p most of them; moves *rest on. */
static bool take_number(struct span *rest, size_t most, int *value_out)
{
    size_t n = 0;

    *value_out = 0;
    while (n < rest->length && n < most && rest->data[n] >= '0' &&
           rest->data[n] <= '9')
        *value_out = *value_out * 10 + (rest->data[n++] - '0');
    *rest = span_from(*rest, n);
    return n > 0;
}

static bool take_byte(struct span *rest, char byte)
{
    if (!rest->length || rest->data[0] != byte)
        return false;
    *rest = span_from(*rest, 1);
    return true;
}

/* A decimal number with at most six places, in millionths. */
static bool take_decimal(struct span *rest, int64_t *millionths_out)
{
    int64_t unit = 1000000;
    int whole = 0;
    bool any = take_number(rest, 9, &whole);

    *millionths_out = whole * unit;
    if (take_byte(rest, '.')) {
        while (rest->length && rest->data[0] >= '0' && rest->data[0] <= '9') {
            unit /= 10;
            *millionths_out += unit * (rest->data[0] - '0');
            *rest = span_from(*rest, 1);
            any = true;
        }
    }
    return any;
}

static const struct unit {
    const char *name;
    int64_t us;
} units[] = {
    {"", INT64_C(1000000)},      {"ms", INT64_C(1000)},
    {"s", INT64_C(1000000)},     {"m", INT64_C(60000000)},
    {"min", INT64_C(60000000)},  {"h", INT64_C(3600000000)},
    {"d", INT64_C(86400000000)}, {"w", INT64_C(604800000000)},
};

/* A number and its unit, in microseconds. */
static bool parse_span_of_time(struct span text, bool unit_needed,
                               int64_t *us_out)
{
    int64_t millionths;
    struct span rest = text;

    if (!take_decimal(&rest, &millionths))
        return false;
    for (size_t i = unit_needed; i < sizeof(units) / sizeof(units[0]); i++) {
        int64_t us;

        if (!span_equal(rest, span_of_string(units[i].name)))
            continue;
        if (__builtin_mul_overflow(millionths, units[i].us / 1000, &us))
            return false;
        *us_out = us / 1000;
        return true;
    }
    return false;
}

bool parse_duration(struct span text, int64_t *ms_out)
{
    int64_t us;

    if (!parse_span_of_time(text, false, &us))
        return false;
    *ms_out = us / 1000;
    return true;
}

static bool take_date(struct span *rest, struct tm *tm)
{
    if (!take_number(rest, 4, &tm->tm_year) || !take_byte(rest, '-') ||
        !take_number(rest, 2, &tm->tm_mon) || !take_byte(rest, '-') ||
        !take_number(rest, 2, &tm->tm_mday))
        return false;
    if (tm->tm_mon < 1 || tm->tm_mon > 12 || tm->tm_mday < 1 ||
        tm->tm_mday > 31 || tm->tm_year < 1)
        return false;
    tm->tm_year -= 1900;
    tm->tm_mon--;
    return true;
}

static bool take_clock(struct span *rest, struct tm *tm, int64_t *us_out)
{
    int64_t millionths = 0;

    if (!take_number(rest, 2, &tm->tm_hour) || !take_byte(rest, ':') ||
        !take_number(rest, 2, &tm->tm_min))
        return false;
    if (take_byte(rest, ':') && !take_decimal(rest, &millionths))
        return false;
    *us_out = millionths;
    return tm->tm_hour < 24 && tm->tm_min < 60 && millionths < 61000000;
}

/* "Z", "+01", "+01:00", "+0100" or nothing: seconds east of UTC. */
static bool take_zone(struct span *rest, int *east_out)
{
    bool west = rest->length && rest->data[0] == '-';
    int hours;
    int minutes = 0;

    *east_out = 0;
    if (!rest->length || take_byte(rest, 'Z'))
        return true;
    if (!take_byte(rest, '+') && !take_byte(rest, '-'))
        return false;
    if (!take_number(rest, 2, &hours))
        return false;
    (void)take_byte(rest, ':');
    if (rest->length && !take_number(rest, 2, &minutes))
        return false;
    *east_out = (west ? -1 : 1) * (hours * 3600 + minutes * 60);
    return hours < 24 && minutes < 60;
}

static bool parse_date(struct span text, int64_t *us_out)
{
    struct span rest = text;
    struct tm tm = {0};
    int64_t us = 0;
    int day;
    int east = 0;
    time_t seconds;

    if (!take_date(&rest, &tm))
        return false;
    day = tm.tm_mday;
    if (take_byte(&rest, 'T') || take_byte(&rest, ' ')) {
        if (!take_clock(&rest, &tm, &us) || !take_zone(&rest, &east))
            return false;
    }
    seconds = timegm(&tm);
    /* timegm() makes 2 March of 30 February; we do not. */
    if (rest.length || tm.tm_mday != day)
        return false;
    *us_out = ((int64_t)seconds - east) * 1000000 + us;
    return true;
}

bool parse_time(struct span text, int64_t now_us, int64_t *us_out)
{
    int64_t ago;

    if (span_equal(text, SPAN_LITERAL("now"))) {
        *us_out = now_us;
        return true;
    }
    if (parse_date(text, us_out))
        return true;
    if (!parse_span_of_time(text, true, &ago))
        return false;
    *us_out = now_us - ago;
    return true;
}

bool parse_status(struct span text, uint16_t *from_out, uint16_t *to_out)
{
    uint64_t code;

    if (text.length == 3 && text.data[0] >= '1' && text.data[0] <= '6' &&
        span_equal_nocase(span_from(text, 1), SPAN_LITERAL("xx"))) {
        *from_out = (uint16_t)((text.data[0] - '0') * 100);
        *to_out = (uint16_t)(*from_out + 99);
        return true;
    }
    if (!span_to_u64(text, 699, &code) || code < 100)
        return false;
    *from_out = *to_out = (uint16_t)code;
    return true;
}
