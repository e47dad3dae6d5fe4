#include "report/one_way.h"

/* With the start of the call the caller's side was seen, else the callee's. */
void one_way_add(struct one_way *w, const struct call_record *call)
{
    bool answers = call->evidence >> EVIDENCE_NO_START & 1;
    const struct address *from = &call->src.address;
    const struct address *to = &call->dst.address;

    if (!(call->evidence >> EVIDENCE_ONE_DIRECTION & 1))
        return;
    w->calls++;
    if (answers) {
        from = &call->dst.address;
        to = &call->src.address;
    }
    for (size_t i = 0; i < w->pair_count; i++)
        if (address_equal(&w->pairs[i].from, from) &&
            address_equal(&w->pairs[i].to, to)) {
            w->pairs[i].calls++;
            return;
        }
    if (w->pair_count == ONE_WAY_PAIRS || !from->family) {
        w->elsewhere++;
        return;
    }
    w->pairs[w->pair_count++] = (struct one_way_pair){*from, *to, 1};
}

static void add_address(struct text *text, const struct address *a)
{
    char buffer[ADDRESS_TEXT_BYTES];

    text_add_bytes(text, span_of(buffer, address_write(a, buffer)));
}

void one_way_write(const struct one_way *w, struct text *text)
{
    if (!w->calls)
        return;
    text_add_string(text, "only one direction was seen of ");
    text_add_number(text, (int64_t)w->calls);
    text_add_string(text, w->calls == 1 ? " call" : " calls");
    for (size_t i = 0; i < w->pair_count; i++) {
        text_add_string(text, i ? ", " : ": from ");
        add_address(text, &w->pairs[i].from);
        text_add_string(text, " to ");
        add_address(text, &w->pairs[i].to);
        if (w->pairs[i].calls < w->calls) {
            text_add_string(text, " (");
            text_add_number(text, (int64_t)w->pairs[i].calls);
            text_add_byte(text, ')');
        }
    }
    if (w->elsewhere && w->pair_count) {
        text_add_string(text, ", others (");
        text_add_number(text, (int64_t)w->elsewhere);
        text_add_byte(text, ')');
    }
    text_add_string(text, "; does the mirror port show both?");
}
