#include "flow/quote.h"

void flow_quotes_add(struct flow_quotes *q, const struct flow_quote *quote)
{
    q->total++;
    for (size_t i = 0; i < q->count; i++) {
        struct flow_quote *at = &q->items[i];

        if (at->type == quote->type && at->code == quote->code &&
            endpoint_equal(&at->src, &quote->src) &&
            endpoint_equal(&at->dst, &quote->dst)) {
            at->count++;
            return;
        }
    }
    if (q->count == FLOW_QUOTES_MAX)
        return;
    q->items[q->count] = *quote;
    q->items[q->count++].count = 1;
}

static const char *name_of_v4(uint8_t type, uint8_t code)
{
    static const char *const unreachable[] = {
        "network unreachable", "host unreachable", "protocol unreachable",
        "port unreachable",    "too big",          "source route failed",
        "network unknown",     "host unknown"};

    switch (type) {
    case 3:
        if (code < sizeof(unreachable) / sizeof(unreachable[0]))
            return unreachable[code];
        return code == 9 || code == 10 || code == 13 ? "prohibited"
                                                     : "unreachable";
    case 4:
        return "source quench";
    case 5:
        return "redirect";
    case 11:
        return code == 1 ? "not reassembled in time" : "TTL exceeded";
    default:
        return "header refused";
    }
}

static const char *name_of_v6(uint8_t type, uint8_t code)
{
    static const char *const unreachable[] = {
        "no route",         "prohibited",       "beyond scope of source",
        "host unreachable", "port unreachable", "source address refused",
        "route refused"};

    switch (type) {
    case 1:
        return code < sizeof(unreachable) / sizeof(unreachable[0])
                   ? unreachable[code]
                   : "unreachable";
    case 2:
        return "too big";
    case 3:
        return code == 1 ? "not reassembled in time" : "hop limit exceeded";
    default:
        return "header refused";
    }
}

const char *flow_quote_name(const struct flow_quote *q)
{
    return q->reporter.family == 6 ? name_of_v6(q->type, q->code)
                                   : name_of_v4(q->type, q->code);
}
