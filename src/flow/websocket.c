#include "flow/websocket.h"

#include <stdlib.h>
#include <zlib.h>

#define UPGRADE_BYTES_MAX (64 * 1024)
/* A longer frame is taken for lost framing: no message of SIP is so long. */
#define FRAME_BYTES_MAX (16 * 1024 * 1024)
#define INFLATE_STEP 4096
#define TAIL_BYTES 4
/* Last blocks in one message: going on behind each costs a whole window. */
#define LAST_BLOCKS_MAX 64
#define PEEK_PACKED_MAX 512
#define PEEK_CONTROLS_MAX 8
#define BEGIN_BYTES 16
#define BEGIN_PACKED_BYTES 128

/*
 *  0                   1                   2                   3
 * +-+-+-+-+-------+-+-------------+-------------------------------+
 * |F|R|R|R| opcode|M| payload len | extended length (16/64)       |
 * |I|1|2|3|  (4)  |A|     (7)     | if 126/127, then 4 bytes mask |
 * +-+-+-+-+-------+-+-------------+-------------------------------+
 */
#define BIT_FINAL 0x80
#define BIT_RSV1 0x40
#define BITS_RESERVED 0x30
#define BIT_MASK 0x80
#define BIT_CONTROL 0x08

enum { OPCODE_CONTINUATION, OPCODE_TEXT, OPCODE_BINARY };

struct websocket_inflater {
    z_stream stream;
};

bool websocket_is_upgrade(struct span bytes)
{
    static const struct span name = {"sec-websocket-", 14};

    if (!span_starts_nocase(bytes, SPAN_LITERAL("GET ")) &&
        !span_starts_nocase(bytes, SPAN_LITERAL("HTTP/1.1 101")))
        return false;
    for (size_t at = 0; at < bytes.length;) {
        struct span line = span_from(bytes, at);

        if (span_starts_nocase(line, name))
            return true;
        at += span_find_byte(line, '\n') + 1;
    }
    return false;
}

/* Length of the frame's header by its first two bytes. */
static size_t header_size(const uint8_t *header)
{
    unsigned length = header[1] & 0x7f;

    return 2 +
           (length == 126   ? 2u
            : length == 127 ? 8u
                            : 0u) +
           (header[1] & BIT_MASK ? 4u : 0u);
}

static uint64_t payload_length(const uint8_t *header)
{
    unsigned length = header[1] & 0x7f;
    unsigned extended = length == 126 ? 2 : length == 127 ? 8 : 0;
    uint64_t value = 0;

    if (!extended)
        return length;
    for (unsigned i = 0; i < extended; i++)
        value = value << 8 | header[2 + i];
    return value;
}

static bool header_plausible(const uint8_t *header)
{
    unsigned opcode = header[0] & 0x0f;

    return !(header[0] & BITS_RESERVED) &&
           (opcode <= OPCODE_BINARY || (opcode >= 8 && opcode <= 10));
}

/* The beginning of a compressed message that needs none before it. */
static size_t peek_inflated(const char *packed, size_t length, char *start_out,
                            size_t start_room)
{
    z_stream z = {0};
    size_t count;

    if (inflateInit2(&z, -MAX_WBITS) != Z_OK)
        return 0;
    z.next_in = (Bytef *)(uintptr_t)packed;
    z.avail_in = (uInt)length;
    z.next_out = (Bytef *)start_out;
    z.avail_out = (uInt)start_room;
    (void)inflate(&z, Z_SYNC_FLUSH);
    count = start_room - z.avail_out;
    (void)inflateEnd(&z);
    return count;
}

static size_t unmask(const uint8_t *header, size_t size, size_t count,
                     char *out)
{
    for (size_t i = 0; i < count; i++) {
        uint8_t mask = header[1] & BIT_MASK ? header[size - 4 + i % 4] : 0;

        out[i] = (char)(header[size + i] ^ mask);
    }
    return count;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t websocket_peek(struct span bytes, char *start_out, size_t start_room)
{
    for (unsigned i = 0; i <= PEEK_CONTROLS_MAX; i++) {
        const uint8_t *header = (const uint8_t *)bytes.data;
        char packed[PEEK_PACKED_MAX];
        unsigned opcode;
        size_t size;
        size_t count;

        if (bytes.length < 2 || !header_plausible(header))
            return 0;
        opcode = header[0] & 0x0f;
        size = header_size(header);
        if (opcode == OPCODE_CONTINUATION || bytes.length <= size)
            return 0;
        count = bytes.length - size;
        if (payload_length(header) < count)
            count = (size_t)payload_length(header);
        if (opcode & BIT_CONTROL) {
            bytes = span_from(bytes, size + count);
            continue;
        }
        if (!(header[0] & BIT_RSV1))
            return unmask(header, size, smaller(count, start_room), start_out);
        count = unmask(header, size, smaller(count, sizeof(packed)), packed);
        return peek_inflated(packed, count, start_out, start_room);
    }
    return 0;
}

bool websocket_may_begin(struct span bytes)
{
    const uint8_t *header = (const uint8_t *)bytes.data;
    unsigned opcode = bytes.length ? header[0] & 0x0f : 0;
    size_t wanted;

    if ((opcode != OPCODE_TEXT && opcode != OPCODE_BINARY) ||
        (header[0] & BITS_RESERVED))
        return false;
    if (bytes.length < 2)
        return true;
    /* a compressed payload begins with the codes it is written in */
    wanted = header[0] & BIT_RSV1 ? BEGIN_PACKED_BYTES : BEGIN_BYTES;
    if (bytes.length >= header_size(header) && payload_length(header) < wanted)
        wanted = (size_t)payload_length(header);
    return bytes.length < header_size(header) + wanted;
}

bool websocket_is_aligned(struct span bytes)
{
    bool data = false;

    while (bytes.length >= 2) {
        const uint8_t *header = (const uint8_t *)bytes.data;
        size_t size = header_size(header);

        if (!header_plausible(header) || bytes.length < size ||
            payload_length(header) > bytes.length - size)
            return false;
        data |= !(header[0] & BIT_CONTROL) && payload_length(header);
        bytes = span_from(bytes, size + (size_t)payload_length(header));
    }
    return data && !bytes.length;
}

void websocket_init(struct websocket *ws, bool upgrade)
{
    *ws = (struct websocket){.state =
                                 upgrade ? WEBSOCKET_UPGRADE : WEBSOCKET_FRAME};
}

static void free_inflater(struct websocket *ws)
{
    if (ws->inflater)
        (void)inflateEnd(&ws->inflater->stream);
    free(ws->inflater);
    ws->inflater = NULL;
}

void websocket_fini(struct websocket *ws)
{
    free_inflater(ws);
    free(ws->message);
    *ws = (struct websocket){.state = WEBSOCKET_LOST};
}

void websocket_push(struct websocket *ws, struct span bytes)
{
    ws->input = bytes;
}

static void forget_message(struct websocket *ws)
{
    ws->length = 0;
    ws->compressed = false;
    ws->oversize = false;
}

void websocket_break(struct websocket *ws)
{
    ws->dropped_bytes += ws->length;
    forget_message(ws);
    free_inflater(ws); /* its window is of no use any more */
    ws->header_length = 0;
    ws->input = SPAN_NONE;
    ws->state = WEBSOCKET_LOST;
}

void websocket_resume(struct websocket *ws)
{
    ws->state = WEBSOCKET_FRAME;
}

/* Skip the HTTP header: up to its empty line. */
static void take_upgrade(struct websocket *ws)
{
    static const char end[] = "\r\n\r\n";
    size_t i = 0;

    while (i < ws->input.length && ws->newlines < 4) {
        char c = ws->input.data[i++];

        if (c == end[ws->newlines])
            ws->newlines++;
        else
            ws->newlines = c == '\r';
    }
    ws->input = span_from(ws->input, i);
    ws->upgrade_bytes += i;
    if (ws->newlines == 4)
        ws->state = WEBSOCKET_FRAME;
    else if (ws->upgrade_bytes > UPGRADE_BYTES_MAX)
        websocket_break(ws);
}

static void begin_payload(struct websocket *ws)
{
    const uint8_t *h = ws->header;

    ws->opcode = h[0] & 0x0f;
    ws->final = h[0] & BIT_FINAL;
    ws->masked = h[1] & BIT_MASK;
    ws->payload_left = payload_length(h);
    if (ws->payload_left > FRAME_BYTES_MAX) {
        websocket_break(ws);
        return;
    }
    ws->mask_at = 0;
    if (ws->masked)
        memcpy(ws->mask, h + ws->header_length - 4, 4);
    if (ws->opcode == OPCODE_TEXT || ws->opcode == OPCODE_BINARY) {
        ws->dropped_bytes += ws->length;
        forget_message(ws);
        ws->compressed = h[0] & BIT_RSV1;
    }
    ws->header_length = 0;
    ws->state = WEBSOCKET_PAYLOAD;
}

static void take_header(struct websocket *ws)
{
    while (ws->input.length) {
        ws->header[ws->header_length++] = (uint8_t)ws->input.data[0];
        ws->input = span_from(ws->input, 1);
        if (ws->header_length == 1)
            continue;
        if (ws->header_length == 2 && !header_plausible(ws->header)) {
            websocket_break(ws);
            return;
        }
        if (ws->header_length == header_size(ws->header)) {
            begin_payload(ws);
            return;
        }
    }
}

static bool make_room(struct websocket *ws, size_t more)
{
    size_t wanted = ws->length + more;
    size_t room = ws->room ? ws->room : 2048;
    char *grown;

    if (wanted <= ws->room)
        return true;
    if (wanted > WEBSOCKET_MESSAGE_MAX)
        return false;
    while (room < wanted)
        room *= 2;
    grown = realloc(ws->message, room);
    if (!grown)
        return false;
    ws->message = grown;
    ws->room = room;
    return true;
}

static void keep_payload(struct websocket *ws, struct span part)
{
    if (ws->opcode & BIT_CONTROL)
        return;
    if (ws->oversize || !make_room(ws, part.length)) {
        ws->oversize = true;
        ws->dropped_bytes += part.length;
        return;
    }
    for (size_t i = 0; i < part.length; i++) {
        char mask = ws->masked ? (char)ws->mask[(ws->mask_at + i) % 4] : 0;

        ws->message[ws->length + i] = (char)(part.data[i] ^ mask);
    }
    ws->length += part.length;
}

static struct websocket_inflater *inflater_of(struct websocket *ws)
{
    if (ws->inflater)
        return ws->inflater;
    ws->inflater = calloc(1, sizeof(*ws->inflater));
    if (ws->inflater && inflateInit2(&ws->inflater->stream, -15) != Z_OK) {
        free(ws->inflater);
        ws->inflater = NULL;
    }
    return ws->inflater;
}

/* A block marked as the last one (RFC 7692, 7.2.3.4) ends zlib's stream but
   not the sender's: go on with the same window. */
static bool begin_anew(z_stream *z)
{
    Bytef window[1 << MAX_WBITS];
    uInt length = 0;

    return inflateGetDictionary(z, window, &length) == Z_OK &&
           inflateReset(z) == Z_OK &&
           inflateSetDictionary(z, window, length) == Z_OK;
}

/* Everything there is to inflate, to the end of the message. */
static bool run_inflate(struct websocket *ws, z_stream *z)
{
    unsigned last_blocks = 0;

    while (make_room(ws, INFLATE_STEP)) {
        size_t room = ws->room - ws->length;
        int rc;

        z->next_out = (Bytef *)ws->message + ws->length;
        z->avail_out = (uInt)room;
        rc = inflate(z, Z_SYNC_FLUSH);
        ws->length += room - z->avail_out;
        if (rc == Z_STREAM_END) {
            /* what follows is the tail, or a last empty block and the tail */
            if (++last_blocks > LAST_BLOCKS_MAX || !begin_anew(z))
                return false;
            if (z->avail_in <= TAIL_BYTES)
                return true;
        } else if (rc != Z_OK && rc != Z_BUF_ERROR) {
            return false;
        } else if (z->avail_out) {
            return !z->avail_in;
        }
    }
    return false;
}

/*
 * RFC 7692, 7.2.2: append 00 00 ff ff, inflate. The window is kept from one
 * message to the next, with all 15 bits: right whether a context is taken
 * over or not, and whatever size of window was agreed on. What refers to
 * messages that were not seen cannot be inflated; then the window begins
 * anew, so that nothing is ever put together from the wrong bytes.
 */
static bool inflate_message(struct websocket *ws)
{
    static const char tail[TAIL_BYTES] = {0, 0, (char)0xff, (char)0xff};
    struct websocket_inflater *inf = inflater_of(ws);
    char *packed;
    bool whole;

    if (!inf || !make_room(ws, sizeof(tail)))
        return false;
    packed = ws->message;
    memcpy(packed + ws->length, tail, sizeof(tail));
    inf->stream.next_in = (Bytef *)packed;
    inf->stream.avail_in = (uInt)(ws->length + sizeof(tail));
    ws->message = NULL;
    ws->room = 0;
    ws->length = 0;
    whole = run_inflate(ws, &inf->stream);
    free(packed);
    if (whole)
        return true;
    free_inflater(ws);
    ws->unreadable++;
    return false;
}

/* @return true where a whole message is there */
static bool end_frame(struct websocket *ws)
{
    ws->state = WEBSOCKET_FRAME;
    if (ws->opcode & BIT_CONTROL) {
        ws->control_frames++;
        return false;
    }
    if (!ws->final)
        return false;
    if (ws->oversize || (ws->compressed && !inflate_message(ws))) {
        ws->dropped_bytes += ws->length;
        forget_message(ws);
        return false;
    }
    ws->messages++;
    return true;
}

static bool take_payload(struct websocket *ws)
{
    size_t count = ws->input.length;
    struct span part;

    if (count > ws->payload_left)
        count = (size_t)ws->payload_left;
    part = span_part(ws->input, 0, count);
    keep_payload(ws, part);
    ws->mask_at = (unsigned)((ws->mask_at + count) % 4);
    ws->payload_left -= count;
    ws->input = span_from(ws->input, count);
    return ws->payload_left == 0 && end_frame(ws);
}

enum websocket_status websocket_next(struct websocket *ws,
                                     struct span *message_out)
{
    while (ws->input.length ||
           (ws->state == WEBSOCKET_PAYLOAD && !ws->payload_left)) {
        switch (ws->state) {
        case WEBSOCKET_UPGRADE:
            take_upgrade(ws);
            break;
        case WEBSOCKET_FRAME:
            take_header(ws);
            break;
        case WEBSOCKET_PAYLOAD:
            if (!take_payload(ws))
                break;
            *message_out = span_of(ws->message, ws->length);
            ws->length = 0;
            ws->compressed = false;
            return WEBSOCKET_DONE;
        case WEBSOCKET_LOST:
            ws->dropped_bytes += ws->input.length;
            ws->input = SPAN_NONE;
            break;
        }
    }
    return WEBSOCKET_MORE;
}
