#include "sip/framer.h"

#include <stdlib.h>

#include "sip/chars.h"
#include "sip/lines.h"
#include "sip/message.h"

/* A line longer than this without its end is no start line. */
#define START_LINE_MAX 65536
/* "SUBSCRIBE sips:" is the longest sign of a message inside a line. */
#define SIGN_BYTES 15
/* What stays allocated of a stream that waits between messages. */
#define IDLE_BYTES 8192
/* Most bytes moved to the held ones in one step, where no message ends. */
#define HOLD_STEP_BYTES 4096

const struct sip_framer_limits sip_framer_limits_default = {
    .message_bytes = 1 << 20,
};

enum framer_state {
    FRAMER_BETWEEN, /* at the beginning of a line, before a start line */
    FRAMER_JUNK,    /* within a line that is no SIP */
    FRAMER_HEADERS,
    FRAMER_BODY
};

void sip_framer_init(struct sip_framer *fr,
                     const struct sip_framer_limits *limits)
{
    *fr = (struct sip_framer){
        .limits = limits ? *limits : sip_framer_limits_default,
        .state = FRAMER_BETWEEN,
        .lost = true,
    };
}

void sip_framer_fini(struct sip_framer *fr)
{
    free(fr->held);
    *fr = (struct sip_framer){0};
}

void sip_framer_push(struct sip_framer *fr, struct span bytes)
{
    fr->input = bytes;
}

void sip_framer_break(struct sip_framer *fr)
{
    fr->ending = true;
    fr->lost = true;
}

/* --- the bytes at hand ---------------------------------------------------- */

static bool is_holding(const struct sip_framer *fr)
{
    return fr->held_end > fr->held_at;
}

static struct span window(const struct sip_framer *fr)
{
    return is_holding(fr)
               ? span_of(fr->held + fr->held_at, fr->held_end - fr->held_at)
               : fr->input;
}

static void restart(struct sip_framer *fr, enum framer_state state)
{
    fr->state = (uint8_t)state;
    fr->lost |= state == FRAMER_JUNK;
    fr->scanned = 0;
    fr->line_at = 0;
    fr->length_at = 0;
    fr->body_end = 0;
    fr->anomalies = (struct anomaly_set){0};
}

/* Give up the first @length bytes at hand; they stay readable for now. */
static void take(struct sip_framer *fr, size_t length)
{
    if (is_holding(fr))
        fr->held_at += length;
    else
        fr->input = span_from(fr->input, length);
}

static bool reserve(struct sip_framer *fr, size_t length)
{
    size_t cap = fr->held_cap ? fr->held_cap : 2048;
    char *held;

    while (cap < length)
        cap *= 2;
    if (cap == fr->held_cap)
        return true;
    held = realloc(fr->held, cap);
    if (!held)
        return false;
    fr->held = held;
    fr->held_cap = cap;
    return true;
}

/* How much of the input to hold: the message at hand, and few bytes more. Where
 * headers end is found once they are held. */
static size_t hold_length(const struct sip_framer *fr)
{
    size_t have = fr->held_end - fr->held_at, end;

    if (!have)
        return fr->input.length;
    if (fr->state == FRAMER_BODY)
        end = fr->body_end - have;
    else if (fr->state == FRAMER_HEADERS)
        end = HOLD_STEP_BYTES;
    else
        end =
            span_find_byte(span_part(fr->input, 0, HOLD_STEP_BYTES), '\n') + 1;
    return end < fr->input.length ? end : fr->input.length;
}

static void hold(struct sip_framer *fr, size_t length)
{
    size_t have = fr->held_end - fr->held_at;

    if (fr->held_at) {
        memmove(fr->held, fr->held + fr->held_at, have);
        fr->held_at = 0;
        fr->held_end = have;
    }
    if (!reserve(fr, have + length)) {
        fr->counters.dropped_bytes += have + length;
        fr->held_end = 0;
        restart(fr, FRAMER_JUNK);
    } else {
        memcpy(fr->held + have, fr->input.data, length);
        fr->held_end = have + length;
    }
    fr->input = span_from(fr->input, length);
}

/* --- steps: true where progress was made ---------------------------------- */

static void skip_junk(struct sip_framer *fr, size_t length)
{
    fr->counters.junk_bytes += length;
    take(fr, length);
}

/* Where framing is lost a start line needs a header behind it. */
static bool headers_follow(struct sip_framer *fr, struct span w, bool *wait)
{
    int header = sip_sniff_header(span_from(w, fr->scanned + 1));

    *wait = header < 0 && !fr->ending;
    if (header > 0 || *wait)
        return header > 0;
    skip_junk(fr, 1);
    restart(fr, FRAMER_JUNK);
    return false;
}

static bool step_between(struct sip_framer *fr, struct span w)
{
    bool wait = false;
    size_t ends = 0;

    while (ends < w.length && (w.data[ends] == '\r' || w.data[ends] == '\n' ||
                               w.data[ends] == '\0'))
        ends++;
    if (ends) {
        fr->counters.keep_alive_bytes += ends;
        take(fr, ends);
        fr->scanned = 0;
        return true;
    }
    fr->scanned += span_find_byte(span_from(w, fr->scanned), '\n');
    if (fr->scanned >= w.length && w.length < START_LINE_MAX)
        return false;
    switch (sip_sniff(w)) {
    case 1:
        if (fr->lost && !headers_follow(fr, w, &wait))
            return !wait;
        fr->state = FRAMER_HEADERS;
        return true;
    case 0:
        skip_junk(fr, 1);
        restart(fr, FRAMER_JUNK);
        return true;
    default:
        return false;
    }
}

/*
 * Does a message begin here, though no line does? A body before it need not
 * end with a line end.
 */
static bool is_sign(struct span s)
{
    static const struct span schemes[] = {
        {" sip:", 5}, {" sips:", 6}, {" tel:", 5}};
    size_t end;

    if (span_equal(span_part(s, 0, 8), SPAN_LITERAL("SIP/2.0 ")))
        return true;
    end = span_find_byte(span_part(s, 0, SIGN_BYTES), ' ');
    if (sip_method_parse(span_part(s, 0, end)) == SIP_UNKNOWN)
        return false;
    for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++)
        if (span_equal(span_part(s, end, schemes[i].length), schemes[i]))
            return true;
    return false;
}

static bool step_junk(struct sip_framer *fr, struct span w)
{
    size_t i = 0;
    bool found = false;

    while (i < w.length && !found) {
        if (w.data[i] == '\n') {
            i++;
            found = true;
        } else if (w.data[i] >= 'A' && w.data[i] <= 'U') {
            if (w.length - i < SIGN_BYTES)
                break;
            found = is_sign(span_from(w, i));
            i += !found;
        } else {
            i++;
        }
    }
    skip_junk(fr, i);
    if (found)
        restart(fr, FRAMER_BETWEEN);
    return i > 0 || found;
}

/* As nearly all write it. */
#define PLAIN_NAME "Content-Length:"
#define PLAIN_NAME_BYTES (sizeof(PLAIN_NAME) - 1)

static bool begins_with_content_length(struct span line)
{
    return line.length > PLAIN_NAME_BYTES &&
           memcmp(line.data, PLAIN_NAME, PLAIN_NAME_BYTES) == 0;
}

/* Is this the line "Content-Length: ..." or "l: ..."? */
static bool is_content_length(struct span line)
{
    struct span label;

    if (begins_with_content_length(line))
        return true;
    label = span_part(line, 0, span_find_byte(line, ':'));
    return label.length < line.length &&
           sip_header_parse(sip_chars_trim_end(label)) ==
               SIP_HEADER_CONTENT_LENGTH;
}

/* Up to nine digits behind the plain name, and CRLF without a fold. */
static bool read_plain_length(struct span line, uint64_t *length_out)
{
    const char *at = line.data + PLAIN_NAME_BYTES, *limit = span_end(line);
    const char *digits;
    uint64_t length = 0;

    while (at < limit && *at == ' ')
        at++;
    for (digits = at; at < limit && *at >= '0' && *at <= '9'; at++)
        length = length * 10 + (unsigned)(*at - '0');
    if (at == digits || at - digits > 9 || limit - at < 3 ||
        memcmp(at, "\r\n", 2) != 0 || at[2] == ' ' || at[2] == '\t')
        return false;
    *length_out = length;
    return true;
}

/* The value of the Content-Length line at @at, folds undone by trimming. */
static bool read_content_length(struct span w, size_t at, uint64_t *length_out)
{
    struct span rest = span_from(w, at);
    size_t end, colon;

    if (begins_with_content_length(rest) && read_plain_length(rest, length_out))
        return true;
    end = span_find_byte(rest, '\n');
    colon = span_find_byte(rest, ':');
    while (end + 1 < rest.length &&
           (rest.data[end + 1] == ' ' || rest.data[end + 1] == '\t'))
        end += 1 + span_find_byte(span_from(rest, end + 1), '\n');
    return span_to_u64(
        sip_chars_trim(span_part(rest, colon + 1, end - colon - 1)),
        SIP_CONTENT_LENGTH_MAX, length_out);
}

static void end_headers(struct sip_framer *fr, struct span w, size_t body_at)
{
    uint64_t length = 0;
    bool fits = body_at <= fr->limits.message_bytes;

    if (fits && !fr->length_at)
        anomaly_set_add(&fr->anomalies, ANOMALY_CONTENT_LENGTH_MISSING);
    else if (fits && !read_content_length(w, fr->length_at, &length))
        length = 0; /* the message's parser names it */
    fits = fits && length <= fr->limits.message_bytes - body_at;
    if (!fits)
        anomaly_set_add(&fr->anomalies, ANOMALY_MESSAGE_TRUNCATED);
    fr->body_end = fits ? body_at + (size_t)length : fr->limits.message_bytes;
    fr->state = FRAMER_BODY;
}

/* Of the lines only those that may tell are looked at from end to end. */
static bool step_headers(struct sip_framer *fr, struct span w)
{
    const char *limit = span_end(w), *at = w.data + fr->scanned;
    const char *line = fr->line_at ? w.data + fr->line_at : NULL;

    for (;;) {
        const char *text;

        if (!line) {
            at = sip_telling_line_find(at, limit);
            if (at == limit)
                break;
            line = ++at;
        }
        at = sip_byte_find(at, limit, '\n');
        if (at == limit)
            break;
        for (text = line; *text == '\r';)
            text++;
        if (text == at) {
            end_headers(fr, w, (size_t)(at + 1 - w.data));
            return true;
        }
        if (!fr->length_at &&
            is_content_length(span_of(text, (size_t)(at - text))))
            fr->length_at = (size_t)(line - w.data);
        line = NULL;
    }
    fr->scanned = w.length;
    fr->line_at = line ? (size_t)(line - w.data) : 0;
    if (w.length < fr->limits.message_bytes)
        return false;
    anomaly_set_add(&fr->anomalies, ANOMALY_MESSAGE_TRUNCATED);
    fr->body_end = fr->limits.message_bytes;
    fr->state = FRAMER_BODY;
    return true;
}

static void give(struct sip_framer *fr, struct span w, size_t length,
                 struct sip_frame *frame_out)
{
    bool cut = anomaly_set_has(&fr->anomalies, ANOMALY_MESSAGE_TRUNCATED);
    bool open = anomaly_set_has(&fr->anomalies, ANOMALY_CONTENT_LENGTH_MISSING);

    frame_out->text = span_part(w, 0, length);
    frame_out->anomalies = fr->anomalies;
    fr->counters.messages++;
    fr->counters.truncated += cut;
    fr->counters.message_bytes += length;
    take(fr, length);
    fr->lost = cut || open;
    restart(fr, cut && !fr->ending ? FRAMER_JUNK : FRAMER_BETWEEN);
}

/* No more bytes will come to what is at hand. */
static enum sip_frame_status end_here(struct sip_framer *fr,
                                      struct sip_frame *frame_out)
{
    struct span w = window(fr);

    if (fr->state >= FRAMER_HEADERS && w.length) {
        anomaly_set_add(&fr->anomalies, ANOMALY_MESSAGE_TRUNCATED);
        give(fr, w, w.length, frame_out);
        return SIP_FRAME_DONE;
    }
    skip_junk(fr, w.length);
    restart(fr, FRAMER_BETWEEN);
    fr->ending = false;
    return SIP_FRAME_MORE;
}

static bool step(struct sip_framer *fr, struct span w)
{
    switch ((enum framer_state)fr->state) {
    case FRAMER_BETWEEN:
        return step_between(fr, w);
    case FRAMER_JUNK:
        return step_junk(fr, w);
    case FRAMER_HEADERS:
        return step_headers(fr, w);
    case FRAMER_BODY:
        break;
    }
    return false;
}

static enum sip_frame_status wait_for_more(struct sip_framer *fr)
{
    if (!is_holding(fr) && fr->held_cap > IDLE_BYTES) {
        free(fr->held);
        fr->held = NULL;
        fr->held_cap = fr->held_at = fr->held_end = 0;
    }
    return SIP_FRAME_MORE;
}

enum sip_frame_status sip_framer_next(struct sip_framer *fr,
                                      struct sip_frame *frame_out)
{
    for (;;) {
        struct span w = window(fr);

        if (w.length && step(fr, w))
            continue;
        if (fr->state == FRAMER_BODY && w.length >= fr->body_end) {
            give(fr, w, fr->body_end, frame_out);
            return SIP_FRAME_DONE;
        }
        if (fr->input.length)
            hold(fr, hold_length(fr));
        else if (fr->ending)
            return end_here(fr, frame_out);
        else
            return wait_for_more(fr);
    }
}
