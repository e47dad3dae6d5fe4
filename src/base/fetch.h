/**
 * Have memory fetched before it is read: what lies far off is there when it
 * is needed, and several such ways are gone at once.
 */
#ifndef SIPTRAIL_BASE_FETCH_H
#define SIPTRAIL_BASE_FETCH_H

#include <stddef.h>
#include <stdint.h>

#define FETCH_LINE_BYTES 64

/* GCC takes a function that does nothing but fetch for one without effect, and
 * leaves out its calls. This is one. */
#define FETCH_IS_WANTED() __asm__ volatile("")

/** The lines of @p bytes from @p at on; never faults, whatever @p at is. */
static inline void fetch_lines(const void *at, size_t bytes)
{
    for (size_t i = 0; i < bytes; i += FETCH_LINE_BYTES)
        __builtin_prefetch((const void *)((uintptr_t)at + i));
    FETCH_IS_WANTED();
}

/**
 * Likewise, to be written: taken from whichever processor has it. What is
 * fetched to be read has to be asked for once more when it is written, and
 * without -mprfchw that is all that compilers make of their builtin.
 */
static inline void fetch_lines_to_write(void *at, size_t bytes)
{
    for (size_t i = 0; i < bytes; i += FETCH_LINE_BYTES)
#if defined(__x86_64__)
        __asm__ volatile("prefetchw %0" : : "m"(((char *)at)[i]));
#else
        __builtin_prefetch((char *)at + i, 1);
#endif
    FETCH_IS_WANTED();
}

#endif
