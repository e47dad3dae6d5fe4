#include "sip/number.h"

#include "sip/chars.h"

/* A number at the beginning; what follows must be no part of it. */
static bool take_number(struct span *rest, uint64_t max, uint64_t *value_out)
{
    struct span s = sip_chars_skip_blank(*rest);
    size_t digits;
    uint64_t value = sip_chars_number(s, max, &digits);

    if (!digits)
        return false;
    s = span_from(s, digits);
    if (s.length && sip_char_is(s.data[0], SIP_CHAR_TOKEN))
        return false;
    *rest = s;
    *value_out = value;
    return true;
}

/* A number that is the whole value and at most max. */
static bool whole_number(struct span value, uint64_t max, uint64_t *value_out)
{
    return span_to_u64(sip_chars_trim(value), max, value_out);
}

bool sip_seconds_parse(struct span value, uint32_t *seconds_out)
{
    uint64_t seconds;

    if (sip_chars_plain_number(value, seconds_out))
        return true;
    if (!take_number(&value, UINT32_MAX, &seconds))
        return false;
    *seconds_out = (uint32_t)seconds;
    return true;
}

bool sip_max_forwards_parse(struct span value, uint8_t *hops_out)
{
    uint64_t hops;
    uint32_t plain;

    if (sip_chars_plain_number(value, &plain) && plain <= 255) {
        *hops_out = (uint8_t)plain;
        return true;
    }
    if (!whole_number(value, 255, &hops))
        return false;
    *hops_out = (uint8_t)hops;
    return true;
}

bool sip_rseq_parse(struct span value, uint32_t *rseq_out)
{
    uint64_t rseq;

    if (!whole_number(value, UINT32_MAX, &rseq))
        return false;
    *rseq_out = (uint32_t)rseq;
    return true;
}

static bool parse_cseq(struct span value, struct sip_cseq *cseq_out)
{
    struct span rest = sip_chars_skip_blank(value);
    size_t digits;
    uint64_t number = sip_chars_number(rest, UINT64_C(1) << 32, &digits);
    bool ok = digits > 0 && number <= UINT32_MAX;

    *cseq_out = (struct sip_cseq){0};
    if (ok)
        cseq_out->number = (uint32_t)number;
    rest = span_from(rest, digits);
    if (digits && rest.length && !sip_char_is(rest.data[0], SIP_CHAR_BLANK))
        ok = false; /* "1INVITE", "1.5 INVITE" */
    if (!digits) {  /* "abc INVITE", "-1 INVITE": the method may still stand */
        while (rest.length && !sip_char_is(rest.data[0], SIP_CHAR_BLANK))
            rest = span_from(rest, 1);
    }
    rest = sip_chars_trim(rest);
    cseq_out->method_name = rest;
    cseq_out->method = sip_method_parse(rest);
    return ok && sip_chars_all(rest, SIP_CHAR_TOKEN);
}

/* "1 INVITE", in as few steps: up to nine digits, one SP, a known method. */
static bool take_plain_cseq(struct span value, struct sip_cseq *cseq_out)
{
    uint32_t number = 0;
    size_t i = 0;

    for (; i < value.length && i < 9; i++) {
        unsigned digit = (unsigned)(unsigned char)value.data[i] - '0';

        if (digit > 9)
            break;
        number = number * 10 + digit;
    }
    if (!i || i == value.length || value.data[i] != ' ')
        return false;
    cseq_out->method_name = span_from(value, i + 1);
    cseq_out->method = sip_method_parse(cseq_out->method_name);
    cseq_out->number = number;
    return cseq_out->method != SIP_UNKNOWN;
}

bool sip_cseq_parse(struct span value, struct sip_cseq *cseq_out)
{
    if (take_plain_cseq(value, cseq_out))
        return true;
    return parse_cseq(value, cseq_out);
}

bool sip_rack_parse(struct span value, struct sip_rack *rack_out)
{
    uint64_t rseq;

    *rack_out = (struct sip_rack){0};
    if (!take_number(&value, UINT64_C(1) << 32, &rseq) || rseq > UINT32_MAX)
        return false;
    rack_out->rseq = (uint32_t)rseq;
    return sip_cseq_parse(value, &rack_out->cseq);
}
