#include "call/collect.h"

/* RECORDS.md, R13: never addresses, file names or frame numbers. */

/* Decimal digits of @p number; the text lies in @p buffer. */
static struct span write_number(uint32_t number, char buffer[10])
{
    size_t at = 10;

    do
        buffer[--at] = (char)('0' + number % 10);
    while (number /= 10);
    return span_of(buffer + at, 10 - at);
}

static int compare_spans(struct span a, struct span b)
{
    size_t shorter = a.length < b.length ? a.length : b.length;
    int order = shorter ? memcmp(a.data, b.data, shorter) : 0;

    if (order)
        return order;
    return (a.length > b.length) - (a.length < b.length);
}

struct span exchange_sensor(const struct correlator *c,
                            const struct exchange *x)
{
    struct span name = sensors_name(c->limits.sensors, x->group->sensor);

    return name.length ? name : c->limits.sensor;
}

static void call_key(const struct correlator *c, const struct exchange *x,
                     struct key *key_out)
{
    const struct call *call = x->call;
    const struct invite *first = call_round_reference(call, 0);
    struct span parts[5] = {exchange_sensor(c, x), x->group->call_id};
    char digits[10];

    if (call->start_seen && first && first->request_seen) {
        parts[2] = call->from_tag;
        parts[3] = write_number(first->cseq, digits);
        key_of_parts(first->invite_at, parts, 4, key_out);
        return;
    }
    parts[2] = call->from_tag;
    parts[3] = call->rare ? call->rare->to_tag : SPAN_NONE;
    if (compare_spans(parts[2], parts[3]) > 0) {
        parts[2] = parts[3];
        parts[3] = call->from_tag;
    }
    parts[4] = SPAN_LITERAL("mid");
    key_of_parts(x->first_at, parts, 5, key_out);
}

void exchange_make_key(struct correlator *c, struct exchange *x)
{
    struct span parts[3] = {exchange_sensor(c, x), x->group->call_id};

    if (x->has_key)
        return;
    x->has_key = true;
    if (x->is_taken_up)
        return;
    if (x->call) {
        call_key(c, x, &x->key);
        return;
    }
    parts[2] = span_of_string(exchange_kind_name((enum exchange_kind)x->kind));
    key_of_parts(x->first_at, parts, 3, &x->key);
}

void dialog_make_key(const struct correlator *c, const struct exchange *x,
                     const struct dialog *d, enum dialog_usage usage,
                     struct key *key_out)
{
    const struct span parts[] = {
        exchange_sensor(c, x),
        x->group->call_id,
        d->caller_tag,
        d->callee_tag,
        span_of_string(dialog_usage_name(usage)),
    };

    key_of_parts(x->first_at, parts, sizeof(parts) / sizeof(parts[0]), key_out);
}
