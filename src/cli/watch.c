#include "cli/watch.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "capture/kept.h"
#include "cli/command.h"
#include "cli/metrics_server.h"
#include "cli/notify.h"
#include "pipeline/shards.h"
#include "store/writer.h"

#define SECOND_NS INT64_C(1000000000)
#define STATUS_NS (10 * SECOND_NS)

/* Of calls; the correlating thread counts, the reader's looks. */
struct ended_calls {
    atomic_uint_fast64_t ended[CALL_DISPOSITION_COUNT];
    atomic_uint_fast64_t delays[METRICS_DELAY_COUNT][METRICS_BUCKETS + 1];
    atomic_uint_fast64_t delay_ms[METRICS_DELAY_COUNT];
};

struct watch {
    struct metrics_server *server; /* NULL: nobody asked for metrics */
    struct notify notify;
    struct ended_calls calls;
    /* the reader's own: */
    struct metrics page;
    bool ready;
    int64_t status_ns;        /* when the manager last heard it */
    int64_t correlated_ns;    /* the clock of correlation, */
    int64_t correlated_at_ns; /* and when it last moved */
    uint64_t lost;            /* told of so far */
    struct log_event lost_event;
};

static int64_t now_ns(clockid_t clock)
{
    struct timespec now = {0};

    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * SECOND_NS + now.tv_nsec;
}

int watch_new(const struct settings *s, struct watch **watch_out,
              struct error *err)
{
    const char *sensor = s->value[OPTION_SENSOR];
    struct watch *w = calloc(1, sizeof(*w));
    int rc = 0;

    if (!w)
        return error_set(err, -ENOMEM, "out of memory");
    notify_init(&w->notify);
    w->page.version = SIPTRAIL_VERSION;
    w->page.spool_limit_bytes = s->number[OPTION_SPOOL_SIZE];
    w->page.start_time_ns = now_ns(CLOCK_REALTIME);
    (void)snprintf(w->page.sensor, sizeof(w->page.sensor), "%s",
                   sensor ? sensor : "");
    if (s->value[OPTION_METRICS])
        rc = metrics_server_new(s->value[OPTION_METRICS], &w->server, err);
    if (rc)
        watch_free(w);
    else
        *watch_out = w;
    return rc;
}

int watch_start(struct watch *w, struct error *err)
{
    return w && w->server ? metrics_server_start(w->server, err) : 0;
}

void watch_reloading(struct watch *w)
{
    if (w)
        notify_reloading(&w->notify, now_ns(CLOCK_MONOTONIC));
}

void watch_reloaded(struct watch *w, bool taken)
{
    if (!w)
        return;
    w->page.reloads += taken;
    w->page.reload_failed = !taken;
    notify_ready(&w->notify);
}

void watch_stopping(struct watch *w)
{
    if (w)
        notify_stopping(&w->notify);
}

void watch_free(struct watch *w)
{
    if (!w)
        return;
    metrics_server_free(w->server);
    notify_fini(&w->notify);
    free(w);
}

/* ---------------------------------------------------- calls, by their thread
 */

static void add(atomic_uint_fast64_t *to, uint64_t n)
{
    (void)atomic_fetch_add_explicit(to, n, memory_order_relaxed);
}

static void add_delay(struct ended_calls *c, enum metrics_delay delay,
                      int64_t ms)
{
    size_t bucket = metrics_delay_bucket(delay, ms);

    if (bucket == METRICS_NO_BUCKET)
        return;
    add(&c->delays[delay][bucket], 1);
    add(&c->delay_ms[delay], (uint64_t)ms);
}

void watch_call(struct watch *w, const struct call_record *call)
{
    if (!w || call->evidence & 1u << EVIDENCE_NO_START)
        return;
    add(&w->calls.ended[call->disposition], 1);
    add_delay(&w->calls, METRICS_PDD, call->durations.pdd_ms);
    add_delay(&w->calls, METRICS_SETUP, call->durations.setup_ms);
}

static void take_calls(struct metrics *m, struct ended_calls *c)
{
    for (int i = 0; i < CALL_DISPOSITION_COUNT; i++)
        m->calls[i] = atomic_load_explicit(&c->ended[i], memory_order_relaxed);
    for (int d = 0; d < METRICS_DELAY_COUNT; d++) {
        for (int i = 0; i <= METRICS_BUCKETS; i++)
            m->delays[d].counts[i] =
                atomic_load_explicit(&c->delays[d][i], memory_order_relaxed);
        m->delays[d].sum_ms =
            atomic_load_explicit(&c->delay_ms[d], memory_order_relaxed);
    }
}

/* -------------------------------------------------- the wire, by the reader's
 */

void watch_message(struct watch *w, const struct observation *seen)
{
    const struct sip_message *m;

    if (!w)
        return;
    m = &seen->message;
    if (m->is_request)
        w->page.requests[m->method]++;
    else
        w->page.responses[m->status_code >= 100 && m->status_code < 700
                              ? m->status_code / 100
                              : 0]++;
}

static void take_interfaces(struct metrics *m, const struct capture *capture)
{
    size_t count = capture_source_count(capture);

    m->interface_count =
        count < METRICS_INTERFACES_MAX ? count : METRICS_INTERFACES_MAX;
    for (size_t i = 0; i < m->interface_count; i++) {
        const struct capture_source *s = capture_source_at(capture, i);
        struct metrics_interface *to = &m->interfaces[i];

        (void)snprintf(to->name, sizeof(to->name), "%s", s->name);
        to->up = !s->down && !s->damaged;
        to->packets = s->packets;
        to->bytes = s->bytes;
        to->dropped_kernel = s->dropped_kernel;
        to->dropped_interface = s->dropped_interface;
        if (s->last_time_ns > m->last_packet_ns)
            m->last_packet_ns = s->last_time_ns;
    }
}

static void take_packets(struct metrics *m, const struct flow_counters *f,
                         const struct pipeline_counters *c)
{
    const struct metrics_row rows[] = {
        {"datagram", f->datagrams},      {"segment", f->segments},
        {"fragment", f->fragments},      {"sctp", f->sctp_packets},
        {"tls", f->tls_packets},         {"esp", f->esp_packets},
        {"not_sip", f->not_sip_packets}, {"not_ip", f->not_ip},
        {"other_ip", f->other_ip},       {"icmp", f->icmp},
        {"malformed", f->malformed},     {"unwanted", f->unwanted},
    };

    m->packets.count = 0;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        metrics_row_add(&m->packets, rows[i].name, rows[i].value);
    m->messages = c->messages;
    m->messages_dropped.count = 0;
    metrics_row_add(&m->messages_dropped, "memory", c->messages_lost);
}

static void take_tables(struct metrics *m, const struct pipeline_progress *p)
{
    m->table_count = 0;
    for (size_t i = 0; i < FLOW_FILLS; i++)
        m->tables[m->table_count++] = p->flows[i];
    for (size_t i = 0; p->shard && i < CORRELATOR_FILLS; i++)
        m->tables[m->table_count++] = p->shard->fills[i];
    m->queue_count = 0;
    if (p->queue.name)
        m->queues[m->queue_count++] = p->queue;
    metrics_row_add(&m->messages_dropped, "queue", p->queue.dropped);
}

/* Its clock stands still though something waits for it. Before the first SIP it
   has nothing to do, and none where it still takes up what was left open. */
static bool is_stuck(const struct watch *w, const struct pipeline_progress *p)
{
    return p->shard->clock_ns > 0 && p->queue.count &&
           p->shard->clock_ns == w->correlated_ns && w->correlated_at_ns;
}

static void take_correlation(struct watch *w, const struct pipeline_progress *p)
{
    const struct correlator_counters *c = &p->shard->counters;
    struct metrics *m = &w->page;

    m->retransmissions = c->retransmissions;
    m->duplicates = c->duplicates;
    m->gaps = c->gaps;
    m->calls_open = p->shard->calls_open;
    /* What flows name is counted there, and told again of each message. */
    for (int i = 0; i < ANOMALY_COUNT; i++)
        m->anomalies[i] =
            p->flow->anomalies[i] ? p->flow->anomalies[i] : c->anomalies[i];
    if (is_stuck(w, p))
        return;
    w->correlated_ns = p->shard->clock_ns;
    w->correlated_at_ns = now_ns(CLOCK_MONOTONIC);
}

static void take_rows(struct metrics *m, const struct writer_counters *n)
{
    m->rows.count = 0;
    metrics_row_add(&m->rows, "call", n->calls);
    metrics_row_add(&m->rows, "live_call", n->calls_live);
    metrics_row_add(&m->rows, "dialog", n->dialogs);
    metrics_row_add(&m->rows, "exchange", n->exchanges);
    metrics_row_add(&m->rows, "registration", n->registrations);
    metrics_row_add(&m->rows, "message", n->messages);
    m->rows_quarantined = n->quarantined;
    metrics_row_add(&m->errors, "collision", n->collisions);
}

static void take_spool(struct metrics *m, const struct writer_spool *s)
{
    static const char *const troubles[TROUBLE_COUNT] = {
        [TROUBLE_CONNECTION] = "database_away",
        [TROUBLE_LOGIN] = "database_login",
        [TROUBLE_RESOURCES] = "database_full",
        [TROUBLE_LOCK] = "database_lock",
        [TROUBLE_REFUSED] = "database_refused",
    };
    const struct spool_counters *c = &s->spool;

    m->spools = true;
    /* What is committed was taken, whichever connection is to come back. */
    m->database_up = s->connected || c->records_waiting == 0;
    m->spool_bytes = c->bytes + c->bytes_memory;
    m->spool_segments = c->segments;
    m->spool_age_ns =
        c->oldest_ns > 0 ? now_ns(CLOCK_REALTIME) - c->oldest_ns : 0;
    m->spool_dropped.count = 0;
    for (int i = 0; i < SPOOL_KIND_COUNT; i++)
        metrics_row_add(&m->spool_dropped, spool_kind_name((enum spool_kind)i),
                        c->dropped.of[i] + c->damaged.of[i]);
    for (int i = 0; i < TROUBLE_COUNT; i++)
        metrics_row_add(&m->errors, troubles[i], s->troubles[i]);
    metrics_row_add(&m->errors, "spool_write", c->write_errors);
    metrics_row_add(&m->errors, "spool_damaged", c->records_damaged);
}

static void take_written(struct metrics *m, struct writer *writer)
{
    const struct error *failed = writer_error(writer);
    struct writer_counters counters;
    struct writer_spool spool;

    m->stores = true;
    m->database_up = !failed || !failed->code;
    m->errors.count = 0;
    writer_counters_read(writer, &counters);
    take_rows(m, &counters);
    if (writer_spool_read(writer, &spool))
        take_spool(m, &spool);
}

static void take_kept(struct metrics *m, struct kept *kept)
{
    struct kept_counters c;

    kept_counters_read(kept, &c);
    m->keeps = true;
    m->kept_packets = c.packets;
    m->kept_bytes = c.bytes;
    m->kept_files_removed = c.files_removed;
    m->kept_lost.count = 0;
    metrics_row_add(&m->kept_lost, "disk_slow", c.lost_to_queue);
    metrics_row_add(&m->kept_lost, "disk_full", c.lost_to_disk);
}

/* ------------------------------------------------------------ once a second */

static uint64_t lost_of(const struct metrics *m)
{
    uint64_t lost = 0;

    for (size_t i = 0; i < m->interface_count; i++)
        lost += m->interfaces[i].dropped_kernel +
                m->interfaces[i].dropped_interface;
    for (size_t i = 0; i < m->messages_dropped.count; i++)
        lost += m->messages_dropped.rows[i].value;
    return lost;
}

static void tell_log(struct watch *w, int64_t at_ns)
{
    uint64_t lost = lost_of(&w->page);

    if (lost > w->lost &&
        log_repeated(&w->lost_event, at_ns, LOG_WARNING,
                     "%" PRIu64 " packets and messages lost, %" PRIu64
                     " since the start: capture_gaps says when",
                     lost - w->lost, lost))
        w->lost = lost;
}

static void tell_manager(struct watch *w, int64_t at_ns)
{
    const struct metrics *m = &w->page;
    uint64_t packets = 0;

    /* Both threads went on: what stands still is to be started again. */
    if (!w->correlated_at_ns ||
        at_ns - w->correlated_at_ns < w->notify.watchdog_ns / 2)
        (void)notify_alive(&w->notify, at_ns);
    if (w->status_ns && at_ns - w->status_ns < STATUS_NS)
        return;
    w->status_ns = at_ns;
    for (size_t i = 0; i < m->interface_count; i++)
        packets += m->interfaces[i].packets;
    notify_status(&w->notify,
                  "%" PRIu64 " packets, %" PRIu64 " SIP messages, %" PRIu64
                  " calls open, %" PRIu64 " lost%s",
                  packets, m->messages, m->calls_open, lost_of(m),
                  m->stores && !m->database_up ? ", database away" : "");
}

void watch_progress(struct watch *w, const struct pipeline_progress *p,
                    const struct watched *watched)
{
    int64_t at_ns;

    if (!w || !p->capture)
        return;
    at_ns = now_ns(CLOCK_MONOTONIC);
    take_interfaces(&w->page, p->capture);
    take_packets(&w->page, p->flow, p->counters);
    take_tables(&w->page, p);
    take_calls(&w->page, &w->calls);
    if (p->shard) {
        take_correlation(w, p);
        if (p->shard->clock_ns > 0)
            w->page.lag_ns = now_ns(CLOCK_REALTIME) - p->shard->clock_ns;
    }
    if (watched->writer)
        take_written(&w->page, watched->writer);
    if (watched->kept)
        take_kept(&w->page, watched->kept);
    metrics_server_publish(w->server, &w->page);
    tell_log(w, at_ns);
    if (!w->ready)
        notify_ready(&w->notify);
    w->ready = true;
    tell_manager(w, at_ns);
}
