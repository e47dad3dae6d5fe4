/**
 * Records into the database: a record sink that encodes rows as they come and
 * sends them, batch by batch, over two connections.
 *
 * Blocks of messages and their texts are committed first, then what names
 * them, in one transaction: whatever kills the program, nothing half told can
 * be seen. Keys are looked up before anything is sent, so reading again
 * writes nothing. A row that the server refuses goes to `quarantine`.
 *
 * Order of use: writer_new(), writer_add_source() for each, the sink's
 * functions, writer_flush(), writer_end_source() for each, writer_end().
 */
#ifndef SIPTRAIL_STORE_WRITER_H
#define SIPTRAIL_STORE_WRITER_H

#include "base/anomaly.h"
#include "base/error.h"
#include "call/sink.h"
#include "store/counters.h"

struct store;
struct writer;

struct writer_options {
    struct span sensor;    /* as in the correlator's limits; in each row
                              whose record names no other */
    const char *command;   /* for the table runs */
    const char *version;   /* of this program */
    bool live;             /* calls that go on are written as they change */
    bool keep_secrets;     /* raw as on the wire: without it the body of
                              MESSAGE and of INFO with digits is cut off, and
                              digest responses and SDP keys are masked */
    size_t batch_messages; /* 0: the default, 6,000 */
    size_t batch_bytes;    /* of texts; 0: the default, 12 MiB */
    int64_t started_at;    /* microseconds; 0: the server's time */
    const char *spool_dir; /* NULL: spool_default_dir() */
    uint64_t spool_bytes;  /* at most; 0: 1 GiB */
    int64_t spool_age_ns;  /* at most; 0: 7 days */
};

/** One file or interface, before its first message. */
struct writer_source {
    const char *name; /* path, "-" or interface */
    bool is_file;     /* a path whose content names it; else known by time */
};

/**
 * What became of a source; SQL columns of `captures`. Times in microseconds.
 * stored and quarantined are the writer's own counts.
 */
struct capture_account {
    int64_t first_packet_at; /* TIME_NONE where there was none */
    int64_t last_packet_at;
    uint64_t fingerprint; /* of the content */
    uint64_t packets;
    uint64_t bytes;
    uint64_t decoded;
    uint64_t not_for_us;
    uint64_t not_sip;
    uint64_t opaque;
    uint64_t malformed;
    uint64_t truncated;
    uint64_t fragments_expired;
    uint64_t tcp_gaps;
    uint64_t dropped_kernel;
    uint64_t dropped_interface;
    uint64_t dropped_queue;
    uint64_t sip_messages;
    uint64_t filtered;
    uint64_t spooled;
    uint64_t dropped;
    uint64_t packets_filtered;
    const uint64_t *anomalies; /* ANOMALY_COUNT counts, or NULL */
    const char *damage;        /* NULL where the source was whole */
    bool interrupted;          /* not read to its end */
};

/**
 * Open two connections beside @p store's and begin a run.
 *
 * @param store  Opened with STORE_WRITE; borrowed until writer_free()
 * @return 0 or a negative errno
 */
WARN_UNUSED int writer_new(const struct store *store,
                           const struct writer_options *options,
                           struct writer **writer_out, struct error *err);

/**
 * Begin a run that keeps what it is handed in a spool on disk and sends it
 * from there: it never waits for the database nor fails because of it.
 *
 * @param db  As store_open() takes it, or NULL; borrowed until writer_free()
 * @return 0; -EBUSY where another process has the spool; a negative errno
 */
WARN_UNUSED int writer_new_spooled(const char *db,
                                   const struct writer_options *options,
                                   struct writer **writer_out,
                                   struct error *err);

/** Is nothing of earlier runs left in the spool? True without a spool. */
bool writer_is_drained(struct writer *w);

/** False without a spool. Any thread. */
bool writer_spool_read(struct writer *w, struct writer_spool *spool_out);

/** Waits for what is being sent; drops what was not. NULL is allowed. */
void writer_free(struct writer *w);

/**
 * Name the source with this ordinal (arrival.source), and enter it in
 * `captures` as running.
 */
WARN_UNUSED int writer_add_source(struct writer *w, uint32_t ordinal,
                                  const struct writer_source *source,
                                  struct error *err);

/**
 * A capture of an earlier run, by its key: what is taken up from it goes on
 * under this ordinal. Before the sink is used. @return 0 or -ENOMEM
 */
WARN_UNUSED int writer_add_earlier(struct writer *w, uint32_t ordinal,
                                   const struct key *capture_key);

/**
 * The sink; its functions return a negative errno after a failure, which
 * writer_error() has in words. One thread calls them.
 */
struct record_sink writer_sink(struct writer *w);

/** Send what waits and commit it; with a spool: have it on disk there. */
WARN_UNUSED int writer_flush(struct writer *w);

/** Enter the account of a source, after writer_flush(). */
WARN_UNUSED int writer_end_source(struct writer *w, uint32_t ordinal,
                                  const struct capture_account *account,
                                  struct error *err);

/**
 * End the run in `runs`; @p failure is why it ended early, or NULL. With a
 * spool: wait some seconds for it to drain, as long as the database is there.
 */
WARN_UNUSED int writer_end(struct writer *w, const char *failure,
                           struct error *err);

/** Numbers of what is committed; after writer_flush(), of everything. */
void writer_counters_read(struct writer *w,
                          struct writer_counters *counters_out);
const struct error *writer_error(const struct writer *w);

#endif
