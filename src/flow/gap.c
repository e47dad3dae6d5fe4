#include "flow/gap.h"

#include <assert.h>

const char *gap_kind_name(enum gap_kind k)
{
    static const char *const names[GAP_KIND_COUNT] = {
        "tcp",   "truncation", "fragments", "kernel", "interface",
        "queue", "spool",      "opaque",    "restart"};

    assert((unsigned)k < GAP_KIND_COUNT);
    return names[k];
}

void gap_widen(struct capture_gap *to, const struct capture_gap *with)
{
    if (with->from_ns < to->from_ns)
        to->from_ns = with->from_ns;
    if (with->to_ns > to->to_ns)
        to->to_ns = with->to_ns;
    to->gaps += with->gaps;
    to->packets += with->packets;
    to->bytes += with->bytes;
}
