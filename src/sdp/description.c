#include "sdp/description.h"

/* RFC 3551, 6: payload types that need no rtpmap */
static const struct {
    struct span encoding;
    uint32_t clock_hz;
    uint8_t type;
} static_types[] = {
    {{"PCMU", 4}, 8000, 0},   {{"GSM", 3}, 8000, 3},
    {{"G723", 4}, 8000, 4},   {{"DVI4", 4}, 8000, 5},
    {{"DVI4", 4}, 16000, 6},  {{"LPC", 3}, 8000, 7},
    {{"PCMA", 4}, 8000, 8},   {{"G722", 4}, 8000, 9},
    {{"L16", 3}, 44100, 10},  {{"L16", 3}, 44100, 11},
    {{"QCELP", 5}, 8000, 12}, {{"CN", 2}, 8000, 13},
    {{"MPA", 3}, 90000, 14},  {{"G728", 4}, 8000, 15},
    {{"DVI4", 4}, 11025, 16}, {{"DVI4", 4}, 22050, 17},
    {{"G729", 4}, 8000, 18},  {{"CelB", 4}, 90000, 25},
    {{"JPEG", 4}, 90000, 26}, {{"nv", 2}, 90000, 28},
    {{"H261", 4}, 90000, 31}, {{"MPV", 3}, 90000, 32},
    {{"MP2T", 4}, 90000, 33}, {{"H263", 4}, 90000, 34},
};

static const char *const kind_names[] = {
    [SDP_KIND_OTHER] = "",          [SDP_KIND_AUDIO] = "audio",
    [SDP_KIND_VIDEO] = "video",     [SDP_KIND_TEXT] = "text",
    [SDP_KIND_IMAGE] = "image",     [SDP_KIND_APPLICATION] = "application",
    [SDP_KIND_MESSAGE] = "message",
};

static const char *const direction_names[] = {
    [SDP_SENDRECV] = "sendrecv",
    [SDP_SENDONLY] = "sendonly",
    [SDP_RECVONLY] = "recvonly",
    [SDP_INACTIVE] = "inactive",
};

#define COUNT_OF(array) (sizeof(array) / sizeof(*(array)))

const char *sdp_kind_name(enum sdp_kind kind)
{
    return (unsigned)kind < COUNT_OF(kind_names) ? kind_names[kind] : "";
}

const char *sdp_direction_name(enum sdp_direction direction)
{
    return (unsigned)direction < COUNT_OF(direction_names)
               ? direction_names[direction]
               : "";
}

/* What the session level says for all media that say nothing. */
struct parse {
    struct sdp_description *d;
    struct sdp_media *media; /* NULL before the first m= or beyond room */
    struct span address;
    enum sdp_direction direction;
    bool crypto;
    bool in_media;
};

static void bad(struct parse *p)
{
    anomaly_set_add(&p->d->anomalies, ANOMALY_SDP_BAD);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The next word; empty at the end. */
static struct span take_word(struct span *rest)
{
    struct span word;
    size_t i = 0;

    while (i < rest->length && is_blank(rest->data[i]))
        i++;
    *rest = span_from(*rest, i);
    for (i = 0; i < rest->length && !is_blank(rest->data[i]);)
        i++;
    word = span_part(*rest, 0, i);
    *rest = span_from(*rest, i);
    return word;
}

/* Most names differ in length: no call for those. */
static inline bool equals(struct span s, const char *text)
{
    size_t length = strlen(text);

    return s.length == length && span_equal_nocase(s, span_of(text, length));
}

/* --- lines ---------------------------------------------------------------- */

/* o=username session-id version nettype addrtype address (5.2) */
static void read_origin(struct parse *p, struct span value)
{
    p->d->origin.username = take_word(&value);
    p->d->origin.session_id = take_word(&value);
    p->d->origin.version = take_word(&value);
    (void)take_word(&value);
    (void)take_word(&value);
    p->d->origin.address = take_word(&value);
    if (!p->d->origin.address.length)
        bad(p);
}

/* c=nettype addrtype address[/ttl] (5.7) */
static void read_connection(struct parse *p, struct span value)
{
    struct span nettype = take_word(&value);
    struct span type = take_word(&value);
    struct span address = take_word(&value);

    address.length = span_find_byte(address, '/');
    if (!equals(nettype, "IN") ||
        (!equals(type, "IP4") && !equals(type, "IP6")) || !address.length)
        bad(p);
    if (p->media)
        p->media->address_text = address;
    else if (!p->in_media)
        p->address = address;
}

static bool read_port(struct span text, uint16_t *port_out)
{
    uint64_t port;

    text.length = span_find_byte(text, '/'); /* port/count */
    if (!span_to_u64(text, UINT16_MAX, &port))
        return false;
    *port_out = (uint16_t)port;
    return true;
}

static enum sdp_kind kind_of(struct span name)
{
    for (unsigned i = SDP_KIND_AUDIO; i < COUNT_OF(kind_names); i++)
        if (equals(name, kind_names[i]))
            return (enum sdp_kind)i;
    return SDP_KIND_OTHER;
}

static void name_static_type(struct sdp_format *f)
{
    /* In order of their numbers. */
    for (size_t i = 0;
         i < COUNT_OF(static_types) && static_types[i].type <= f->payload_type;
         i++)
        if (static_types[i].type == f->payload_type) {
            f->encoding = static_types[i].encoding;
            f->clock_hz = static_types[i].clock_hz;
        }
}

static void add_format(struct sdp_media *m, struct span format)
{
    struct sdp_format *f;
    uint64_t type;

    if (m->format_count == SDP_FORMATS_MAX)
        return;
    f = &m->formats[m->format_count++];
    *f = (struct sdp_format){.format = format, .payload_type = 255};
    if (span_starts_nocase(m->proto, SPAN_LITERAL("RTP/")) ||
        span_starts_nocase(m->proto, SPAN_LITERAL("UDP/TLS/RTP/"))) {
        if (span_to_u64(format, 127, &type)) {
            f->payload_type = (uint8_t)type;
            name_static_type(f);
        }
    }
}

static bool is_secured(struct span proto)
{
    for (size_t i = 0; i + 4 <= proto.length; i++)
        if (equals(span_part(proto, i, 4), "SAVP") ||
            equals(span_part(proto, i, 4), "/TLS"))
            return true;
    return span_starts_nocase(proto, SPAN_LITERAL("UDP/TLS"));
}

/* m=media port[/count] proto formats (5.14) */
static void read_media(struct parse *p, struct span value)
{
    struct sdp_media *m;
    struct span port, format;

    p->in_media = true;
    p->media = NULL;
    if (p->d->media_count == SDP_MEDIA_MAX)
        return;
    m = p->media = &p->d->media[p->d->media_count++];
    memset(m, 0, offsetof(struct sdp_media, formats));
    m->kind_name = take_word(&value);
    m->kind = kind_of(m->kind_name);
    port = take_word(&value);
    m->proto = take_word(&value);
    m->direction = p->direction;
    m->address_text = p->address;
    m->crypto = p->crypto || is_secured(m->proto);
    if (!read_port(port, &m->port))
        bad(p);
    while ((format = take_word(&value)).length)
        add_format(m, format);
    if (!m->format_count)
        bad(p);
}

/* a=rtpmap:96 opus/48000/2 (6.6) */
static void read_rtpmap(struct parse *p, struct span value)
{
    struct span format = take_word(&value), encoding = take_word(&value);
    size_t slash = span_find_byte(encoding, '/');
    struct span clock = span_from(encoding, slash + 1);
    uint64_t hertz = 0;

    clock.length = span_find_byte(clock, '/');
    if (!span_to_u64(clock, UINT32_MAX, &hertz))
        bad(p);
    for (uint32_t i = 0; p->media && i < p->media->format_count; i++) {
        struct sdp_format *f = &p->media->formats[i];

        if (span_equal(f->format, format)) {
            f->encoding = span_part(encoding, 0, slash);
            f->clock_hz = (uint32_t)hertz;
        }
    }
}

static void read_direction(struct parse *p, enum sdp_direction direction)
{
    if (p->media)
        p->media->direction = direction;
    else if (!p->in_media)
        p->direction = direction;
}

static void read_attribute(struct parse *p, struct span value)
{
    size_t colon = span_find_byte(value, ':');
    struct span name = span_part(value, 0, colon);

    value = span_from(value, colon + 1);
    for (unsigned i = 0; i < COUNT_OF(direction_names); i++)
        if (equals(name, direction_names[i]))
            read_direction(p, (enum sdp_direction)i);
    if (equals(name, "rtpmap")) {
        read_rtpmap(p, value);
    } else if (equals(name, "rtcp") && p->media) {
        if (!read_port(take_word(&value), &p->media->rtcp_port))
            bad(p);
    } else if (equals(name, "rtcp-mux") && p->media) {
        p->media->rtcp_mux = true;
    } else if (equals(name, "crypto") || equals(name, "fingerprint")) {
        if (p->media)
            p->media->crypto = true;
        else if (!p->in_media)
            p->crypto = true;
    }
}

/* @return true for a line of the right form, "x=value" */
static bool read_line(struct parse *p, struct span line)
{
    struct span value = span_from(line, 2);

    if (line.length < 2 || line.data[1] != '=') {
        bad(p);
        return false;
    }
    switch (line.data[0]) {
    case 'o':
        read_origin(p, value);
        break;
    case 's':
        p->d->session_name = value;
        break;
    case 'c':
        read_connection(p, value);
        break;
    case 'm':
        read_media(p, value);
        break;
    case 'a':
        read_attribute(p, value);
        break;
    default:
        break;
    }
    return true;
}

static void finish_media(struct sdp_media *m)
{
    if (!m->rtcp_port && m->port && m->port < UINT16_MAX)
        m->rtcp_port = m->rtcp_mux ? m->port : (uint16_t)(m->port + 1);
    if (!address_parse(m->address_text, &m->address))
        m->address = (struct address){0};
}

bool sdp_description_parse(struct span text,
                           struct sdp_description *description_out)
{
    struct parse p = {.d = description_out, .direction = SDP_SENDRECV};
    size_t lines = 0;

    memset(description_out, 0, offsetof(struct sdp_description, media));
    description_out->anomalies = (struct anomaly_set){0};
    while (text.length) {
        size_t end = span_find_byte(text, '\n');
        struct span line = span_part(text, 0, end);

        while (line.length && line.data[line.length - 1] == '\r')
            line.length--;
        if (line.length && read_line(&p, line))
            lines++;
        text = span_from(text, end + 1);
    }
    for (uint32_t i = 0; i < description_out->media_count; i++)
        finish_media(&description_out->media[i]);
    if (!lines)
        bad(&p);
    return lines > 0;
}

bool sdp_media_holds(const struct sdp_media *media)
{
    static const struct address zero = {.family = 4};

    return media->direction == SDP_SENDONLY ||
           media->direction == SDP_INACTIVE ||
           (media->address.family && address_equal(&media->address, &zero));
}

bool sdp_description_holds(const struct sdp_description *d)
{
    bool any = false;

    for (uint32_t i = 0; i < d->media_count; i++) {
        if (!d->media[i].port)
            continue;
        if (!sdp_media_holds(&d->media[i]))
            return false;
        any = true;
    }
    return any;
}
