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
