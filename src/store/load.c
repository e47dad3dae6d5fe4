#include "store/load.h"

#include <errno.h>
#include <libpq-fe.h>
#include <stdlib.h>

#include "base/hash.h"
#include "store/connection.h"
#include "store/fields.h"
#include "store/known.h"
#include "store/row.h"

/* Columns of the view messages, in the order of message_columns. */
enum column {
    AT,
    FRAME,
    CAPTURE_KEY,
    SRC_IP,
    SRC_PORT,
    DST_IP,
    DST_PORT,
    TRANSPORT,
    TRANSACTION_KEY,
    HOP,
    RETRANSMISSION,
    DUPLICATE,
    ACK_OF_2XX,
    TRUNCATED,
    ANOMALIES,
    PARSE_STATUS,
    RAW,
    IS_REQUEST,
    METHOD,
    STATUS_CODE,
    REASON_PHRASE,
    REQUEST_URI,
    CSEQ,
    CSEQ_METHOD,
    CALL_ID,
    BRANCH,
    SENT_BY,
    FROM_TAG,
    TO_TAG,
    NO,
    TUNNEL,
    OUTER_SRC_IP,
    OUTER_DST_IP,
    EXCHANGE_KEY
};

/* A look at so many blocks, each in its own day, is cheaper to plan than one
 * at all days. */
#define NAMED_BLOCKS_MAX 6
#define DAY_MS 86400000
#define KEY_MS_MAX ((INT64_C(1) << 48) - 1)

static const char message_sql[] =
    "SELECT at, frame, capture_key, src_ip, src_port, dst_ip, dst_port, "
    "transport, transaction_key, hop, retransmission, duplicate, ack_of_2xx, "
    "truncated, anomalies, parse_status, raw, is_request, method, "
    "status_code, reason_phrase, request_uri, cseq, cseq_method, call_id, "
    "branch, sent_by, from_tag, to_tag, no, tunnel, outer_src_ip, "
    "outer_dst_ip, call_key FROM siptrail.messages WHERE call_key = ANY($1)";
static const char message_order[] = " ORDER BY call_key, no";

/* The same columns where the text says it all, and thousands of messages are
 * asked for: each that is left out saves a look into an array of the block. */
static const char taken_sql[] =
    "SELECT at, NULL, capture_key, src_ip, src_port, dst_ip, dst_port, "
    "transport, NULL, NULL, NULL, duplicate, NULL, truncated, anomalies, "
    "parse_status, raw, "
    "CASE WHEN raw IS NULL THEN is_request END, "
    "CASE WHEN raw IS NULL THEN method END, "
    "CASE WHEN raw IS NULL THEN status_code END, "
    "CASE WHEN raw IS NULL THEN reason_phrase END, "
    "CASE WHEN raw IS NULL THEN request_uri END, "
    "CASE WHEN raw IS NULL THEN cseq END, "
    "CASE WHEN raw IS NULL THEN cseq_method END, "
    "CASE WHEN raw IS NULL THEN call_id END, "
    "CASE WHEN raw IS NULL THEN branch END, "
    "CASE WHEN raw IS NULL THEN sent_by END, "
    "CASE WHEN raw IS NULL THEN from_tag END, "
    "CASE WHEN raw IS NULL THEN to_tag END, "
    "no, NULL, NULL, NULL, call_key FROM siptrail.messages "
    "WHERE call_key = ANY($1) ORDER BY call_key, no";

/* What one load works on. */
struct loading {
    PGconn *conn;
    struct slab_pool *pool;
    struct call_view *view;
    struct load_sources sources;
    struct error *err;
    bool unnamed; /* the table peers is known to be empty */
};

static int ask(struct loading *l, const char *sql, const struct key *keys,
               size_t count, PGresult **result_out)
{
    PGresult *result = known_run(l->conn, sql, keys, count);
    int rc = 0;

    if (!result)
        return error_set(l->err, -ENOMEM, "out of memory");
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        rc = store_error(l->conn, result, "reading calls", l->err);
        PQclear(result);
        result = NULL;
    }
    *result_out = result;
    return rc;
}

/* The ordinal of a capture; the last one stands for all beyond the cap. */
static uint32_t source_of(struct loading *l, const struct key *capture_key)
{
    struct load_sources *s = &l->sources;

    for (size_t i = 0; i < s->count; i++)
        if (key_equal(&s->items[i].capture_key, capture_key))
            return (uint32_t)i;
    if (s->count == LOAD_SOURCES_MAX)
        return LOAD_SOURCES_MAX - 1;
    s->items[s->count].capture_key = *capture_key;
    s->items[s->count].name = NULL;
    return (uint32_t)s->count++;
}

static int load_record(struct loading *l, const struct key *key)
{
    char sql[2304];
    struct found_call call;
    struct arena arena;
    PGresult *result;
    int rc;

    (void)snprintf(sql, sizeof(sql),
                   "SELECT %s FROM siptrail.calls WHERE call_key = ANY($1)",
                   row_call_columns());
    rc = ask(l, sql, key, 1, &result);
    if (rc)
        return rc;
    arena_init(&arena, 1024);
    if (PQntuples(result) == 0)
        rc = error_set(l->err, -ENOENT, "there is no such call");
    if (rc == 0)
        rc = row_read_call(result, 0, &arena, &call);
    if (rc == 0) {
        call.record.source = source_of(l, &call.capture_key);
        call.record.sensor = call.sensor;
        rc = call_view_set_record(l->view, &call.record);
    }
    arena_fini(&arena);
    PQclear(result);
    return rc;
}

/* Another time, in ms, in a key's first 48 bits; the rest all @p fill. */
static void move_key(struct key *key, int64_t by_ms, uint8_t fill)
{
    int64_t ms = 0;

    for (int i = 0; i < 6; i++)
        ms = ms << 8 | key->bytes[i];
    ms += by_ms;
    if (ms < 0)
        ms = 0;
    if (ms > KEY_MS_MAX)
        ms = KEY_MS_MAX;
    memset(key->bytes, fill, sizeof(key->bytes));
    for (int i = 5; i >= 0; i--, ms >>= 8)
        key->bytes[i] = (uint8_t)ms;
}

/* Keys of a call and its dialogs begin with the time of the same exchange, so
 * three days hold them all. */
static int load_dialogs(struct loading *l, const struct key *key)
{
    char sql[768];
    PGresult *result;
    struct key low = *key;
    struct key high = *key;
    char from[KEY_TEXT_BYTES];
    char to[KEY_TEXT_BYTES];
    int rc;

    move_key(&low, -DAY_MS, 0);
    move_key(&high, DAY_MS, 0xff);
    key_write(&low, from);
    key_write(&high, to);
    (void)snprintf(sql, sizeof(sql),
                   "SELECT %s FROM siptrail.dialogs WHERE call_key = ANY($1) "
                   "AND dialog_key BETWEEN '%s' AND '%s' "
                   "ORDER BY coalesce(early_at, confirmed_at), dialog_key",
                   row_dialog_columns, from, to);
    rc = ask(l, sql, key, 1, &result);
    if (rc)
        return rc;
    for (int row = 0; rc == 0 && row < PQntuples(result); row++) {
        struct dialog_record dialog;

        rc = row_read_dialog(result, row, &dialog);
        if (rc == 0)
            rc = call_view_add_dialog(l->view, &dialog);
    }
    PQclear(result);
    return rc;
}

static enum transport transport_of(struct span word)
{
    for (int i = 0; i < TRANSPORT_COUNT; i++)
        if (span_equal(word, span_of_string(transport_name((enum transport)i))))
            return (enum transport)i;
    return TRANSPORT_UDP;
}

static enum sip_parse_status status_of(struct span word)
{
    if (span_equal(word, SPAN_LITERAL("ok")))
        return SIP_PARSE_OK;
    return span_equal(word, SPAN_LITERAL("partial")) ? SIP_PARSE_PARTIAL
                                                     : SIP_PARSE_BAD;
}

static void read_anomalies(struct span bytes, struct anomaly_set *set_out)
{
    struct field_array array;
    struct span name;
    bool null;

    memset(set_out, 0, sizeof(*set_out));
    if (!field_array_begin(bytes, &array))
        return;
    while (field_array_next(&array, &name, &null))
        for (int i = 0; i < ANOMALY_COUNT; i++)
            if (span_equal(name, span_of_string(anomaly_name((enum anomaly)i))))
                anomaly_set_add(set_out, (enum anomaly)i);
}

/* "<key>/t12" */
static uint32_t transaction_of(struct span key)
{
    uint64_t ordinal;
    size_t slash = span_find_byte(key, '/');

    if (!span_to_u64(span_from(key, slash + 2), UINT32_MAX - 1, &ordinal))
        return TRANSACTION_NONE;
    return (uint32_t)ordinal;
}

static void read_arrival(struct loading *l, const PGresult *r, int row,
                         struct arrival *a)
{
    struct key capture = field_key(field_bytes(r, row, CAPTURE_KEY));
    int64_t at = field_time(field_bytes(r, row, AT));

    a->time_ns = at == TIME_NONE ? 0 : at * 1000;
    a->frame = (uint64_t)field_number(field_bytes(r, row, FRAME), 0);
    a->source = source_of(l, &capture);
    a->src.address = field_address(field_bytes(r, row, SRC_IP));
    a->src.port = (uint16_t)field_number(field_bytes(r, row, SRC_PORT), 0);
    a->dst.address = field_address(field_bytes(r, row, DST_IP));
    a->dst.port = (uint16_t)field_number(field_bytes(r, row, DST_PORT), 0);
    a->transport = transport_of(field_bytes(r, row, TRANSPORT));
    a->truncated = field_number(field_bytes(r, row, TRUNCATED), 0) != 0;
}

/* Into the room kept for it; none where the column is NULL. */
static const struct tunnels *read_around(const PGresult *r, int row,
                                         struct tunnels *room)
{
    struct span kinds = field_bytes(r, row, TUNNEL);

    if (!kinds.length || !tunnels_parse_kinds(kinds, room))
        return NULL;
    room->src = field_address(field_bytes(r, row, OUTER_SRC_IP));
    room->dst = field_address(field_bytes(r, row, OUTER_DST_IP));
    return room;
}

/* Where there is no text, the columns say what they hold. */
static void fill_message(const PGresult *r, int row, struct sip_message *m,
                         char *room)
{
    const struct {
        enum column column;
        struct span *to;
    } texts[] = {{METHOD, &m->method_name},
                 {REASON_PHRASE, &m->reason_phrase},
                 {REQUEST_URI, &m->request_uri},
                 {CSEQ_METHOD, &m->cseq_method_name},
                 {CALL_ID, &m->call_id},
                 {BRANCH, &m->via_branch},
                 {SENT_BY, &m->via_sent_by},
                 {FROM_TAG, &m->from_tag},
                 {TO_TAG, &m->to_tag}};

    memset(m, 0, sizeof(*m));
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct span bytes = field_bytes(r, row, (int)texts[i].column);

        if (bytes.length)
            memcpy(room, bytes.data, bytes.length);
        *texts[i].to = span_of(room, bytes.length);
        room += bytes.length;
    }
    m->is_request = field_number(field_bytes(r, row, IS_REQUEST), 0) != 0;
    m->method = sip_method_parse(m->method_name);
    m->status_code =
        (uint16_t)field_number(field_bytes(r, row, STATUS_CODE), 0);
    m->has_cseq = !field_is_null(r, row, CSEQ);
    m->cseq = (uint32_t)field_number(field_bytes(r, row, CSEQ), 0);
    m->cseq_method = sip_method_parse(m->cseq_method_name);
    m->content_length = -1;
}

static size_t columns_length(const PGresult *r, int row)
{
    size_t length = 0;

    for (int column = METHOD; column <= TO_TAG; column++)
        length += field_bytes(r, row, column).length;
    return length;
}

/* Text, then headers: what the index does not need is given back. */
static int make_observation(struct loading *l, const PGresult *r, int row,
                            struct observation **seen_out)
{
    struct span raw = field_bytes(r, row, RAW);
    size_t text = (raw.length ? raw.length : columns_length(r, row)) + 8;
    size_t front = sizeof(struct observation) + (text & ~(size_t)7);
    size_t head =
        front + (field_is_null(r, row, TUNNEL) ? 0 : sizeof(struct tunnels));
    size_t headers = raw.length ? SIP_HEADERS_MAX : 0;
    struct slab *slab;
    struct observation *o =
        slab_take(l->pool, head + headers * sizeof(struct sip_header), &slab);
    char *at;

    if (!o)
        return -ENOMEM;
    at = (char *)o + sizeof(*o);
    memset(o, 0, sizeof(*o));
    o->slab = slab;
    if (raw.length)
        memcpy(at, raw.data, raw.length);
    o->text_hash = hash_bytes(at, raw.length);
    read_arrival(l, r, row, &o->arrival);
    if (head > front)
        o->arrival.around = read_around(r, row, (void *)((char *)o + front));
    if (!raw.length ||
        !sip_message_parse(span_of(at, raw.length),
                           o->arrival.transport == TRANSPORT_UDP
                               ? SIP_FROM_DATAGRAM
                               : SIP_FROM_STREAM,
                           (struct sip_header *)(void *)((char *)o + head),
                           SIP_HEADERS_MAX, &o->message))
        fill_message(r, row, &o->message, at);
    slab_trim(l->pool, o,
              head + o->message.header_count * sizeof(struct sip_header));
    *seen_out = o;
    return 0;
}

static int load_message(struct loading *l, const PGresult *r, int row)
{
    struct message_record m = {0};
    struct observation *o;
    int rc = make_observation(l, r, row, &o);

    if (rc)
        return rc;
    o->ordinal = (uint64_t)field_number(field_bytes(r, row, NO), 0);
    o->message.status = status_of(field_bytes(r, row, PARSE_STATUS));
    read_anomalies(field_bytes(r, row, ANOMALIES), &m.anomalies);
    o->message.anomalies = m.anomalies;
    m.seen = o;
    m.transaction = transaction_of(field_bytes(r, row, TRANSACTION_KEY));
    m.hop = (uint16_t)field_number(field_bytes(r, row, HOP), 0);
    m.retransmission =
        field_number(field_bytes(r, row, RETRANSMISSION), 0) != 0;
    m.duplicate = field_number(field_bytes(r, row, DUPLICATE), 0) != 0;
    m.ack_of_2xx = field_number(field_bytes(r, row, ACK_OF_2XX), 0) != 0;
    rc = call_view_add_message(l->view, &m);
    observation_release(o);
    return rc;
}

/* A day is pruned by a constant only, and blocks are joined: each gets a query
 * of its own that names it. */
static int ask_messages(struct loading *l, const struct key *key,
                        const PGresult *blocks, PGresult **result_out)
{
    char sql[NAMED_BLOCKS_MAX * (sizeof(message_sql) + 80)];
    int count = PQntuples(blocks);
    int used = 0;

    if (count > NAMED_BLOCKS_MAX)
        count = 0;
    for (int row = 0; row < count; row++) {
        struct key block = field_key(field_bytes(blocks, row, 0));
        char text[KEY_TEXT_BYTES];

        key_write(&block, text);
        used += snprintf(sql + used, sizeof(sql) - (size_t)used,
                         "%s%s AND block_key = '%s'", row ? " UNION ALL " : "",
                         message_sql, text);
    }
    (void)snprintf(sql + used, sizeof(sql) - (size_t)used, "%s%s",
                   count ? "" : message_sql, message_order);
    return ask(l, sql, key, 1, result_out);
}

static int load_messages(struct loading *l, const struct key *key)
{
    PGresult *blocks;
    PGresult *result;
    int rc = ask(l,
                 "SELECT DISTINCT block_key FROM siptrail.parts "
                 "WHERE exchange_key = ANY($1)",
                 key, 1, &blocks);

    if (rc)
        return rc;
    rc = ask_messages(l, key, blocks, &result);
    PQclear(blocks);
    if (rc)
        return rc;
    for (int row = 0; rc == 0 && row < PQntuples(result); row++)
        rc = load_message(l, result, row);
    PQclear(result);
    return rc;
}

static const char name_sql[] =
    "SELECT host(a.ip), siptrail.peer_name(a.ip) "
    "FROM (SELECT DISTINCT ip FROM unnest($1) ip) a "
    "WHERE siptrail.peer_name(a.ip) IS NOT NULL ORDER BY a.ip";

static int ask_names(struct loading *l, PGresult **result_out)
{
    const struct call_view *v = l->view;
    struct copy array = {0};
    size_t start = copy_array(&array, OID_INET, 2 * v->message_count);
    PGresult *result = NULL;
    int rc = 0;

    for (size_t i = 0; i < v->message_count; i++) {
        const struct arrival *a = &v->messages[i].seen->arrival;

        copy_address(&array, &a->src.address);
        copy_address(&array, &a->dst.address);
    }
    copy_array_end(&array, start);
    if (!array.failed)
        result = known_run_array(l->conn, name_sql, KNOWN_INETS, &array);
    copy_fini(&array);
    if (!result)
        return -ENOMEM;
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        rc = store_error(l->conn, result, "reading calls", l->err);
        PQclear(result);
        result = NULL;
    }
    *result_out = result;
    return rc;
}

static int load_peer_names(struct loading *l)
{
    struct call_view *v = l->view;
    PGresult *result;
    int rc = ask_names(l, &result);
    int count = rc ? 0 : PQntuples(result);

    if (rc)
        return rc;
    if (count) {
        v->names = arena_take(&v->arena, (size_t)count * sizeof(*v->names));
        if (!v->names)
            rc = -ENOMEM;
    }
    for (int row = 0; rc == 0 && row < count; row++) {
        struct call_view_name *n = &v->names[v->name_count];

        if (!address_parse(field_bytes(result, row, 0), &n->address))
            continue;
        if (arena_copy(&v->arena, field_bytes(result, row, 1), &n->name))
            v->name_count++;
        else
            rc = -ENOMEM;
    }
    PQclear(result);
    return rc;
}

/* Whether elements have names at all is answered with it. */
static const char source_sql[] =
    "SELECT capture_key, source, NOT EXISTS (SELECT 1 FROM siptrail.peers) "
    "FROM siptrail.captures WHERE capture_key = ANY($1)";

static int load_source_names(struct loading *l)
{
    struct key keys[LOAD_SOURCES_MAX];
    PGresult *result;
    int rc = 0;

    for (size_t i = 0; i < l->sources.count; i++)
        keys[i] = l->sources.items[i].capture_key;
    result = known_run(l->conn, source_sql, keys, l->sources.count);
    if (!result || PQresultStatus(result) != PGRES_TUPLES_OK)
        rc = result ? store_error(l->conn, result, "reading captures", l->err)
                    : -ENOMEM;
    for (int row = 0; rc == 0 && row < PQntuples(result); row++) {
        struct key key = field_key(field_bytes(result, row, 0));
        uint32_t i = source_of(l, &key);
        struct span name = field_bytes(result, row, 1);

        l->unnamed = field_number(field_bytes(result, row, 2), 0) != 0;
        free(l->sources.items[i].name);
        l->sources.items[i].name =
            strndup(name.data ? name.data : "", name.length);
        if (!l->sources.items[i].name)
            rc = -ENOMEM;
    }
    PQclear(result);
    return rc;
}

int load_call(struct store *store, const struct key *call_key,
              struct slab_pool *pool, struct call_view *view_out,
              struct load_sources *sources_out, struct error *err)
{
    struct loading l = {
        .conn = store->conn, .pool = pool, .view = view_out, .err = err};
    int rc = load_record(&l, call_key);

    if (rc == 0)
        rc = load_dialogs(&l, call_key);
    if (rc == 0)
        rc = load_messages(&l, call_key);
    if (rc == 0)
        rc = load_source_names(&l);
    if (rc == 0 && !l.unnamed)
        rc = load_peer_names(&l);
    if (rc == -ENOMEM)
        (void)error_set(err, rc, "out of memory");
    else if (rc == -EPROTO && !(err && err->text[0]))
        (void)error_set(err, rc, "a stored call cannot be read");
    if (rc == 0 && sources_out)
        *sources_out = l.sources;
    else
        load_sources_fini(&l.sources);
    return rc;
}

void load_sources_fini(struct load_sources *s)
{
    for (size_t i = 0; i < s->count; i++)
        free(s->items[i].name);
    s->count = 0;
}

static int load_taken(struct loading *l, const PGresult *r, int row,
                      load_message_fn fn, void *arg)
{
    struct load_message m = {
        .exchange_key = field_key(field_bytes(r, row, EXCHANGE_KEY)),
        .duplicate = field_number(field_bytes(r, row, DUPLICATE), 0) != 0};
    int rc = make_observation(l, r, row, &m.seen);

    if (rc)
        return rc;
    m.seen->ordinal = (uint64_t)field_number(field_bytes(r, row, NO), 0);
    m.seen->message.status = status_of(field_bytes(r, row, PARSE_STATUS));
    read_anomalies(field_bytes(r, row, ANOMALIES), &m.seen->message.anomalies);
    return fn(arg, &m);
}

int load_exchanges(struct pg_conn *conn, const struct key *keys, size_t count,
                   const struct load_exchanges *how, struct error *err)
{
    struct loading l = {
        .conn = conn, .pool = how->pool, .sources = *how->sources, .err = err};
    PGresult *result;
    int rc = ask(&l, taken_sql, keys, count, &result);

    if (rc)
        return rc;
    for (int row = 0; rc == 0 && row < PQntuples(result); row++)
        rc = load_taken(&l, result, row, how->message_fn, how->arg);
    *how->sources = l.sources;
    PQclear(result);
    return rc == -ENOMEM ? error_set(err, rc, "out of memory") : rc;
}
