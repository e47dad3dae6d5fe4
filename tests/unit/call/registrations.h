/*
 * Registrations written down as scenario.h's steps, and the rows they make.
 *
 * An expected row is a line of column=value as in SQL; times in milliseconds
 * from 0, "-" for NULL, "_" for a space; src and dst are host letters.
 */
#ifndef SIPTRAIL_TESTS_UNIT_CALL_REGISTRATIONS_H
#define SIPTRAIL_TESTS_UNIT_CALL_REGISTRATIONS_H

#include "scenario.h"

#define REGISTRATION_ROWS 512

struct row {
    struct registration_record r;
    char texts[10][128];
};

struct rows {
    struct scenario_run run;
    struct row rows[REGISTRATION_ROWS];
    size_t count; /* rows, the latest of each key */
    size_t told;  /* records handed on */
};

static inline void rows_keep_texts(struct row *row)
{
    struct registration_record *r = &row->r;
    struct span *const texts[] = {
        &r->registrar,    &r->aor,        &r->registrant, &r->contact_uri,
        &r->contact_host, &r->call_id,    &r->user_agent, &r->auth_user,
        &r->realm,        &r->instance_id};

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        if (texts[i]->length > sizeof(row->texts[i]))
            texts[i]->length = sizeof(row->texts[i]);
        if (texts[i]->length)
            memcpy(row->texts[i], texts[i]->data, texts[i]->length);
        texts[i]->data = row->texts[i];
    }
}

/* After a sort, which took the texts along. */
static inline void rows_aim(struct row *row)
{
    struct registration_record *r = &row->r;
    struct span *const texts[] = {
        &r->registrar,    &r->aor,        &r->registrant, &r->contact_uri,
        &r->contact_host, &r->call_id,    &r->user_agent, &r->auth_user,
        &r->realm,        &r->instance_id};

    for (size_t i = 0; i < COUNT_OF(texts); i++)
        texts[i]->data = row->texts[i];
}

static inline int rows_take(void *arg, const struct registration_record *r)
{
    struct rows *rows = arg;
    size_t i = 0;

    rows->told++;
    while (i < rows->count &&
           !key_equal(&rows->rows[i].r.registration_key, &r->registration_key))
        i++;
    if (i == REGISTRATION_ROWS)
        fail_msg("%s: too many rows", rows->run.name);
    rows->count += i == rows->count;
    rows->rows[i].r = *r;
    rows_keep_texts(&rows->rows[i]);
    return 0;
}

static inline int rows_no_part(void *arg, const struct exchange_part *part)
{
    (void)arg;
    (void)part;
    return 0;
}

static inline int rows_no_dialog(void *arg, const struct dialog_record *dialog)
{
    (void)arg;
    (void)dialog;
    return 0;
}

static inline int rows_no_call(void *arg, const struct call_record *call)
{
    (void)arg;
    (void)call;
    return 0;
}

static inline void rows_open(struct rows *rows, const char *name, size_t cap)
{
    struct correlator_limits limits = correlator_limits_default;
    const struct record_sink sink = {.arg = rows,
                                     .wants_messages = true,
                                     .part_fn = rows_no_part,
                                     .dialog_fn = rows_no_dialog,
                                     .call_fn = rows_no_call,
                                     .registration_fn = rows_take};

    memset(rows, 0, sizeof(*rows));
    rows->run.name = name;
    limits.sensor = SPAN_LITERAL("test");
    if (cap)
        limits.bindings = cap;
    rows->run.pool = slab_pool_new(64);
    assert_non_null(rows->run.pool);
    assert_int_equal(correlator_new(&limits, &sink, &rows->run.correlator), 0);
}

static inline void rows_close(struct rows *rows)
{
    correlator_free(rows->run.correlator);
    slab_pool_free(rows->run.pool);
}

static inline void rows_seconds(char out[256], int64_t value)
{
    scenario_number(out, value, value == TIME_NONE);
}

static inline bool rows_field(const struct registration_record *r,
                              const char *name, char out[256])
{
    static const char *const nat[] = {"-", "f", "t"};
    const struct {
        const char *name;
        struct span text;
    } texts[] = {{"registrar", r->registrar},
                 {"aor", r->aor},
                 {"registrant", r->registrant},
                 {"contact_uri", r->contact_uri},
                 {"contact_host", r->contact_host},
                 {"call_id", r->call_id},
                 {"user_agent", r->user_agent},
                 {"auth_user", r->auth_user},
                 {"realm", r->realm},
                 {"instance_id", r->instance_id}};
    const struct {
        const char *name;
        int64_t at;
    } times[] = {{"first_at", r->first_at},
                 {"last_at", r->last_at},
                 {"expires_at", r->expires_at},
                 {"ended_at", r->ended_at}};
    const struct {
        const char *name;
        int64_t number;
    } numbers[] = {{"expires_s", r->expires_s},
                   {"min_expires_s", r->min_expires_s},
                   {"register_ms", r->register_ms},
                   {"register_auth_ms", r->register_auth_ms},
                   {"status_code", r->status_code ? r->status_code : TIME_NONE},
                   {"attempts", r->attempts},
                   {"failures", r->failures},
                   {"ineffective", r->ineffective},
                   {"timeouts", r->timeouts},
                   {"challenges", r->challenges},
                   {"renewals", r->renewals},
                   {"reg_id", r->has_reg_id ? r->reg_id : TIME_NONE},
                   {"src_port", r->src.port},
                   {"dst_port", r->dst.port},
                   {"src", r->src.address.bytes[3]},
                   {"dst", r->dst.address.bytes[3]}};

    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (!strcmp(name, texts[i].name)) {
            scenario_text(out, texts[i].text);
            return true;
        }
    for (size_t i = 0; i < COUNT_OF(times); i++)
        if (!strcmp(name, times[i].name)) {
            scenario_time(out, times[i].at);
            return true;
        }
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        if (!strcmp(name, numbers[i].name)) {
            rows_seconds(out, numbers[i].number);
            return true;
        }
    if (!strcmp(name, "state"))
        scenario_end(out, registration_state_name(r->state));
    else if (!strcmp(name, "behind_nat"))
        scenario_end(out, nat[r->behind_nat]);
    else if (!strcmp(name, "transport"))
        scenario_end(out, transport_name(r->transport));
    else
        return false;
    return true;
}

static inline void rows_expect(const struct rows *rows, size_t index,
                               const char *expected)
{
    char text[1024];

    snprintf(text, sizeof(text), "%s", expected);
    for (char *word = strtok(text, " \n"); word; word = strtok(NULL, " \n")) {
        char *value = strchr(word, '=');
        char got[256];

        assert_non_null(value);
        *value++ = 0;
        if (!rows_field(&rows->rows[index].r, word, got))
            fail_msg("%s: no column %s", rows->run.name, word);
        if (strcmp(got, value))
            fail_msg("%s: row %zu: %s is %s, not %s", rows->run.name, index,
                     word, got, value);
    }
}

static inline int rows_compare(const void *a, const void *b)
{
    const struct row *x = a;
    const struct row *y = b;

    if (x->r.first_at != y->r.first_at)
        return x->r.first_at < y->r.first_at ? -1 : 1;
    return strcmp(x->texts[3], y->texts[3]); /* contact_uri */
}

/* To the end of input; rows by first_at, as expected. The caller closes. */
static inline void rows_play(struct rows *rows, const struct scenario *s)
{
    size_t count = 0;

    rows_open(rows, s->name, 0);
    for (size_t i = 0; i < SCENARIO_STEPS && s->steps[i]; i++)
        scenario_step(&rows->run, s->steps[i]);
    assert_int_equal(correlator_end(rows->run.correlator), 0);
    while (count < SCENARIO_CALLS && s->calls[count])
        count++;
    if (rows->count != count)
        fail_msg("%s: %zu rows, not %zu", s->name, rows->count, count);
    qsort(rows->rows, rows->count, sizeof(rows->rows[0]), rows_compare);
    for (size_t i = 0; i < count; i++) {
        rows_aim(&rows->rows[i]);
        rows_expect(rows, i, s->calls[i]);
    }
}

#endif
