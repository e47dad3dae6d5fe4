#include "sip/auth.h"

#include "sip/chars.h"
#include "sip/param.h"
#include "sip/text.h"

static void read_param(const struct sip_param *p, struct sip_auth *a)
{
    const struct {
        const char *name;
        struct span *value;
    } known[] = {
        {"realm", &a->realm},   {"nonce", &a->nonce},
        {"opaque", &a->opaque}, {"algorithm", &a->algorithm},
        {"qop", &a->qop},       {"username", &a->username},
        {"uri", &a->uri},       {"response", &a->response},
        {"cnonce", &a->cnonce}, {"nc", &a->nc},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (!known[i].value->length && sip_chars_equal(p->name, known[i].name))
            *known[i].value = p->value;
    if (sip_chars_equal(p->name, "stale"))
        a->stale = sip_chars_equal(p->value, "true");
}

bool sip_auth_parse(struct span value, struct sip_auth *auth_out)
{
    struct span rest, element;
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
    while (sip_list_next(&rest, &element)) {
        struct sip_param p;
        size_t cursor = 0;

        if (sip_param_next(element, &cursor, &p))
            read_param(&p, auth_out);
    }
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
