#include "sip/start_line.h"

#include "sip/chars.h"
#include "sip/method.h"
#include "sip/runs.h"

/* Longer beginnings without a blank or a line end are no method. */
#define METHOD_PREFIX_MAX 128

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool starts_with_sip_slash(struct span s)
{
    return s.length >= 4 && sip_chars_equal(span_part(s, 0, 4), "sip/");
}

static void check_version(struct sip_start_line *s)
{
    if (!s->version.data || !span_equal(s->version, SPAN_LITERAL("SIP/2.0")))
        anomaly_set_add(&s->anomalies, ANOMALY_VERSION_BAD);
}

/* Offset of the first blank; s.length where there is none. */
static size_t find_blank(struct span s)
{
    size_t i = 0;

    while (i < s.length && !is_blank(s.data[i]))
        i++;
    return i;
}

static size_t find_last_word(struct span s)
{
    size_t i = s.length;

    while (i > 0 && !is_blank(s.data[i - 1]))
        i--;
    return i;
}

static size_t blanks_before(struct span s)
{
    size_t i = 0;

    while (i < s.length && is_blank(s.data[i]))
        i++;
    return i;
}

static size_t blanks_behind(struct span s)
{
    size_t i = s.length;

    while (i > 0 && is_blank(s.data[i - 1]))
        i--;
    return s.length - i;
}

static bool is_version_number(struct span s)
{
    for (size_t i = 0; i < s.length; i++)
        if (!sip_char_is(s.data[i], SIP_CHAR_DIGIT) && s.data[i] != '.')
            return false;
    return s.length > 0;
}

static void read_code(struct span text, struct sip_start_line *s)
{
    uint64_t code;

    if (span_to_u64(text, 999, &code))
        s->code = (uint16_t)code;
    if (text.length != 3 || s->code < 100 || s->code > 699)
        anomaly_set_add(&s->anomalies, ANOMALY_STATUS_CODE_BAD);
}

/* "SIP/2.0 200 OK" */
static enum sip_start_line_trust parse_status_line(struct span line,
                                                   struct sip_start_line *s)
{
    size_t blank = find_blank(line), blanks;
    struct span rest = span_from(line, blank), code;

    s->version = span_part(line, 0, blank);
    if (!is_version_number(span_from(s->version, 4)))
        return SIP_START_LINE_NONE;
    check_version(s);
    blanks = blanks_before(rest);
    rest = span_from(rest, blanks);
    code = span_part(rest, 0, find_blank(rest));
    if (blanks != 1 || blanks_before(span_from(rest, code.length)) > 1)
        anomaly_set_add(&s->anomalies, ANOMALY_START_LINE_SPACES);
    read_code(code, s);
    s->reason_phrase = sip_chars_trim(span_from(rest, code.length));
    return sip_chars_all(code, SIP_CHAR_DIGIT) ? SIP_START_LINE_SURE
                                               : SIP_START_LINE_WEAK;
}

static bool looks_like_uri(struct span uri)
{
    size_t alpha = sip_chars_run(uri, SIP_CHAR_ALPHA);

    return alpha > 0 && alpha < uri.length && uri.data[alpha] == ':';
}

static bool looks_like_sip_uri(struct span uri)
{
    static const struct span schemes[] = {
        {"sip:", 4}, {"sips:", 5}, {"tel:", 4}, {"<sip:", 5}, {"<sips:", 6}};

    for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++)
        if (span_starts_nocase(uri, schemes[i]))
            return true;
    return false;
}

static void check_request_uri(struct sip_start_line *s)
{
    if (!s->uri.length || s->uri.data[0] == '<' ||
        find_blank(s->uri) < s->uri.length)
        anomaly_set_add(&s->anomalies, ANOMALY_REQUEST_URI_BAD);
}

/* "see also: SIP/2.0": a scheme with nothing in it. */
static bool ends_with_colon(struct span uri)
{
    return uri.length && uri.data[uri.length - 1] == ':';
}

static bool is_other_protocol(struct span version)
{
    return span_starts_nocase(version, SPAN_LITERAL("HTTP/")) ||
           span_starts_nocase(version, SPAN_LITERAL("RTSP/"));
}

/* How sure is it that "method uri version" is SIP's? */
static enum sip_start_line_trust judge_request(const struct sip_start_line *s)
{
    bool token = sip_chars_all(s->method, SIP_CHAR_TOKEN);
    bool version = starts_with_sip_slash(s->version);

    if (token && version && s->uri.length && !ends_with_colon(s->uri) &&
        (find_blank(s->uri) == s->uri.length || looks_like_uri(s->uri) ||
         s->uri.data[0] == '<'))
        return SIP_START_LINE_SURE;
    /* a ">" ends a body of XML before the start line: the framer's matter; a
     * ":" makes it a header line that quotes one */
    if (!looks_like_sip_uri(s->uri) || is_other_protocol(s->version) ||
        span_find_byte(s->method, '>') < s->method.length ||
        span_find_byte(s->method, ':') < s->method.length)
        return SIP_START_LINE_NONE;
    if (version || sip_method_parse(s->method) != SIP_UNKNOWN)
        return SIP_START_LINE_WEAK;
    return SIP_START_LINE_NONE;
}

/* "INVITE sip:bob@example.com SIP/2.0" */
static enum sip_start_line_trust parse_request_line(struct span line,
                                                    struct sip_start_line *s)
{
    size_t behind = blanks_behind(line), at, blanks;
    struct span rest;
    enum sip_start_line_trust trust;

    line.length -= behind;
    at = find_last_word(line);
    s->version = span_from(line, at);
    line.length = at;
    s->method = span_part(line, 0, find_blank(line));
    rest = span_from(line, s->method.length);
    blanks = blanks_before(rest);
    s->uri = sip_chars_trim(span_from(rest, blanks));
    trust = judge_request(s);
    if (trust == SIP_START_LINE_NONE)
        return trust;
    if (blanks > 1 || behind || blanks_behind(line) > 1)
        anomaly_set_add(&s->anomalies, ANOMALY_START_LINE_SPACES);
    if (trust == SIP_START_LINE_WEAK)
        anomaly_set_add(&s->anomalies, ANOMALY_START_LINE_BAD);
    check_version(s);
    check_request_uri(s);
    return trust;
}

/* "SIP/2.0 200 OK", without a fault. */
static bool parse_plain_status_line(struct span line, struct sip_start_line *s)
{
    const char *d = line.data;

    if (line.length < 12 || memcmp(d, "SIP/2.0 ", 8) != 0 || d[8] < '1' ||
        d[8] > '6' || !sip_char_is(d[9], SIP_CHAR_DIGIT) ||
        !sip_char_is(d[10], SIP_CHAR_DIGIT) || d[11] != ' ' ||
        (line.length > 12 && is_blank(d[12])))
        return false;
    s->version = span_part(line, 0, 7);
    s->code = (uint16_t)((d[8] - '0') * 100 + (d[9] - '0') * 10 + d[10] - '0');
    s->reason_phrase = sip_chars_trim_end(span_from(line, 12));
    return true;
}

/* "INVITE sip:bob@example.com SIP/2.0", without a fault. */
static bool parse_plain_request_line(struct span line, struct sip_start_line *s)
{
    size_t run = sip_chars_run(line, SIP_CHAR_TOKEN);
    struct span uri;
    const char *end;

    if (line.length < run + 11 || line.data[run] != ' ' || !run ||
        memcmp(line.data + line.length - 8, " SIP/2.0", 8) != 0)
        return false;
    uri = span_part(line, run + 1, line.length - run - 9);
    end = span_end(uri);
    if (!sip_char_is(uri.data[0], SIP_CHAR_ALPHA) || ends_with_colon(uri) ||
        sip_run_end(SIP_RUN_WORD, line.data, uri.data, end) != end)
        return false;
    s->is_request = true;
    s->method = span_part(line, 0, run);
    s->uri = uri;
    s->version = span_from(line, line.length - 7);
    return true;
}

enum sip_start_line_trust sip_start_line_parse(struct span line,
                                               struct sip_start_line *start_out)
{
    *start_out = (struct sip_start_line){0};
    if (parse_plain_status_line(line, start_out) ||
        parse_plain_request_line(line, start_out))
        return SIP_START_LINE_SURE;
    if (starts_with_sip_slash(line))
        return parse_status_line(line, start_out);
    start_out->is_request = true;
    return parse_request_line(line, start_out);
}

static bool begins_request(struct span bytes)
{
    size_t run = sip_chars_run(bytes, SIP_CHAR_TOKEN);
    struct span uri;

    if (run == bytes.length)
        return run <= METHOD_PREFIX_MAX;
    if (!run || !is_blank(bytes.data[run]))
        return false;
    uri = sip_chars_trim(span_from(bytes, run));
    if (!uri.length || uri.data[0] == '<')
        return true;
    /* the scheme: "GET /" and a status line of another protocol have none */
    run = sip_chars_run(uri, SIP_CHAR_TOKEN);
    return run == uri.length || (run > 0 && uri.data[run] == ':' &&
                                 sip_char_is(uri.data[0], SIP_CHAR_ALPHA));
}

bool sip_start_line_begins(struct span bytes)
{
    struct span version;

    if (!starts_with_sip_slash(bytes))
        return begins_request(bytes);
    version = span_part(bytes, 4, find_blank(bytes) - 4);
    return !version.length || is_version_number(version);
}
