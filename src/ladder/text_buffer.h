/**
 * A growing text; what comes from the wire is made safe on its way in.
 */
#ifndef SIPTRAIL_LADDER_TEXT_BUFFER_H
#define SIPTRAIL_LADDER_TEXT_BUFFER_H

#include "base/error.h"
#include "base/span.h"

/** All zero is empty. Once memory has failed, all later calls do nothing. */
struct text_buffer {
    char *data; /* owned */
    size_t length;
    size_t room;
    bool failed;
};

void text_buffer_fini(struct text_buffer *b);
/** Back to empty; the memory and a failure stay. */
void text_buffer_reset(struct text_buffer *b);

static inline struct span text_buffer_span(const struct text_buffer *b)
{
    return span_of(b->data, b->length);
}

/** Make room for so much more. @return false where memory has failed */
bool text_buffer_reserve(struct text_buffer *b, size_t more);

/** Text that is clean already. */
static inline void text_put(struct text_buffer *b, struct span text)
{
    if (!text.length || (b->length + text.length > b->room &&
                         !text_buffer_reserve(b, text.length)))
        return;
    memcpy(b->data + b->length, text.data, text.length);
    b->length += text.length;
}

static inline void text_put_string(struct text_buffer *b, const char *text)
{
    text_put(b, span_of_string(text));
}

void text_put_format(struct text_buffer *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** As printf() does by "%.*f"; 1 to 4 places. */
void text_put_fixed(struct text_buffer *b, double value, unsigned places);
/** What stands in the buffer itself, from @p from to @p end. */
void text_put_again(struct text_buffer *b, size_t from, size_t end);

#endif
