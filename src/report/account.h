/**
 * The closing account: where every packet and every message went.
 */
#ifndef SIPTRAIL_REPORT_ACCOUNT_H
#define SIPTRAIL_REPORT_ACCOUNT_H

#include "pipeline/pipeline.h"
#include "report/text.h"

struct account_part {
    uint64_t count;
    const char *what; /* in words, e.g. "TCP segments" */
};

/**
 * One line "what: total = part + part", parts of zero left out. Where the
 * parts do not make the total the line says by how much.
 *
 * @return Does it balance?
 */
bool report_account_sum(struct text *text, const char *what, uint64_t total,
                        const struct account_part *parts, size_t part_count);

/** What became of the messages in the store; all zero where none was. */
struct account_store {
    bool used;
    uint64_t stored;
    uint64_t duplicates; /* were there already */
    uint64_t quarantined;
    uint64_t spooled; /* on their way, in the spool */
    uint64_t dropped;
};

/**
 * The whole account of a run, several lines.
 *
 * @param correlated  Messages went to correlation
 * @return Does every line balance?
 */
bool report_account(const struct pipeline_result *result, bool correlated,
                    const struct account_store *store, struct text *text);

#endif
