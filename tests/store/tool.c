/*
 * What the store's tests drive: each command prints lines of words and ends
 * with 0, or prints the error and ends with 1.
 */
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "store/audit.h"
#include "store/connection.h"
#include "store/find.h"
#include "store/load.h"
#include "store/migrate.h"
#include "store/server.h"
#include "store/status.h"
#include "store/writer.h"

#include "stopped.h"
#include "synthetic.h"

static uint64_t setting(const char *name, uint64_t otherwise)
{
    const char *value = getenv(name);

    return value ? strtoull(value, NULL, 10) : otherwise;
}

static int fail(int rc, const struct error *err)
{
    if (rc)
        printf("error: %s\n", err->text);
    return rc ? 1 : 0;
}

/* Bytes no text column takes, where the settings ask for them. */
static void spoil(void)
{
    struct sip_message *m = &seen[0].message;

    if (!setting("BAD", 0))
        return;
    memcpy(memmem(texts[0], lengths[0], "sipp and", 8), "a\0b\xff\xc3\x28zz",
           8);
    m->via_branch = SPAN_LITERAL("z9hG4bK\0\xfe");
    m->method_name = SPAN_LITERAL("INV\xc0TE");
    m->method = m->cseq_method = SIP_UNKNOWN;
    m->cseq_method_name = m->method_name;
    anomaly_set_add(&records[0].anomalies, ANOMALY_NUL_IN_HEADER);
    records[5].duplicate = true;
}

static void print_counters(struct writer *w)
{
    struct writer_counters c;

    writer_counters_read(w, &c);
    printf("calls=%llu known=%llu replaced=%llu messages=%llu "
           "messages_known=%llu lost=%llu duplicates=%llu quarantined=%llu "
           "collisions=%llu\n",
           (unsigned long long)c.calls, (unsigned long long)c.calls_known,
           (unsigned long long)c.calls_replaced, (unsigned long long)c.messages,
           (unsigned long long)c.messages_known,
           (unsigned long long)c.messages_lost,
           (unsigned long long)c.duplicates, (unsigned long long)c.quarantined,
           (unsigned long long)c.collisions);
}

/* A call's second half comes LATE calls after its first. */
static int hand_late(const struct record_sink *sink, uint64_t i, uint64_t from,
                     uint64_t late, uint32_t each)
{
    int rc;

    stamp(i);
    rc = hand_part(sink, 0, each / 2);
    if (rc || i < from + late)
        return rc;
    stamp(i - late);
    rc = hand_part(sink, each / 2, each);
    return rc ? rc : hand_call(sink, each);
}

/* FLUSH: after so many calls, as a live capture would; the longest time that
 * one took is kept. */
static int64_t longest_ms;

static int flush_timed(struct writer *w, uint64_t i)
{
    uint64_t every = setting("FLUSH", 0);
    struct timespec a;
    struct timespec b;
    int64_t ms;
    int rc;

    if (!every || i % every)
        return 0;
    (void)clock_gettime(CLOCK_MONOTONIC, &a);
    rc = writer_flush(w);
    (void)clock_gettime(CLOCK_MONOTONIC, &b);
    ms = (b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000;
    longest_ms = ms > longest_ms ? ms : longest_ms;
    return rc;
}

/* FROM: number of the first call; MESSAGES_EACH: less than all, a truncated
 * capture; TIME, STEP: of the first call, nanoseconds between calls; LATE: see
 * above; DIE: end by SIGKILL after so many calls. */
static int hand_over_all(struct writer *w, uint64_t calls)
{
    const struct record_sink sink = writer_sink(w);
    uint32_t each = (uint32_t)setting("MESSAGES_EACH", MESSAGES);
    uint64_t from = setting("FROM", 0);
    uint64_t die = setting("DIE", UINT64_MAX);
    uint64_t late = setting("LATE", 0);
    int64_t step = (int64_t)setting("STEP", 0);
    int64_t begin = first_ns;
    int rc = 0;

    for (uint64_t i = from; rc == 0 && i < from + calls; i++) {
        first_ns = begin + (int64_t)i * step;
        if (late) {
            rc = hand_late(&sink, i, from, late, each);
        } else {
            stamp(i);
            rc = hand_part(&sink, 0, each);
            if (rc == 0)
                rc = hand_call(&sink, each);
        }
        if (rc == 0)
            rc = flush_timed(w, i);
        if (i - from == die)
            (void)kill(getpid(), SIGKILL);
    }
    return rc;
}

/* LIVE: messages of each call are told of in so many steps, of all calls in
 * turn; OPEN: and stay open. PAUSE_MS: between the steps. */
static int hand_over_live(struct writer *w, uint64_t calls)
{
    const struct record_sink sink = writer_sink(w);
    uint32_t turns = (uint32_t)setting("LIVE", 8);
    uint32_t told = 0;
    int rc = 0;

    for (uint32_t step = 1; rc == 0 && step <= turns; step++) {
        uint32_t to = MESSAGES * step / turns;

        for (uint64_t i = 0; rc == 0 && i < calls; i++) {
            stamp(i);
            rc = hand_part(&sink, told, to);
            if (rc == 0)
                rc = hand_live(&sink, to);
        }
        if (rc == 0)
            rc = sink.tick_fn(sink.arg, seen[0].arrival.time_ns);
        if (rc == 0 && setting("WAIT", 0))
            rc = writer_flush(w);
        (void)usleep((useconds_t)setting("PAUSE_MS", 0) * 1000);
        if (step == setting("DIE", UINT64_MAX))
            (void)kill(getpid(), SIGKILL);
        told = to;
    }
    for (uint64_t i = 0; rc == 0 && i < calls && !setting("OPEN", 0); i++) {
        stamp(i);
        rc = hand_call(&sink, MESSAGES);
    }
    return rc ? rc : sink.tick_fn(sink.arg, seen[0].arrival.time_ns);
}

/* GAPS: so many, a minute apart; each second one without addresses. */
static int hand_gaps(struct writer *w)
{
    const struct record_sink sink = writer_sink(w);
    int rc = 0;

    for (uint64_t i = 0; rc == 0 && i < setting("GAPS", 0); i++) {
        struct capture_gap gap = {.kind = i % 2 ? GAP_KERNEL : GAP_TCP,
                                  .from_ns =
                                      first_ns + (int64_t)i * 60000000000,
                                  .gaps = i,
                                  .bytes = i % 2 ? 0 : 1000 + i,
                                  .packets = i % 2 ? i : 0};

        gap.to_ns = gap.from_ns + 1500000000;
        if (gap.kind == GAP_TCP) {
            gap.src = seen[0].arrival.src.address;
            gap.dst = seen[0].arrival.dst.address;
        }
        rc = sink.gap_fn(sink.arg, &gap);
    }
    return rc;
}

static int end_load(struct writer *w, uint64_t calls, struct error *err)
{
    struct capture_account account = {
        .first_packet_at = at_us(0),
        .last_packet_at = at_us(15),
        .packets = calls * MESSAGES,
        .decoded = calls * MESSAGES,
        .sip_messages = calls * setting("MESSAGES_EACH", MESSAGES)};
    int rc = writer_end_source(w, 0, &account, err);

    return rc ? rc : writer_end(w, NULL, err);
}

static int run_load(struct store *s, uint64_t calls, struct error *err)
{
    const struct writer_options options = {
        .sensor = span_of_string(sensor_name ? sensor_name : "test"),
        .command = "tool load",
        .version = "test",
        .live = setting("LIVE", 0),
        .batch_messages = setting("BATCH", 0)};
    const struct writer_source source = {getenv("SOURCE") ? getenv("SOURCE")
                                                          : "synthetic",
                                         getenv("SOURCE") != NULL};
    struct writer *w;
    int rc = writer_new(s, &options, &w, err);

    if (rc)
        return rc;
    first_ns = (int64_t)setting("TIME", 1763600000) * 1000000000;
    prepare();
    find_stamps();
    spoil();
    rc = writer_add_source(w, 0, &source, err);
    if (rc == 0) {
        rc = options.live ? hand_over_live(w, calls) : hand_over_all(w, calls);
        if (rc == 0)
            rc = hand_gaps(w);
        if (rc == 0)
            rc = writer_flush(w);
        if (rc)
            *err = *writer_error(w);
    }
    if (rc == 0)
        rc = end_load(w, calls, err);
    print_counters(w);
    if (setting("FLUSH", 0))
        printf("longest=%lld\n", (long long)longest_ms);
    writer_free(w);
    return rc;
}

/* PACE: milliseconds between ticks, each of EACH calls (10); SPOOL, SIZE: the
 * spool's folder and bound; IDLE: milliseconds to wait for it to
 * drain, at most; DIE:
 * end by SIGKILL after so many calls, and flush. */
static int hand_over_paced(struct writer *w, uint64_t calls)
{
    const struct record_sink sink = writer_sink(w);
    uint64_t from = setting("FROM", 0);
    uint64_t each = setting("EACH", 10);
    int rc = 0;

    for (uint64_t i = from; rc == 0 && i < from + calls; i++) {
        stamp(i);
        rc = hand_part(&sink, 0, MESSAGES);
        if (rc == 0)
            rc = hand_call(&sink, MESSAGES);
        if (rc == 0 && i % each == each - 1) {
            rc = sink.tick_fn(sink.arg, seen[MESSAGES - 1].arrival.time_ns);
            (void)usleep((useconds_t)setting("PACE", 0) * 1000);
        }
        if (i - from + 1 == setting("DIE", UINT64_MAX)) {
            rc = writer_flush(w);
            (void)kill(getpid(), SIGKILL);
        }
    }
    return rc ? rc : writer_flush(w);
}

static void print_spool(struct writer *w)
{
    struct writer_spool s;

    (void)writer_spool_read(w, &s);
    printf("spooled=%llu dropped=%llu drained=%llu returns=%llu torn=%llu "
           "damaged=%llu bytes=%llu appended=%llu memory=%llu troubles=",
           (unsigned long long)s.messages_spooled,
           (unsigned long long)s.messages_dropped,
           (unsigned long long)s.batches_drained, (unsigned long long)s.returns,
           (unsigned long long)s.spool.tails_torn,
           (unsigned long long)s.spool.records_damaged,
           (unsigned long long)s.spool.bytes,
           (unsigned long long)s.spool.bytes_appended,
           (unsigned long long)s.spool.bytes_memory);
    for (int i = 0; i < TROUBLE_COUNT; i++)
        printf("%s%llu", i ? "," : "", (unsigned long long)s.troubles[i]);
    printf("\n");
}

static void wait_drained(struct writer *w)
{
    struct writer_spool s;

    for (uint64_t ms = 0; ms < setting("IDLE", 0); ms += 20) {
        (void)writer_spool_read(w, &s);
        if (!s.spool.records_waiting)
            return;
        (void)usleep(20000);
    }
}

static int run_spool(uint64_t calls, struct error *err)
{
    const struct writer_options options = {.sensor = SPAN_LITERAL("test"),
                                           .command = "tool spool",
                                           .version = "test",
                                           .live = true,
                                           .spool_dir = getenv("SPOOL"),
                                           .spool_bytes = setting("SIZE", 0),
                                           .batch_messages =
                                               setting("BATCH", 0)};
    const struct writer_source source = {"synthetic", false};
    struct writer *w;
    int rc = writer_new_spooled(NULL, &options, &w, err);

    if (rc)
        return rc;
    first_ns = (int64_t)setting("TIME", 1763600000) * 1000000000;
    prepare();
    find_stamps();
    spoil();
    rc = writer_add_source(w, 0, &source, err);
    if (rc == 0) {
        rc = hand_over_paced(w, calls);
        if (rc)
            *err = *writer_error(w);
    }
    wait_drained(w);
    if (rc == 0)
        rc = end_load(w, calls, err);
    print_counters(w);
    print_spool(w);
    writer_free(w);
    return rc;
}

static int print_call(void *arg, const struct found_call *call)
{
    char key[KEY_TEXT_BYTES];

    (void)arg;
    key_write(&call->record.call_key, key);
    printf("%s %.*s %.*s %s %u\n", key, SPAN_ARG(call->record.call_id),
           SPAN_ARG(call->record.parties.callee_user),
           call_disposition_name(call->record.disposition),
           (unsigned)call->record.status_code);
    return 0;
}

static int run_find(struct store *s, char **words, struct error *err)
{
    struct call_filter f = call_filter_none;

    for (; words[0] && words[1]; words += 2) {
        struct span value = span_of_string(words[1]);

        if (strcmp(words[0], "from") == 0)
            f.from = value;
        else if (strcmp(words[0], "to") == 0)
            f.to = value;
        else if (strcmp(words[0], "number") == 0)
            f.number = value;
        else if (strcmp(words[0], "call-id") == 0)
            f.call_id = value;
        else if (strcmp(words[0], "ip") == 0)
            (void)address_parse(value, &f.ip);
        else if (strcmp(words[0], "since") == 0)
            f.since_us = strtoll(words[1], NULL, 10) * 1000000;
        else if (strcmp(words[0], "limit") == 0)
            f.limit = strtoull(words[1], NULL, 10);
        else if (strcmp(words[0], "status") == 0)
            f.status_low = f.status_high =
                (uint16_t)strtoul(words[1], NULL, 10);
        else if (strcmp(words[0], "min-duration") == 0)
            f.min_duration_ms = (int64_t)strtoull(words[1], NULL, 10);
        else if (strcmp(words[0], "all") == 0)
            f.all = true;
    }
    return find_calls(s, &f, print_call, NULL, err);
}

static void print_view(const struct call_view *v)
{
    printf("call %.*s dialogs=%zu messages=%zu hops=%u pdd=%lld\n",
           SPAN_ARG(v->record.call_id), v->dialog_count, v->message_count,
           (unsigned)v->record.hop_count,
           (long long)v->record.durations.pdd_ms);
    for (size_t i = 0; i < v->message_count; i++) {
        const struct message_record *m = &v->messages[i];
        const struct sip_message *s = &m->seen->message;
        char src[ENDPOINT_TEXT_BYTES];

        (void)endpoint_write(&m->seen->arrival.src, src);
        printf("%zu %s %.*s %u txn=%u hop=%u branch=%.*s cseq=%u headers=%u "
               "text=%zu dup=%d frame=%llu\n",
               i, src, SPAN_ARG(s->method_name), (unsigned)s->status_code,
               m->transaction, (unsigned)m->hop, SPAN_ARG(s->via_branch),
               s->cseq, s->header_count, s->text.length, m->duplicate,
               (unsigned long long)m->seen->arrival.frame);
    }
}

static int run_show(struct store *s, const char *name, struct error *err)
{
    struct slab_pool *pool = slab_pool_new(65536);
    struct load_sources sources = {0};
    struct call_view view;
    struct key key;
    int rc = find_call(s, span_of_string(name), &key, err);

    call_view_init(&view);
    if (rc == 0)
        rc = load_call(s, &key, pool, &view, &sources, err);
    if (rc == 0) {
        print_view(&view);
        printf("source %s\n", sources.items[0].name);
    }
    call_view_fini(&view);
    load_sources_fini(&sources);
    slab_pool_free(pool);
    return rc;
}

/* FROM, TO: of the messages of a capture file, of which none is 0 and all is
 * anything beyond. DIE: end by SIGKILL, once all is handed over. */
static int run_live(struct store *store, char **words, struct error *err)
{
    const struct writer_options options = {.sensor = SPAN_LITERAL("test"),
                                           .command = "tool live",
                                           .version = "test",
                                           .live = true};
    const struct writer_source source = {"eth9", false};
    struct stopped s = {.pool = slab_pool_new(65536), .source = "eth9"};
    size_t from = strtoull(words[1], NULL, 10);
    size_t to = strtoull(words[2], NULL, 10);
    int rc = stopped_read(&s, words[0], err);

    if (to > s.count)
        to = s.count;
    if (rc == 0)
        rc = writer_new(store, &options, &s.writer, err);
    if (rc == 0)
        rc = writer_add_source(s.writer, 0, &source, err);
    if (rc == 0)
        rc = stopped_run(&s, store, from, to, err);
    if (rc == 0)
        rc = writer_flush(s.writer);
    if (setting("DIE", 0))
        (void)kill(getpid(), SIGKILL);
    if (rc == 0)
        rc = writer_end(s.writer, NULL, err);
    if (rc && !err->text[0] && s.writer)
        *err = *writer_error(s.writer);
    printf("messages=%zu\n", s.count);
    writer_free(s.writer);
    slab_pool_free(s.pool);
    free(s.items);
    return rc;
}

static int run_server(const char *what, struct error *err)
{
    struct server_place place;
    pid_t pid;
    int rc = server_locate(&place, err);

    if (rc == 0 && strcmp(what, "start") == 0)
        rc = server_start(&place, err);
    if (rc == 0 && strcmp(what, "stop") == 0)
        rc = server_stop(&place, err);
    if (rc == 0)
        printf("state=%d data=%s socket=%s\n",
               (int)server_state_of(&place, &pid), place.data_dir,
               place.socket_dir);
    return rc;
}

int main(int argc, char **argv)
{
    const char *command = argc > 1 ? argv[1] : "";
    struct error err = {0};
    struct store s = {0};
    size_t faults = 0;
    int rc;

    sensor_name = getenv("SENSOR");
    if (strcmp(command, "server") == 0 && argc > 2)
        return fail(run_server(argv[2], &err), &err);
    if (strcmp(command, "spool") == 0 && argc > 2)
        return fail(run_spool(strtoull(argv[2], NULL, 10), &err), &err);
    rc = store_open(NULL,
                    strcmp(command, "read") == 0 ? STORE_READ : STORE_WRITE, &s,
                    &err);
    if (rc == 0 && strcmp(command, "load") == 0 && argc > 2)
        rc = run_load(&s, strtoull(argv[2], NULL, 10), &err);
    else if (rc == 0 && strcmp(command, "live") == 0 && argc > 4)
        rc = run_live(&s, argv + 2, &err);
    else if (rc == 0 && strcmp(command, "find") == 0)
        rc = run_find(&s, argv + 2, &err);
    else if (rc == 0 && strcmp(command, "show") == 0 && argc > 2)
        rc = run_show(&s, argv[2], &err);
    else if (rc == 0 && strcmp(command, "audit") == 0)
        rc = audit_run(&s, stdout, &faults, &err);
    else if (rc == 0 && strcmp(command, "status") == 0)
        rc = status_print(&s, stdout, &err);
    store_close(&s);
    return rc ? fail(rc, &err) : faults ? 3 : 0;
}
