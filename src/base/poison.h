/**
 * Memory that nobody has at the moment: AddressSanitizer tells of whoever
 * touches it, as it does of what was freed. Without it these do nothing.
 */
#ifndef SIPTRAIL_BASE_POISON_H
#define SIPTRAIL_BASE_POISON_H

#include <stddef.h>

#if defined(__has_feature) /* clang's word for it, then gcc's */
#define POISON_CLANG __has_feature(address_sanitizer)
#else
#define POISON_CLANG 0
#endif

#if POISON_CLANG || defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>

static inline void poison(void *at, size_t bytes)
{
    __asan_poison_memory_region(at, bytes);
}

static inline void unpoison(void *at, size_t bytes)
{
    __asan_unpoison_memory_region(at, bytes);
}
#else
static inline void poison(void *at, size_t bytes)
{
    (void)at;
    (void)bytes;
}

static inline void unpoison(void *at, size_t bytes)
{
    (void)at;
    (void)bytes;
}
#endif

#endif
