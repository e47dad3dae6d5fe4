#include "flow/hep.h"

#include <stdlib.h>
#include <zlib.h>

#include "base/reader.h"

#define MAGIC "HEP3"
#define MAGIC_BYTES 4
#define CHUNK_BYTES 6 /* vendor, type, length of all */
#define NS_PER_S INT64_C(1000000000)
#define NS_PER_US INT64_C(1000)
#define US_PER_S 1000000u

/* Chunks without a vendor. */
enum {
    CHUNK_PROTOCOL = 2,
    CHUNK_SRC4,
    CHUNK_DST4,
    CHUNK_SRC6,
    CHUNK_DST6,
    CHUNK_SRC_PORT,
    CHUNK_DST_PORT,
    CHUNK_SECONDS,
    CHUNK_MICROSECONDS,
    CHUNK_KIND,
    CHUNK_CAPTURE_ID,
    CHUNK_PAYLOAD = 15,
    CHUNK_COMPRESSED,
    CHUNK_VLAN = 18,
    CHUNK_NODE
};

/* IP protocol numbers, two of them lent: what agents write for TLS and for
   WebSocket, which have none. */
static bool transport_of(unsigned protocol, enum transport *transport_out)
{
    switch (protocol) {
    case 6:
        *transport_out = TRANSPORT_TCP;
        return true;
    case 17:
        *transport_out = TRANSPORT_UDP;
        return true;
    case 22: /* XNS-IDP */
        *transport_out = TRANSPORT_TLS;
        return true;
    case 50: /* ESP */
        *transport_out = TRANSPORT_WS;
        return true;
    case 132:
        *transport_out = TRANSPORT_SCTP;
        return true;
    default:
        return false;
    }
}

bool hep_begins(struct span bytes)
{
    size_t n = bytes.length < MAGIC_BYTES ? bytes.length : MAGIC_BYTES;

    return n && memcmp(bytes.data, MAGIC, n) == 0;
}

size_t hep_length(struct span bytes)
{
    const uint8_t *b = (const uint8_t *)bytes.data;
    size_t length;

    if (bytes.length < HEP_HEADER_BYTES || !hep_begins(bytes))
        return 0;
    length = (size_t)b[4] << 8 | b[5];
    return length >= HEP_HEADER_BYTES ? length : 0;
}

/* --- version 3 ------------------------------------------------------------ */

struct reading {
    struct hep *hep;
    uint32_t seconds;
    uint32_t microseconds;
    bool has_time;
};

static void take_numbers(struct reading *r, unsigned type, struct reader *value)
{
    struct hep *h = r->hep;

    switch (type) {
    case CHUNK_PROTOCOL:
        (void)transport_of(reader_u8(value), &h->transport);
        break;
    case CHUNK_SRC_PORT:
        h->src.port = reader_be16(value);
        break;
    case CHUNK_DST_PORT:
        h->dst.port = reader_be16(value);
        break;
    case CHUNK_SECONDS:
        r->seconds = reader_be32(value);
        r->has_time = reader_ok(value);
        break;
    case CHUNK_MICROSECONDS:
        r->microseconds = reader_be32(value);
        break;
    case CHUNK_KIND:
        h->kind = reader_u8(value);
        break;
    case CHUNK_CAPTURE_ID:
        h->capture_id = reader_be32(value);
        h->has_capture_id = reader_ok(value);
        break;
    case CHUNK_VLAN:
        h->vlan = reader_be16(value) & 0x0fff;
        break;
    default:
        break;
    }
}

static void take_address(struct endpoint *to, struct reader *value, bool v6)
{
    const uint8_t *bytes = reader_take(value, v6 ? 16 : 4);

    if (bytes)
        to->address = v6 ? address_v6(bytes) : address_v4(bytes);
}

static void take_chunk(struct reading *r, unsigned type, struct reader *value)
{
    struct hep *h = r->hep;

    switch (type) {
    case CHUNK_SRC4:
    case CHUNK_SRC6:
        take_address(&h->src, value, type == CHUNK_SRC6);
        break;
    case CHUNK_DST4:
    case CHUNK_DST6:
        take_address(&h->dst, value, type == CHUNK_DST6);
        break;
    case CHUNK_PAYLOAD:
    case CHUNK_COMPRESSED:
        h->payload = span_of(value->at, reader_left(value));
        h->compressed = type == CHUNK_COMPRESSED;
        break;
    case CHUNK_NODE:
        h->node = span_of(value->at, reader_left(value));
        break;
    default:
        take_numbers(r, type, value);
        break;
    }
}

static void set_time(const struct reading *r)
{
    if (r->has_time && r->microseconds < US_PER_S)
        r->hep->time_ns = (int64_t)r->seconds * NS_PER_S +
                          (int64_t)r->microseconds * NS_PER_US;
    else if (r->has_time)
        r->hep->time_ns = (int64_t)r->seconds * NS_PER_S;
}

/*
 * "HEP3" | length of all 2 | chunks: vendor 2 | type 2 | length 2, the six
 * bytes included | value
 */
static bool decode_chunks(struct span bytes, size_t total, struct hep *hep_out)
{
    struct reading reading = {.hep = hep_out};
    struct reader r;
    size_t left = total - HEP_HEADER_BYTES; /* on the wire */

    if (bytes.length > total)
        bytes.length = total;
    r = reader_of(bytes.data + HEP_HEADER_BYTES,
                  bytes.length - HEP_HEADER_BYTES);
    while (reader_left(&r) >= CHUNK_BYTES) {
        unsigned vendor = reader_be16(&r);
        unsigned type = reader_be16(&r);
        size_t length = reader_be16(&r);
        struct reader value;
        size_t captured;

        if (length < CHUNK_BYTES || length > left)
            return false;
        captured = length - CHUNK_BYTES;
        if (captured > reader_left(&r)) {
            captured = reader_left(&r);
            hep_out->cut = true;
        }
        value = reader_of(r.at, captured);
        if (vendor == 0)
            take_chunk(&reading, type, &value);
        reader_skip(&r, captured);
        left -= length;
    }
    set_time(&reading);
    return true;
}

/* --- versions 1 and 2 ----------------------------------------------------- */

#define OLD_HEADER_BYTES 8
#define OLD_TIME_BYTES 12 /* a structure of 10 bytes with its padding */

static int64_t old_time(const uint8_t *at, int64_t near_ns)
{
    uint32_t big[2];
    uint32_t little[2];
    int64_t best = HEP_TIME_NONE;

    for (unsigned i = 0; i < 2; i++) {
        const uint8_t *p = at + i * 4;

        big[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
                 (uint32_t)p[2] << 8 | p[3];
        little[i] = __builtin_bswap32(big[i]);
    }
    for (unsigned i = 0; i < 2; i++) {
        const uint32_t *t = i ? big : little;
        int64_t time_ns = (int64_t)t[0] * NS_PER_S + (int64_t)t[1] * NS_PER_US;

        if (t[1] < US_PER_S &&
            (best == HEP_TIME_NONE ||
             llabs(time_ns - near_ns) < llabs(best - near_ns)))
            best = time_ns;
    }
    return best;
}

/* The time follows the header's length, or is a part of it. Its capture ID is
   in the machine's byte order, too: the smaller reading is taken. */
static bool take_old_time(struct span bytes, size_t address_bytes,
                          size_t header_bytes, int64_t near_ns, struct hep *h)
{
    const uint8_t *b = (const uint8_t *)bytes.data;
    size_t at = OLD_HEADER_BYTES + address_bytes;
    unsigned little;
    unsigned big;

    if (bytes.length < at + OLD_TIME_BYTES)
        return false;
    if (header_bytes != at && header_bytes != at + OLD_TIME_BYTES)
        return false;
    h->time_ns = old_time(b + at, near_ns);
    little = b[at + 8] | (unsigned)b[at + 9] << 8;
    big = (unsigned)b[at + 8] << 8 | b[at + 9];
    h->capture_id = little < big ? little : big;
    h->has_capture_id = true;
    h->payload = span_from(bytes, at + OLD_TIME_BYTES);
    return true;
}

/*
 * version 1 | header length 1 | family 1 | IP protocol 1 | ports 2, 2 |
 * addresses | version 2: seconds 4 | microseconds 4 | capture ID 2 | 2
 */
static bool decode_old(struct span bytes, int64_t near_ns, struct hep *hep_out)
{
    struct reader r = reader_of(bytes.data, bytes.length);
    unsigned family;
    unsigned header_bytes;
    size_t address_bytes;

    hep_out->version = reader_u8(&r);
    header_bytes = reader_u8(&r);
    family = reader_u8(&r);
    if (!transport_of(reader_u8(&r), &hep_out->transport))
        return false;
    /* AF_INET6 of Linux, Solaris, FreeBSD and Darwin */
    if (family != 2 && family != 10 && family != 26 && family != 28 &&
        family != 30)
        return false;
    address_bytes = family == 2 ? 8 : 32;
    hep_out->src.port = reader_be16(&r);
    hep_out->dst.port = reader_be16(&r);
    take_address(&hep_out->src, &r, family != 2);
    take_address(&hep_out->dst, &r, family != 2);
    if (!reader_ok(&r))
        return false;
    hep_out->kind = HEP_PAYLOAD_SIP;
    if (hep_out->version == 2)
        return take_old_time(bytes, address_bytes, header_bytes, near_ns,
                             hep_out);
    hep_out->payload = span_of(r.at, reader_left(&r));
    return header_bytes == OLD_HEADER_BYTES + address_bytes;
}

bool hep_decode(struct span bytes, int64_t near_ns, struct hep *hep_out)
{
    size_t total = hep_length(bytes);

    *hep_out = (struct hep){.version = 3, .time_ns = HEP_TIME_NONE};
    if (total)
        return decode_chunks(bytes, total, hep_out);
    if (bytes.length < 2 || (bytes.data[0] != 1 && bytes.data[0] != 2))
        return false;
    return decode_old(bytes, near_ns, hep_out);
}

/* --- compressed payloads -------------------------------------------------- */

/* With room for more at the end; NULL, and freed, where there is none. */
static char *grow(char *bytes, size_t *room)
{
    size_t wanted = *room ? *room * 2 : 4096;
    char *grown = wanted > HEP_PAYLOAD_MAX ? NULL : realloc(bytes, wanted);

    if (!grown)
        free(bytes);
    *room = wanted;
    return grown;
}

static char *inflate_as(struct span packed, int window, size_t *length_out)
{
    z_stream z = {0};
    size_t room = 0;
    char *bytes = NULL;
    int rc = Z_OK;

    *length_out = 0;
    if (inflateInit2(&z, window) != Z_OK)
        return NULL;
    z.next_in = (Bytef *)(uintptr_t)packed.data;
    z.avail_in = (uInt)packed.length;
    while (rc == Z_OK) {
        if (*length_out == room) {
            bytes = grow(bytes, &room);
            if (!bytes)
                break;
        }
        z.next_out = (Bytef *)bytes + *length_out;
        z.avail_out = (uInt)(room - *length_out);
        rc = inflate(&z, Z_NO_FLUSH);
        *length_out = room - z.avail_out;
        if (rc == Z_OK && !z.avail_in && z.avail_out)
            break; /* cut off */
    }
    (void)inflateEnd(&z);
    if (bytes && rc != Z_STREAM_END &&
        ((rc != Z_OK && rc != Z_BUF_ERROR) || !*length_out)) {
        free(bytes);
        return NULL;
    }
    return bytes;
}

char *hep_inflate(struct span packed, size_t *length_out)
{
    char *bytes;

    *length_out = 0;
    if (!packed.length)
        return NULL;
    bytes = inflate_as(packed, MAX_WBITS + 32, length_out);
    return bytes ? bytes : inflate_as(packed, -MAX_WBITS, length_out);
}

/* --- streams -------------------------------------------------------------- */

void hep_stream_fini(struct hep_stream *s)
{
    free(s->held);
    *s = (struct hep_stream){0};
}

void hep_stream_push(struct hep_stream *s, struct span bytes)
{
    s->input = bytes;
}

void hep_stream_break(struct hep_stream *s)
{
    if (!s->given)
        s->skipped_bytes += s->length;
    s->skipped_bytes += s->input.length;
    s->length = 0;
    s->given = false;
    s->input = SPAN_NONE;
}

/* Up to where a packet may begin. */
static void skip_junk(struct hep_stream *s)
{
    size_t at = 0;

    while (at < s->input.length && !hep_begins(span_from(s->input, at)))
        at += 1 + span_find_byte(span_from(s->input, at + 1), 'H');
    if (at > s->input.length)
        at = s->input.length;
    s->skipped_bytes += at;
    s->input = span_from(s->input, at);
}

/* Move bytes to what is held until it is @p wanted long. */
static bool hold(struct hep_stream *s, size_t wanted)
{
    size_t count = wanted - s->length;

    if (count > s->input.length)
        count = s->input.length;
    if (s->length + count > s->room) {
        size_t room = wanted > 2048 ? wanted : 2048;
        char *grown = realloc(s->held, room);

        if (!grown) {
            hep_stream_break(s);
            return false;
        }
        s->held = grown;
        s->room = room;
    }
    if (count)
        memcpy(s->held + s->length, s->input.data, count);
    s->length += count;
    s->input = span_from(s->input, count);
    return s->length == wanted;
}

/* What is held begins no packet after all: its first byte is junk. */
static void drop_first(struct hep_stream *s)
{
    size_t at = 1;

    while (at < s->length && !hep_begins(span_of(s->held + at, s->length - at)))
        at++;
    memmove(s->held, s->held + at, s->length - at);
    s->length -= at;
    s->skipped_bytes += at;
}

bool hep_stream_next(struct hep_stream *s, struct span *packet_out)
{
    if (s->given)
        s->length = 0;
    s->given = false;
    for (;;) {
        size_t total;

        if (!s->length)
            skip_junk(s);
        if (!s->length && !s->input.length)
            return false;
        total = s->length ? 0 : hep_length(s->input);
        if (total && total <= s->input.length) {
            *packet_out = span_part(s->input, 0, total);
            s->input = span_from(s->input, total);
            return true;
        }
        if (s->length < HEP_HEADER_BYTES && !hold(s, HEP_HEADER_BYTES))
            if (!s->length || hep_begins(span_of(s->held, s->length)))
                return false;
        total = hep_length(span_of(s->held, s->length));
        if (!total) {
            drop_first(s);
            continue;
        }
        if (!hold(s, total))
            return false;
        *packet_out = span_of(s->held, total);
        s->given = true;
        return true;
    }
}
