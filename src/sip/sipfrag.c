#include "sip/sipfrag.h"

#include "sip/chars.h"

struct span sip_sipfrag_status_line(struct span body)
{
    size_t end;

    body = sip_chars_skip_blank(body);
    for (end = 0;
         end < body.length && body.data[end] != '\r' && body.data[end] != '\n';)
        end++;
    if (!span_starts_nocase(body, SPAN_LITERAL("SIP/2.0 ")))
        return SPAN_NONE;
    return sip_chars_trim_end(span_part(body, 0, end));
}
