/**
 * A reading run on its way into the database: the writer, and the account of
 * each capture file or interface.
 */
#ifndef SIPTRAIL_CLI_STORING_H
#define SIPTRAIL_CLI_STORING_H

#include "cli/inputs.h"
#include "pipeline/pipeline.h"
#include "store/connection.h"
#include "store/writer.h"

struct source_tally {
    uint64_t packets;
    uint64_t decoded;
    uint64_t not_for_us;
    uint64_t malformed;
    uint64_t sip_messages;
};

struct storing {
    struct store store; /* empty where records go through the spool */
    struct writer *writer;
    struct record_sink sink;
    struct source_tally *tallies; /* one a source, owned */
    size_t tally_count;
    bool live; /* interfaces: to be told to stop is their end */
};

/** @return 0 or a negative errno; storing_fini() it either way */
WARN_UNUSED int storing_begin(const struct settings *s, const struct inputs *in,
                              struct storing *storing_out, struct error *err);

/** Count a packet, a message of a source. */
void storing_count_packet(struct storing *st, const struct packet *packet,
                          const struct layers *layers);
void storing_count_message(struct storing *st, const struct observation *seen);

/**
 * Send the rest, enter the accounts, end the run.
 *
 * @param rc  What the pipeline returned; not 0: the run is entered as failed
 */
WARN_UNUSED int storing_end(struct storing *st,
                            const struct pipeline_result *result, int rc,
                            struct error *err);
void storing_fini(struct storing *st);

#endif
