/*
 * Calls out of a capture file, read twice: once to see which calls are meant,
 * once to keep their messages. So a name that fits many costs no memory.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/log.h"
#include "cli/filter.h"
#include "cli/inputs.h"
#include "cli/pick.h"
#include "cli/signals.h"
#include "pipeline/pipeline.h"
#include "report/text.h"

#define CANDIDATES 8
#define SLAB_BYTES 65536

/* A call that a name may mean. */
struct candidate {
    struct key key;
    int64_t first_at;
    struct text parties;
};

/* One operand; the filters have none. */
struct want {
    struct span name; /* none where nothing is said: the file's only call, or
                         the only one begun in it */
    bool exact;       /* the candidates match exactly; prefixes count no more */
    uint64_t count;
    struct candidate candidates[CANDIDATES];
};

struct picking {
    const struct settings *settings;
    const char *path;
    size_t most;
    struct call_filter filter;
    struct want *wants;
    size_t want_count;
    struct key_list keys; /* of the calls to be kept */
    uint64_t passed;      /* calls that pass the filters */
    struct picked *picked;
};

static int hex_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

enum pick_match pick_match(struct span name, const struct key *key,
                           struct span call_id)
{
    size_t digits = 0;

    if (name.length && span_equal(name, call_id))
        return PICK_EXACT;
    for (size_t i = 0; i < name.length; i++) {
        int digit = hex_of(name.data[i]);

        if (name.data[i] == '-')
            continue;
        if (digit < 0 || digits >= 32 ||
            (key->bytes[digits / 2] >> (digits % 2 ? 0 : 4) & 15) != digit)
            return PICK_NONE;
        digits++;
    }
    return digits == 32 ? PICK_EXACT : digits >= 4 ? PICK_PREFIX : PICK_NONE;
}

static void forget_candidates(struct want *w)
{
    for (size_t i = 0; i < CANDIDATES; i++)
        text_fini(&w->candidates[i].parties);
    w->count = 0;
}

static int add_candidate(struct want *w, const struct call_record *r)
{
    const struct call_parties *p = &r->parties;
    struct candidate *c;

    if (w->count++ >= CANDIDATES)
        return 0;
    c = &w->candidates[w->count - 1];
    c->key = r->call_key;
    c->first_at = r->first_at;
    text_add_bytes(&c->parties,
                   p->caller_user.length ? p->caller_user : p->caller_host);
    text_add_string(&c->parties, " to ");
    text_add_bytes(&c->parties,
                   p->callee_user.length ? p->callee_user : p->callee_host);
    text_add_string(&c->parties, ", ");
    text_add_string(&c->parties, call_disposition_name(r->disposition));
    return c->parties.failed ? -ENOMEM : 0;
}

static enum pick_match match_of(const struct picking *k, const struct want *w,
                                const struct call_record *r)
{
    if (w->name.data)
        return pick_match(w->name, &r->call_key, r->call_id);
    return filter_match(&k->filter, r) ? PICK_EXACT : PICK_PREFIX;
}

/* First reading: which calls are meant? */
static int consider_call(void *arg, const struct call_record *record)
{
    struct picking *k = arg;
    int rc = 0;

    if (!k->want_count && filter_match(&k->filter, record)) {
        k->passed++;
        return k->keys.count < k->most
                   ? key_list_add(&k->keys, &record->call_key)
                   : 0;
    }
    for (size_t i = 0; i < k->want_count && !rc; i++) {
        struct want *w = &k->wants[i];
        enum pick_match match = match_of(k, w, record);

        if (match == PICK_NONE || (match == PICK_PREFIX && w->exact))
            continue;
        if (match == PICK_EXACT && !w->exact) {
            forget_candidates(w);
            w->exact = true;
        }
        rc = add_candidate(w, record);
    }
    return rc;
}

static struct call_view *view_of(struct picking *k, const struct key *key)
{
    for (size_t i = 0; i < k->keys.count; i++)
        if (key_equal(&k->keys.items[i], key))
            return &k->picked->views[i];
    return NULL;
}

static int keep_message(struct picking *k, struct call_view *view,
                        const struct message_record *message)
{
    struct message_record own = *message;
    /* the reader's slabs end with the reading */
    struct observation *copy = observation_copy(k->picked->pool, message->seen);
    int rc;

    if (!copy)
        return -ENOMEM;
    own.seen = copy;
    rc = call_view_add_message(view, &own);
    observation_release(copy);
    return rc;
}

/* Second reading: keep what belongs to them. */
static int keep_part(void *arg, const struct exchange_part *part)
{
    struct picking *k = arg;
    struct call_view *view = view_of(k, &part->exchange_key);
    int rc = 0;

    for (uint32_t i = 0; view && !rc && i < part->message_count; i++)
        rc = keep_message(k, view, &part->messages[i]);
    return rc;
}

static int keep_dialog(void *arg, const struct dialog_record *dialog)
{
    struct call_view *view =
        dialog->has_call ? view_of(arg, &dialog->call_key) : NULL;

    return view ? call_view_add_dialog(view, dialog) : 0;
}

static int keep_call(void *arg, const struct call_record *record)
{
    struct call_view *view = view_of(arg, &record->call_key);

    return view ? call_view_set_record(view, record) : 0;
}

static int no_dialog(void *arg, const struct dialog_record *dialog)
{
    (void)arg;
    (void)dialog;
    return 0;
}

static int read_file(struct picking *k, bool again,
                     const struct record_sink *sink)
{
    const struct settings *s = k->settings;
    const struct pipeline_options options = {
        .paths = &k->path,
        .path_count = 1,
        .no_fingerprint = true,
        .read_before = again,
        .filter = s->value[OPTION_FILTER],
        .shards = 1,
        .correlator.sensor = span_of_string(s->value[OPTION_SENSOR]),
        .correlator.headers = s->headers,
        .correlator.header_count = s->header_count,
        .sink = sink,
        .stop = &signals_stop,
    };
    struct pipeline_result result;
    struct error err = {0};
    int rc = pipeline_run(&options, &result, &err);

    k->picked->damaged |= result.damaged != 0;
    pipeline_result_fini(&result);
    if (!rc && !signals_stop)
        return CLI_DONE;
    log_line(LOG_ERROR, "%s", rc ? err.text : "interrupted");
    return CLI_FAILED;
}

static void list_candidates(const struct want *w)
{
    for (size_t i = 0; i < w->count && i < CANDIDATES; i++) {
        const struct candidate *c = &w->candidates[i];
        char key[KEY_TEXT_BYTES];
        char time[TIME_TEXT_BYTES];

        key_write(&c->key, key);
        (void)time_write(c->first_at, time);
        log_line(LOG_ERROR, "  %s  %.19s  %.*s", key, time,
                 SPAN_ARG(text_span(&c->parties)));
    }
    if (w->count > CANDIDATES)
        log_line(LOG_ERROR, "  and %" PRIu64 " more", w->count - CANDIDATES);
}

static void say_none(const struct picking *k, const struct want *w)
{
    if (w->name.data)
        log_line(LOG_ERROR,
                 "%s: no call '%.*s'; siptrail read --no-store --all %s "
                 "lists its calls",
                 k->path, SPAN_ARG(w->name), k->path);
    else
        log_line(LOG_ERROR, "%s: no call in it", k->path);
}

static void say_several(const struct picking *k, const struct want *w)
{
    if (w->name.data)
        log_line(LOG_ERROR,
                 "%s: '%.*s' means %" PRIu64 " calls, say which by its key:",
                 k->path, SPAN_ARG(w->name), w->count);
    else
        log_line(LOG_ERROR,
                 "%s: which of its %" PRIu64
                 " calls? say a key, the beginning of one, or a Call-ID:",
                 k->path, w->count);
    list_candidates(w);
}

static int choose(struct picking *k)
{
    for (size_t i = 0; i < k->want_count; i++) {
        struct want *w = &k->wants[i];

        if (w->count != 1) {
            if (w->count)
                say_several(k, w);
            else
                say_none(k, w);
            return CLI_FAILED;
        }
        if (key_list_add(&k->keys, &w->candidates[0].key) != 0) {
            log_line(LOG_ERROR, "out of memory");
            return CLI_FAILED;
        }
    }
    if (k->keys.count)
        return CLI_DONE;
    log_line(LOG_ERROR, "%s: no call passes the filters", k->path);
    return CLI_FAILED;
}

static int prepare(struct picking *k)
{
    const struct settings *s = k->settings;

    k->want_count = s->operand_count || filter_given(s) ? s->operand_count : 1;
    k->wants = calloc(k->want_count + 1, sizeof(*k->wants));
    if (!k->wants) {
        log_line(LOG_ERROR, "out of memory");
        return CLI_FAILED;
    }
    for (size_t i = 0; i < s->operand_count; i++)
        k->wants[i].name = span_of_string(s->operands[i]);
    return filter_read(s, &k->filter);
}

static int make_views(struct picking *k)
{
    struct picked *p = k->picked;

    p->pool = slab_pool_new(SLAB_BYTES);
    p->views = calloc(k->keys.count, sizeof(*p->views));
    if (!p->pool || !p->views) {
        log_line(LOG_ERROR, "out of memory");
        return CLI_FAILED;
    }
    p->count = k->keys.count;
    for (size_t i = 0; i < p->count; i++)
        call_view_init(&p->views[i]);
    return CLI_DONE;
}

int pick_from_file(const struct settings *s, const char *path, size_t most,
                   struct picked *picked)
{
    struct picking k = {
        .settings = s, .path = path, .most = most, .picked = picked};
    const struct record_sink first = {
        .arg = &k, .dialog_fn = no_dialog, .call_fn = consider_call};
    const struct record_sink second = {.arg = &k,
                                       .wants_messages = true,
                                       .part_fn = keep_part,
                                       .dialog_fn = keep_dialog,
                                       .call_fn = keep_call};
    int rc = prepare(&k);

    if (rc == CLI_DONE)
        rc = read_file(&k, false, &first);
    if (rc == CLI_DONE)
        rc = choose(&k);
    if (rc == CLI_DONE)
        rc = make_views(&k);
    if (rc == CLI_DONE)
        rc = read_file(&k, true, &second);
    if (rc == CLI_DONE && k.passed > k.keys.count)
        log_line(LOG_WARNING,
                 "%" PRIu64 " calls pass the filters, the first %zu are taken",
                 k.passed, k.keys.count);
    for (size_t i = 0; k.wants && i < k.want_count; i++)
        forget_candidates(&k.wants[i]);
    free(k.wants);
    free(k.keys.items);
    return rc;
}
