/**
 * An error of the outside world (files, memory, database) in words.
 *
 * Functions that can meet one return 0 or a negative errno and fill a struct
 * error where the caller gave one. The text says what, where and what to do:
 * lower case, no full stop, no newline.
 */
#ifndef SIPTRAIL_BASE_ERROR_H
#define SIPTRAIL_BASE_ERROR_H

#include <stddef.h>

struct error {
    int code; /* negative errno, 0 for none */
    char text[512];
};

#define WARN_UNUSED __attribute__((warn_unused_result))

/**
 * Note @p code with a text for a person, shortened where it is too long.
 * Control bytes in the text become '?', so that it is safe on a terminal.
 *
 * @param err  May be NULL
 * @return @p code, so that a caller can say `return error_set(...)`
 */
int error_set(struct error *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
