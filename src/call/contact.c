#include "call/contact.h"

#include "sip/address.h"
#include "sip/chars.h"
#include "sip/number.h"
#include "sip/param.h"
#include "sip/via.h"

/* Contacts of a response that are compared. */
#define GRANTED_MAX 64

static void read_param(struct contact *c, const struct sip_param *p)
{
    uint64_t number;

    if (p->name.length == 7 && !c->has_expires &&
        span_equal_nocase(p->name, SPAN_LITERAL("expires"))) {
        c->has_expires = sip_seconds_parse(p->value, &c->expires_s);
    } else if (p->name.length == 6 && !c->has_reg_id &&
               span_equal_nocase(p->name, SPAN_LITERAL("reg-id"))) {
        c->has_reg_id = span_to_u64(p->value, INT32_MAX, &number);
        c->reg_id = c->has_reg_id ? (uint32_t)number : 0;
    } else if (p->name.length == 13 && !c->instance.length &&
               span_equal_nocase(p->name, SPAN_LITERAL("+sip.instance"))) {
        c->instance = p->value;
    }
}

static void read_params(struct contact *c, struct span params)
{
    struct sip_param param;
    size_t cursor = 0;

    while (sip_param_next(params, &cursor, &param))
        read_param(c, &param);
}

bool contact_parse(struct span value, struct contact *contact_out)
{
    struct contact *c = contact_out;
    struct sip_address address;

    *c = (struct contact){.text = value};
    (void)sip_address_parse(value, &address);
    c->any = address.any;
    if (c->any)
        return true;
    (void)sip_uri_parse(address.uri, &c->uri);
    c->uri_text = address.uri;
    c->host = c->uri.host;
    c->transport = sip_param_value(c->uri.params, SPAN_LITERAL("transport"));
    read_params(c, address.params);
    return c->uri_text.length > 0;
}

bool contact_same(const struct contact *a, const struct contact *b)
{
    if (a->instance.length && b->instance.length)
        return span_equal_nocase(a->instance, b->instance) &&
               (!a->has_reg_id || !b->has_reg_id || a->reg_id == b->reg_id);
    return span_equal(a->uri.user, b->uri.user) &&
           span_equal_nocase(a->uri.host, b->uri.host) &&
           sip_uri_port(&a->uri) == sip_uri_port(&b->uri) &&
           (!a->transport.length || !b->transport.length ||
            span_equal_nocase(a->transport, b->transport));
}

static bool header_seconds(const struct sip_message *m, enum sip_header_id id,
                           uint32_t *seconds_out)
{
    return m && sip_message_has(m, id) &&
           sip_seconds_parse(sip_message_value(m, id), seconds_out);
}

struct grant {
    bool is_contact; /* it names one at all */
    bool has_expires;
    uint32_t expires_s;
};

/* The usual form: "<sip:bob@host>;expires=300" and no more. */
static bool is_plainly_granted(struct span value, struct span uri,
                               struct grant *grant_out)
{
    static const struct span name = {";expires=", 9};
    struct span params = span_from(value, uri.length + 2);

    if (params.length <= name.length || !sip_address_repeats(value, uri) ||
        memcmp(params.data, name.data, name.length) != 0 ||
        !sip_chars_plain_number(span_from(params, name.length),
                                &grant_out->expires_s))
        return false;
    grant_out->is_contact = grant_out->has_expires = true;
    return true;
}

/* contact_parse() of one that repeats the URI. */
static void take_granted(struct span value, const struct contact *asked,
                         struct contact *granted_out)
{
    *granted_out = (struct contact){
        .text = value,
        .uri = asked->uri,
        .uri_text = asked->uri_text,
        .host = asked->host,
        .transport = asked->transport,
    };
    read_params(granted_out, span_from(value, asked->uri_text.length + 3));
}

/* A Contact of the 2xx. @return Is it this one? */
static bool judge_granted(struct span value, const struct contact *asked,
                          struct grant *grant_out)
{
    struct contact granted, whole;

    if (is_plainly_granted(value, asked->uri_text, grant_out))
        return true;
    *grant_out = (struct grant){.is_contact = true};
    if (sip_address_repeats(value, asked->uri_text)) {
        take_granted(value, asked, &granted);
    } else {
        if (asked->is_brief && contact_parse(asked->text, &whole))
            asked = &whole;
        grant_out->is_contact = contact_parse(value, &granted) && !granted.any;
        if (!grant_out->is_contact)
            return false;
    }
    grant_out->has_expires = granted.has_expires;
    grant_out->expires_s = granted.expires_s;
    return contact_same(asked, &granted);
}

/* What the 2xx says of this Contact; a registrar that rewrites the only one
 * leaves no doubt. */
static bool find_granted(const struct contact *asked,
                         const struct register_fact *f, struct grant *grant_out)
{
    struct span line, value;
    uint32_t cursor = 0;
    unsigned count = 0;

    if (!f->final)
        return false;
    while (
        count < GRANTED_MAX &&
        sip_message_next_value(f->final, SIP_HEADER_CONTACT, &cursor, &line)) {
        if (is_plainly_granted(line, asked->uri_text, grant_out))
            return true; /* and no comma can be in it */
        while (count < GRANTED_MAX && sip_list_next(&line, &value)) {
            count++;
            if (judge_granted(value, asked, grant_out))
                return true;
        }
    }
    return count == 1 && grant_out->is_contact &&
           f->request->contact_count == 1;
}

/* What the request asked for, s; TIME_NONE for nothing. */
static int64_t asked_seconds(const struct contact *asked,
                             const struct register_fact *f)
{
    uint32_t seconds;

    if (asked->has_expires)
        return asked->expires_s;
    if (sip_seconds_parse(f->request->expires, &seconds))
        return seconds;
    return TIME_NONE;
}

int64_t contact_expires(const struct contact *asked,
                        const struct register_fact *f)
{
    int64_t wanted = asked_seconds(asked, f);
    struct grant granted;
    uint32_t seconds;

    if (wanted == 0)
        return 0;
    if (find_granted(asked, f, &granted) && granted.has_expires)
        return granted.expires_s;
    if (header_seconds(f->final, SIP_HEADER_EXPIRES, &seconds))
        return seconds;
    return wanted;
}

/* 1 it differs, 0 it is the same, -1 it is no address. */
static int differs(struct span host, const struct address *from)
{
    struct address a;

    if (!address_parse(host, &a))
        return -1;
    return !address_equal(&a, from);
}

bool contact_names_sender(const struct contact *contact,
                          const struct register_fact *f)
{
    struct span sent_by = f->request->sent_by;
    struct span host = contact->host;

    return f->via_count <= 1 && host.length && sent_by.length >= host.length &&
           memcmp(sent_by.data, host.data, host.length) == 0 &&
           (sent_by.length == host.length || sent_by.data[host.length] == ':');
}

int contact_behind_nat(const struct contact *contact,
                       const struct register_fact *f)
{
    struct address from = f->src.address;
    struct span sent_by = f->request->sent_by;
    struct sip_via via = {0};
    int by_via;

    if (sent_by.length)
        via.host = span_part(sent_by, 0, span_find_byte(sent_by, ':'));
    else
        (void)sip_via_parse(f->request->via, &via);
    /* Behind a proxy its Via says where the REGISTER came from. */
    if (f->via_count > 1 && !address_parse(via.received, &from) &&
        !address_parse(via.host, &from))
        return -1;
    by_via = differs(via.host, &from);
    if (by_via == 1 || span_equal(contact->host, via.host))
        return by_via;
    return differs(contact->host, &from) == 1 ? 1 : by_via;
}
