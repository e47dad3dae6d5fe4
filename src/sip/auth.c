#include "sip/auth.h"

#include "sip/chars.h"
#include "sip/lines.h"

#define KNOWN(member)                                                          \
    {                                                                          \
#member, sizeof(#member) - 1, offsetof(struct sip_auth, member)        \
    }

static void read_param(struct span name, struct span value, struct sip_auth *a)
{
    static const struct {
        const char *name;
        size_t length;
        size_t at;
    } known[] = {
        KNOWN(realm),  KNOWN(nonce),    KNOWN(opaque), KNOWN(algorithm),
        KNOWN(qop),    KNOWN(username), KNOWN(uri),    KNOWN(response),
        KNOWN(cnonce), KNOWN(nc),
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        struct span *to;

        if (name.length != known[i].length ||
            !sip_chars_equal(name, known[i].name))
            continue;
        to = (struct span *)(void *)((char *)a + known[i].at);
        if (!to->length)
            *to = value;
        return;
    }
    if (sip_chars_equal(name, "stale"))
        a->stale = sip_chars_equal(value, "true");
}

/* The next "name=value" of a comma list; what has no "=" is passed over. */
static bool next_param(struct span *rest, struct span *name_out,
                       struct span *value_out)
{
    const char *limit, *equals, *at, *end;
    struct span value;

    if (!rest->length)
        return false;
    limit = rest->data + rest->length;
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

bool sip_auth_parse(struct span value, struct sip_auth *auth_out)
{
    struct span rest, name, param;
    size_t end;
    bool ok;

    *auth_out = (struct sip_auth){0};
    value = sip_chars_trim(value);
    end = sip_chars_run(value, SIP_CHAR_TOKEN);
    auth_out->scheme = span_part(value, 0, end);
    auth_out->params = sip_chars_skip_blank(span_from(value, end));
    ok = end > 0 && auth_out->params.length > 0 &&
         auth_out->params.data != value.data + end;
    rest = auth_out->params;
    while (next_param(&rest, &name, &param))
        read_param(name, param, auth_out);
    return ok;
}

bool sip_auth_next(const struct sip_message *m, enum sip_header_id id,
                   uint32_t *cursor, struct sip_auth *auth_out)
{
    struct span value;

    if (!sip_message_next_value(m, id, cursor, &value))
        return false;
    (void)sip_auth_parse(value, auth_out);
    return true;
}
