#include "base/lines.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "base/fetch.h"

void *lines_alloc(size_t bytes)
{
    size_t unit =
        bytes < LINES_HUGE_BYTES ? FETCH_LINE_BYTES : LINES_HUGE_BYTES;
    size_t whole = (bytes + unit - 1) & ~(unit - 1);
    void *at = aligned_alloc(unit, whole);

#ifdef MADV_HUGEPAGE
    if (at && whole >= LINES_HUGE_BYTES)
        (void)madvise(at, whole, MADV_HUGEPAGE);
#endif
    return at;
}
