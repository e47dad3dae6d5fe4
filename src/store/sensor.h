/**
 * Several sensors, one database: which there are, and which calls more than
 * one of them saw (schema: sensors, group_links).
 */
#ifndef SIPTRAIL_STORE_SENSOR_H
#define SIPTRAIL_STORE_SENSOR_H

#include "store/batch.h"

struct pg_conn;

/** Most names that are noted; calls of others are stored, and not joined. */
#define SENSORS_NOTED_MAX 256

/** Sensors known to be in the table. */
struct sensor_memory {
    struct span names[SENSORS_NOTED_MAX]; /* owned */
    size_t count;
};

void sensor_memory_fini(struct sensor_memory *m);

/**
 * Note the sensors of the calls in a batch that is committed, and join its
 * calls with those that others saw.
 */
WARN_UNUSED int sensor_link(struct sensor_memory *m, const struct batch *b,
                            struct pg_conn *conn, struct error *err);

/** Join again what was stored since then: a killed run may not have. */
WARN_UNUSED int sensor_link_recent(struct pg_conn *conn, int64_t since_us,
                                   struct error *err);

#endif
