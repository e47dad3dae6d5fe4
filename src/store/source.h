/**
 * Rows of `runs` and `captures`.
 */
#ifndef SIPTRAIL_STORE_SOURCE_H
#define SIPTRAIL_STORE_SOURCE_H

#include "store/note.h"
#include "store/writer.h"

struct pg_conn;

struct source {
    char *name;          /* owned */
    uint64_t messages;   /* handed over, duplicates apart */
    uint64_t duplicates; /* handed over */
    uint64_t lost;       /* refused by the server */
    uint64_t told;       /* of messages and duplicates: in tallies of batches */
    uint64_t told_duplicates;
    bool earlier; /* of another run, which has counted what it handed over */
};

/** Sources by ordinal; both arrays are owned. */
struct source_list {
    struct key *keys;
    struct source *items;
    size_t count;
};

void source_list_fini(struct source_list *list);

static inline void source_count_message(struct source_list *list,
                                        uint32_t ordinal, bool duplicate)
{
    if (ordinal < list->count) {
        list->items[ordinal].messages += !duplicate;
        list->items[ordinal].duplicates += duplicate;
    }
}

/**
 * Find the key of a source: of a file by its size and what stands at its
 * begin, its end and places between, so that the same content has the same
 * key whatever it is called; of anything else a new one.
 */
WARN_UNUSED int source_add(struct source_list *list, uint32_t ordinal,
                           const struct writer_source *source,
                           struct span sensor, struct error *err);

/** One of an earlier run: messages and records of it come, but no account. */
WARN_UNUSED int source_add_earlier(struct source_list *list, uint32_t ordinal,
                                   const struct key *capture_key);

/**
 * As long as this session lives, an audit knows that a writer is at work.
 */
WARN_UNUSED int source_announce(struct pg_conn *conn, struct error *err);

WARN_UNUSED int source_begin_run(const struct note_target *to,
                                 const struct writer_options *options,
                                 const struct key *run_key, struct error *err);
/**
 * @param counters  NULL: its numbers stay as they are
 * @param ended_at  Microseconds; TIME_NONE: the server's time
 */
WARN_UNUSED int source_end_run(const struct note_target *to,
                               const struct key *run_key,
                               const struct writer_counters *counters,
                               const char *failure, int64_t ended_at,
                               struct error *err);

/** Enter it as running; at once: or once more. */
WARN_UNUSED int source_begin(const struct note_target *to,
                             const struct source_list *list, uint32_t ordinal,
                             const struct key *run_key,
                             const struct writer_options *options,
                             struct error *err);
/**
 * Enter its account. Behind a batch's rows the numbers of what was stored are
 * left out: they grow with each batch.
 */
WARN_UNUSED int source_end(const struct note_target *to,
                           const struct source_list *list, uint32_t ordinal,
                           const struct capture_account *account,
                           int64_t ended_at, struct error *err);

#endif
