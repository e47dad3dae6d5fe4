#include "flow/tuple.h"

static void put_address(uint64_t *words, const struct address *a)
{
    words[0] = tuple_load64(a->bytes);
    words[1] = tuple_load64(a->bytes + 8);
}

unsigned tuple_make_v6(const struct layers *l, uint8_t protocol,
                       struct tuple *tuple_out)
{
    int order = memcmp(l->src.address.bytes, l->dst.address.bytes,
                       sizeof(l->src.address.bytes));
    unsigned back = order > 0 || (order == 0 && l->src.port > l->dst.port);
    const struct endpoint *low = back ? &l->dst : &l->src;
    const struct endpoint *high = back ? &l->src : &l->dst;

    tuple_out->words[0] =
        tuple_head(low->port, high->port, protocol, l->src.address.family);
    put_address(tuple_out->words + 1, &low->address);
    put_address(tuple_out->words + 3, &high->address);
    return back;
}

struct endpoint tuple_endpoint(const struct tuple *t, unsigned end)
{
    struct endpoint e = {
        .address.family = (uint8_t)(t->words[0] >> 40),
        .port = (uint16_t)(t->words[0] >> (end ? 16 : 0)),
    };
    uint32_t v4 = (uint32_t)(t->words[1] >> (end ? 0 : 32));

    if (tuple_is_v4(t))
        memcpy(e.address.bytes, &v4, sizeof(v4));
    else
        memcpy(e.address.bytes, t->words + (end ? 3 : 1), 16);
    return e;
}
