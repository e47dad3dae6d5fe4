/*
 * The messages of a capture file as a live capture sees them, stopped between
 * any two of them and gone on with from the database.
 */
#ifndef TESTS_STORE_STOPPED_H
#define TESTS_STORE_STOPPED_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "pipeline/pipeline.h"
#include "store/resume.h"
#include "store/writer.h"

struct stopped {
    struct observation **items; /* in the order of their times */
    size_t count;
    size_t room;
    struct slab_pool *pool;
    struct writer *writer;
    const char *source;
};

/* A copy, for the one seen is the pipeline's. */
static int stopped_keep(void *arg, const struct observation *seen)
{
    struct stopped *s = arg;
    struct observation *o = observation_copy(s->pool, seen);

    if (s->count == s->room) {
        s->room = s->room ? s->room * 2 : 256;
        s->items = realloc(s->items, s->room * sizeof(struct observation *));
    }
    if (!o || !s->items)
        return -ENOMEM;
    s->items[s->count++] = o;
    return 0;
}

static int stopped_compare(const void *a, const void *b)
{
    const struct observation *x = *(struct observation *const *)a;
    const struct observation *y = *(struct observation *const *)b;

    if (x->arrival.time_ns != y->arrival.time_ns)
        return x->arrival.time_ns < y->arrival.time_ns ? -1 : 1;
    return (x->arrival.frame > y->arrival.frame) -
           (x->arrival.frame < y->arrival.frame);
}

static int stopped_read(struct stopped *s, const char *path, struct error *err)
{
    const struct pipeline_options options = {.paths = &path,
                                             .path_count = 1,
                                             .message_fn = stopped_keep,
                                             .message_arg = s};
    struct pipeline_result result;
    int rc = pipeline_run(&options, &result, err);

    pipeline_result_fini(&result);
    if (rc == 0)
        qsort(s->items, s->count, sizeof(struct observation *),
              stopped_compare);
    return rc;
}

static int stopped_source(void *arg, uint32_t ordinal, const struct key *key)
{
    struct stopped *s = arg;

    return writer_add_earlier(s->writer, ordinal, key);
}

static int stopped_take_up(struct stopped *s, struct store *store, size_t from,
                           struct correlator *c, struct error *err)
{
    const struct resume_options options = {
        .sources = &s->source,
        .source_count = 1,
        .sensor = "test",
        .now_us = s->items[from]->arrival.time_ns / 1000,
        .source_fn = stopped_source,
        .arg = s};
    struct resume_counters n;
    int rc = resume_run(store, &options, c, &n, err);

    printf("calls=%llu subscriptions=%llu bindings=%llu strayed=%llu "
           "given_up=%llu\n",
           (unsigned long long)n.calls, (unsigned long long)n.subscriptions,
           (unsigned long long)n.bindings, (unsigned long long)n.strayed,
           (unsigned long long)n.given_up);
    return rc;
}

/* Messages @p from up to @p to, each told of at once; with the last one all
 * time passes. */
static int stopped_run(struct stopped *s, struct store *store, size_t from,
                       size_t to, struct error *err)
{
    struct correlator_limits limits = correlator_limits_default;
    const struct record_sink sink = writer_sink(s->writer);
    struct correlator *c;
    int64_t now = 0;
    int rc;

    limits.live = true;
    limits.sensor = SPAN_LITERAL("test");
    rc = correlator_new(&limits, &sink, &c);
    if (rc == 0 && from)
        rc = stopped_take_up(s, store, from, c, err);
    for (size_t i = 0; i < s->count; i++) {
        if (rc || i < from || i >= to) {
            observation_release(s->items[i]);
            continue;
        }
        now = s->items[i]->arrival.time_ns;
        rc = correlator_observe(c, s->items[i]);
        if (rc == 0)
            rc = correlator_tell(c, now);
    }
    if (rc == 0 && to == s->count)
        rc = correlator_advance(c, now + INT64_C(180000000000000));
    if (rc == 0)
        rc = correlator_end(c);
    correlator_free(c);
    return rc;
}

#endif
