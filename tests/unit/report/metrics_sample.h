/* A page of which every value has a place and a meaning. */
#ifndef SIPTRAIL_TESTS_METRICS_SAMPLE_H
#define SIPTRAIL_TESTS_METRICS_SAMPLE_H

#include "report/metrics.h"

static inline void sample_metrics(struct metrics *m)
{
    *m = (struct metrics){
        .version = "0.1.0",
        .sensor = "edge \"one\"\\two\nthree",
        .start_time_ns = INT64_C(1764190000123456789),
        .last_packet_ns = INT64_C(1764190100500000000),
        .lag_ns = 250000000,
        .age_ns = 1000000000,
        .interface_count = 2,
        .interfaces = {{.name = "eth1",
                        .up = true,
                        .packets = 1000,
                        .bytes = 500000,
                        .dropped_kernel = 7,
                        .dropped_interface = 2},
                       {.name = "eth2"}},
        .messages = 700,
        .requests = {[SIP_UNKNOWN] = 1, [SIP_INVITE] = 100, [SIP_BYE] = 90},
        .responses = {1, 110, 200, 0, 12, 3, 1},
        .retransmissions = 14,
        .duplicates = 9,
        .calls = {[CALL_ANSWERED] = 80, [CALL_BUSY] = 6},
        .calls_open = 4,
        .anomalies = {[0] = 3},
        .gaps = 2,
        .stores = true,
        .database_up = true,
        .rows_quarantined = 1,
        .spools = true,
        .spool_bytes = 4096,
        .spool_limit_bytes = UINT64_C(1) << 30,
        .spool_segments = 1,
        .spool_age_ns = 1500000000,
        .keeps = true,
        .kept_packets = 990,
        .kept_bytes = 123456,
        .resident_bytes = 64 << 20,
        .cpu_ns = INT64_C(12345000000),
        .reloads = 1,
    };
    metrics_row_add(&m->packets, "datagram", 900);
    metrics_row_add(&m->packets, "malformed", 100);
    metrics_row_add(&m->messages_dropped, "queue", 5);
    metrics_row_add(&m->rows, "call", 80);
    metrics_row_add(&m->errors, "database", 2);
    metrics_row_add(&m->kept_lost, "disk_slow", 10);
    metrics_row_add(&m->spool_dropped, "call", 0);
    m->tables[m->table_count++] =
        (struct table_fill){"exchanges", 40, 100000, 0};
    m->queues[m->queue_count++] = (struct table_fill){"shard", 3, 64, 5};
    metrics_delay_add(&m->delays[METRICS_PDD], METRICS_PDD, 0);
    metrics_delay_add(&m->delays[METRICS_PDD], METRICS_PDD, 50);
    metrics_delay_add(&m->delays[METRICS_PDD], METRICS_PDD, 51);
    metrics_delay_add(&m->delays[METRICS_PDD], METRICS_PDD, 30000);
    metrics_delay_add(&m->delays[METRICS_PDD], METRICS_PDD, 45000);
    metrics_delay_add(&m->delays[METRICS_SETUP], METRICS_SETUP, 4200);
}

#endif
