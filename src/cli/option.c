#include "cli/option.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/span.h"

static const struct option_entry entries[OPTION_END] = {
#define OPTION(NAME, letter, name, argument, help)                             \
    [OPTION_##NAME] = {letter,           name, argument, help, NULL,           \
                       OPTION_KIND_TEXT, NULL, NULL},
#define SETTING(NAME, letter, name, argument, section, kind, allowed, without, \
                help)                                                          \
    [OPTION_##NAME] = {letter,  name,    argument,                             \
                       help,    section, OPTION_KIND_##kind,                   \
                       allowed, without},
#include "cli/option.def"
#undef OPTION
#undef SETTING
};

const struct option_entry *option_entry_of(enum cli_option option)
{
    return &entries[option];
}

enum cli_option option_find(const char *name)
{
    for (int i = 0; i < OPTION_END; i++)
        if (strcmp(entries[i].name, name) == 0)
            return (enum cli_option)i;
    return OPTION_END;
}

unsigned option_distance(const char *a, const char *b)
{
    unsigned best;
    unsigned other;

    while (*a && *a == *b)
        a++, b++;
    if (!*a || !*b)
        return (unsigned)(strlen(a) + strlen(b));
    if (strlen(a) > 12)
        return 3;
    best = option_distance(a + 1, b + 1);
    other = option_distance(a + 1, b);
    best = other < best ? other : best;
    other = option_distance(a, b + 1);
    return 1 + (other < best ? other : best);
}

enum cli_option option_nearest(const char *name)
{
    for (int i = 0; i < OPTION_END; i++)
        if (strlen(name) <= 24 && entries[i].section &&
            option_distance(name, entries[i].name) <= 2)
            return (enum cli_option)i;
    return OPTION_END;
}

struct unit {
    const char *name;
    uint64_t factor;
};

static const struct unit size_units[] = {
    {"", 1},
    {"k", UINT64_C(1) << 10},
    {"m", UINT64_C(1) << 20},
    {"g", UINT64_C(1) << 30},
    {"t", UINT64_C(1) << 40},
    {NULL, 0},
};

static const struct unit time_units[] = {
    {"", 1000},       {"ms", 1},          {"s", 1000},
    {"m", 60000},     {"h", 3600000},     {"d", 86400000},
    {"w", 604800000}, {"y", 31557600000}, {NULL, 0},
};

static const struct unit plain_units[] = {{"", 1}, {NULL, 0}};

static const struct unit *units_of(enum option_kind kind)
{
    return kind == OPTION_KIND_SIZE       ? size_units
           : kind == OPTION_KIND_DURATION ? time_units
                                          : plain_units;
}

/* Digits, then a unit in either case. */
static bool parse_amount(struct span text, enum option_kind kind,
                         uint64_t *amount_out)
{
    size_t digits = 0;
    uint64_t number;

    while (digits < text.length && text.data[digits] >= '0' &&
           text.data[digits] <= '9')
        digits++;
    if (!span_to_u64(span_part(text, 0, digits), UINT64_MAX, &number))
        return false;
    text = span_part(text, digits, SIZE_MAX);
    for (const struct unit *u = units_of(kind); u->name; u++) {
        if (!span_equal_nocase(text, span_of_string(u->name)))
            continue;
        return !__builtin_mul_overflow(number, u->factor, amount_out);
    }
    return false;
}

static bool is_within(uint64_t amount, const struct option_entry *e)
{
    const char *dots = e->allowed ? strstr(e->allowed, "..") : NULL;
    uint64_t bound;

    if (!dots)
        return true;
    if (dots > e->allowed &&
        parse_amount(span_of(e->allowed, (size_t)(dots - e->allowed)), e->kind,
                     &bound) &&
        amount < bound)
        return false;
    return !parse_amount(span_of_string(dots + 2), e->kind, &bound) ||
           amount <= bound;
}

static bool is_word(const char *words, const char *value)
{
    size_t length = strlen(value);

    for (const char *w = words; length && *w; w += strspn(w, ", ")) {
        size_t size = strcspn(w, ", ");

        if (size == length && memcmp(w, value, length) == 0)
            return true;
        w += size;
    }
    return false;
}

static bool parse_flag(const char *value, uint64_t *number_out)
{
    if (is_word("yes true on 1", value))
        *number_out = 1;
    else if (is_word("no false off 0", value))
        *number_out = 0;
    else
        return false;
    return true;
}

static int refuse(const struct option_entry *e, const char *value,
                  struct error *err)
{
    static const char *const whats[] = {
        [OPTION_KIND_NUMBER] = "a number",
        [OPTION_KIND_LEVEL] = "a number",
        [OPTION_KIND_SIZE] = "a size such as 512k, 64m or 2g",
        [OPTION_KIND_DURATION] = "a duration such as 30s, 12h or 30d",
    };
    const char *dots = e->allowed ? strstr(e->allowed, "..") : NULL;
    const char *high = dots ? dots + 2 : "";
    char bounds[80] = "";

    if (e->kind == OPTION_KIND_FLAG)
        return error_set(err, -EINVAL, "%s wants yes or no, not '%s'", e->name,
                         value);
    if (e->kind == OPTION_KIND_WORD)
        return error_set(err, -EINVAL, "%s wants one of %s, not '%s'", e->name,
                         e->allowed, value);
    if (dots && dots > e->allowed && *high)
        (void)snprintf(bounds, sizeof(bounds), " from %.*s to %s",
                       (int)(dots - e->allowed), e->allowed, high);
    else if (dots && *high)
        (void)snprintf(bounds, sizeof(bounds), " of at most %s", high);
    else if (dots)
        (void)snprintf(bounds, sizeof(bounds), " of at least %.*s",
                       (int)(dots - e->allowed), e->allowed);
    return error_set(err, -EINVAL, "%s wants %s%s, not '%s'", e->name,
                     whats[e->kind], bounds, value);
}

int option_check(enum cli_option option, const char *value,
                 uint64_t *number_out, struct error *err)
{
    const struct option_entry *e = &entries[option];
    uint64_t number = 0;

    switch (e->kind) {
    case OPTION_KIND_TEXT:
    case OPTION_KIND_SECRET:
    case OPTION_KIND_PATH:
    case OPTION_KIND_LIST:
        if (*value)
            return 0;
        return error_set(err, -EINVAL, "%s wants a value: %s", e->name,
                         e->argument ? e->argument : "text");
    case OPTION_KIND_FLAG:
        if (parse_flag(value, number_out))
            return 0;
        break;
    case OPTION_KIND_WORD:
        if (is_word(e->allowed, value))
            return 0;
        break;
    case OPTION_KIND_LEVEL:
    case OPTION_KIND_NUMBER:
    case OPTION_KIND_SIZE:
    case OPTION_KIND_DURATION:
        if (!parse_amount(span_of_string(value), e->kind, &number) ||
            !is_within(number, e))
            break;
        *number_out = number;
        return 0;
    }
    return refuse(e, value, err);
}
