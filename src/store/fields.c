#include "store/fields.h"

#include <endian.h>
#include <libpq-fe.h>

#define EPOCH_2000_US INT64_C(946684800000000)

struct span field_bytes(const struct pg_result *result, int row, int column)
{
    if (column < 0 || PQgetisnull(result, row, column))
        return SPAN_NONE;
    return span_of(PQgetvalue(result, row, column),
                   (size_t)PQgetlength(result, row, column));
}

bool field_is_null(const struct pg_result *result, int row, int column)
{
    return PQgetisnull(result, row, column);
}

int64_t field_number(struct span bytes, int64_t otherwise)
{
    uint64_t value = 0;

    if (bytes.length == 0 || bytes.length > 8)
        return otherwise;
    for (size_t i = 0; i < bytes.length; i++)
        value = value << 8 | (uint8_t)bytes.data[i];
    switch (bytes.length) {
    case 1:
        return (int64_t)value;
    case 2:
        return (int16_t)value;
    case 4:
        return (int32_t)value;
    default:
        return (int64_t)value;
    }
}

int64_t field_time(struct span bytes)
{
    int64_t us;

    if (bytes.length != 8 ||
        __builtin_add_overflow(field_number(bytes, 0), EPOCH_2000_US, &us))
        return TIME_NONE;
    return us;
}

struct key field_key(struct span bytes)
{
    struct key key = {{0}};

    if (bytes.length == sizeof(key.bytes))
        memcpy(key.bytes, bytes.data, sizeof(key.bytes));
    return key;
}

struct address field_address(struct span bytes)
{
    const uint8_t *at = (const uint8_t *)bytes.data;

    if (bytes.length == 8 && at[3] == 4)
        return address_v4(at + 4);
    if (bytes.length == 20 && at[3] == 16)
        return address_v6(at + 4);
    return (struct address){0};
}

static uint32_t read_be32(struct span bytes, size_t at)
{
    uint32_t value;

    memcpy(&value, bytes.data + at, 4);
    return be32toh(value);
}

bool field_array_begin(struct span bytes, struct field_array *array_out)
{
    uint32_t dimensions;

    *array_out = (struct field_array){SPAN_NONE, 0};
    if (bytes.length == 0)
        return true;
    if (bytes.length < 12)
        return false;
    dimensions = read_be32(bytes, 0);
    if (dimensions == 0)
        return true;
    if (dimensions != 1 || bytes.length < 20)
        return false;
    array_out->count = read_be32(bytes, 12);
    array_out->rest = span_from(bytes, 20);
    return array_out->count <= bytes.length / 4;
}

bool field_array_next(struct field_array *array, struct span *element_out,
                      bool *null_out)
{
    uint32_t length;

    if (array->rest.length < 4)
        return false;
    length = read_be32(array->rest, 0);
    array->rest = span_from(array->rest, 4);
    *null_out = length == UINT32_MAX;
    *element_out = SPAN_NONE;
    if (*null_out)
        return true;
    if (length > array->rest.length)
        return false;
    *element_out = span_part(array->rest, 0, length);
    array->rest = span_from(array->rest, length);
    return true;
}

int field_word(struct span word, const char *(*name)(int), int count)
{
    for (int i = 0; i < count; i++)
        if (span_equal(word, span_of_string(name(i))))
            return i;
    return 0;
}
