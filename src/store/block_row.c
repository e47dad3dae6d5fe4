#include "store/block.h"

const char block_columns[] =
    "block_key, first_at, frame0, capture_keys, call_ids, ep_ip, ep_port, "
    "ep_transport, ep_capture, v_line, v_agent, v_content_type, w_from_tag, "
    "w_to_tag, w_from_user, w_to_user, t_no, t_method, t_cseq, t_branch, "
    "t_sent_by, m_seen, m_line, m_of, x_place, x_anomaly, x_method, o_tunnel, "
    "o_src, o_dst, m_outer";
const char block_text_columns[] = "block_key, raw";

#define BLOCK_FIELDS 31

/* A member of each element of an array, as an array of its own. */
struct member {
    const void *items;
    size_t each; /* bytes from one element to the next */
    size_t count;
};

#define MEMBER(array, name, count)                                             \
    ((struct member){&(array)->name, sizeof(*(array)), (size_t)(count)})

static const void *item(const struct member *m, size_t index)
{
    return (const char *)m->items + index * m->each;
}

static void write_texts(struct copy *c, struct member m)
{
    size_t start = copy_array(c, OID_TEXT, m.count);

    for (size_t i = 0; i < m.count; i++)
        copy_text(c, *(const struct span *)item(&m, i));
    copy_array_end(c, start);
}

static void write_shorts(struct copy *c, struct member m)
{
    size_t start = copy_array(c, OID_INT2, m.count);
    char *at = copy_take(c, m.count * 6);

    for (size_t i = 0; at && i < m.count; i++, at += 6) {
        copy_be32(at, 2);
        copy_be16(at + 4, (uint16_t) * (const int16_t *)item(&m, i));
    }
    copy_array_end(c, start);
}

static void write_ints(struct copy *c, struct member m)
{
    size_t start = copy_array(c, OID_INT4, m.count);
    char *at = copy_take(c, m.count * 8);

    for (size_t i = 0; at && i < m.count; i++, at += 8) {
        copy_be32(at, 4);
        copy_be32(at + 4, *(const uint32_t *)item(&m, i));
    }
    copy_array_end(c, start);
}

static void write_captures(struct copy *c, const struct block *b,
                           const struct block_context *context)
{
    static const struct key none = {{0}};
    size_t start = copy_array(c, OID_UUID, b->source_count);

    for (uint32_t i = 0; i < b->source_count; i++)
        copy_key(c, b->sources[i].ordinal < context->capture_count
                        ? &context->captures[b->sources[i].ordinal]
                        : &none);
    copy_array_end(c, start);
}

static void write_endpoints(struct copy *c, const struct block *b)
{
    size_t count = (size_t)b->endpoint_count;
    size_t start = copy_array(c, OID_INET, count);

    for (size_t i = 0; i < count; i++)
        copy_address(c, &b->endpoints[i].endpoint.address);
    copy_array_end(c, start);
    start = copy_array(c, OID_INT4, count);
    for (size_t i = 0; i < count; i++)
        copy_i32(c, b->endpoints[i].endpoint.port);
    copy_array_end(c, start);
    write_shorts(c, MEMBER(b->endpoints, transport, count));
    write_shorts(c, MEMBER(b->endpoints, capture, count));
}

/* How the columns m_ put the numbers of a message together. */
static uint64_t seen_of(const struct block *b, const struct block_message *m)
{
    return (uint64_t)(m->at_us - b->first_us) << 32 |
           (uint32_t)(m->frame - b->frame_low);
}

static uint64_t shorts_of(int16_t high, int16_t low)
{
    return (uint64_t)(uint16_t)high << 16 | (uint16_t)low;
}

static uint64_t line_of(const struct block *b, const struct block_message *m)
{
    (void)b;
    return shorts_of(m->code, m->path) << 32 | shorts_of(m->flags, m->var);
}

static uint64_t owner_of(const struct block *b, const struct block_message *m)
{
    (void)b;
    return shorts_of(m->who, m->txn) << 32 | (uint32_t)m->length;
}

/* A server takes arrays element by element: wide ones are fewer. */
static void write_longs(struct copy *c, const struct block *b,
                        uint64_t (*of)(const struct block *,
                                       const struct block_message *))
{
    size_t start = copy_array(c, OID_INT8, b->count);
    char *at = copy_take(c, (size_t)b->count * 12);

    for (uint32_t i = 0; at && i < b->count; i++, at += 12) {
        copy_be32(at, 8);
        copy_be64(at + 4, of(b, &b->messages[i]));
    }
    copy_array_end(c, start);
}

/* Pairs of place and id, as two arrays. */
static void write_anomalies(struct copy *c, const struct block *b)
{
    if (!b->anomaly_count) {
        copy_null(c);
        copy_null(c);
        return;
    }
    for (size_t half = 0; half < 2; half++) {
        size_t start = copy_array(c, OID_INT2, b->anomaly_count);

        for (size_t i = 0; i < b->anomaly_count; i++)
            copy_bytes(c, b->anomalies.data + 4 * i + 2 * half, 2);
        copy_array_end(c, start);
    }
}

static void write_outer_addresses(struct copy *c, struct member m)
{
    size_t start = copy_array(c, OID_INET, m.count);

    for (size_t i = 0; i < m.count; i++)
        copy_address(c, item(&m, i));
    copy_array_end(c, start);
}

/* Nothing at all where no message came in a tunnel. */
static void write_outers(struct copy *c, const struct block *b)
{
    char kinds[TUNNELS_KINDS_BYTES];
    size_t start;

    if (!b->outer_count) {
        for (int i = 0; i < 4; i++)
            copy_null(c);
        return;
    }
    start = copy_array(c, OID_TEXT, (size_t)b->outer_count);
    for (int16_t i = 0; i < b->outer_count; i++)
        copy_text(c, span_of(kinds, tunnels_write_kinds(&b->outers[i], kinds)));
    copy_array_end(c, start);
    write_outer_addresses(c, MEMBER(b->outers, src, b->outer_count));
    write_outer_addresses(c, MEMBER(b->outers, dst, b->outer_count));
    write_shorts(c, MEMBER(b->messages, outer, b->count));
}

static void finish_texts(const struct block *b, struct copy *texts)
{
    copy_array_count(texts, b->text_array, b->count);
    copy_array_end(texts, b->text_array);
    if (!texts->failed) /* behind the count of fields and a length */
        memcpy(texts->data + texts->rows[texts->row_count - 1] + 6,
               b->key.bytes, sizeof(b->key.bytes));
}

void block_close(struct block *b, const struct block_context *context,
                 struct copy *blocks, struct copy *texts)
{
    /* Of its last message: a call then has no block of an earlier day than
     * its own, and days are dropped whole, the oldest first. */
    key_of_random(b->last_us, &b->key);
    finish_texts(b, texts);
    copy_row(blocks, BLOCK_FIELDS);
    copy_key(blocks, &b->key);
    copy_time(blocks, b->first_us);
    copy_i64(blocks, b->frame_low);
    write_captures(blocks, b, context);
    write_texts(blocks, (struct member){b->call_ids, sizeof(struct span),
                                        (size_t)b->call_id_count});
    write_endpoints(blocks, b);
    write_texts(blocks, MEMBER(b->vars, line, b->var_count));
    write_texts(blocks, MEMBER(b->vars, agent, b->var_count));
    write_texts(blocks, MEMBER(b->vars, content_type, b->var_count));
    write_texts(blocks, MEMBER(b->whos, from_tag, b->who_count));
    write_texts(blocks, MEMBER(b->whos, to_tag, b->who_count));
    write_texts(blocks, MEMBER(b->whos, from_user, b->who_count));
    write_texts(blocks, MEMBER(b->whos, to_user, b->who_count));
    write_ints(blocks, MEMBER(b->txns, no, b->txn_count));
    write_shorts(blocks, MEMBER(b->txns, method, b->txn_count));
    write_ints(blocks, MEMBER(b->txns, cseq, b->txn_count));
    write_texts(blocks, MEMBER(b->txns, branch, b->txn_count));
    write_texts(blocks, MEMBER(b->txns, sent_by, b->txn_count));
    write_longs(blocks, b, seen_of);
    write_longs(blocks, b, line_of);
    write_longs(blocks, b, owner_of);
    write_anomalies(blocks, b);
    if (b->method_count)
        write_texts(blocks, (struct member){b->methods, sizeof(struct span),
                                            (size_t)b->method_count});
    else
        copy_null(blocks);
    write_outers(blocks, b);
    if (b->failed || b->anomalies.failed)
        blocks->failed = true;
}
