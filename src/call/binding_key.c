#include "call/binding_key.h"

#include <stdio.h>

#include "base/hash.h"
#include "sip/address.h"
#include "sip/chars.h"

static bool put_lower(char *buffer, size_t room, size_t *used, struct span s)
{
    if (s.length > room - *used)
        return false;
    span_lower_write(s, buffer + *used);
    *used += s.length;
    return true;
}

/* "scheme:user@host"; what is no URI of SIP's stays as it is. */
static bool write_aor(struct span value, char *buffer, size_t room,
                      struct span *aor_out)
{
    struct sip_address address;
    struct sip_uri uri;
    size_t used = 0;

    (void)sip_address_parse(value, &address);
    (void)sip_uri_parse(address.uri, &uri);
    if (!address.uri.length || address.uri.length + 8 > room)
        return false;
    if (uri.scheme_name.length) {
        (void)put_lower(buffer, room, &used, uri.scheme_name);
        buffer[used++] = ':';
    }
    if (uri.scheme == SIP_SCHEME_OTHER) {
        (void)put_lower(buffer, room, &used, uri.rest);
    } else {
        used += sip_uri_user_write(&uri, buffer + used, room - used - 1);
        if (uri.has_user && uri.host.length)
            buffer[used++] = '@';
        if (!put_lower(buffer, room, &used, uri.host))
            return false;
    }
    *aor_out = span_of(buffer, used);
    return true;
}

static bool put_part(struct binding_identity *id, struct span part, bool folded)
{
    if (part.length > UINT16_MAX ||
        part.length + 2 > sizeof(id->bytes) - id->length)
        return false;
    id->bytes[id->length++] = (char)(part.length >> 8);
    id->bytes[id->length++] = (char)(part.length & 255);
    if (folded)
        return put_lower(id->bytes, sizeof(id->bytes), &id->length, part);
    if (part.length)
        memcpy(id->bytes + id->length, part.data, part.length);
    id->length += part.length;
    return true;
}

static bool put_number(struct binding_identity *id, uint32_t number)
{
    const uint8_t bytes[4] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16),
                              (uint8_t)(number >> 8), (uint8_t)number};

    return put_part(id, span_of(bytes, sizeof(bytes)), false);
}

static bool put_contact(struct binding_identity *id, const struct contact *c)
{
    struct span transport = c->transport;

    if (c->instance.length)
        return put_part(id, SPAN_LITERAL("instance"), false) &&
               put_part(id, c->instance, true) &&
               put_number(id, c->has_reg_id ? c->reg_id : UINT32_MAX);
    /* Without a parameter it is UDP, or TLS for sips (RFC 3263, 4.1). */
    if (!transport.length)
        transport = c->uri.scheme == SIP_SCHEME_SIPS ? SPAN_LITERAL("tls")
                                                     : SPAN_LITERAL("udp");
    return put_part(id, SPAN_LITERAL("contact"), false) &&
           put_part(id,
                    c->uri.scheme == SIP_SCHEME_OTHER ? c->uri.rest
                                                      : c->uri.user,
                    false) &&
           put_part(id, c->uri.host, true) &&
           put_number(id, sip_uri_port(&c->uri)) &&
           put_part(id, transport, true);
}

bool binding_identity_make(const struct register_fact *fact,
                           const struct contact *contact,
                           struct binding_identity *id_out)
{
    const struct register_request *q = fact->request;
    struct binding_identity *id = id_out;
    struct sip_uri uri;
    size_t used = 0;

    id->length = id->aor_length = 0;
    (void)sip_uri_parse(q->request_uri, &uri);
    if (!put_lower(id->texts, BINDING_TEXT_MAX, &used, uri.host))
        return false;
    id->registrar = span_of(id->texts, used);
    if (!write_aor(q->to, id->texts + used, sizeof(id->texts) - used,
                   &id->aor) ||
        !put_part(id, fact->sensor, false) ||
        !put_part(id, id->registrar, false) || !put_part(id, id->aor, false))
        return false;
    id->aor_length = id->length;
    return contact->any || put_contact(id, contact);
}

uint64_t binding_spelling_hash(const struct register_request *q,
                               struct span contact)
{
    uint64_t hash;

    if (q->spelling && contact.data == q->contacts[0].data)
        return q->spelling;
    hash = hash_mix(hash_span(contact),
                    hash_mix(hash_span(q->to), hash_span(q->request_uri)));
    return hash ? hash : 1;
}

void binding_identity_of_failures(const struct register_fact *fact,
                                  bool by_source,
                                  struct binding_identity *id_out)
{
    struct binding_identity *id = id_out;
    const struct address *a =
        by_source ? &fact->src.address : &fact->dst.address;

    id->length = 0;
    id->aor = SPAN_NONE;
    (void)put_part(id, fact->sensor, false);
    (void)put_part(id,
                   by_source ? SPAN_LITERAL("failures from")
                             : SPAN_LITERAL("failures at"),
                   false);
    (void)put_part(id, span_of(a, sizeof(*a)), false);
    id->aor_length = id->length;
}

bool binding_identity_of_row(const struct registration_record *r,
                             struct span sensor,
                             struct binding_identity *id_out)
{
    char uri[BINDING_TEXT_MAX + 8];
    char to[BINDING_TEXT_MAX + 8];
    char value[2 * BINDING_TEXT_MAX];
    struct register_request request = {.to = SPAN_NONE};
    struct register_fact fact = {.sensor = sensor, .request = &request};
    struct contact contact;
    int n = snprintf(uri, sizeof(uri), "sip:%.*s", SPAN_ARG(r->registrar));
    int m = snprintf(to, sizeof(to), "<%.*s>", SPAN_ARG(r->aor));
    int k = snprintf(value, sizeof(value), "<%.*s>", SPAN_ARG(r->contact_uri));

    if (n >= (int)sizeof(uri) || m >= (int)sizeof(to) ||
        k >= (int)sizeof(value))
        return false;
    request.request_uri = span_of(uri, (size_t)n);
    request.to = span_of(to, (size_t)m);
    if (!contact_parse(span_of(value, (size_t)k), &contact))
        return false;
    contact.instance = r->instance_id;
    contact.has_reg_id = r->has_reg_id;
    contact.reg_id = r->reg_id;
    return binding_identity_make(&fact, &contact, id_out);
}

/* What stands in <>, behind the display name; empty where there is none. */
static struct span in_brackets(struct span value)
{
    size_t behind =
        value.length && value.data[0] == '"' ? sip_chars_quoted(value) : 0;
    size_t open = behind + span_find_byte(span_from(value, behind), '<');

    value = span_from(value, open + 1);
    value.length = span_find_byte(value, '>');
    return value;
}

/* Nearly always From and To say the same URI. */
static bool same_uri(struct span from, struct span to)
{
    struct span uri = in_brackets(from);

    return uri.length && span_equal(uri, in_brackets(to));
}

struct span binding_registrant(const struct register_request *q,
                               struct span aor, char buffer[BINDING_TEXT_MAX])
{
    struct span from;

    if (q->same_party || same_uri(q->from, q->to))
        return SPAN_NONE;
    if (!write_aor(q->from, buffer, BINDING_TEXT_MAX, &from) ||
        span_equal(from, aor))
        return SPAN_NONE;
    return from;
}
