#include "sip/auth.h"

#include "sip/chars.h"
#include "sip/lines.h"
#include "sip/runs.h"

/* Of a name as long as this one; mostly it is written as in the RFC. */
#define NAMED(name, text)                                                      \
    (memcmp((name).data, text, sizeof(text) - 1) == 0 ||                       \
     sip_chars_equal(name, text))

/* Where a parameter of this name goes; NULL where it is none of ours. */
static struct span *place_of(struct span name, struct sip_auth *a)
{
    switch (name.length) {
    case 2:
        return NAMED(name, "nc") ? &a->nc : NULL;
    case 3:
        return NAMED(name, "qop")   ? &a->qop
               : NAMED(name, "uri") ? &a->uri
                                    : NULL;
    case 5:
        return NAMED(name, "realm")   ? &a->realm
               : NAMED(name, "nonce") ? &a->nonce
                                      : NULL;
    case 6:
        return NAMED(name, "cnonce")   ? &a->cnonce
               : NAMED(name, "opaque") ? &a->opaque
                                       : NULL;
    case 8:
        return NAMED(name, "username")   ? &a->username
               : NAMED(name, "response") ? &a->response
                                         : NULL;
    case 9:
        return NAMED(name, "algorithm") ? &a->algorithm : NULL;
    default:
        return NULL;
    }
}

static void read_param(struct span name, struct span value, struct sip_auth *a)
{
    struct span *place = place_of(name, a);

    if (place && !place->length)
        *place = value;
    else if (!place && sip_chars_equal(name, "stale"))
        a->stale = sip_chars_equal(value, "true");
}

static inline bool ends_blank(const char *from, const char *end)
{
    return sip_char_is(*from, SIP_CHAR_BLANK) ||
           sip_char_is(end[-1], SIP_CHAR_BLANK);
}

/* name=value or name="value", then a comma or the end. @return false for all
 * other forms, and nothing taken */
static inline bool take_plain_param(struct span *rest, struct span *name_out,
                                    struct span *value_out)
{
    const char *from = rest->data, *end = from + rest->length;
    const char *name = from, *value, *at;
    bool quoted;

    while (name < end && *name == ' ')
        name++;
    at = sip_run_end(SIP_RUN_NAMED, from, name, end);
    if (at == name || at == end || *at != '=' || ends_blank(name, at))
        return false;
    *name_out = span_of(name, (size_t)(at - name));
    value = ++at;
    quoted = at < end && *at == '"';
    if (quoted) {
        value++;
        at = sip_run_end(SIP_RUN_QUOTED, from, value, end);
        if (at == end || *at != '"')
            return false;
    } else {
        at = sip_run_end(SIP_RUN_LISTED, from, value, end);
        if (at > value && ends_blank(value, at))
            return false;
    }
    *value_out = span_of(value, (size_t)(at - value));
    at += quoted;
    if (at < end && *at++ != ',')
        return false;
    *rest = at < end ? span_of(at, (size_t)(end - at)) : SPAN_NONE;
    return true;
}

/* The next "name=value" of a comma list; what has no "=" is passed over. */
static bool next_param(struct span *rest, struct span *name_out,
                       struct span *value_out)
{
    const char *limit, *equals, *at, *end;
    struct span value;

    if (!rest->length)
        return false;
    if (take_plain_param(rest, name_out, value_out))
        return true;
    limit = span_end(*rest);
    at = equals = sip_byte_find(rest->data, limit, '=');
    if (equals == limit)
        return false;
    while (at > rest->data && at[-1] != ',')
        at--;
    *name_out = sip_chars_trim(span_of(at, (size_t)(equals - at)));
    value =
        sip_chars_skip_blank(span_of(equals + 1, (size_t)(limit - equals - 1)));
    if (value.length && value.data[0] == '"') {
        size_t length = sip_chars_quoted(value);

        *value_out =
            length ? span_part(value, 1, length - 2) : span_from(value, 1);
        end = length ? sip_byte_find(value.data + length, limit, ',') : limit;
    } else {
        end = sip_byte_find(value.data, limit, ',');
        *value_out =
            sip_chars_trim_end(span_of(value.data, (size_t)(end - value.data)));
    }
    *rest =
        end < limit ? span_of(end + 1, (size_t)(limit - end - 1)) : SPAN_NONE;
    return true;
}

/* The part that a name is of; 0 for none, and names of no other length need be
 * looked at. */
static unsigned part_of(struct span name)
{
    if (name.length == 8)
        return NAMED(name, "username") ? SIP_AUTH_USERNAME : 0;
    if (name.length != 5)
        return 0;
    return memcmp(name.data, "nonce", 5) == 0 ? SIP_AUTH_NONCE
           : NAMED(name, "realm")             ? SIP_AUTH_REALM
           : sip_chars_equal(name, "nonce")   ? SIP_AUTH_NONCE
                                              : 0;
}

/* Of a name said twice the first counts, unless it is empty. @return Parts that
 * are still missing */
static unsigned read_part(struct span name, struct span value, unsigned missing,
                          struct sip_auth *a)
{
    unsigned part = part_of(name) & missing;

    if (!part || !value.length)
        return missing;
    if (part == SIP_AUTH_USERNAME)
        a->username = value;
    else if (part == SIP_AUTH_REALM)
        a->realm = value;
    else
        a->nonce = value;
    return missing & ~part;
}

/* Mostly it is "Digest" and a blank. */
static size_t scheme_length(struct span value)
{
    static const struct span digest = {"Digest ", 7};

    if (value.length > digest.length &&
        memcmp(value.data, digest.data, digest.length) == 0)
        return digest.length - 1;
    return sip_chars_run(value, SIP_CHAR_TOKEN);
}

bool sip_auth_parse_part(struct span value, unsigned parts,
                         struct sip_auth *auth_out)
{
    struct span rest, name, param;
    size_t end;
    bool ok;

    *auth_out = (struct sip_auth){0};
    value = sip_chars_trim(value);
    end = scheme_length(value);
    auth_out->scheme = span_part(value, 0, end);
    auth_out->params = sip_chars_skip_blank(span_from(value, end));
    ok = end > 0 && auth_out->params.length > 0 &&
         auth_out->params.data != value.data + end;
    rest = auth_out->params;
    while (parts && next_param(&rest, &name, &param)) {
        if (parts & SIP_AUTH_REST)
            read_param(name, param, auth_out);
        else
            parts = read_part(name, param, parts, auth_out);
    }
    return ok;
}

bool sip_auth_parse(struct span value, struct sip_auth *auth_out)
{
    return sip_auth_parse_part(value, SIP_AUTH_ALL, auth_out);
}

bool sip_auth_next_part(const struct sip_message *m, enum sip_header_id id,
                        uint32_t *cursor, unsigned parts,
                        struct sip_auth *auth_out)
{
    struct span value;

    if (!sip_message_next_value(m, id, cursor, &value))
        return false;
    (void)sip_auth_parse_part(value, parts, auth_out);
    return true;
}

bool sip_auth_next(const struct sip_message *m, enum sip_header_id id,
                   uint32_t *cursor, struct sip_auth *auth_out)
{
    return sip_auth_next_part(m, id, cursor, SIP_AUTH_ALL, auth_out);
}
