/**
 * Large memory that begins a cache line.
 */
#ifndef SIPTRAIL_BASE_LINES_H
#define SIPTRAIL_BASE_LINES_H

#include <stddef.h>

#define LINES_HUGE_BYTES ((size_t)2 << 20)

/**
 * Memory as it happens to be; from LINES_HUGE_BYTES on in pages of that size,
 * one entry of the TLB each, where the system has them. For free().
 *
 * @return NULL where there is none
 */
void *lines_alloc(size_t bytes);

#endif
