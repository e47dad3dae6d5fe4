#include "report/metrics.h"

#include <inttypes.h>

#include "base/time.h"
#include "call/record.h"

/* Upper bounds in milliseconds: RFC 6076's delays as people feel them. */
static const int64_t bounds[METRICS_DELAY_COUNT][METRICS_BUCKETS] = {
    [METRICS_PDD] = {50, 100, 250, 500, 1000, 2000, 3000, 4000, 6000, 8000,
                     10000, 30000},
    [METRICS_SETUP] = {500, 1000, 2000, 3000, 5000, 8000, 12000, 20000, 30000,
                       60000, 120000, 180000},
};

size_t metrics_delay_bucket(enum metrics_delay delay, int64_t ms)
{
    size_t i = 0;

    if (ms < 0 || ms == TIME_NONE)
        return METRICS_NO_BUCKET;
    while (i < METRICS_BUCKETS && ms > bounds[delay][i])
        i++;
    return i;
}

void metrics_delay_add(struct metrics_durations *d, enum metrics_delay delay,
                       int64_t ms)
{
    size_t i = metrics_delay_bucket(delay, ms);

    if (i == METRICS_NO_BUCKET)
        return;
    d->counts[i]++;
    d->sum_ms += (uint64_t)ms;
}

void metrics_row_add(struct metrics_rows *rows, const char *name,
                     uint64_t value)
{
    if (rows->count < METRICS_ROWS_MAX)
        rows->rows[rows->count++] = (struct metrics_row){name, value};
}

static void add_head(struct text *text, const char *name, const char *type,
                     const char *help)
{
    text_add_format(text, "# HELP siptrail_%s %s\n# TYPE siptrail_%s %s\n",
                    name, help, name, type);
}

/* Between quotes: backslash, quote and line end are escaped, nothing else. */
static void add_label(struct text *text, const char *name, struct span value)
{
    text_add_string(text, name);
    text_add_string(text, "=\"");
    for (size_t i = 0; i < value.length; i++) {
        char c = value.data[i];

        if (c == '\n') {
            text_add_string(text, "\\n");
            continue;
        }
        if (c == '\\' || c == '"')
            text_add_byte(text, '\\');
        text_add_byte(text, c);
    }
    text_add_byte(text, '"');
}

static void add_value(struct text *text, uint64_t value)
{
    text_add_format(text, " %" PRIu64 "\n", value);
}

static void add_labelled(struct text *text, const char *name, const char *label,
                         const char *of, uint64_t value)
{
    text_add_string(text, "siptrail_");
    text_add_string(text, name);
    text_add_byte(text, '{');
    add_label(text, label, span_of_string(of));
    text_add_byte(text, '}');
    add_value(text, value);
}

static void add_counter(struct text *text, const char *name, const char *help,
                        uint64_t value)
{
    add_head(text, name, "counter", help);
    text_add_format(text, "siptrail_%s", name);
    add_value(text, value);
}

static void add_gauge(struct text *text, const char *name, const char *help,
                      uint64_t value)
{
    add_head(text, name, "gauge", help);
    text_add_format(text, "siptrail_%s", name);
    add_value(text, value);
}

/* 1500 ms are "1.5", 0 is "0": exact, whatever the locale. */
static void add_milliseconds(struct text *text, uint64_t ms)
{
    uint64_t rest = ms % 1000;

    text_add_format(text, "%" PRIu64, ms / 1000);
    if (!rest)
        return;
    text_add_byte(text, '.');
    text_add_padded(text, rest, 3);
    while (text->length && text->data[text->length - 1] == '0')
        text->length--;
}

static void add_seconds(struct text *text, const char *name, const char *help,
                        int64_t ns)
{
    add_head(text, name, "gauge", help);
    text_add_format(text, "siptrail_%s %s", name, ns < 0 ? "-" : "");
    add_milliseconds(text, (uint64_t)(ns < 0 ? -ns : ns) / 1000000);
    text_add_byte(text, '\n');
}

static void add_rows(struct text *text, const char *name, const char *label,
                     const struct metrics_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        add_labelled(text, name, label, rows->rows[i].name,
                     rows->rows[i].value);
}

/* ------------------------------------------------- what the wire brought */

static void add_interfaces(const struct metrics *m, struct text *text)
{
    static const struct {
        const char *name;
        const char *help;
        size_t offset;
    } counters[] = {
        {"capture_packets_total", "Packets taken from the interface.",
         offsetof(struct metrics_interface, packets)},
        {"capture_bytes_total", "Bytes of these packets, as captured.",
         offsetof(struct metrics_interface, bytes)},
    };
    const struct metrics_interface *const all = m->interfaces;

    for (size_t k = 0; k < sizeof(counters) / sizeof(counters[0]); k++) {
        add_head(text, counters[k].name, "counter", counters[k].help);
        for (size_t i = 0; i < m->interface_count; i++) {
            uint64_t value;

            memcpy(&value, (const char *)&all[i] + counters[k].offset,
                   sizeof(value));
            add_labelled(text, counters[k].name, "interface", all[i].name,
                         value);
        }
    }
    add_head(text, "capture_dropped_packets_total", "counter",
             "Packets lost before siptrail: in the kernel's ring or on the "
             "card.");
    for (size_t i = 0; i < m->interface_count; i++)
        for (int kernel = 0; kernel < 2; kernel++) {
            text_add_string(text, "siptrail_capture_dropped_packets_total{");
            add_label(text, "interface", span_of_string(all[i].name));
            text_add_byte(text, ',');
            add_label(text, "kind",
                      span_of_string(kernel ? "kernel" : "interface"));
            text_add_byte(text, '}');
            add_value(text, kernel ? all[i].dropped_kernel
                                   : all[i].dropped_interface);
        }
    add_head(text, "interface_up", "gauge",
             "1 while the interface is there and up.");
    for (size_t i = 0; i < m->interface_count; i++)
        add_labelled(text, "interface_up", "interface", all[i].name, all[i].up);
}

static void add_capture(const struct metrics *m, struct text *text)
{
    add_interfaces(m, text);
    add_head(text, "packets_total", "counter",
             "Packets by what became of them.");
    add_rows(text, "packets_total", "outcome", &m->packets);
    add_seconds(text, "last_packet_timestamp_seconds",
                "Time of the newest packet, since the epoch.",
                m->last_packet_ns);
    add_seconds(text, "lag_seconds", "How far correlation is behind the wire.",
                m->lag_ns);
    add_counter(text, "capture_gaps_total",
                "Times in which packets are known to be missing.", m->gaps);
}

static void add_messages(const struct metrics *m, struct text *text)
{
    char class[8];

    add_counter(text, "sip_messages_total", "SIP messages seen.", m->messages);
    add_head(text, "sip_requests_total", "counter",
             "SIP requests seen, retransmissions included.");
    for (int i = 0; i < SIP_METHOD_COUNT; i++)
        add_labelled(text, "sip_requests_total", "method",
                     i == SIP_UNKNOWN ? "other"
                                      : sip_method_name((enum sip_method)i),
                     m->requests[i]);
    add_head(text, "sip_responses_total", "counter",
             "SIP responses seen, retransmissions included.");
    for (unsigned i = 1; i <= METRICS_CLASSES; i++) {
        (void)snprintf(class, sizeof(class), "%uxx", i);
        add_labelled(text, "sip_responses_total", "class", class,
                     m->responses[i]);
    }
    add_labelled(text, "sip_responses_total", "class", "other",
                 m->responses[0]);
    add_counter(text, "sip_retransmissions_total",
                "SIP messages sent again over an unreliable transport.",
                m->retransmissions);
    add_counter(text, "sip_duplicates_total",
                "Copies of one message that the mirror showed more than once.",
                m->duplicates);
    add_head(text, "sip_messages_dropped_total", "counter",
             "SIP messages lost inside siptrail, by reason.");
    add_rows(text, "sip_messages_dropped_total", "reason",
             &m->messages_dropped);
}

static void add_delay(const struct metrics *m, struct text *text,
                      enum metrics_delay delay, const char *name,
                      const char *help)
{
    const struct metrics_durations *d = &m->delays[delay];
    uint64_t so_far = 0;

    add_head(text, name, "histogram", help);
    for (size_t i = 0; i < METRICS_BUCKETS; i++) {
        so_far += d->counts[i];
        text_add_format(text, "siptrail_%s_bucket{le=\"", name);
        add_milliseconds(text, (uint64_t)bounds[delay][i]);
        text_add_string(text, "\"}");
        add_value(text, so_far);
    }
    so_far += d->counts[METRICS_BUCKETS];
    text_add_format(text, "siptrail_%s_bucket{le=\"+Inf\"}", name);
    add_value(text, so_far);
    text_add_format(text, "siptrail_%s_sum ", name);
    add_milliseconds(text, d->sum_ms);
    text_add_format(text, "\nsiptrail_%s_count", name);
    add_value(text, so_far);
}

static void add_calls(const struct metrics *m, struct text *text)
{
    add_head(text, "calls_total", "counter",
             "Calls that ended, by disposition; those whose start was not "
             "seen are left out.");
    for (int i = 0; i < CALL_DISPOSITION_COUNT; i++)
        add_labelled(text, "calls_total", "disposition",
                     call_disposition_name((enum call_disposition)i),
                     m->calls[i]);
    add_gauge(text, "calls_open",
              "Calls that go on: begun, and neither refused nor hung up.",
              m->calls_open);
    add_delay(m, text, METRICS_PDD, "post_dial_delay_seconds",
              "INVITE to the first ringing or answer.");
    add_delay(m, text, METRICS_SETUP, "setup_time_seconds",
              "INVITE to the 2xx.");
}

/* ------------------------------------------------ what siptrail does */

static void add_tables(struct text *text, const char *what, const char *label,
                       const struct table_fill *tables, size_t count)
{
    char name[48];

    (void)snprintf(name, sizeof(name), "%s_entries", what);
    add_head(text, name, "gauge", "Entries now.");
    for (size_t i = 0; i < count; i++)
        add_labelled(text, name, label, tables[i].name, tables[i].count);
    (void)snprintf(name, sizeof(name), "%s_limit_entries", what);
    add_head(text, name, "gauge", "Most entries there can be.");
    for (size_t i = 0; i < count; i++)
        add_labelled(text, name, label, tables[i].name, tables[i].limit);
    (void)snprintf(name, sizeof(name), "%s_dropped_total", what);
    add_head(text, name, "counter", "Entries lost to that limit.");
    for (size_t i = 0; i < count; i++)
        add_labelled(text, name, label, tables[i].name, tables[i].dropped);
}

static void add_anomalies(const struct metrics *m, struct text *text)
{
    add_head(text, "anomalies_total", "counter",
             "What was wrong with the input, by its name in the table "
             "anomalies.");
    for (int i = 0; i < ANOMALY_COUNT; i++) {
        text_add_string(text, "siptrail_anomalies_total{");
        add_label(text, "layer",
                  span_of_string(anomaly_layer((enum anomaly)i)));
        text_add_byte(text, ',');
        add_label(text, "name", span_of_string(anomaly_name((enum anomaly)i)));
        text_add_byte(text, '}');
        add_value(text, m->anomalies[i]);
    }
}

static void add_store(const struct metrics *m, struct text *text)
{
    add_gauge(text, "database_up",
              "1 while the database takes what is written.", m->database_up);
    add_head(text, "rows_written_total", "counter",
             "Rows committed, by what they are.");
    add_rows(text, "rows_written_total", "kind", &m->rows);
    add_counter(text, "rows_quarantined_total",
                "Rows that the database refused, set aside.",
                m->rows_quarantined);
}

static void add_spool(const struct metrics *m, struct text *text)
{
    add_gauge(text, "spool_bytes", "Bytes on disk not yet committed.",
              m->spool_bytes);
    add_gauge(text, "spool_limit_bytes",
              "Bytes the spool may take; beyond it the oldest is dropped.",
              m->spool_limit_bytes);
    add_gauge(text, "spool_segments", "Files of the spool.", m->spool_segments);
    add_seconds(text, "spool_age_seconds",
                "Age of the oldest record that waits in the spool.",
                m->spool_age_ns);
    add_head(text, "spool_dropped_total", "counter",
             "Records dropped from the spool before they were committed.");
    add_rows(text, "spool_dropped_total", "kind", &m->spool_dropped);
}

static void add_kept(const struct metrics *m, struct text *text)
{
    add_counter(text, "kept_packets_total", "Packets written to files.",
                m->kept_packets);
    add_counter(text, "kept_bytes_total", "Bytes of these files, as written.",
                m->kept_bytes);
    add_counter(text, "kept_files_removed_total",
                "Files of packets removed to make room.",
                m->kept_files_removed);
    add_head(text, "kept_lost_packets_total", "counter",
             "Packets not written, by reason; records are made all the same.");
    add_rows(text, "kept_lost_packets_total", "reason", &m->kept_lost);
}

/* Names that every Prometheus client has, without a prefix. */
static void add_process(const struct metrics *m, struct text *text)
{
    text_add_string(text, "# HELP process_start_time_seconds Start of the "
                          "process, since the epoch.\n"
                          "# TYPE process_start_time_seconds gauge\n"
                          "process_start_time_seconds ");
    add_milliseconds(text, (uint64_t)m->start_time_ns / 1000000);
    text_add_string(text, "\n# HELP process_cpu_seconds_total Time on a "
                          "processor, user and system.\n"
                          "# TYPE process_cpu_seconds_total counter\n"
                          "process_cpu_seconds_total ");
    add_milliseconds(text, m->cpu_ns / 1000000);
    text_add_string(text, "\n# HELP process_resident_memory_bytes Memory in "
                          "use.\n"
                          "# TYPE process_resident_memory_bytes gauge\n"
                          "process_resident_memory_bytes");
    add_value(text, m->resident_bytes);
}

static void add_program(const struct metrics *m, struct text *text)
{
    add_head(text, "build_info", "gauge",
             "1, with the version and the sensor's name.");
    text_add_string(text, "siptrail_build_info{");
    add_label(text, "version", span_of_string(m->version));
    text_add_byte(text, ',');
    add_label(text, "sensor", span_of_string(m->sensor));
    text_add_string(text, "} 1\n");
    add_seconds(text, "progress_age_seconds",
                "Time since the reading thread last told of itself.",
                m->age_ns);
    add_counter(text, "reloads_total",
                "Times the configuration was read again and taken.",
                m->reloads);
    add_gauge(text, "last_reload_failed",
              "1 where the configuration last read was refused.",
              m->reload_failed);
    add_head(text, "errors_total", "counter",
             "Errors of the world around, by kind.");
    add_rows(text, "errors_total", "kind", &m->errors);
}

void report_metrics(const struct metrics *m, struct text *text)
{
    add_program(m, text);
    add_process(m, text);
    add_capture(m, text);
    add_messages(m, text);
    add_calls(m, text);
    add_tables(text, "table", "table", m->tables, m->table_count);
    add_tables(text, "queue", "queue", m->queues, m->queue_count);
    if (m->stores)
        add_store(m, text);
    if (m->spools)
        add_spool(m, text);
    if (m->keeps)
        add_kept(m, text);
    add_anomalies(m, text);
}
