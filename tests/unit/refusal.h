/**
 * Memory that fails when told to: for programs that are linked with malloc,
 * calloc and aligned_alloc wrapped, those named test_alloc. One file each.
 */
#ifndef SIPTRAIL_TESTS_REFUSAL_H
#define SIPTRAIL_TESTS_REFUSAL_H

#include <stdbool.h>
#include <stddef.h>

static long allowed = -1; /* allocations until they fail; -1: none does */
static bool once;         /* one fails, not all from there on */

static bool refuse(void)
{
    if (allowed < 0)
        return false;
    if (allowed > 0) {
        allowed--;
        return false;
    }
    if (once)
        allowed = -1;
    return true;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

void *__wrap_malloc(size_t size)
{
    return refuse() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return refuse() ? NULL : __real_calloc(count, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return refuse() ? NULL : __real_aligned_alloc(alignment, size);
}

#endif
