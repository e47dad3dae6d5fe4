#include "store/secret.h"

#include "sip/auth.h"

/* RFC 6086 has no media type for digits; these two are what is sent. */
static bool is_digits(struct span type)
{
    return span_starts_nocase(type, SPAN_LITERAL("application/dtmf")) ||
           span_starts_nocase(type, SPAN_LITERAL("application/vnd.nortel"
                                                 "networks.digits")) ||
           span_starts_nocase(type, SPAN_LITERAL("audio/telephone-event"));
}

size_t secret_keep(const struct sip_message *m)
{
    if (!m->is_request || !m->body.length)
        return m->text.length;
    if (m->method == SIP_MESSAGE ||
        (m->method == SIP_INFO &&
         is_digits(sip_message_value(m, SIP_HEADER_CONTENT_TYPE))))
        return (size_t)(m->body.data - m->text.data);
    return m->text.length;
}

/* The span lies in the message's text; its copy has the same offsets. */
static bool blank(const struct sip_message *m, struct span secret, char *copy,
                  size_t length)
{
    size_t at;

    if (!secret.length)
        return false;
    at = (size_t)(secret.data - m->text.data);
    if (at >= length)
        return false;
    if (secret.length > length - at)
        secret.length = length - at;
    memset(copy + at, 'x', secret.length);
    return true;
}

static bool mask_credentials(const struct sip_message *m, enum sip_header_id id,
                             char *copy, size_t length)
{
    struct span value;
    uint32_t cursor = 0;
    bool masked = false;

    while (sip_message_next_value(m, id, &cursor, &value)) {
        struct sip_auth auth;

        (void)sip_auth_parse(value, &auth);
        /* Basic and the like: all of it is the password. */
        if (auth.response.length)
            masked |= blank(m, auth.response, copy, length);
        else if (!span_equal_nocase(auth.scheme, SPAN_LITERAL("Digest")))
            masked |= blank(m, auth.params, copy, length);
    }
    return masked;
}

/* RFC 4568, 9.1: a=crypto:tag suite inline:key|lifetime;inline:key ... */
static bool mask_keys(struct span line, const struct sip_message *m, char *copy,
                      size_t length)
{
    bool masked = false;

    for (;;) {
        const char *key =
            line.length ? memmem(line.data, line.length, "inline:", 7) : NULL;
        size_t n = 0;

        if (!key)
            return masked;
        line = span_from(line, (size_t)(key + 7 - line.data));
        while (n < line.length && !strchr("|; \t\r", line.data[n]))
            n++;
        masked |= blank(m, span_part(line, 0, n), copy, length);
        line = span_from(line, n);
    }
}

static bool mask_body(const struct sip_message *m, char *copy, size_t length)
{
    struct span rest = m->body;
    bool masked = false;

    for (;;) {
        const char *at =
            rest.length ? memmem(rest.data, rest.length, "a=crypto:", 9) : NULL;
        size_t end;

        if (!at)
            return masked;
        rest = span_from(rest, (size_t)(at - rest.data));
        end = span_find_byte(rest, '\n');
        masked |= mask_keys(span_part(rest, 0, end), m, copy, length);
        rest = span_from(rest, end);
    }
}

bool secret_mask(const struct sip_message *m, char *copy, size_t length)
{
    bool masked = false;

    if (sip_message_has(m, SIP_HEADER_AUTHORIZATION))
        masked |= mask_credentials(m, SIP_HEADER_AUTHORIZATION, copy, length);
    if (sip_message_has(m, SIP_HEADER_PROXY_AUTHORIZATION))
        masked |=
            mask_credentials(m, SIP_HEADER_PROXY_AUTHORIZATION, copy, length);
    if (m->body.length)
        masked |= mask_body(m, copy, length);
    return masked;
}
