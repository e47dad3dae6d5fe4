#include "ladder/tooltip.h"

#include <stdlib.h>

#include "ladder/escape.h"
#include "store/secret.h"

void tooltip_write(const struct sip_message *m, struct text_buffer *b)
{
    size_t length = secret_keep(m);
    char *copy;

    if (length > TOOLTIP_BYTES_MAX)
        length = TOOLTIP_BYTES_MAX;
    copy = malloc(length + 1);
    if (!copy) {
        b->failed = true;
        return;
    }
    if (length)
        memcpy(copy, m->text.data, length);
    (void)secret_mask(m, copy, length);
    escape_put_clean(b, span_of(copy, length), ESCAPE_KEEP_LINES, length);
    if (m->text.length > length)
        text_put_format(b, "\n(%zu bytes more)", m->text.length - length);
    free(copy);
}
