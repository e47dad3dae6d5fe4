#include "ladder/model.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "ladder/escape.h"
#include "ladder/label.h"
#include "ladder/lifeline.h"
#include "ladder/map.h"
#include "ladder/media.h"
#include "ladder/peer.h"
#include "ladder/title.h"
#include "sip/content_type.h"

#define ARENA_CHUNK_BYTES 65536
#define PAUSE_US INT64_C(5000000)
#define CODECS_BYTES_MAX 60
#define TALKS_TRIED 16

/* What a map's key is about. */
enum key_kind {
    KEY_REPEAT,    /* one message and its retransmissions */
    KEY_ASKED,     /* a request, and whether it carried SDP */
    KEY_SDP_SHOWN, /* one SDP of one exchange */
    KEY_INITIAL,   /* CSeq of an INVITE that began a call */
    KEY_FORK       /* To tag of one of its dialogs */
};

struct call_state_seen {
    uint32_t forks;
    bool met;
    uint16_t left; /* the outermost lifelines it uses */
    uint16_t right;
    bool held;
    struct span codecs; /* of the last answer; in the arena */
};

struct builder {
    const struct call_view *const *views;
    struct ladder_model *model;
    struct ladder_item *items;
    size_t count;
    size_t event_room;
    struct map seen;
    struct call_state_seen *calls;
    struct text_buffer text;
    struct label_notes notes;
    int64_t first_ns;
};

size_t ladder_duration_write(int64_t us, char *text, size_t cap)
{
    int64_t s = (us + 500000) / 1000000;
    double d = (double)us;
    int n;

    if (us < 0)
        n = snprintf(text, cap, "-");
    else if (us == 0)
        n = snprintf(text, cap, "0");
    else if (us < 950)
        n = snprintf(text, cap, "%.1f ms", d / 1000);
    else if (us < 999500)
        n = snprintf(text, cap, "%.0f ms", d / 1000);
    else if (us < 9995000)
        n = snprintf(text, cap, "%.2f s", d / 1000000);
    else if (us < 59950000)
        n = snprintf(text, cap, "%.1f s", d / 1000000);
    else if (s < 3600)
        n = snprintf(text, cap, "%d min %d s", (int)(s / 60), (int)(s % 60));
    else
        n = snprintf(text, cap, "%lld h %d min", (long long)(s / 3600),
                     (int)(s / 60 % 60));
    return n < 0 ? 0 : (size_t)n < cap ? (size_t)n : cap - 1;
}

static uint64_t key_of(enum key_kind kind, uint16_t call, uint64_t a,
                       uint64_t b)
{
    uint64_t h = hash_mix((uint64_t)kind << 32 | call, a);

    return hash_mix(h, b);
}

static const struct sip_message *message_of(const struct ladder_item *item)
{
    return &item->record->seen->message;
}

/* ACK and PRACK speak of the INVITE's offer. */
static uint64_t exchange_of(const struct sip_message *m)
{
    enum sip_method method =
        m->is_request && m->method != SIP_UNKNOWN ? m->method : m->cseq_method;

    if (method == SIP_ACK)
        method = SIP_INVITE;
    return (uint64_t)m->cseq << 8 | (uint64_t)method;
}

/* --- in time order ------------------------------------------------------- */

static int compare_items(const void *left, const void *right)
{
    const struct ladder_item *l = left;
    const struct ladder_item *r = right;
    const struct observation *a = l->record->seen;
    const struct observation *b = r->record->seen;

    if (a->arrival.time_ns != b->arrival.time_ns)
        return a->arrival.time_ns < b->arrival.time_ns ? -1 : 1;
    if (l->call != r->call)
        return l->call < r->call ? -1 : 1;
    return l->record < r->record ? -1 : l->record > r->record;
}

static int gather(struct builder *b, size_t count, bool duplicates)
{
    size_t total = 0;
    bool sorted = true;

    for (size_t i = 0; i < count; i++)
        total += b->views[i]->message_count;
    b->items = calloc(total + 1, sizeof(*b->items));
    if (!b->items)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < b->views[i]->message_count; k++) {
            const struct message_record *record = &b->views[i]->messages[k];
            struct ladder_item *item = &b->items[b->count];

            if (record->duplicate && !duplicates)
                continue;
            *item = (struct ladder_item){.record = record, .call = (uint16_t)i};
            sorted = sorted && (!b->count || compare_items(item - 1, item) < 0);
            b->count++;
        }
    if (!sorted)
        qsort(b->items, b->count, sizeof(*b->items), compare_items);
    return b->count ? 0 : -EINVAL;
}

/* --- reach and forks
 * --------------------------------------------------------------- */

static void find_reach(struct builder *b)
{
    for (size_t i = 0; i < b->count; i++) {
        const struct ladder_item *item = &b->items[i];
        struct call_state_seen *c = &b->calls[item->call];
        uint16_t left = item->from < item->to ? item->from : item->to;
        uint16_t right = item->from < item->to ? item->to : item->from;

        if (!c->met || left < c->left)
            c->left = left;
        if (!c->met || right > c->right)
            c->right = right;
        c->met = true;
    }
}

static int find_forks(struct builder *b)
{
    for (size_t i = 0; i < b->count; i++) {
        const struct sip_message *m = message_of(&b->items[i]);
        uint16_t call = b->items[i].call;
        uint64_t initial = key_of(KEY_INITIAL, call, m->cseq, 0);
        uint64_t tag = key_of(KEY_FORK, call, hash_span(m->to_tag), 0);
        uint32_t *number;

        if (m->is_request && m->method == SIP_INVITE && !m->to_tag.length &&
            !map_add(&b->seen, initial))
            return -ENOMEM;
        if (m->is_request || m->cseq_method != SIP_INVITE ||
            m->status_code <= 100 || m->status_code >= 300 ||
            !m->to_tag.length || !map_find(&b->seen, initial))
            continue;
        number = map_add(&b->seen, tag);
        if (!number)
            return -ENOMEM;
        if (!*number)
            *number = ++b->calls[call].forks;
    }
    return 0;
}

static uint32_t fork_of(const struct builder *b, const struct ladder_item *item)
{
    const struct sip_message *m = message_of(item);
    const struct span tags[] = {m->to_tag, m->from_tag};

    for (size_t i = 0; i < 2 && b->calls[item->call].forks > 1; i++) {
        const uint32_t *number =
            tags[i].length ? map_find(&b->seen, key_of(KEY_FORK, item->call,
                                                       hash_span(tags[i]), 0))
                           : NULL;

        if (number)
            return *number;
    }
    return 0;
}

/* --- context ------------------------------------------------------------- */

static bool count_repeats(struct builder *b, const struct ladder_item *item,
                          struct label_context *c)
{
    const struct sip_message *m = message_of(item);
    uint64_t what = exchange_of(m) << 12 | (m->is_request ? 0 : m->status_code);
    uint64_t where = (uint64_t)item->from << 48 | (uint64_t)item->to << 32 |
                     item->record->transaction;
    uint32_t *number;

    c->copy = item->record->duplicate;
    if (!item->record->retransmission || c->copy)
        return true;
    what = hash_mix(what, (uint64_t)m->method << 1 | m->is_request);
    if (!m->is_request)
        what = hash_mix(what, hash_span(m->to_tag));
    number = map_add(&b->seen, key_of(KEY_REPEAT, item->call, what, where));
    if (number)
        c->retransmission = ++*number;
    return number != NULL;
}

static bool follow_hold(struct builder *b, uint16_t call, struct span sdp,
                        const struct label_context *c)
{
    struct call_state_seen *state = &b->calls[call];
    struct sdp_description d;

    if (!sdp_description_parse(sdp, &d))
        return true;
    if (c->sdp == LABEL_SDP_OFFER) {
        state->held = sdp_description_holds(&d);
        return true;
    }
    text_buffer_reset(&b->text);
    media_put_main_codec(&d, &b->text);
    if (b->text.length > CODECS_BYTES_MAX)
        return true;
    return !b->text.failed &&
           arena_copy(&b->model->arena, text_buffer_span(&b->text),
                      &state->codecs);
}

/* Whose turn it is: the request's SDP is the offer, or the 2xx's is one and
 * the ACK's the answer (RFC 3264, RFC 3261 13.2.1). Without the request
 * nobody can say. */
static enum label_sdp sdp_role(const struct sip_message *m, bool asked,
                               bool offered)
{
    if (m->is_request && m->method == SIP_ACK)
        return asked && offered ? LABEL_SDP_OFFER : LABEL_SDP_ANSWER;
    if (m->is_request)
        return LABEL_SDP_OFFER;
    if (!asked)
        return LABEL_SDP_UNKNOWN;
    return offered ? LABEL_SDP_ANSWER : LABEL_SDP_OFFER;
}

static bool follow_sdp(struct builder *b, const struct ladder_item *item,
                       struct label_context *c)
{
    const struct sip_message *m = message_of(item);
    uint64_t exchange = key_of(KEY_ASKED, item->call, exchange_of(m), 0);
    uint32_t *asked = map_find(&b->seen, exchange);
    bool begins = m->is_request && m->method != SIP_ACK;
    struct span sdp = SPAN_NONE;
    bool has_sdp = m->body.length && sip_message_sdp(m, &sdp);
    uint64_t shown;
    uint32_t *times;

    c->sdp = sdp_role(m, asked != NULL, asked && *asked);
    if (begins) {
        asked = map_add(&b->seen, exchange);
        if (!asked)
            return false;
        *asked |= has_sdp;
    }
    if (!has_sdp)
        return true;
    shown = key_of(KEY_SDP_SHOWN, item->call, hash_span(sdp),
                   exchange_of(m) << 2 | (uint64_t)c->sdp);
    times = map_add(&b->seen, shown);
    if (!times)
        return false;
    c->sdp_seen = (*times)++ > 0;
    return c->sdp_seen || follow_hold(b, item->call, sdp, c);
}

/* --- events -------------------------------------------------------------- */

static struct ladder_event *add_event(struct builder *b)
{
    struct ladder_event *e;

    if (b->model->event_count == b->event_room)
        return NULL;
    e = &b->model->events[b->model->event_count++];
    *e = (struct ladder_event){0};
    return e;
}

static bool finish(struct builder *b, struct span *out)
{
    bool ok = !b->text.failed &&
              arena_copy(&b->model->arena, text_buffer_span(&b->text), out);

    text_buffer_reset(&b->text);
    return ok;
}

/* Microseconds of a nanosecond difference that may not overflow. */
static int64_t us_between(int64_t from_ns, int64_t to_ns)
{
    return time_us_of_ns(to_ns) - time_us_of_ns(from_ns);
}

static bool is_talk(const struct call_times *t, int64_t from_ns, int64_t to_ns)
{
    return t->answered_at != TIME_NONE &&
           t->answered_at <= time_us_of_ns(from_ns) &&
           (t->ended_at == TIME_NONE || t->ended_at >= time_us_of_ns(to_ns));
}

/* The call that was answered while nothing was seen: that of the messages
 * around it, else any of the first few. */
static bool find_talk(const struct builder *b, size_t next, uint16_t *call_out)
{
    int64_t from_ns = b->items[next - 1].record->seen->arrival.time_ns;
    int64_t to_ns = b->items[next].record->seen->arrival.time_ns;
    uint16_t tries[TALKS_TRIED] = {b->items[next].call,
                                   b->items[next - 1].call};
    size_t count = 2;

    for (size_t i = 0; i < b->model->title_count && count < TALKS_TRIED; i++)
        tries[count++] = (uint16_t)i;
    for (size_t i = 0; i < count; i++)
        if (b->calls[tries[i]].met &&
            is_talk(&b->views[tries[i]]->record.times, from_ns, to_ns)) {
            *call_out = tries[i];
            return true;
        }
    return false;
}

static bool write_pause(struct builder *b, int64_t us, struct ladder_event *e)
{
    const struct call_state_seen *state = &b->calls[e->call];
    const struct span mark = b->model->titles[e->call].mark;
    char length[32];

    (void)ladder_duration_write(us, length, sizeof(length));
    text_buffer_reset(&b->text);
    if (e->kind == LADDER_PAUSE) {
        text_put_format(&b->text, "%s pass", length);
        return finish(b, &e->label);
    }
    text_put(&b->text, mark);
    text_put_format(&b->text, "%s%s %s", mark.length ? "  " : "",
                    state->held ? "on hold" : "talk", length);
    if (state->codecs.length) {
        text_put_string(&b->text, " \xc2\xb7 ");
        text_put(&b->text, state->codecs);
    }
    return finish(b, &e->label);
}

static bool add_pause(struct builder *b, size_t next)
{
    int64_t us = us_between(b->items[next - 1].record->seen->arrival.time_ns,
                            b->items[next].record->seen->arrival.time_ns);
    struct ladder_event *e;

    if (us < PAUSE_US)
        return true;
    e = add_event(b);
    if (!e)
        return false;
    e->kind = LADDER_PAUSE;
    e->to = (uint16_t)(b->model->lifeline_count - 1);
    if (find_talk(b, next, &e->call)) {
        e->kind = LADDER_TALK;
        e->from = b->calls[e->call].left;
        e->to = b->calls[e->call].right;
    }
    return write_pause(b, us, e);
}

static enum ladder_tone tone_of(const struct sip_message *m)
{
    static const uint8_t tones[] = {TONE_PROVISIONAL, TONE_PROVISIONAL,
                                    TONE_SUCCESS, TONE_REDIRECT,
                                    TONE_CLIENT_ERROR};
    unsigned class = m->status_code / 100u;

    if (m->is_request)
        return TONE_REQUEST;
    return class < sizeof(tones) ? (enum ladder_tone)tones[class]
                                 : TONE_FAILURE;
}

static bool write_times(struct builder *b, const struct ladder_item *item,
                        struct ladder_event *e)
{
    int64_t ns = item->record->seen->arrival.time_ns;
    char time[TIME_TEXT_BYTES];
    char elapsed[32];

    (void)time_write(time_us_of_ns(ns), time);
    (void)ladder_duration_write(us_between(b->first_ns, ns), elapsed,
                                sizeof(elapsed));
    text_put_format(&b->text, "%.12s", strlen(time) > 23 ? time + 11 : time);
    if (!finish(b, &e->time))
        return false;
    text_put_format(&b->text, "+%s", elapsed);
    return finish(b, &e->elapsed);
}

static bool write_notes(struct builder *b, const struct sip_message *m,
                        const struct label_context *c, struct ladder_event *e)
{
    struct span *notes;

    label_notes_write(m, c, &b->notes);
    if (b->notes.text.failed)
        return false;
    if (!b->notes.count)
        return true;
    notes = arena_take(&b->model->arena, b->notes.count * sizeof(*notes));
    if (!notes)
        return false;
    for (size_t i = 0; i < b->notes.count; i++)
        if (!arena_copy(&b->model->arena, label_note(&b->notes, i), &notes[i]))
            return false;
    e->notes = notes;
    e->note_count = (uint16_t)b->notes.count;
    return true;
}

static bool add_message(struct builder *b, const struct ladder_item *item)
{
    const struct sip_message *m = message_of(item);
    const struct span mark = b->model->titles[item->call].mark;
    struct label_context c = {.anomalies = &item->record->anomalies};
    struct ladder_event *e = add_event(b);

    if (!e || !count_repeats(b, item, &c) || !follow_sdp(b, item, &c))
        return false;
    text_buffer_reset(&b->text);
    c.fork = fork_of(b, item);
    e->tone = tone_of(m);
    e->from = item->from;
    e->to = item->to;
    e->call = item->call;
    e->pale = c.copy || c.retransmission;
    e->retransmission = c.retransmission;
    e->message = m;
    for (int brief = 0; brief < 2; brief++) {
        text_put(&b->text, mark);
        text_put_string(&b->text, mark.length ? "  " : "");
        label_write(m, &c, brief, &b->text);
        if (!finish(b, brief ? &e->label_short : &e->label))
            return false;
    }
    return write_times(b, item, e) && write_notes(b, m, &c, e);
}

static int add_events(struct builder *b)
{
    b->event_room = b->count * 2;
    b->model->events =
        arena_take(&b->model->arena, b->event_room * sizeof(*b->model->events));
    if (!b->model->events)
        return -ENOMEM;
    b->first_ns = b->items[0].record->seen->arrival.time_ns;
    b->model->first_us = time_us_of_ns(b->first_ns);
    for (size_t i = 0; i < b->count; i++)
        if ((i && !add_pause(b, i)) || !add_message(b, &b->items[i]))
            return -ENOMEM;
    return 0;
}

/* --- titles -------------------------------------------------------------- */

/* A, B, ... Z, 27, 28, ... */
static int write_mark(struct arena *arena, size_t ordinal, struct span *out)
{
    char text[16];
    int n = ordinal < 26
                ? snprintf(text, sizeof(text), "%c", (char)('A' + ordinal))
                : snprintf(text, sizeof(text), "%zu", ordinal + 1);

    return n > 0 && arena_copy(arena, span_of(text, (size_t)n), out) ? 0
                                                                     : -ENOMEM;
}

static int add_titles(struct builder *b, size_t count)
{
    struct ladder_model *m = b->model;
    int rc = 0;

    m->titles = arena_take(&m->arena, count * sizeof(*m->titles));
    if (!m->titles)
        return -ENOMEM;
    memset(m->titles, 0, count * sizeof(*m->titles));
    for (size_t i = 0; i < count && !rc; i++) {
        if (b->views[i]->message_count)
            rc = ladder_title_write(b->views[i], &m->arena, &m->titles[i]);
        if (!rc && count > 1)
            rc = write_mark(&m->arena, i, &m->titles[i].mark);
    }
    m->title_count = count;
    return rc;
}

int ladder_model_build(const struct call_view *const *views, size_t count,
                       bool duplicates, struct ladder_model *model_out)
{
    struct builder b = {.views = views, .model = model_out};
    int rc;

    *model_out = (struct ladder_model){0};
    if (!count || count > UINT16_MAX - 1)
        return -EINVAL;
    arena_init(&model_out->arena, ARENA_CHUNK_BYTES);
    b.calls = calloc(count, sizeof(*b.calls));
    rc = b.calls ? gather(&b, count, duplicates) : -ENOMEM;
    if (!rc)
        rc = add_titles(&b, count);
    if (!rc)
        rc = ladder_lifelines_find(b.items, b.count, model_out);
    if (!rc)
        rc = ladder_peers_name(views, count, model_out);
    if (!rc)
        find_reach(&b);
    if (!rc)
        rc = find_forks(&b);
    if (!rc)
        rc = add_events(&b);
    map_fini(&b.seen);
    text_buffer_fini(&b.text);
    text_buffer_fini(&b.notes.text);
    free(b.items);
    free(b.calls);
    if (rc)
        ladder_model_fini(model_out);
    return rc;
}

void ladder_model_fini(struct ladder_model *model)
{
    arena_fini(&model->arena);
    *model = (struct ladder_model){0};
}
