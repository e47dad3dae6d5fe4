#include "store/gap.h"

#include <errno.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"
#include "store/connection.h"

/* Gaps of one batch with one key are one row. */
static const char gap_sql[] =
    "INSERT INTO siptrail.capture_gaps AS g (gap_key, capture_key, kind, "
    "src_ip, dst_ip, from_at, to_at, gaps, packets, bytes) "
    "SELECT key, capture, kind, src, dst, min(from_at), max(to_at), "
    "sum(gaps), sum(packets), sum(bytes) FROM unnest($1::uuid[], $2::uuid[], "
    "$3::text[], $4::inet[], $5::inet[], $6::timestamptz[], "
    "$7::timestamptz[], $8::bigint[], $9::bigint[], $10::bigint[]) "
    "AS t (key, capture, kind, src, dst, from_at, to_at, gaps, packets, bytes) "
    "GROUP BY key, capture, kind, src, dst "
    "ON CONFLICT (gap_key) DO UPDATE SET to_at = excluded.to_at, "
    "gaps = excluded.gaps, packets = excluded.packets, bytes = excluded.bytes";

enum { COLUMNS = 10 };

/* One array literal a column. Our own words, numbers and addresses: the
 * quotes are for the blanks of times. */
struct arrays {
    char *text[COLUMNS];
    size_t length[COLUMNS];
    FILE *out[COLUMNS];
};

static void add(struct arrays *a, int column, const char *value)
{
    char before = ftell(a->out[column]) ? ',' : '{';

    if (value)
        (void)fprintf(a->out[column], "%c\"%s\"", before, value);
    else
        (void)fprintf(a->out[column], "%cNULL", before);
}

static void add_key(struct arrays *a, int column, const struct key *key)
{
    char text[KEY_TEXT_BYTES];

    key_write(key, text);
    add(a, column, text);
}

static void add_address(struct arrays *a, int column, const struct address *ip)
{
    char text[ADDRESS_TEXT_BYTES];

    (void)address_write(ip, text);
    add(a, column, ip->family ? text : NULL);
}

static void add_time(struct arrays *a, int column, int64_t time_ns)
{
    char text[TIME_TEXT_BYTES];

    (void)time_write(time_us_of_ns(time_ns), text);
    add(a, column, text);
}

static void add_number(struct arrays *a, int column, uint64_t value)
{
    char text[24];

    (void)snprintf(text, sizeof(text), "%" PRIu64,
                   value > INT64_MAX ? (uint64_t)INT64_MAX : value);
    add(a, column, value ? text : NULL);
}

static void add_gap(struct arrays *a, const struct key *capture,
                    const struct capture_gap *g)
{
    const char *kind = gap_kind_name(g->kind);
    const struct span parts[] = {
        SPAN_LITERAL("gap"),
        span_of(capture->bytes, sizeof(capture->bytes)),
        span_of_string(kind),
        span_of(&g->src, sizeof(g->src)),
        span_of(&g->dst, sizeof(g->dst)),
        span_of(&g->from_ns, sizeof(g->from_ns)),
    };
    struct key key;

    key_of_parts(time_us_of_ns(g->from_ns), parts,
                 sizeof(parts) / sizeof(parts[0]), &key);
    add_key(a, 0, &key);
    add_key(a, 1, capture);
    add(a, 2, kind);
    add_address(a, 3, &g->src);
    add_address(a, 4, &g->dst);
    add_time(a, 5, g->from_ns);
    add_time(a, 6, g->to_ns);
    add_number(a, 7, g->gaps ? g->gaps : 1);
    add_number(a, 8, g->packets);
    add_number(a, 9, g->bytes);
}

static bool arrays_open(struct arrays *a)
{
    bool ok = true;

    for (int i = 0; i < COLUMNS; i++) {
        a->out[i] = open_memstream(&a->text[i], &a->length[i]);
        ok &= a->out[i] != NULL;
    }
    return ok;
}

static bool arrays_close(struct arrays *a)
{
    bool ok = true;

    for (int i = 0; i < COLUMNS; i++) {
        if (!a->out[i])
            continue;
        (void)fputc('}', a->out[i]);
        ok &= fclose(a->out[i]) == 0;
    }
    return ok;
}

static int send(PGconn *conn, const struct arrays *a, struct error *err)
{
    PGresult *result =
        PQexecParams(conn, gap_sql, COLUMNS, NULL, (const char *const *)a->text,
                     NULL, NULL, 0);
    int rc = 0;

    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        rc = store_error(conn, result, "storing gaps of the capture", err);
    PQclear(result);
    return rc;
}

int gap_send(struct pg_conn *conn, const struct batch *b, struct error *err)
{
    struct arrays a = {0};
    bool open = arrays_open(&a);
    bool any = false;
    int rc = 0;

    for (size_t i = 0; open && i < b->gap_count; i++) {
        if (b->gaps[i].source >= b->capture_count)
            continue;
        add_gap(&a, &b->captures[b->gaps[i].source], &b->gaps[i]);
        any = true;
    }
    if (!arrays_close(&a) || !open)
        rc = error_set(err, -ENOMEM, "out of memory");
    if (rc == 0 && any)
        rc = send(conn, &a, err);
    for (int i = 0; i < COLUMNS; i++)
        free(a.text[i]);
    return rc;
}
