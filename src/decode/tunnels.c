#include "decode/tunnels.h"

#include <stdio.h>

static const char *const names[TUNNEL_KIND_COUNT] = {
    [TUNNEL_IP] = "ip",           [TUNNEL_GRE] = "gre",
    [TUNNEL_PPTP] = "pptp",       [TUNNEL_ERSPAN] = "erspan",
    [TUNNEL_VXLAN] = "vxlan",     [TUNNEL_GENEVE] = "geneve",
    [TUNNEL_GTPU] = "gtpu",       [TUNNEL_L2TP] = "l2tp",
    [TUNNEL_TZSP] = "tzsp",       [TUNNEL_ESP] = "esp",
    [TUNNEL_ETHERIP] = "etherip", [TUNNEL_MPLS] = "mpls",
    [TUNNEL_LISP] = "lisp",
};

const char *tunnel_name(enum tunnel_kind kind)
{
    return names[kind];
}

static size_t write_end(const struct endpoint *e, char *text)
{
    return e->port ? endpoint_write(e, text) : address_write(&e->address, text);
}

size_t tunnels_write(const struct tunnels *t, char text[TUNNELS_TEXT_BYTES])
{
    size_t n = 0;

    for (unsigned i = 0; i < t->count; i++) {
        const struct tunnel *one = &t->each[i];

        n += (size_t)snprintf(text + n, TUNNELS_TEXT_BYTES - n, "%s%s",
                              i ? "," : "", names[one->kind]);
        if (one->has_id)
            n += (size_t)snprintf(text + n, TUNNELS_TEXT_BYTES - n, ":%u",
                                  one->id);
    }
    text[n++] = ' ';
    n += write_end(&t->src, text + n);
    memcpy(text + n, " > ", 3);
    n += 3;
    return n + write_end(&t->dst, text + n);
}
