#include "ladder/text_buffer.h"

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

static bool make_room(struct text_buffer *b, size_t more)
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
    if (grown) {
        b->data = grown;
        b->room = room;
    }
    return grown != NULL;
}

void text_put(struct text_buffer *b, struct span text)
{
    if (!text.length || !make_room(b, text.length))
        return;
    memcpy(b->data + b->length, text.data, text.length);
    b->length += text.length;
}

void text_put_string(struct text_buffer *b, const char *text)
{
    text_put(b, span_of_string(text));
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

void text_put_repeated(struct text_buffer *b, const char *text, size_t times)
{
    struct span s = span_of_string(text);

    for (size_t i = 0; i < times; i++)
        text_put(b, s);
}
