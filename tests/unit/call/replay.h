/*
 * Messages played to a live correlator that is stopped in the middle, and
 * another that takes up what the first one left open: together they must hand
 * on what one would that was never stopped.
 */
#ifndef SIPTRAIL_TESTS_UNIT_CALL_REPLAY_H
#define SIPTRAIL_TESTS_UNIT_CALL_REPLAY_H

#include "test.h"

#include "base/hash.h"
#include "call/take_up.h"
#include "call/view.h"

struct replay_event {
    char *text; /* NULL: the clock alone */
    size_t length;
    struct arrival arrival;
};

struct replay {
    const char *name;
    struct correlator_limits limits;
    struct replay_event *events;
    size_t count;
};

/* A message as it was handed on. */
struct replay_message {
    struct key key;
    uint32_t no;
    uint32_t transaction;
    size_t event;
    bool duplicate;
    bool of_call;
};

struct replay_call {
    struct call_view view;
    bool final;
    bool taken; /* its messages are played again */
};

/* A subscription that runs, of no call. */
struct replay_owner {
    struct key key;
    bool runs;
};

struct replay_outcome {
    const char *name;
    struct replay_message *messages;
    size_t message_count;
    size_t message_room;
    struct replay_call *calls;
    size_t call_count;
    size_t call_room;
    struct replay_owner owners[64];
    size_t owner_count;
    uint64_t strayed;
};

static inline void replay_add(struct replay *r, struct span text,
                              const struct arrival *a)
{
    struct replay_event *e;

    r->events = realloc(r->events, (r->count + 1) * sizeof(*r->events));
    assert_non_null(r->events);
    e = &r->events[r->count++];
    e->arrival = *a;
    e->length = text.length;
    e->text = text.length ? malloc(text.length) : NULL;
    if (e->text)
        memcpy(e->text, text.data, text.length);
}

static inline void replay_fini(struct replay *r)
{
    for (size_t i = 0; i < r->count; i++)
        free(r->events[i].text);
    free(r->events);
}

static inline void replay_outcome_fini(struct replay_outcome *o)
{
    for (size_t i = 0; i < o->call_count; i++)
        call_view_fini(&o->calls[i].view);
    free(o->calls);
    free(o->messages);
}

static inline int replay_take_part(void *arg, const struct exchange_part *part)
{
    struct replay_outcome *o = arg;

    for (uint32_t i = 0; i < part->message_count; i++) {
        const struct message_record *m = &part->messages[i];

        if (o->message_count == o->message_room) {
            o->message_room = o->message_room ? o->message_room * 2 : 64;
            o->messages =
                realloc(o->messages, o->message_room * sizeof(*o->messages));
            assert_non_null(o->messages);
        }
        o->messages[o->message_count++] = (struct replay_message){
            part->exchange_key, part->no + i, m->transaction,
            m->seen->ordinal,   m->duplicate, part->kind == EXCHANGE_CALL};
    }
    return 0;
}

static inline int replay_take_dialog(void *arg, const struct dialog_record *d)
{
    (void)arg;
    (void)d;
    return 0;
}

static inline void replay_note(struct replay_outcome *o,
                               const struct call_record *r, bool final)
{
    struct replay_call *call = NULL;

    for (size_t i = 0; i < o->call_count && !call; i++)
        if (key_equal(&o->calls[i].view.record.call_key, &r->call_key))
            call = &o->calls[i];
    if (!call) {
        if (o->call_count == o->call_room) {
            o->call_room = o->call_room ? o->call_room * 2 : 16;
            o->calls = realloc(o->calls, o->call_room * sizeof(*o->calls));
            assert_non_null(o->calls);
        }
        call = &o->calls[o->call_count++];
        memset(call, 0, sizeof(*call));
    } else {
        if (call->final)
            fail_msg("%s: a call told of after its end", o->name);
        call_view_fini(&call->view);
    }
    call_view_init(&call->view);
    assert_int_equal(call_view_set_record(&call->view, r), 0);
    call->final = final;
}

static inline int replay_take_live(void *arg, const struct call_record *r)
{
    replay_note(arg, r, false);
    return 0;
}

static inline int replay_take_call(void *arg, const struct call_record *r)
{
    replay_note(arg, r, true);
    return 0;
}

static inline int replay_take_subscription(void *arg,
                                           const struct subscription_record *r)
{
    struct replay_outcome *o = arg;
    size_t i = 0;

    if (r->in_call)
        return 0;
    while (i < o->owner_count && !key_equal(&o->owners[i].key, &r->owner_key))
        i++;
    if (i == o->owner_count && i < COUNT_OF(o->owners))
        o->owners[o->owner_count++].key = r->owner_key;
    if (i < o->owner_count)
        o->owners[i].runs = r->ended_at == TIME_NONE;
    return 0;
}

static inline struct observation *
replay_observe(const struct replay *r, struct slab_pool *pool, size_t event)
{
    const struct replay_event *e = &r->events[event];
    size_t size = sizeof(struct observation) +
                  SIP_HEADERS_MAX * sizeof(struct sip_header) + e->length;
    struct slab *slab;
    struct observation *o = slab_take(pool, size, &slab);
    struct sip_header *headers;
    char *bytes;

    assert_non_null(o);
    memset(o, 0, sizeof(*o));
    headers = (struct sip_header *)(void *)(o + 1);
    bytes = (char *)(headers + SIP_HEADERS_MAX);
    memcpy(bytes, e->text, e->length);
    o->slab = slab;
    o->ordinal = event;
    o->arrival = e->arrival;
    o->arrival.frame = event + 1;
    o->text_hash = hash_span(span_of(bytes, e->length));
    if (!sip_message_parse(span_of(bytes, e->length),
                           e->arrival.transport == TRANSPORT_UDP
                               ? SIP_FROM_DATAGRAM
                               : SIP_FROM_STREAM,
                           headers, SIP_HEADERS_MAX, &o->message))
        fail_msg("%s: message %zu is not SIP", r->name, event);
    return o;
}

/* The key of the exchange that is to be taken up; NULL for none. */
static inline const struct key *replay_open(const struct replay_outcome *o,
                                            const struct key *key,
                                            const struct key **group_out)
{
    *group_out = NULL;
    for (size_t i = 0; i < o->call_count; i++)
        if (key_equal(&o->calls[i].view.record.call_key, key)) {
            *group_out = &o->calls[i].view.record.group_key;
            return o->calls[i].final ? NULL : key;
        }
    for (size_t i = 0; i < o->owner_count; i++)
        if (key_equal(&o->owners[i].key, key) && o->owners[i].runs)
            return key;
    return NULL;
}

static inline void replay_take_up(const struct replay *r, struct correlator *c,
                                  struct slab_pool *pool,
                                  struct replay_outcome *o)
{
    struct take_up_counters counters;

    for (size_t event = 0; event < r->count; event++)
        for (size_t i = 0; i < o->message_count; i++) {
            struct taken_message m = {.duplicate = o->messages[i].duplicate};

            if (o->messages[i].event != event)
                continue;
            m.exchange_key = replay_open(o, &o->messages[i].key, &m.group_key);
            if (!m.exchange_key)
                continue;
            m.seen = replay_observe(r, pool, event);
            assert_int_equal(correlator_take_up(c, &m), 0);
        }
    assert_int_equal(correlator_taken_up(c, &counters), 0);
    o->strayed += counters.strayed;
}

/* Events from @p from up to @p to; at the last one all time passes. */
static inline void replay_run(const struct replay *r, size_t from, size_t to,
                              struct replay_outcome *o)
{
    struct record_sink sink = {.arg = o,
                               .wants_messages = true,
                               .part_fn = replay_take_part,
                               .dialog_fn = replay_take_dialog,
                               .call_fn = replay_take_call,
                               .live_fn = replay_take_live,
                               .subscription_fn = replay_take_subscription};
    struct correlator_limits limits = r->limits;
    struct slab_pool *pool = slab_pool_new(4096);
    struct correlator *c;
    int64_t clock_ns = 0;

    o->name = r->name;
    limits.live = true;
    assert_int_equal(correlator_new(&limits, &sink, &c), 0);
    if (from)
        replay_take_up(r, c, pool, o);
    for (size_t i = from; i < to; i++) {
        const struct replay_event *e = &r->events[i];

        if (e->text)
            assert_int_equal(correlator_observe(c, replay_observe(r, pool, i)),
                             0);
        assert_int_equal(correlator_tell(c, e->arrival.time_ns), 0);
        if (e->arrival.time_ns > clock_ns)
            clock_ns = e->arrival.time_ns;
    }
    if (to == r->count)
        assert_int_equal(
            correlator_advance(c, clock_ns + INT64_C(180000000000000)), 0);
    assert_int_equal(correlator_end(c), 0);
    correlator_free(c);
    slab_pool_free(pool);
}

/* Stopped within 250 ms of its first message, a call has its key before all
 * is seen that may be in it. */
static inline const struct call_record *
replay_find(const struct replay_outcome *o, const struct call_record *call,
            int64_t cut_us)
{
    bool young = cut_us - call->first_at <= 250000;

    for (size_t i = 0; i < o->call_count; i++) {
        const struct call_record *r = &o->calls[i].view.record;

        if (key_equal(&r->call_key, &call->call_key) ||
            (young && r->first_at == call->first_at &&
             span_equal(r->call_id, call->call_id) &&
             span_equal(r->from_tag, call->from_tag)))
            return r;
    }
    return NULL;
}

static inline int64_t replay_key_ms(const struct key *key)
{
    int64_t ms = 0;

    for (int i = 0; i < 6; i++)
        ms = ms << 8 | (uint8_t)key->bytes[i];
    return ms;
}

/* What was handed on as something else before it showed that it is a call
 * does not become one. */
static inline bool replay_begun_otherwise(const struct replay_outcome *o,
                                          const struct call_record *call)
{
    for (size_t i = 0; i < o->message_count; i++)
        if (!o->messages[i].of_call && !o->messages[i].no &&
            replay_key_ms(&o->messages[i].key) == call->first_at / 1000)
            return true;
    return false;
}

/* A copy that comes behind the cut is not known as one: nothing stops and
 * starts within 200 ms. */
static inline bool replay_parts_copies(const struct replay *r, size_t cut)
{
    const struct replay_event *e = &r->events[cut];

    for (; cut < r->count; cut++, e++)
        for (size_t i = 0; e->text && i < cut; i++)
            if (r->events[i].length == e->length &&
                e->arrival.time_ns - r->events[i].arrival.time_ns <=
                    r->limits.copy_window_ns &&
                memcmp(r->events[i].text, e->text, e->length) == 0)
                return true;
    return false;
}

/* Each message of the events was handed on once, and has its place. What is
 * no call is not taken up: its next message begins another, which has its key
 * if it comes within the millisecond. */
static inline void replay_check_messages(const struct replay *r,
                                         const struct replay_outcome *o)
{
    size_t messages = 0;

    for (size_t i = 0; i < r->count; i++)
        messages += r->events[i].text != NULL;
    if (o->message_count != messages)
        fail_msg("%s: %zu messages of %zu handed on", r->name, o->message_count,
                 messages);
    for (size_t i = 0; i < messages; i++)
        for (size_t j = 0; j < i; j++) {
            const struct replay_message *a = &o->messages[i];
            const struct replay_message *b = &o->messages[j];

            if (a->event == b->event ||
                (a->of_call && a->no == b->no && key_equal(&a->key, &b->key)))
                fail_msg("%s: message %zu twice, or in place of %zu", r->name,
                         a->event, b->event);
        }
}

typedef void (*replay_same_fn)(const char *name, const struct call_record *a,
                               const struct call_record *b);

/* Stopped behind @p cut events and taken up, against never stopped. */
static inline void replay_cut(const struct replay *r, size_t cut,
                              replay_same_fn same_fn)
{
    struct replay_outcome whole = {0};
    struct replay_outcome parts = {0};
    int64_t cut_us = r->events[cut - 1].arrival.time_ns / 1000;

    if (replay_parts_copies(r, cut))
        return;
    replay_run(r, 0, r->count, &whole);
    replay_run(r, 0, cut, &parts);
    replay_run(r, cut, r->count, &parts);
    replay_check_messages(r, &whole);
    replay_check_messages(r, &parts);
    if (parts.strayed || whole.call_count != parts.call_count)
        fail_msg("%s: cut behind %zu: %zu calls, not %zu; %llu strayed",
                 r->name, cut, parts.call_count, whole.call_count,
                 (unsigned long long)parts.strayed);
    for (size_t i = 0; i < whole.call_count; i++) {
        const struct call_record *a = &whole.calls[i].view.record;
        const struct call_record *b = replay_find(&parts, a, cut_us);

        if (cut_us - a->first_at <= 250000 && replay_begun_otherwise(&parts, a))
            continue;
        if (!b)
            fail_msg("%s: cut behind %zu: a call of %.*s has another key",
                     r->name, cut, SPAN_ARG(a->call_id));
        if (key_equal(&a->call_key, &b->call_key) &&
            !key_equal(&a->group_key, &b->group_key))
            fail_msg("%s: cut behind %zu: another group", r->name, cut);
        same_fn(r->name, a, b);
    }
    replay_outcome_fini(&whole);
    replay_outcome_fini(&parts);
}

#endif
