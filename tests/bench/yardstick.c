/*
 * yardstick CONNINFO FILE: the store's yardstick. Every SIP message of a
 * capture over UDP as one row with its text and two b-trees, by COPY BINARY,
 * 1,000 rows a batch and transaction. The capture is read into memory first;
 * only the database is timed. Prints seconds, messages and bytes on disk a
 * message (table, indexes, TOAST).
 */
#include <arpa/inet.h>
#include <libpq-fe.h>
#include <pcap/pcap.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum {
    ETHERNET = 14,
    BATCH_ROWS = 1000,
    COLUMNS = 10,
    ROW_MAX = 66000,
};

/* Microseconds from 1970 to 2000, where PostgreSQL's time begins. */
static const int64_t EPOCH_US = INT64_C(946684800000000);

struct field {
    const char *at;
    uint32_t len;
};

struct message {
    int64_t at_us;
    uint8_t src[4], dst[4];
    uint16_t sport, dport;
    const char *text;
    uint32_t len;
    struct field call_id;
    struct field cseq;
};

struct messages {
    struct message *all;
    size_t count;
    size_t room;
};

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "yardstick: %s: %s\n", what, why);
    exit(1);
}

static void message_add(struct messages *messages,
                        const struct message *message)
{
    if (messages->count == messages->room) {
        messages->room = messages->room ? messages->room * 2 : 65536;
        messages->all =
            reallocarray(messages->all, messages->room, sizeof(*messages->all));
        if (!messages->all)
            fail("messages", "out of memory");
    }
    messages->all[messages->count++] = *message;
}

static uint16_t read_be16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

/* The value of a header by its long name; crude, as a yardstick may be. */
static struct field header_find(const char *text, const char *name)
{
    struct field field = {"", 0};
    const char *at = strcasestr(text, name);

    if (!at)
        return field;
    field.at = at + strlen(name) + (at[strlen(name)] == ' ');
    field.len = (uint32_t)strcspn(field.at, "\r\n");
    return field;
}

/* Ethernet, IPv4, UDP, and a text that begins as SIP does. */
static void packet_read(struct messages *messages,
                        const struct pcap_pkthdr *header, const uint8_t *packet)
{
    const uint8_t *ip = packet + ETHERNET;
    struct message message;
    const uint8_t *udp;
    size_t head;
    char *text;

    if (header->caplen < ETHERNET + 28 || ip[0] >> 4 != 4 || ip[9] != 17)
        return;
    udp = ip + (size_t)(ip[0] & 15) * 4;
    head = (size_t)(udp - packet) + 8;
    if (header->caplen < head + 16 || packet[head] < 'A' || packet[head] > 'Z')
        return;
    message.at_us =
        (int64_t)header->ts.tv_sec * 1000000 + header->ts.tv_usec - EPOCH_US;
    memcpy(message.src, ip + 12, 4);
    memcpy(message.dst, ip + 16, 4);
    message.sport = read_be16(udp);
    message.dport = read_be16(udp + 2);
    message.len = header->caplen - (uint32_t)head;
    text = malloc(message.len + 1);
    if (!text)
        fail("messages", "out of memory");
    memcpy(text, packet + head, message.len);
    text[message.len] = '\0';
    message.text = text;
    message.call_id = header_find(text, "\nCall-ID:");
    message.cseq = header_find(text, "\nCSeq:");
    message_add(messages, &message);
}

static void capture_read(struct messages *messages, const char *file)
{
    char error[PCAP_ERRBUF_SIZE];
    pcap_t *pcap = pcap_open_offline(file, error);
    struct pcap_pkthdr *header;
    const u_char *packet;

    if (!pcap)
        fail(file, error);
    while (pcap_next_ex(pcap, &header, &packet) == 1)
        packet_read(messages, header, packet);
    pcap_close(pcap);
    if (messages->count == 0)
        fail(file, "no SIP over UDP in it");
}

static char *put32(char *at, uint32_t value)
{
    value = htonl(value);
    memcpy(at, &value, 4);
    return at + 4;
}

static char *put16(char *at, uint16_t value)
{
    value = htons(value);
    memcpy(at, &value, 2);
    return at + 2;
}

static char *put_int4(char *at, int32_t value)
{
    return put32(put32(at, 4), (uint32_t)value);
}

static char *put_int8(char *at, int64_t value)
{
    at = put32(put32(at, 8), (uint32_t)((uint64_t)value >> 32));
    return put32(at, (uint32_t)value);
}

static char *put_bytes(char *at, const char *bytes, uint32_t len)
{
    at = put32(at, len);
    memcpy(at, bytes, len);
    return at + len;
}

static char *put_inet(char *at, const uint8_t *address)
{
    static const char v4[] = {2, 32, 0, 4};

    at = put32(at, 8);
    memcpy(at, v4, 4);
    memcpy(at + 4, address, 4);
    return at + 8;
}

static char *row_write(char *at, const struct message *message, int64_t id)
{
    uint32_t first = (uint32_t)strcspn(message->text, "\r\n");

    at = put16(at, COLUMNS);
    at = put_int8(at, id);
    at = put_int8(at, message->at_us);
    at = put_inet(at, message->src);
    at = put_int4(at, message->sport);
    at = put_inet(at, message->dst);
    at = put_int4(at, message->dport);
    at = put_bytes(at, message->text, first > 40 ? 40 : first);
    at = put_bytes(at, message->cseq.at, message->cseq.len);
    at = put_bytes(at, message->call_id.at, message->call_id.len);
    return put_bytes(at, message->text, message->len);
}

static void sql_run(PGconn *conn, const char *sql, ExecStatusType wanted)
{
    PGresult *result = PQexec(conn, sql);

    if (PQresultStatus(result) != wanted)
        fail(sql, PQerrorMessage(conn));
    PQclear(result);
}

static void batch_send(PGconn *conn, const struct messages *messages,
                       size_t from, size_t to)
{
    static const char head[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0";
    static char row[ROW_MAX + 1024];
    PGresult *result;
    size_t i;

    sql_run(conn, "BEGIN", PGRES_COMMAND_OK);
    sql_run(conn, "COPY yardstick FROM STDIN (FORMAT binary)", PGRES_COPY_IN);
    if (PQputCopyData(conn, head, 19) < 0)
        fail("COPY", PQerrorMessage(conn));
    for (i = from; i < to; i++) {
        char *end;

        if (messages->all[i].len > ROW_MAX)
            continue;
        end = row_write(row, &messages->all[i], (int64_t)i);
        if (PQputCopyData(conn, row, (int)(end - row)) < 0)
            fail("COPY", PQerrorMessage(conn));
    }
    if (PQputCopyData(conn, "\377\377", 2) < 0 || PQputCopyEnd(conn, NULL) < 0)
        fail("COPY", PQerrorMessage(conn));
    while ((result = PQgetResult(conn))) {
        if (PQresultStatus(result) != PGRES_COMMAND_OK)
            fail("COPY", PQerrorMessage(conn));
        PQclear(result);
    }
    sql_run(conn, "COMMIT", PGRES_COMMAND_OK);
}

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double bytes_each(PGconn *conn)
{
    PGresult *result =
        PQexec(conn, "SELECT pg_total_relation_size('yardstick')::float8 /"
                     " count(*) FROM yardstick");
    double bytes;

    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        fail("size", PQerrorMessage(conn));
    bytes = strtod(PQgetvalue(result, 0, 0), NULL);
    PQclear(result);
    return bytes;
}

int main(int argc, char **argv)
{
    struct messages messages = {NULL, 0, 0};
    double started, seconds;
    PGconn *conn;
    size_t i;

    if (argc != 3) {
        fprintf(stderr, "usage: yardstick CONNINFO FILE\n");
        return 2;
    }
    capture_read(&messages, argv[2]);
    conn = PQconnectdb(argv[1]);
    if (PQstatus(conn) != CONNECTION_OK)
        fail("database", PQerrorMessage(conn));
    sql_run(conn, "SET client_min_messages = warning", PGRES_COMMAND_OK);
    sql_run(conn, "DROP TABLE IF EXISTS yardstick", PGRES_COMMAND_OK);
    sql_run(conn,
            "CREATE TABLE yardstick (id bigint, at timestamptz, src inet,"
            " sport int, dst inet, dport int, what text, cseq text,"
            " call_id text, raw bytea)",
            PGRES_COMMAND_OK);
    sql_run(conn, "CREATE INDEX ON yardstick (at)", PGRES_COMMAND_OK);
    sql_run(conn, "CREATE INDEX ON yardstick (call_id)", PGRES_COMMAND_OK);
    started = seconds_now();
    for (i = 0; i < messages.count; i += BATCH_ROWS)
        batch_send(conn, &messages, i,
                   i + BATCH_ROWS < messages.count ? i + BATCH_ROWS
                                                   : messages.count);
    seconds = seconds_now() - started;
    printf("%.3f %zu %.0f\n", seconds, messages.count, bytes_each(conn));
    PQfinish(conn);
    return 0;
}
