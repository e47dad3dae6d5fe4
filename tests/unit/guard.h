/**
 * Input that ends at an unmapped page, so that one byte read too far is a
 * crash and not luck.
 */
#ifndef SIPTRAIL_TESTS_GUARD_H
#define SIPTRAIL_TESTS_GUARD_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct guard {
    uint8_t *page; /* the unmapped one */
    size_t room;   /* bytes before it */
};

/** Aborts where there is no memory. */
static inline struct guard guard_new(size_t room)
{
    size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    struct guard g;
    void *base;

    g.room = (room + page_bytes) / page_bytes * page_bytes;
    base = mmap(NULL, g.room + page_bytes, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED)
        abort();
    g.page = (uint8_t *)base + g.room;
    if (mprotect(g.page, page_bytes, PROT_NONE) != 0)
        abort();
    return g;
}

static inline void guard_free(struct guard *g)
{
    (void)munmap(g->page - g->room, g->room + (size_t)sysconf(_SC_PAGESIZE));
    g->page = NULL;
}

/** @p data, copied so that its last byte is the last one mapped. */
static inline const uint8_t *guard_copy(struct guard *g, const void *data,
                                        size_t length)
{
    if (length > g->room)
        abort();
    if (length > 0)
        memcpy(g->page - length, data, length);
    return g->page - length;
}

#endif
