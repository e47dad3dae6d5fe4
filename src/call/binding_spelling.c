/*
 * Bindings by how their REGISTER was written last: what is written so again has
 * the same identity.
 */
#include "base/fetch.h"
#include "call/binding_state.h"

/* Of texts that stand side by side: as much as a renewal compares. */
#define TEXTS_NEAR_BYTES 192

void binding_forget_spelling(struct binding_table *t, struct binding *b)
{
    if (b->spelling.is_known)
        table_remove(&t->spellings, &b->spelling.node);
    b->spelling.is_known = false;
}

uint64_t binding_table_seek(const struct binding_table *t,
                            const struct register_request *q)
{
    uint64_t hash = binding_spelling_hash(q, q->contacts[0]);

    __builtin_prefetch(table_place(&t->spellings, hash));
    return hash;
}

/* Where it looks as if there were one: its hash is not compared. */
static struct binding *likely_row(const struct binding_table *t,
                                  uint64_t spelling)
{
    struct table_node *n = table_likely(&t->spellings, spelling);

    return n ? CONTAINER_OF(n, struct binding, spelling.node) : NULL;
}

void binding_table_fetch_row(const struct binding_table *t, uint64_t spelling)
{
    struct binding *b = likely_row(t, spelling);

    if (b)
        fetch_lines(b, sizeof(*b));
}

void binding_table_fetch_texts(const struct binding_table *t, uint64_t spelling)
{
    const struct binding *b = likely_row(t, spelling);

    if (!b)
        return;
    fetch_lines(b->identity.data, TEXTS_NEAR_BYTES);
    fetch_lines(b->spelling.request_uri.data, TEXTS_NEAR_BYTES);
}

/* The identity begins with the sensor, behind its length. */
static bool is_of_sensor(const struct binding *b, struct span sensor)
{
    const uint8_t *length = (const uint8_t *)b->identity.data;

    return b->identity.length >= 2 &&
           sensor.length == ((size_t)length[0] << 8 | length[1]) &&
           span_equal(span_part(b->identity, 2, sensor.length), sensor);
}

struct binding *binding_find_spelled(const struct binding_table *t,
                                     const struct register_fact *f,
                                     struct span contact)
{
    const struct register_request *q = f->request;
    struct table_node *n =
        contact.length
            ? table_first(&t->spellings, binding_spelling_hash(q, contact))
            : NULL;

    for (; n; n = table_next(n)) {
        struct binding *b = CONTAINER_OF(n, struct binding, spelling.node);

        if (span_equal(b->spelling.contact, contact) &&
            span_equal(b->spelling.to, q->to) &&
            span_equal(b->spelling.request_uri, q->request_uri) &&
            is_of_sensor(b, f->sensor))
            return binding_is_over(b, f->request_at) ? NULL : b;
    }
    return NULL;
}

struct contact binding_contact(const struct binding *b)
{
    return (struct contact){
        .text = b->spelling.contact,
        .is_brief = true,
        .uri_text = b->r.contact_uri,
        .host = b->r.contact_host,
        .instance = b->r.instance_id,
        .has_reg_id = b->r.has_reg_id,
        .reg_id = b->r.reg_id,
        .has_expires = b->spelling.has_expires,
        .expires_s = b->spelling.expires_s,
    };
}

void binding_keep_spelling(struct binding_table *t, struct binding *b,
                           const struct register_fact *f,
                           const struct contact *contact)
{
    binding_forget_spelling(t, b);
    if (!contact)
        return;
    b->spelling.is_known = true;
    b->spelling.has_expires = contact->has_expires;
    b->spelling.expires_s = contact->expires_s;
    table_add(&t->spellings, &b->spelling.node,
              binding_spelling_hash(f->request, contact->text));
}
