/**
 * A piece of a file, mapped: its bytes are looked at where the kernel has
 * them, and not copied first.
 *
 * A file may be cut off, or its disk fail, while it is read. What was mapped
 * and is there no more then reads as zeros, and from the next page on `lost` is
 * set, in place of the SIGBUS that ends a program.
 */
#ifndef SIPTRAIL_CAPTURE_MAPPING_H
#define SIPTRAIL_CAPTURE_MAPPING_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Begins as zeros. Stays where it is while something is mapped. */
struct mapping {
    const uint8_t *from; /* NULL: nothing is mapped */
    size_t length;
    volatile sig_atomic_t lost; /* some of it was read and was not there */
    unsigned place;             /* mapping.c's own */
};

/**
 * Map @p length bytes from @p offset on, in place of what was mapped before.
 *
 * @param offset  A multiple of the size of a page
 * @return false where this file cannot be mapped, or too many are: what was
 *         mapped before still is
 */
bool mapping_make(struct mapping *m, int fd, uint64_t offset, size_t length);
/** Nothing is mapped afterwards; `lost` stays. */
void mapping_drop(struct mapping *m);

#endif
