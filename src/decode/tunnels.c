#include "decode/tunnels.h"

#include <stdio.h>

static const char *const names[TUNNEL_KIND_COUNT] = {
    [TUNNEL_IP] = "ip",           [TUNNEL_GRE] = "gre",
    [TUNNEL_PPTP] = "pptp",       [TUNNEL_ERSPAN] = "erspan",
    [TUNNEL_VXLAN] = "vxlan",     [TUNNEL_GENEVE] = "geneve",
    [TUNNEL_GTPU] = "gtpu",       [TUNNEL_L2TP] = "l2tp",
    [TUNNEL_TZSP] = "tzsp",       [TUNNEL_ESP] = "esp",
    [TUNNEL_ETHERIP] = "etherip", [TUNNEL_MPLS] = "mpls",
    [TUNNEL_LISP] = "lisp",       [TUNNEL_HEP] = "hep",
    [TUNNEL_CAPWAP] = "capwap",
};

const char *tunnel_name(enum tunnel_kind kind)
{
    return names[kind];
}

void tunnels_add(struct tunnels *t, struct tunnel inner)
{
    if (t->count < TUNNELS_MAX)
        t->each[t->count++] = inner;
}

bool tunnels_equal(const struct tunnels *a, const struct tunnels *b)
{
    if (a->count != b->count || !address_equal(&a->src, &b->src) ||
        !address_equal(&a->dst, &b->dst))
        return false;
    for (unsigned i = 0; i < a->count; i++)
        if (a->each[i].kind != b->each[i].kind ||
            a->each[i].has_id != b->each[i].has_id ||
            (a->each[i].has_id && a->each[i].id != b->each[i].id))
            return false;
    return true;
}

size_t tunnels_write_kinds(const struct tunnels *t,
                           char text[TUNNELS_KINDS_BYTES])
{
    size_t n = 0;

    text[0] = 0;
    for (unsigned i = 0; i < t->count; i++) {
        const struct tunnel *one = &t->each[i];

        n += (size_t)snprintf(text + n, TUNNELS_KINDS_BYTES - n, "%s%s",
                              i ? "/" : "", names[one->kind]);
        if (one->has_id)
            n += (size_t)snprintf(text + n, TUNNELS_KINDS_BYTES - n, ":%u",
                                  one->id);
    }
    return n;
}

size_t tunnels_write(const struct tunnels *t, char text[TUNNELS_TEXT_BYTES])
{
    size_t n = tunnels_write_kinds(t, text);

    text[n++] = ' ';
    n += address_write(&t->src, text + n);
    memcpy(text + n, " > ", 3);
    n += 3;
    return n + address_write(&t->dst, text + n);
}

static bool parse_one(struct span word, struct tunnel *out)
{
    size_t colon = span_find_byte(word, ':');
    struct span name = span_part(word, 0, colon);
    uint64_t id = 0;

    *out = (struct tunnel){.has_id = colon < word.length};
    if (out->has_id &&
        !span_to_u64(span_from(word, colon + 1), UINT32_MAX, &id))
        return false;
    out->id = (uint32_t)id;
    while (out->kind < TUNNEL_KIND_COUNT &&
           !span_equal(name, span_of_string(names[out->kind])))
        out->kind++;
    return out->kind < TUNNEL_KIND_COUNT;
}

bool tunnels_parse_kinds(struct span text, struct tunnels *t)
{
    t->count = 0;
    while (text.length) {
        size_t slash = span_find_byte(text, '/');

        if (t->count == TUNNELS_MAX ||
            !parse_one(span_part(text, 0, slash), &t->each[t->count++]))
            return false;
        text = slash < text.length ? span_from(text, slash + 1) : SPAN_NONE;
    }
    return t->count > 0;
}
