#include "decode/layers.h"

#include "decode/common.h"
#include "decode/decoding.h"

static enum layer (*const steps[LAYER_COUNT])(struct decoding *) = {
#define LAYER(NAME, step) [LAYER_##NAME] = (step),
#include "decode/layer.def"
#undef LAYER
};

/* LINKTYPE_ values of https://www.tcpdump.org/linktypes.html, and the DLT_
 * ones that old files hold in their place. */
enum layer decode_first_layer(int link_type)
{
    switch (link_type) {
    case 1:
        return LAYER_ETHERNET;
    case 113:
        return LAYER_COOKED;
    case 276:
        return LAYER_COOKED2;
    case 12: /* DLT_RAW */
    case 14: /* DLT_RAW of OpenBSD */
    case 101:
    case 228:
    case 229:
        return LAYER_IP;
    case 0:
    case 108:
        return LAYER_FAMILY;
    case 9:
    case 50:  /* DLT_PPP_SERIAL */
    case 104: /* Cisco HDLC */
        return LAYER_PPP;
    case 204: /* DLT_PPP_WITH_DIR */
    case 205: /* Cisco HDLC likewise */
        return LAYER_PPP_DIRECTION;
    case 166:
        return LAYER_PPP_PPPD;
    case 51:
        return LAYER_PPPOE;
    case 239:
        return LAYER_NFLOG;
    case 105:
        return LAYER_WLAN;
    case 127:
        return LAYER_RADIOTAP;
    case 119:
        return LAYER_PRISM;
    case 163:
        return LAYER_AVS;
    case 192:
        return LAYER_PPI;
    case 100: /* RFC 1483 */
        return LAYER_LLC;
    case 219:
        return LAYER_MPLS;
    case 258:
        return LAYER_PKTAP;
    case 117:
        return LAYER_PFLOG;
    case 109:
        return LAYER_ENC;
    case 107:
        return LAYER_FRAME_RELAY;
    case 197:
        return LAYER_ERF;
    default:
        return LAYER_END;
    }
}

static void note_tunnel(struct layers *out, struct tunnel tunnel)
{
    struct tunnels *t = &out->around;

    if (out->tunnels == 0) {
        t->count = 0;
        t->src = out->src.address;
        t->dst = out->dst.address;
    }
    tunnels_add(t, tunnel);
    out->tunnels = t->count;
}

static enum layer enter(struct decoding *d, struct tunnel tunnel,
                        enum layer inner)
{
    struct layers *out = d->out;

    if (out->tunnels == TUNNELS_MAX)
        return decode_bad(d, ANOMALY_TUNNEL_TOO_DEEP);
    note_tunnel(out, tunnel);
    decode_see(d, decode_word(out->src.address.bytes));
    decode_see(d, decode_word(out->src.address.bytes + 8));
    decode_see(d, decode_word(out->dst.address.bytes));
    decode_see(d, decode_word(out->dst.address.bytes + 8));
    out->src.port = out->dst.port = 0;
    out->payload = SPAN_NONE;
    out->payload_wire = 0;
    return inner;
}

enum layer decode_enter(struct decoding *d, enum tunnel_kind kind,
                        enum layer inner)
{
    return enter(d, (struct tunnel){.kind = (uint8_t)kind}, inner);
}

enum layer decode_enter_id(struct decoding *d, enum tunnel_kind kind,
                           uint32_t id, enum layer inner)
{
    decode_see(d, id);
    return enter(d, (struct tunnel){(uint8_t)kind, true, id}, inner);
}

static void run(struct decoding *d, enum layer next)
{
    for (int i = 0; next != LAYER_END; i++) {
        if (i == DECODE_LAYERS_MAX) {
            (void)decode_bad(d, ANOMALY_TUNNEL_TOO_DEEP);
            break;
        }
        next = steps[next](d);
    }
    d->out->link_view = d->view;
}

/* Field by field: a plain `= {0}` becomes `rep stos`, which alone takes longer
 * than any one layer. */
static inline void set_blank(struct layers *out)
{
    out->outcome = DECODE_BAD;
    memset(&out->src, 0, sizeof(out->src));
    memset(&out->dst, 0, sizeof(out->dst));
    out->payload = SPAN_NONE;
    out->payload_wire = 0;
    out->ip_protocol = 0;
    out->ttl = 0;
    out->ip_id = 0;
    decode_blank_rest(out);
}

static inline uint64_t first_view(const struct packet *packet)
{
    return (uint64_t)packet->interface_number << 32 |
           (uint32_t)packet->link_type;
}

void decode_by_steps(const struct packet *packet, struct layers *out)
{
    enum layer first = decode_first_layer(packet->link_type);
    struct decoding d = {.at = packet->data,
                         .length = packet->length,
                         .wire = packet->wire_length,
                         .view = first_view(packet),
                         .out = out};

    set_blank(out);
    if (first == LAYER_END)
        anomaly_set_add(&out->anomalies, ANOMALY_LINK_TYPE_UNKNOWN);
    run(&d, first);
    if (packet->length < packet->wire_length &&
        out->payload.length < out->payload_wire)
        anomaly_set_add(&out->anomalies, ANOMALY_PACKET_TRUNCATED);
}

void layers_decode(const struct packet *packet, struct layers *layers_out)
{
    if (!decode_common(packet, first_view(packet), layers_out))
        decode_by_steps(packet, layers_out);
}

void layers_decode_datagram(struct span datagram, struct layers *layers)
{
    struct decoding d = {.at = (const uint8_t *)datagram.data,
                         .length = (uint32_t)datagram.length,
                         .wire = (uint32_t)datagram.length,
                         .vlan_seen = true,
                         .view = layers->link_view,
                         .out = layers};

    layers->outcome = DECODE_BAD;
    layers->src.port = layers->dst.port = 0;
    layers->payload = SPAN_NONE;
    layers->payload_wire = 0;
    layers->tcp.seq = layers->tcp.ack = 0;
    layers->tcp.flags = 0;
    layers->sctp.tag = 0;
    layers->fragment.id = layers->fragment.offset = 0;
    layers->fragment.more = false;
    run(&d, LAYER_PROTOCOL);
}

#define ICMP_BYTES 8 /* type, code, checksum 2, four that differ */

static bool is_icmp_error(const struct layers *icmp)
{
    uint8_t type = (uint8_t)icmp->payload.data[0];

    if (icmp->src.address.family == 6)
        return type >= 1 && type <= 4;
    return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

bool layers_decode_quoted(const struct layers *icmp, struct layers *quoted_out)
{
    struct decoding d = {.vlan_seen = true, .out = quoted_out};

    if (icmp->payload.length < ICMP_BYTES || !is_icmp_error(icmp))
        return false;
    d.at = (const uint8_t *)icmp->payload.data + ICMP_BYTES;
    d.length = (uint32_t)icmp->payload.length - ICMP_BYTES;
    d.wire = icmp->payload_wire - ICMP_BYTES;
    set_blank(quoted_out);
    run(&d, LAYER_IP);
    if (quoted_out->outcome == DECODE_FRAGMENT &&
        quoted_out->fragment.offset == 0)
        layers_decode_datagram(quoted_out->payload, quoted_out);
    return quoted_out->src.port != 0 && quoted_out->dst.port != 0;
}
