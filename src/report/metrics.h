/**
 * What a running capture counts, as Prometheus reads it (text format 0.0.4).
 *
 * A plain struct: whoever knows a number puts it there, the page is made of
 * it. Knows no clock.
 */
#ifndef SIPTRAIL_REPORT_METRICS_H
#define SIPTRAIL_REPORT_METRICS_H

#include "base/anomaly.h"
#include "base/table.h"
#include "call/words.h"
#include "report/text.h"
#include "sip/method.h"

#define METRICS_INTERFACES_MAX 16
#define METRICS_ROWS_MAX 24
#define METRICS_BUCKETS 12
#define METRICS_NAME_BYTES 32
#define METRICS_CLASSES 6
#define METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct metrics_interface {
    char name[METRICS_NAME_BYTES];
    bool up;
    uint64_t packets;
    uint64_t bytes;
    uint64_t dropped_kernel;
    uint64_t dropped_interface;
};

/** A value by a name of a closed set, such as a kind of error. */
struct metrics_row {
    const char *name; /* static storage */
    uint64_t value;
};

struct metrics_rows {
    struct metrics_row rows[METRICS_ROWS_MAX];
    size_t count;
};

/** Durations by fixed bounds. */
struct metrics_durations {
    uint64_t counts[METRICS_BUCKETS + 1]; /* each its own; the last beyond */
    uint64_t sum_ms;
};

enum metrics_delay { METRICS_PDD, METRICS_SETUP, METRICS_DELAY_COUNT };

struct metrics {
    const char *version; /* static storage */
    char sensor[METRICS_NAME_BYTES * 2];
    int64_t start_time_ns;  /* wall clock */
    int64_t last_packet_ns; /* its time; 0 before the first */
    int64_t lag_ns;         /* of the correlator behind the wire */
    int64_t age_ns;         /* since the reader filled this in */

    struct metrics_interface interfaces[METRICS_INTERFACES_MAX];
    size_t interface_count;
    struct metrics_rows packets;          /* by what became of them */
    struct metrics_rows messages_dropped; /* by reason */
    uint64_t messages;
    uint64_t requests[SIP_METHOD_COUNT];
    uint64_t responses[METRICS_CLASSES + 1]; /* [0]: of no class */
    uint64_t retransmissions;
    uint64_t duplicates;
    uint64_t calls[CALL_DISPOSITION_COUNT];
    uint64_t calls_open;
    struct metrics_durations delays[METRICS_DELAY_COUNT];
    uint64_t anomalies[ANOMALY_COUNT];
    uint64_t gaps;
    struct table_fill tables[METRICS_ROWS_MAX];
    size_t table_count;
    struct table_fill queues[METRICS_ROWS_MAX];
    size_t queue_count;

    bool stores; /* rows go to a database: what follows has a meaning */
    bool database_up;
    struct metrics_rows rows; /* written, by table */
    uint64_t rows_quarantined;
    struct metrics_rows errors; /* by kind */

    bool spools;
    uint64_t spool_bytes;
    uint64_t spool_limit_bytes; /* 0: none */
    uint64_t spool_segments;
    int64_t spool_age_ns;              /* of the oldest record in it */
    struct metrics_rows spool_dropped; /* by kind */

    bool keeps; /* packets are kept in files */
    uint64_t kept_packets;
    uint64_t kept_bytes; /* as written */
    uint64_t kept_files_removed;
    struct metrics_rows kept_lost; /* packets, by reason */

    uint64_t resident_bytes;
    uint64_t cpu_ns;
    uint64_t reloads; /* of the configuration that went well */
    bool reload_failed;
};

#define METRICS_NO_BUCKET SIZE_MAX
/** Where a duration counts; METRICS_NO_BUCKET below 0 and of TIME_NONE. */
size_t metrics_delay_bucket(enum metrics_delay delay, int64_t ms);
/** Add a duration to its bucket, where it has one. */
void metrics_delay_add(struct metrics_durations *d, enum metrics_delay delay,
                       int64_t ms);

void metrics_row_add(struct metrics_rows *rows, const char *name,
                     uint64_t value);

/** The page. */
void report_metrics(const struct metrics *m, struct text *text);

#endif
