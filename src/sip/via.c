#include "sip/via.h"

#include "sip/chars.h"
#include "sip/number.h"
#include "sip/param.h"

/* One of "SIP / 2.0 / UDP": a token, blanks, and the slash where one stands. */
static struct span take_protocol_part(struct span *rest, bool *slash_out)
{
    struct span s = sip_chars_skip_blank(*rest);
    struct span part = span_part(s, 0, sip_chars_run(s, SIP_CHAR_TOKEN));

    s = sip_chars_skip_blank(span_from(s, part.length));
    *slash_out = s.length && s.data[0] == '/';
    if (*slash_out)
        s = span_from(s, 1);
    *rest = s;
    return part;
}

static bool take_protocol(struct span *rest, struct sip_via *v)
{
    static const char usual[] = "SIP/2.0/";
    bool first = true, second = true, third = false;

    if (rest->length > 8 && memcmp(rest->data, usual, 8) == 0) {
        v->protocol = span_part(*rest, 0, 3);
        v->version = span_part(*rest, 4, 3);
        *rest = span_from(*rest, 8);
    } else {
        v->protocol = take_protocol_part(rest, &first);
        if (first)
            v->version = take_protocol_part(rest, &second);
    }
    if (!first || !second)
        return false;
    v->transport = take_protocol_part(rest, &third);
    return v->protocol.length && v->version.length && v->transport.length &&
           !third;
}

bool sip_via_head_parse(struct span value, struct sip_via *via_out)
{
    struct sip_via *v = via_out;
    struct span rest = sip_chars_trim(value);
    size_t end;
    bool ok;

    *v = (struct sip_via){.ttl = -1};
    ok = take_protocol(&rest, v);
    end = span_find_byte(rest, ';');
    v->sent_by = sip_chars_trim(span_part(rest, 0, end));
    v->params = span_from(rest, end + 1);
    return ok && v->sent_by.length > 0;
}

/* "host", "host : 5060", "[2001:db8::1]:5060" */
static bool split_sent_by(struct sip_via *v)
{
    struct span s = v->sent_by;
    size_t end = 0, digits;
    uint64_t port;

    if (s.length && s.data[0] == '[')
        end = span_find_byte(s, ']');
    end += span_find_byte(span_from(s, end), ':');
    v->host = sip_chars_trim_end(span_part(s, 0, end));
    if (end >= s.length)
        return v->host.length > 0;
    s = sip_chars_skip_blank(span_from(s, end + 1));
    port = sip_chars_number(s, UINT16_MAX + 1, &digits);
    if (!digits || digits != s.length || port > UINT16_MAX)
        return false;
    v->port = (uint16_t)port;
    return v->host.length > 0;
}

static bool read_number(const struct sip_param *p, uint64_t max,
                        uint16_t *number_out)
{
    uint64_t number;

    if (!span_to_u64(p->value, max, &number))
        return false;
    *number_out = (uint16_t)number;
    return true;
}

static bool read_param(const struct sip_param *p, struct sip_via *v)
{
    uint16_t ttl;

    if (sip_chars_equal(p->name, "branch")) {
        v->branch = p->value;
    } else if (sip_chars_equal(p->name, "received")) {
        v->received = p->value;
    } else if (sip_chars_equal(p->name, "maddr")) {
        v->maddr = p->value;
    } else if (sip_chars_equal(p->name, "rport")) {
        v->has_rport = true;
        return !p->value.length || read_number(p, UINT16_MAX, &v->rport);
    } else if (sip_chars_equal(p->name, "ttl")) {
        if (!read_number(p, 255, &ttl))
            return false;
        v->ttl = (int16_t)ttl;
    }
    return true;
}

bool sip_via_parse(struct span value, struct sip_via *via_out)
{
    bool ok = sip_via_head_parse(value, via_out);
    struct sip_param p;
    size_t cursor = 0;

    if (!split_sent_by(via_out))
        ok = false;
    while (sip_param_next(via_out->params, &cursor, &p))
        if (!read_param(&p, via_out))
            ok = false;
    return ok;
}

bool sip_via_next(const struct sip_message *m, struct sip_list_cursor *cursor,
                  struct sip_via *via_out)
{
    struct span value;

    if (!sip_list_next_of(m, SIP_HEADER_VIA, cursor, &value))
        return false;
    (void)sip_via_parse(value, via_out);
    return true;
}
