#include "ladder/actor.h"

#include <errno.h>

#include "base/hash.h"
#include "ladder/escape.h"
#include "ladder/map.h"

#define PRODUCT_BYTES_MAX 80

/* What one element was seen to do. */
struct actor {
    uint32_t opened_in; /* requests that open something */
    uint32_t opened_out;
    uint32_t registers_in;
    uint32_t redirects; /* 3xx given of its own */
    bool forwards;      /* sent a request with another's Via below its own */
    bool originates;    /* sent a request with its own Via alone */
    bool joins;   /* sent an INVITE of its own while it was being called */
    bool invited; /* has yet to answer an INVITE finally */
};

static void note_request(struct actor *from, struct actor *to,
                         const struct ladder_item *item)
{
    const struct sip_message *m = &item->record->seen->message;

    if (m->via_count > 1)
        from->forwards = true;
    else if (m->via_count == 1)
        from->originates = true;
    if (!ladder_request_opens(m) || from == to)
        return;
    from->opened_out++;
    from->joins |= m->method == SIP_INVITE && from->invited;
    to->opened_in++;
    to->registers_in += m->method == SIP_REGISTER;
    to->invited |= m->method == SIP_INVITE;
}

/* The same response, seen arriving and then leaving, is a relayed one. */
static uint64_t response_hash(const struct sip_message *m, uint16_t lifeline)
{
    uint64_t h = hash_mix(hash_span(m->to_tag), m->status_code);

    h = hash_mix(h, (uint64_t)m->cseq << 8 | (uint64_t)m->cseq_method);
    return hash_mix(h, lifeline);
}

static const char *role_name(const struct actor *a)
{
    if (a->opened_in && a->opened_out) {
        if (a->forwards)
            return "proxy";
        return a->joins ? "B2BUA" : "UA";
    }
    if (a->opened_out)
        return a->forwards && !a->originates ? "proxy" : "UAC";
    if (a->opened_in && a->registers_in == a->opened_in)
        return "registrar";
    if (a->opened_in)
        return a->redirects ? "redirect server" : "UAS";
    if (a->forwards && !a->originates)
        return "proxy";
    return a->originates ? "UA" : "";
}

static bool set_product(struct ladder_model *model, uint16_t lifeline,
                        const struct sip_message *m)
{
    struct ladder_lifeline *l = &model->lifelines[lifeline];
    struct span value = sip_message_value(m, SIP_HEADER_SERVER);
    struct text_buffer b = {0};
    bool ok;

    if (l->product.length)
        return true;
    if (m->is_request || !value.length)
        value = sip_message_value(m, SIP_HEADER_USER_AGENT);
    if (!value.length)
        return true;
    escape_put_clean(&b, value, ESCAPE_ONE_LINE, PRODUCT_BYTES_MAX);
    ok = !b.failed &&
         arena_copy(&model->arena, text_buffer_span(&b), &l->product);
    text_buffer_fini(&b);
    return ok;
}

static bool observe(struct actor *actors, struct map *arrived,
                    const struct ladder_item *item, struct ladder_model *model)
{
    const struct sip_message *m = &item->record->seen->message;
    bool own = m->via_count <= 1;

    if (m->is_request) {
        note_request(&actors[item->from], &actors[item->to], item);
        return !own || set_product(model, item->from, m);
    }
    own = m->status_code == 100 ||
          !map_find(arrived, response_hash(m, item->from));
    if (m->status_code >= 200 && m->cseq_method == SIP_INVITE)
        actors[item->from].invited = false;
    if (own && m->status_code / 100 == 3)
        actors[item->from].redirects++;
    if (!map_add(arrived, response_hash(m, item->to)))
        return false;
    return !own || set_product(model, item->from, m);
}

/* Another element's product in its messages is no word of a proxy's own. */
static void drop_borrowed(struct ladder_model *m, size_t at)
{
    for (size_t i = 0; i < m->lifeline_count; i++)
        if (i != at &&
            span_equal(m->lifelines[i].product, m->lifelines[at].product)) {
            m->lifelines[at].product = SPAN_NONE;
            return;
        }
}

int ladder_actors_name(const struct ladder_item *items, size_t count,
                       struct ladder_model *model)
{
    struct actor actors[LADDER_LIFELINES_MAX] = {0};
    struct map arrived = {0};
    int rc = 0;

    for (size_t i = 0; i < count && !rc; i++)
        if (!observe(actors, &arrived, &items[i], model))
            rc = -ENOMEM;
    map_fini(&arrived);
    for (size_t l = 0; l < model->lifeline_count; l++)
        model->lifelines[l].role = span_of_string(role_name(&actors[l]));
    for (size_t l = 0; l < model->lifeline_count; l++)
        if (actors[l].forwards)
            drop_borrowed(model, l);
    return rc;
}
