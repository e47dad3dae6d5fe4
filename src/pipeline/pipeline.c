#include "pipeline/pipeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "decode/plain.h"
#include "flow/hep.h"
#include "pipeline/intake.h"
#include "pipeline/shards.h"

#define MEMORY_LIVE ((uint64_t)1 << 30)
#define MEMORY_FILES ((uint64_t)4 << 30)
#define MEMORY_LEAST ((uint64_t)64 << 20)
#define REORDER_NS INT64_C(500000000)
#define PROGRESS_PACKETS 8192
#define LIVE_PROGRESS_NS INT64_C(1000000000)
#define TICK_NS INT64_C(1000000000)
#define LIVE_TICK_NS INT64_C(500000000)
#define HEP_DELAY_NS INT64_C(1000000000)
#define DRAIN_NS INT64_C(2000000000)
/* Shown to the filter of a payload that was inside another packet. */
#define INSIDE_BYTES 128
#define LINK_TYPE_RAW 101

struct run {
    const struct pipeline_options *options;
    struct pipeline_result *result;
    struct intake intake;
    struct sensors *sensors;
    struct flow_table *flows;
    struct shards *shards;
    int64_t packets_ns;             /* highest time of a packet */
    int64_t messages_ns;            /* and of a message */
    int64_t told_ns;                /* clock the shards last heard */
    int64_t tick_ns;                /* it hears of it so often */
    int64_t hep_told_ns;            /* highest time that HEP told */
    int64_t hep_heard_ns;           /* packets_ns then */
    int64_t progress_ns;            /* clock of the last report */
    int64_t stopped_ns;             /* live: when it was told to; 0: not */
    bool given_up;                  /* reading what came before that */
    uint32_t source;                /* of the packets being taken */
    struct pipeline_source charged; /* to sources so far, in all */
};

/* A run over several files counts as one; each file is charged with what was
   added while its packets were taken. A flow proved to be SIP takes packets
   back, which may have been another file's: then its count stops at 0. */
static void charge(uint64_t *account, uint64_t *charged, uint64_t total)
{
    int64_t added = (int64_t)(total - *charged);

    *account = added < 0 && *account < (uint64_t)-added
                   ? 0
                   : *account + (uint64_t)added;
    *charged = total;
}

static void charge_source(struct run *run)
{
    const struct flow_counters *f = flow_counters_of(run->flows);
    const struct pipeline_counters *c = &run->intake.counters;
    struct pipeline_source *to = &run->result->sources[run->source];
    struct pipeline_source *so_far = &run->charged;

    charge(&to->not_sip, &so_far->not_sip, f->not_sip_packets + c->not_sip);
    charge(&to->opaque, &so_far->opaque, f->tls_packets + f->esp_packets);
    charge(&to->fragments_expired, &so_far->fragments_expired,
           f->fragments_expired);
    charge(&to->tcp_gaps, &so_far->tcp_gaps, f->tcp_gaps);
    charge(&to->messages_lost, &so_far->messages_lost, c->messages_lost);
    charge(&to->unwanted, &so_far->unwanted, f->unwanted);
}

/*
 * Live, time goes on when the agents are silent: as much as has gone by here
 * since they were last heard, less what a packet of theirs may take.
 */
static int64_t hep_clock(struct run *run, int64_t told_ns)
{
    bool first = run->hep_told_ns == INT64_MIN / 2;
    int64_t silent_ns;

    if (!run->options->live)
        return told_ns;
    if (told_ns > run->hep_told_ns) {
        run->hep_told_ns = told_ns;
        run->hep_heard_ns = run->packets_ns;
    }
    silent_ns = run->packets_ns - run->hep_heard_ns - HEP_DELAY_NS;
    if (silent_ns > 0)
        told_ns += silent_ns;
    return first || told_ns > run->result->clock_ns ? told_ns
                                                    : run->result->clock_ns;
}

/*
 * The clock of the run is the highest packet time of any packet (RECORDS.md,
 * R1). A packet of HEP has its own time, and its agent's clock may be another
 * than the capture's by any amount: once there is HEP, its packets and the
 * messages are the clock, and what stands between them is not asked.
 */
static void set_clock(struct run *run)
{
    int64_t hep_ns = run->intake.hep_clock_ns;

    if (hep_ns == HEP_TIME_NONE)
        run->result->clock_ns = run->packets_ns;
    else
        run->result->clock_ns = hep_clock(
            run, hep_ns > run->messages_ns ? hep_ns : run->messages_ns);
}

/* Owner of every message that the intake cut out. */
static int take_message(void *arg, struct observation *o)
{
    struct run *run = arg;
    int rc = 0;

    if (o->arrival.time_ns > run->messages_ns)
        run->messages_ns = o->arrival.time_ns;
    set_clock(run);
    if (run->options->message_fn)
        rc = run->options->message_fn(run->options->message_arg, o);
    if (rc || !run->shards) {
        observation_release(o);
        return rc;
    }
    if (!run->options->live)
        run->told_ns = run->result->clock_ns;
    return shards_push(run->shards, o, run->result->clock_ns);
}

static int take_lost(void *arg, const struct capture_gap *gap)
{
    struct run *run = arg;

    return run->shards ? shards_gap(run->shards, gap) : 0;
}

static void add_live_progress(struct run *run, struct pipeline_progress *p,
                              struct shards_state *shard)
{
    p->capture = run->result->capture;
    p->counters = &run->intake.counters;
    p->flow = flow_counters_of(run->flows);
    flow_fills(run->flows, p->flows);
    if (!run->shards)
        return;
    p->queue = (struct table_fill){.name = "correlation",
                                   .count = shards_depth(run->shards),
                                   .limit = shards_depth_max(run->shards)};
    for (uint32_t i = 0; i < capture_source_count(run->result->capture); i++)
        p->queue.dropped += shards_dropped(run->shards, i);
    shards_state_read(run->shards, shard);
    p->shard = shard;
}

static void report_progress(struct run *run)
{
    struct shards_state shard;
    struct pipeline_progress p = {
        .packets = run->result->packets,
        .messages = run->intake.counters.messages,
        .clock_ns = run->result->clock_ns,
    };

    for (size_t i = 0; i < capture_source_count(run->result->capture); i++) {
        const struct capture_source *s =
            capture_source_at(run->result->capture, i);

        p.position_bytes += s->position_bytes;
        p.size_bytes += s->size_bytes;
    }
    if (run->options->live)
        add_live_progress(run, &p, &shard);
    run->options->progress_fn(run->options->progress_arg, &p);
}

/* The innermost packet, asked for as if nothing had been around it. */
static bool matches_inside(void *arg, const struct layers *l)
{
    struct run *run = arg;
    uint8_t bytes[PLAIN_HEADER_BYTES + INSIDE_BYTES];
    struct span shown = span_part(l->payload, 0, INSIDE_BYTES);
    struct packet inside = {.data = bytes, .link_type = LINK_TYPE_RAW};

    if (!l->src.address.family)
        return false;
    inside.length = (uint32_t)plain_write(l, l->ip_protocol, shown, bytes);
    inside.wire_length =
        inside.length + l->payload_wire - (uint32_t)shown.length;
    if (!capture_matches_inside(run->result->capture, &inside))
        return false;
    run->result->matched_inside++;
    return true;
}

/* Of a fragment nobody can tell before its datagram is whole. */
static bool is_wanted(struct run *run, const struct packet *packet,
                      const struct layers *layers)
{
    if (!packet->unmatched || layers->outcome == DECODE_FRAGMENT ||
        matches_inside(run, layers))
        return true;
    capture_reject(run->result->capture, packet);
    return false;
}

/* What the kernel and interfaces dropped touches every call of that time. */
static int take_drops(struct run *run)
{
    struct capture_drop d;
    int rc = 0;

    while (!rc && capture_take_drop(run->result->capture, &d)) {
        const struct capture_gap gap = {.kind = d.by_interface ? GAP_INTERFACE
                                                               : GAP_KERNEL,
                                        .source = d.source,
                                        .from_ns = d.from_ns,
                                        .to_ns = d.to_ns,
                                        .packets = d.packets};

        rc = take_lost(run, &gap);
    }
    return rc;
}

static int tick(struct run *run)
{
    int rc = run->options->live ? take_drops(run) : 0;

    run->told_ns = run->result->clock_ns;
    return rc ? rc : shards_tick(run->shards, run->told_ns);
}

static int take_packet(struct run *run, const struct packet *packet)
{
    const struct pipeline_options *o = run->options;
    struct layers layers;
    int rc;

    layers_decode(packet, &layers);
    if (!is_wanted(run, packet, &layers))
        return 0;
    run->result->packets++;
    if (packet->source != run->source) {
        charge_source(run);
        run->source = packet->source;
    }
    if (packet->time_ns > run->packets_ns)
        run->packets_ns = packet->time_ns;
    if (o->packet_fn) {
        rc = o->packet_fn(o->packet_arg, packet, &layers);
        if (rc)
            return rc;
    }
    rc = flow_push(run->flows, packet, &layers);
    set_clock(run);
    if (rc || run->intake.failure)
        return rc ? rc : run->intake.failure;
    if (run->shards && run->intake.counters.messages &&
        run->result->clock_ns - run->told_ns > run->tick_ns)
        return tick(run);
    return 0;
}

/* No packet for a while: the time at which that is so is the clock now. Before
   the first message nobody knows whose clock it will bear. */
static int pass_time(struct run *run, int64_t time_ns)
{
    int rc;

    if (time_ns > run->packets_ns)
        run->packets_ns = time_ns;
    rc = flow_advance(run->flows, time_ns);
    set_clock(run);
    if (rc || run->intake.failure)
        return rc ? rc : run->intake.failure;
    if (!run->shards || !run->intake.counters.messages ||
        run->result->clock_ns - run->told_ns < run->tick_ns)
        return 0;
    return tick(run);
}

/* What was on the wire when it was told to stop is read, unless that takes too
   long. */
static bool is_drained(struct run *run)
{
    const struct capture *c = run->result->capture;

    if (!run->stopped_ns)
        run->stopped_ns = capture_now(c);
    if (run->packets_ns >= run->stopped_ns)
        return true;
    run->given_up = capture_now(c) - run->stopped_ns > DRAIN_NS;
    return run->given_up;
}

static bool told_to_stop(struct run *run)
{
    const struct pipeline_options *o = run->options;

    if (o->packet_cap && run->result->packets >= o->packet_cap)
        return true;
    return o->stop && *o->stop && (!o->live || is_drained(run));
}

static bool progress_is_due(struct run *run)
{
    if (!run->options->live)
        return run->result->packets % PROGRESS_PACKETS == 0;
    if (run->packets_ns - run->progress_ns < LIVE_PROGRESS_NS)
        return false;
    run->progress_ns = run->packets_ns;
    return true;
}

static int read_packets(struct run *run, struct error *err)
{
    struct packet packet;
    int rc = 0;

    while (!rc) {
        if (told_to_stop(run)) {
            run->result->interrupted = true;
            return 0;
        }
        switch (capture_read(run->result->capture, &packet, err)) {
        case CAPTURE_PACKET:
            rc = take_packet(run, &packet);
            break;
        case CAPTURE_DAMAGED:
            run->result->damaged++;
            if (!run->options->read_before)
                log_line(LOG_ERROR, "%s", err->text);
            break;
        case CAPTURE_FAILED:
            return err->code ? err->code : -EIO;
        case CAPTURE_END:
            return 0;
        case CAPTURE_IDLE:
            rc = pass_time(run, packet.time_ns);
            break;
        }
        if (run->options->progress_fn && progress_is_due(run))
            report_progress(run);
    }
    return rc;
}

/* Of two processors the reader has one; beyond four there is too little that
 * goes side by side. */
static size_t shards_default(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    return cores <= 2 ? 1 : cores > 4 ? 4 : (size_t)cores - 1;
}

static uint64_t memory_of(const struct pipeline_options *o)
{
    if (o->memory_bytes)
        return o->memory_bytes;
    return o->live ? MEMORY_LIVE : MEMORY_FILES;
}

/* Flows and what they hold back: the defaults are those of 1 GiB, and enough
 * for more. */
static struct flow_limits flow_limits_for(uint64_t memory_bytes)
{
    const size_t parts = MEMORY_LIVE / MEMORY_LEAST;
    size_t part =
        memory_bytes < MEMORY_LEAST ? 1 : (size_t)(memory_bytes / MEMORY_LEAST);
    struct flow_limits f = flow_limits_default;

    if (part < parts) {
        f.flows = f.flows * part / parts;
        f.reassembly_bytes = f.reassembly_bytes * part / parts;
        f.fragment_bytes = f.fragment_bytes * part / parts;
        f.sctp_bytes = f.sctp_bytes * part / parts;
    }
    return f;
}

static int set_up(struct run *run)
{
    const struct pipeline_options *o = run->options;
    struct correlator_limits limits = o->correlator;
    struct flow_limits flow = o->flow;
    struct flow_sink sink;
    int rc = intake_init(&run->intake);

    if (rc)
        return rc;
    run->result->sources = calloc(capture_source_count(run->result->capture),
                                  sizeof(*run->result->sources));
    if (!run->result->sources)
        return -ENOMEM;
    if (!limits.exchanges) {
        struct correlator_limits given = limits;

        limits = correlator_limits_default;
        limits.keep_copies = given.keep_copies;
        limits.headers = given.headers;
        limits.header_count = given.header_count;
        if (given.sensor.length)
            limits.sensor = given.sensor;
        correlator_limits_for(memory_of(o), &limits);
    }
    limits.live = o->live && o->sink && o->sink->live_fn;
    if (!flow.flows)
        flow = flow_limits_for(memory_of(o));
    run->intake.take_fn = take_message;
    run->intake.lost_fn = take_lost;
    run->intake.wanted_fn = matches_inside;
    run->intake.take_arg = run;
    run->sensors = sensors_new();
    if (!run->sensors)
        return -ENOMEM;
    run->intake.sensors = run->sensors;
    limits.sensors = run->sensors;
    sink = intake_sink(&run->intake);
    rc = flow_table_new(&flow, &sink, &run->flows);
    if (!rc && o->sink) {
        const struct shards_options shards = {
            .limits = &limits,
            .sink = o->sink,
            .count = o->shards ? o->shards : shards_default(),
            .reorder_ns = o->reorder_ns ? o->reorder_ns : REORDER_NS,
            .never_wait = o->live,
            .begin_fn = o->begin_fn,
            .begin_arg = o->begin_arg,
            .source_count = capture_source_count(run->result->capture)};

        rc = shards_start(&shards, &run->shards);
    }
    return rc;
}

static int tear_down(struct run *run, int rc)
{
    struct pipeline_result *r = run->result;

    if (run->flows) {
        flow_flush(run->flows);
        charge_source(run);
        r->flow = *flow_counters_of(run->flows);
        r->quotes = *flow_quotes_of(run->flows);
        r->protocol_count = flow_protocols(run->flows, r->protocols, 16);
        r->opaque_count = flow_opaque(run->flows, r->opaque, 16);
        flow_table_free(run->flows);
    }
    if (!rc)
        rc = run->intake.failure;
    capture_settle(r->capture, !run->given_up);
    if (!rc)
        rc = take_drops(run);
    if (run->shards) {
        int stopped;

        for (uint32_t i = 0; i < capture_source_count(r->capture); i++) {
            r->sources[i].dropped_queue = shards_dropped(run->shards, i);
            run->intake.counters.messages_dropped +=
                r->sources[i].dropped_queue;
        }
        stopped = shards_stop(run->shards, r->clock_ns, &r->correlator,
                              &run->intake.counters.too_late);

        rc = rc ? rc : stopped;
    }
    r->counters = run->intake.counters;
    intake_fini(&run->intake);
    if (run->sensors)
        r->counters.sensors_refused = sensors_refused(run->sensors);
    sensors_free(run->sensors);
    return rc;
}

int pipeline_run(const struct pipeline_options *options,
                 struct pipeline_result *result_out, struct error *err)
{
    struct capture_options capture = {.filter = options->filter,
                                      .unmatched_too = true,
                                      .no_fingerprint =
                                          options->no_fingerprint};
    struct run run = {.options = options,
                      .result = result_out,
                      .packets_ns = INT64_MIN / 2,
                      .messages_ns = INT64_MIN / 2,
                      .told_ns = INT64_MIN / 2,
                      .hep_told_ns = INT64_MIN / 2,
                      .progress_ns = INT64_MIN / 2,
                      .tick_ns = options->live ? LIVE_TICK_NS : TICK_NS};
    struct error own = {0};
    int rc = 0;

    if (!err)
        err = &own;
    memset(result_out, 0, sizeof(*result_out));
    result_out->clock_ns = INT64_MIN / 2;
    result_out->capture = options->capture;
    if (!options->capture)
        rc = capture_open_files(options->paths, options->path_count, &capture,
                                &result_out->capture, err);
    if (rc)
        return rc;
    rc = set_up(&run);
    if (!rc)
        rc = read_packets(&run, err);
    if (!rc && options->progress_fn)
        report_progress(&run);
    rc = tear_down(&run, rc);
    if (rc && !err->code)
        (void)error_set(err, rc, "%s", strerror(-rc));
    return rc;
}

void pipeline_result_fini(struct pipeline_result *r)
{
    capture_free(r->capture);
    free(r->sources);
    r->capture = NULL;
    r->sources = NULL;
}
