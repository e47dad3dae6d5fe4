/**
 * Rows encoded and waiting to be sent together.
 */
#ifndef SIPTRAIL_STORE_BATCH_H
#define SIPTRAIL_STORE_BATCH_H

#include "base/error.h"
#include "flow/gap.h"
#include "store/block.h"
#include "store/tally.h"
#include "store/upsert.h"

/** What a look at the database decided about a row. */
enum batch_verdict {
    BATCH_NEW,
    BATCH_KNOWN,   /* there, and as full: not sent */
    BATCH_REPLACES /* there with fewer messages: takes its place */
};

/** Of records of a call that say as much the higher one stays. */
enum batch_rank {
    BATCH_CUT,  /* the file it was read from ended */
    BATCH_LIVE, /* it goes on */
    BATCH_FINAL
};

/** A call or exchange, or a part of one. */
struct batch_exchange {
    struct key key;
    enum exchange_kind kind;
    uint32_t no;    /* ordinal of the first message of its part */
    uint32_t count; /* messages of its part, duplicates included */
    uint32_t known; /* ordinals below this are stored already */
    enum batch_verdict messages;
    bool has_call;
    bool has_row; /* in `exchanges` */
    uint32_t row; /* in calls, or in exchanges */
    bool live;    /* the call goes on */
    uint8_t rank; /* enum batch_rank */
    uint32_t call_messages;
    int64_t call_last_at;
    enum batch_verdict call;
};

/** A row of `parts`, encoded when it is sent. */
struct batch_part {
    uint32_t exchange; /* index */
    uint32_t block;    /* row in blocks */
    int32_t no;
    int16_t lo;
    int16_t hi;
    int16_t call_id;
    uint32_t stored; /* messages of it, duplicates apart */
    uint64_t name;   /* hash of a call's Call-ID in its first part, or 0 */
    bool held;       /* it waits for its call */
};

/** Messages a block has from one source. */
struct batch_source {
    uint32_t block;
    uint32_t ordinal;
    uint32_t stored;
};

struct batch_dialog {
    uint32_t exchange;
    struct key key;
    bool known;
};

/** What is handed on again as it grows. */
enum batch_upsert {
    BATCH_REGISTRATIONS,
    BATCH_ENDPOINTS,
    BATCH_SUBSCRIPTIONS,
    BATCH_UPSERT_COUNT
};

struct batch {
    struct copy blocks;
    struct copy texts; /* one row for each of blocks */
    struct copy calls;
    struct copy dialogs;
    struct copy exchange_rows;
    struct upsert upserts[BATCH_UPSERT_COUNT];
    uint8_t *block_marks; /* enum send_mark of each block, or NULL */
    struct batch_exchange *exchanges;
    size_t exchange_count;
    size_t exchange_room;
    struct batch_part *parts;
    size_t part_count;
    size_t part_room;
    struct batch_source *sources;
    size_t source_count;
    size_t source_room;
    struct batch_dialog *dialog_keys; /* by row of dialogs */
    size_t dialog_count;
    size_t dialog_room;
    struct capture_gap *gaps;
    size_t gap_count;
    size_t gap_room;
    uint64_t messages; /* duplicates apart */
    uint64_t duplicates;
    uint64_t number; /* in the order of sending, from 1 */
    bool last;
    /* What a batch on its way through the spool says of itself. */
    struct key run_key;
    int64_t clock_ns;     /* packet time when it was handed on */
    struct copy notes;    /* see note.h */
    struct key *captures; /* by ordinal of the source */
    size_t capture_count;
    size_t capture_room;
    struct batch_tally *tallies;
    size_t tally_count;
    size_t tally_room;
    /* Of its sending. */
    bool translated;  /* anomalies have the database's numbers */
    bool replay;      /* it may be stored already */
    uint64_t refused; /* rows of blocks and texts */
};

struct batch *batch_new(void);
void batch_free(struct batch *b);
/** Empty it, keep the memory. */
void batch_reset(struct batch *b);
/** Did memory run out while it was filled? */
bool batch_failed(const struct batch *b);

/** The entry of this key if it is the newest, else a new one; NULL: memory. */
struct batch_exchange *batch_exchange(struct batch *b, const struct key *key,
                                      enum exchange_kind kind, bool fresh);

/** @return 0 or -ENOMEM */
WARN_UNUSED int batch_add_call(struct batch *b, const struct call_record *call,
                               const struct key *capture_key,
                               struct span sensor);
WARN_UNUSED int batch_add_dialog(struct batch *b,
                                 const struct dialog_record *dialog);
WARN_UNUSED int batch_add_gap(struct batch *b, const struct capture_gap *gap);
WARN_UNUSED int batch_add_part(struct batch *b, const struct batch_part *part);
WARN_UNUSED int batch_add_source(struct batch *b,
                                 const struct batch_source *source);

#endif
