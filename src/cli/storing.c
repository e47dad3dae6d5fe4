#include "cli/storing.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "cli/command.h"
#include "cli/guard.h"
#include "report/text.h"

static int64_t clock_now_us(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* What the table runs calls this run: the command and its files. */
static int open_writer(const struct settings *s, const struct inputs *in,
                       struct storing *st, struct error *err)
{
    struct writer_options options = {
        .sensor = span_of_string(s->value[OPTION_SENSOR]),
        .version = SIPTRAIL_VERSION,
        .live = in->live,
    };
    struct text command;
    int rc;

    text_init(&command);
    text_add_string(&command, s->command->name);
    for (size_t i = 0; i < in->path_count; i++) {
        text_add_byte(&command, ' ');
        text_add_string(&command, in->paths[i]);
    }
    text_add_byte(&command, 0);
    options.command = command.failed ? s->command->name : command.data;
    if (in->live) {
        options.live = true;
        options.started_at = clock_now_us();
        options.spool_dir = s->value[OPTION_SPOOL];
        options.spool_bytes = s->number[OPTION_SPOOL_SIZE];
        options.spool_age_ns = (int64_t)s->number[OPTION_SPOOL_AGE] * 1000000;
        rc =
            writer_new_spooled(s->value[OPTION_DB], &options, &st->writer, err);
    } else {
        rc = store_open(s->value[OPTION_DB], STORE_WRITE, &st->store, err);
        if (!rc) /* the writer starts threads */
            rc = guard_read(s, err);
        if (!rc)
            rc = writer_new(&st->store, &options, &st->writer, err);
    }
    text_fini(&command);
    return rc;
}

int storing_begin(const struct settings *s, const struct inputs *in,
                  struct storing *storing_out, struct error *err)
{
    struct storing *st = storing_out;
    int rc;

    *st = (struct storing){.tally_count = in->path_count, .live = in->live};
    st->tallies = calloc(in->path_count, sizeof(*st->tallies));
    if (!st->tallies)
        return error_set(err, -ENOMEM, "out of memory");
    rc = open_writer(s, in, st, err);
    for (size_t i = 0; i < in->path_count && !rc; i++) {
        const struct writer_source source = {.name = in->paths[i],
                                             .is_file = !in->live};

        rc = writer_add_source(st->writer, (uint32_t)i, &source, err);
    }
    if (!rc)
        st->sink = writer_sink(st->writer);
    return rc;
}

void storing_count_packet(struct storing *st, const struct packet *packet,
                          const struct layers *layers)
{
    struct source_tally *t = &st->tallies[packet->source];

    t->packets++;
    if (layers->outcome == DECODE_UDP || layers->outcome == DECODE_TCP ||
        layers->outcome == DECODE_SCTP || layers->outcome == DECODE_FRAGMENT)
        t->decoded++;
    else if (layers->outcome == DECODE_BAD)
        t->malformed++;
    else
        t->not_for_us++;
}

void storing_count_message(struct storing *st, const struct observation *seen)
{
    st->tallies[seen->arrival.source].sip_messages++;
}

static struct capture_account account_of(const struct storing *st, size_t index,
                                         const struct pipeline_result *r)
{
    const struct capture_source *s = capture_source_at(r->capture, index);
    const struct source_tally *t = &st->tallies[index];
    const struct pipeline_source *p = &r->sources[index];

    return (struct capture_account){
        .first_packet_at =
            s->packets ? time_us_of_ns(s->first_time_ns) : TIME_NONE,
        .last_packet_at =
            s->packets ? time_us_of_ns(s->last_time_ns) : TIME_NONE,
        .fingerprint = s->fingerprint,
        .packets = t->packets - p->unwanted,
        .packets_filtered = s->filtered + p->unwanted,
        .bytes = s->bytes,
        .decoded = t->decoded - p->unwanted,
        .not_for_us = t->not_for_us,
        .malformed = t->malformed,
        .truncated = s->truncated,
        .not_sip = p->not_sip,
        .opaque = p->opaque,
        .fragments_expired = p->fragments_expired,
        .tcp_gaps = p->tcp_gaps,
        .dropped_kernel = s->dropped_kernel,
        .dropped_interface = s->dropped_interface,
        .dropped_queue = p->dropped_queue,
        .dropped = p->messages_lost + p->dropped_queue,
        .sip_messages = t->sip_messages + p->messages_lost,
        .damage = s->damaged ? s->damage : NULL,
    };
}

static int end_sources(struct storing *st, const struct pipeline_result *result,
                       bool failed, struct error *err)
{
    static uint64_t anomalies[ANOMALY_COUNT];
    int rc = 0;

    /* What flows name is counted there, and told again of each message. */
    for (size_t i = 0; i < ANOMALY_COUNT; i++)
        anomalies[i] = result->flow.anomalies[i]
                           ? result->flow.anomalies[i]
                           : result->correlator.anomalies[i];
    for (size_t i = 0; i < st->tally_count && result->sources && !rc; i++) {
        struct capture_account account = account_of(st, i, result);

        account.interrupted = failed || (result->interrupted && !st->live);
        if (st->tally_count == 1)
            account.anomalies = anomalies;
        rc = writer_end_source(st->writer, (uint32_t)i, &account, err);
    }
    return rc;
}

int storing_end(struct storing *st, const struct pipeline_result *result,
                int rc, struct error *err)
{
    const struct error *failed = writer_error(st->writer);
    struct error more = {0};
    int ended;

    if (rc && failed && failed->code) {
        *err = *failed;
        return rc;
    }
    ended = writer_flush(st->writer);
    if (ended && !rc)
        *err = *writer_error(st->writer);
    rc = rc ? rc : ended;
    if (!ended)
        ended = end_sources(st, result, rc != 0, rc ? &more : err);
    rc = rc ? rc : ended;
    if (!ended)
        ended = writer_end(st->writer, rc ? err->text : NULL, rc ? &more : err);
    return rc ? rc : ended;
}

void storing_fini(struct storing *st)
{
    writer_free(st->writer);
    store_close(&st->store);
    free(st->tallies);
    *st = (struct storing){0};
}
