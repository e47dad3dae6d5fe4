/**
 * A block being filled: messages of several exchanges as parallel arrays,
 * their texts beside it (see schema/0002_tables.sql).
 */
#ifndef SIPTRAIL_STORE_BLOCK_H
#define SIPTRAIL_STORE_BLOCK_H

#include "base/arena.h"
#include "call/sink.h"
#include "store/copy.h"

#define BLOCK_FULL 128      /* messages after which it is closed */
#define BLOCK_MAX 1000      /* most messages: places are 16 bits */
#define BLOCK_ENDPOINTS 127 /* two places make 16 bits */
#define BLOCK_CAPTURES 64
#define BLOCK_OUTERS 128
/* 32 bits of microseconds hold it. */
#define BLOCK_SPAN_US (INT64_C(35) * 60 * 1000000)
#define BLOCK_TEXT_BYTES (1024 * 1024)
#define BLOCK_BUCKETS 2048

struct block_message {
    int64_t at_us;
    int64_t frame;
    int32_t length;
    int16_t path;
    int16_t code;
    int16_t flags;
    int16_t var;
    int16_t who;
    int16_t txn;
    int16_t outer; /* place in outers, 0 for none */
};

struct block_endpoint {
    struct endpoint endpoint;
    int16_t transport; /* enum transport and 1 */
    int16_t capture;   /* place in sources, from 1 */
};

struct block_var { /* spans lie in the block's arena, but for reason phrases */
    uint64_t hash;
    struct span line;
    struct span agent;
    struct span content_type;
};

struct block_who {
    struct span from_tag;
    struct span to_tag;
    struct span from_user;
    struct span to_user;
};

struct block_txn {
    uint32_t no;
    uint32_t cseq;
    int16_t method; /* minus a place in methods; 0 for none */
    struct span branch;
    struct span sent_by;
};

struct block {
    struct key key; /* set on closing */
    struct arena arena;
    struct block_message messages[BLOCK_MAX];
    uint32_t count;
    uint32_t stored; /* of these: duplicates apart */
    int64_t first_us;
    int64_t last_us;
    int64_t frame_low;
    int64_t frame_high;
    size_t text_bytes;
    size_t text_array; /* where the array begins in the texts */
    struct {
        uint32_t ordinal; /* arrival.source */
        uint32_t stored;  /* messages from it, duplicates apart */
    } sources[BLOCK_CAPTURES];
    uint32_t source_count;
    struct span call_ids[BLOCK_MAX];
    int16_t call_id_count;
    struct block_endpoint endpoints[BLOCK_ENDPOINTS];
    int16_t endpoint_count;
    struct block_var vars[BLOCK_MAX];
    int16_t var_count;
    int16_t buckets[BLOCK_BUCKETS]; /* of vars: place, or 0 */
    struct block_who whos[BLOCK_MAX];
    int16_t who_count;
    struct block_txn txns[BLOCK_MAX];
    int16_t txn_count;
    struct span methods[BLOCK_MAX]; /* names of those not known */
    int16_t method_count;
    struct tunnels outers[BLOCK_OUTERS];
    int16_t outer_count;
    struct copy anomalies; /* two rows: places, ids; elements of int2[] */
    uint32_t anomaly_count;
    bool failed; /* no memory */
};

/** What the block needs to know beyond the messages. */
struct block_context {
    const struct key *captures; /* by arrival.source */
    size_t capture_count;
    const int16_t *anomaly_ids; /* by enum anomaly; 0 for none */
    bool keep_secrets;
};

#define BLOCK_RECENT 8

/** Recent parties and transactions of the part being added. */
struct block_part {
    const struct exchange_part *part;
    int16_t call_id; /* place in the block */
    struct {
        struct span from;
        struct span to;
        int16_t place;
    } who[BLOCK_RECENT];
    struct {
        const struct message_record *message;
        int16_t place;
    } txn[BLOCK_RECENT];
    unsigned who_count;
    unsigned txn_count;
};

void block_init(struct block *b);
void block_fini(struct block *b);
/** Empty it; begin its row of texts. */
void block_begin(struct block *b, struct copy *texts);
/** Begin a part of an exchange: its Call-ID gets a place. */
void block_part_begin(struct block *b, const struct exchange_part *part,
                      struct block_part *state_out);
/** Would this message break a cap? An empty block takes any message. */
bool block_fits(const struct block *b, const struct message_record *m);

/** Add a message of the part, and its text. */
void block_add(struct block *b, const struct block_context *context,
               struct block_part *state, const struct message_record *m,
               struct copy *texts);

/** Give it a key; write its row and finish the one of its texts. */
void block_close(struct block *b, const struct block_context *context,
                 struct copy *blocks, struct copy *texts);

/** Columns in the order of block_close(). */
extern const char block_columns[];
extern const char block_text_columns[];

#endif
