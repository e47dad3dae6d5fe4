/**
 * Fields of results in binary form.
 */
#ifndef SIPTRAIL_STORE_FIELDS_H
#define SIPTRAIL_STORE_FIELDS_H

#include "base/inet.h"
#include "base/key.h"
#include "base/time.h"

struct pg_result;

/** Bytes of a field, empty for NULL; borrowed from the result. */
struct span field_bytes(const struct pg_result *result, int row, int column);
bool field_is_null(const struct pg_result *result, int row, int column);

/** A number of 1, 2, 4 or 8 bytes; @p otherwise where it is NULL. */
int64_t field_number(struct span bytes, int64_t otherwise);
/** Microseconds since 1970; TIME_NONE for NULL. */
int64_t field_time(struct span bytes);
/** All zero for NULL or what is no UUID. */
struct key field_key(struct span bytes);
/** Family 0 for NULL. */
struct address field_address(struct span bytes);

/** The number of a word, from its name function; 0 where it is none. */
int field_word(struct span word, const char *(*name)(int), int count);

/** Walks the elements of a one-dimensional array. */
struct field_array {
    struct span rest;
    size_t count; /* elements in all */
};

/** @return false where the bytes are no array of one dimension or none */
bool field_array_begin(struct span bytes, struct field_array *array_out);
/** @param null_out  True for NULL; *element_out is then empty */
bool field_array_next(struct field_array *array, struct span *element_out,
                      bool *null_out);

#endif
