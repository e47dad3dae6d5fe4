#include "ladder/text_buffer.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void text_buffer_fini(struct text_buffer *b)
{
    free(b->data);
    *b = (struct text_buffer){0};
}

void text_buffer_reset(struct text_buffer *b)
{
    b->length = 0;
}

bool text_buffer_reserve(struct text_buffer *b, size_t more)
{
    size_t room = b->room ? b->room : 256;
    char *grown;

    if (b->failed)
        return false;
    while (room - b->length < more)
        room *= 2;
    if (room == b->room)
        return true;
    grown = realloc(b->data, room);
    b->failed = !grown;
    b->room = grown ? room : 0; /* so that nothing fits any more */
    if (grown)
        b->data = grown;
    return grown != NULL;
}

void text_put_format(struct text_buffer *b, const char *format, ...)
{
    char text[512];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (n < 0)
        return;
    text_put(b, span_of(text, (size_t)n < sizeof(text) ? (size_t)n
                                                       : sizeof(text) - 1));
}

/* Digits of @p n from the right, @p places of them behind the point. */
static size_t write_digits(uint64_t n, unsigned places, char *end)
{
    char *at = end;

    for (unsigned i = 0; n || i <= places; i++, n /= 10) {
        if (i == places)
            *--at = '.';
        *--at = (char)('0' + n % 10);
    }
    return (size_t)(end - at);
}

void text_put_fixed(struct text_buffer *b, double value, unsigned places)
{
    static const double scales[] = {1, 10, 100, 1000, 10000};
    double scaled = fabs(value) * scales[places];
    double whole = floor(scaled + 0.5);
    char text[32];
    size_t length;

    /* printf() rounds what stands in the middle by the exact value. */
    if (!(scaled < 1e12) || scaled + 0.5 - whole < 1e-3 ||
        whole + 0.5 - scaled < 1e-3) {
        text_put_format(b, "%.*f", (int)places, value);
        return;
    }
    length = write_digits((uint64_t)whole, places, text + sizeof(text));
    if (signbit(value))
        text[sizeof(text) - ++length] = '-';
    text_put(b, span_of(text + sizeof(text) - length, length));
}

void text_put_again(struct text_buffer *b, size_t from, size_t end)
{
    if (end == from || !text_buffer_reserve(b, end - from))
        return;
    memcpy(b->data + b->length, b->data + from, end - from);
    b->length += end - from;
}
