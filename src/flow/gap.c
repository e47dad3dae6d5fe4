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
