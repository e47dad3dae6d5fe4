#include "cli/filter.h"

#include <time.h>

#include "cli/parse.h"

static const enum cli_option narrowing[] = {
    OPTION_SINCE,  OPTION_UNTIL,   OPTION_FROM,         OPTION_TO,
    OPTION_NUMBER, OPTION_IP,      OPTION_CALL_ID,      OPTION_DISPOSITION,
    OPTION_STATUS, OPTION_MIN_PDD, OPTION_MIN_DURATION, OPTION_MAX_DURATION,
};

bool filter_given(const struct settings *s)
{
    for (size_t i = 0; i < sizeof(narrowing) / sizeof(narrowing[0]); i++)
        if (s->given[narrowing[i]])
            return true;
    return false;
}

static int64_t now_us(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int read_time(const struct settings *s, enum cli_option o,
                     const char *name, int64_t *us_out)
{
    const char *text = s->value[o];

    if (!text || parse_time(span_of_string(text), now_us(), us_out))
        return CLI_DONE;
    return cli_usage_error(s->command,
                           "--%s: '%s' is no time: 2026-11-20, '2026-11-20 "
                           "14:03' or so long ago, 15m, 2h, 3d",
                           name, text);
}

static int read_duration(const struct settings *s, enum cli_option o,
                         const char *name, int64_t *ms_out)
{
    const char *text = s->value[o];

    if (!text || parse_duration(span_of_string(text), ms_out))
        return CLI_DONE;
    return cli_usage_error(s->command,
                           "--%s: '%s' is no duration: 60, 1.5, 500ms, 2m",
                           name, text);
}

/* One word or several with commas between them. */
static int read_dispositions(const struct settings *s, uint32_t *set_out)
{
    struct span rest = span_of_string(s->value[OPTION_DISPOSITION]);

    while (rest.length) {
        size_t n = span_find_byte(rest, ',');
        struct span word = span_trim(span_part(rest, 0, n));
        uint32_t found = 0;

        for (unsigned d = 0; d < CALL_DISPOSITION_COUNT; d++)
            if (span_equal_nocase(word, span_of_string(call_disposition_name(
                                            (enum call_disposition)d))))
                found = 1u << d;
        if (!found)
            return cli_usage_error(
                s->command,
                "--disposition: no '%.*s': answered, answered_elsewhere, "
                "cancelled, redirected, auth_failed, busy, not_found, "
                "declined, no_answer, unavailable, rejected, server_error, "
                "global_failure, timeout, unknown",
                SPAN_ARG(word));
        *set_out |= found;
        rest = span_from(rest, n + 1);
    }
    return CLI_DONE;
}

static int read_words(const struct settings *s, struct call_filter *f)
{
    const char *ip = s->value[OPTION_IP];
    const char *status = s->value[OPTION_STATUS];

    f->from = span_of_string(s->value[OPTION_FROM]);
    f->to = span_of_string(s->value[OPTION_TO]);
    f->number = span_of_string(s->value[OPTION_NUMBER]);
    f->call_id = span_of_string(s->value[OPTION_CALL_ID]);
    f->sensor = span_of_string(s->value[OPTION_SENSOR]);
    f->all = s->given[OPTION_ALL];
    f->limit = s->limit;
    if (ip && !address_parse(span_of_string(ip), &f->ip))
        return cli_usage_error(s->command, "--ip: '%s' is no address", ip);
    if (status &&
        !parse_status(span_of_string(status), &f->status_low, &f->status_high))
        return cli_usage_error(s->command, "--status: '%s' is none: 486 or 4xx",
                               status);
    return read_dispositions(s, &f->dispositions);
}

int filter_read(const struct settings *s, struct call_filter *filter_out)
{
    int rc;

    *filter_out = call_filter_none;
    rc = read_words(s, filter_out);
    if (rc == CLI_DONE)
        rc = read_time(s, OPTION_SINCE, "since", &filter_out->since_us);
    if (rc == CLI_DONE)
        rc = read_time(s, OPTION_UNTIL, "until", &filter_out->until_us);
    if (rc == CLI_DONE)
        rc = read_duration(s, OPTION_MIN_PDD, "min-pdd",
                           &filter_out->min_pdd_ms);
    if (rc == CLI_DONE)
        rc = read_duration(s, OPTION_MIN_DURATION, "min-duration",
                           &filter_out->min_duration_ms);
    if (rc == CLI_DONE)
        rc = read_duration(s, OPTION_MAX_DURATION, "max-duration",
                           &filter_out->max_duration_ms);
    return rc;
}

static bool text_matches(struct span wanted, struct span text)
{
    size_t n = wanted.length;

    if (n && wanted.data[0] == '*')
        return text.length >= n - 1 &&
               span_equal(span_from(wanted, 1),
                          span_from(text, text.length - (n - 1)));
    if (n && wanted.data[n - 1] == '*')
        return span_equal(span_part(wanted, 0, n - 1),
                          span_part(text, 0, n - 1));
    return span_equal(wanted, text);
}

/* A party by user, or by number; "49..." also finds "+49...". */
static bool user_matches(struct span wanted, struct span user,
                         struct span number)
{
    if (user.length && text_matches(wanted, user))
        return true;
    if (!number.length)
        return false;
    return text_matches(wanted, number) ||
           (number.data[0] == '+' &&
            text_matches(wanted, span_from(number, 1)));
}

static bool party_matches(struct span wanted, struct span user,
                          struct span host, struct span number)
{
    size_t at = span_find_byte(wanted, '@');

    if (at < wanted.length &&
        !span_equal_nocase(span_from(wanted, at + 1), host))
        return false;
    return user_matches(span_part(wanted, 0, at), user, number);
}

static bool caller_matches(struct span wanted, const struct call_record *r)
{
    const struct call_parties *p = &r->parties;
    const struct call_identity *i = &r->identity;

    return party_matches(wanted, p->caller_user, p->caller_host,
                         p->caller_number) ||
           party_matches(wanted, i->pai_user, i->pai_host, SPAN_NONE);
}

static bool callee_matches(struct span wanted, const struct call_parties *p)
{
    return party_matches(wanted, p->callee_user, p->callee_host,
                         p->callee_number) ||
           party_matches(wanted, p->request_user, p->request_host, SPAN_NONE);
}

static bool parties_match(const struct call_filter *f,
                          const struct call_record *r)
{
    const struct call_parties *p = &r->parties;

    if (f->from.length && !caller_matches(f->from, r))
        return false;
    if (f->to.length && !callee_matches(f->to, p))
        return false;
    return !f->number.length || caller_matches(f->number, r) ||
           callee_matches(f->number, p);
}

static bool at_least(int64_t wanted, int64_t value)
{
    return wanted == TIME_NONE || (value != TIME_NONE && value >= wanted);
}

static bool at_most(int64_t wanted, int64_t value)
{
    return wanted == TIME_NONE || (value != TIME_NONE && value <= wanted);
}

bool filter_match(const struct call_filter *f, const struct call_record *r)
{
    if (!f->all && r->evidence & 1u << EVIDENCE_NO_START)
        return false;
    if (!at_least(f->since_us, r->first_at) ||
        (f->until_us != TIME_NONE && r->first_at >= f->until_us))
        return false;
    if (f->call_id.length && !span_equal(f->call_id, r->call_id))
        return false;
    if (f->ip.family && !address_equal(&f->ip, &r->src.address) &&
        !address_equal(&f->ip, &r->dst.address))
        return false;
    if (f->dispositions && !(f->dispositions & 1u << r->disposition))
        return false;
    if (f->status_high &&
        (r->status_code < f->status_low || r->status_code > f->status_high))
        return false;
    return at_least(f->min_pdd_ms, r->durations.pdd_ms) &&
           at_least(f->min_duration_ms, r->durations.talk_ms) &&
           at_most(f->max_duration_ms, r->durations.talk_ms) &&
           parties_match(f, r);
}
