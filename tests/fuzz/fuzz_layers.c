/*
 * One packet of any link: byte 0 chooses the link type, byte 1 says how many
 * bytes of the wire were not captured. Both ways of decoding must agree, and
 * what they find must lie inside the packet.
 */
#include <stdlib.h>

#include "decode/decoding.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const int link_types[] = {1,   113, 276, 101, 0,   108, 9,   50,
                                 104, 51,  12,  228, 229, 14,  147, 204,
                                 205, 166, 239, 105, 127, 119, 163, 192,
                                 100, 219, 258, 117, 109, 107, 197};

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void check(struct span packet, const struct layers *l)
{
    require(l->outcome < DECODE_OUTCOME_COUNT);
    require(l->payload.length <= l->payload_wire);
    require(l->tunnels <= TUNNELS_MAX);
    require(l->vlan < 4096);
    if (l->tunnels > 0) {
        char text[TUNNELS_TEXT_BYTES];
        struct tunnels back;

        require(l->around.count == l->tunnels);
        require(tunnels_write(&l->around, text) < sizeof(text));
        require(tunnels_parse_kinds(
            span_part(span_of_string(text), 0, strcspn(text, " ")), &back));
        back.src = l->around.src;
        back.dst = l->around.dst;
        require(tunnels_equal(&back, &l->around));
    }
    if (l->payload.length > 0)
        require(l->payload.data >= packet.data &&
                l->payload.data + l->payload.length <=
                    packet.data + packet.length);
    if (l->outcome == DECODE_FRAGMENT)
        require(l->fragment.offset % 8 == 0 &&
                l->fragment.offset + l->payload_wire <= 65535 &&
                l->payload_wire > 0 &&
                (!l->fragment.more || l->payload_wire % 8 == 0));
    if (l->outcome == DECODE_BAD)
        require(!anomaly_set_empty(&l->anomalies));
    if (l->outcome != DECODE_BAD && l->outcome != DECODE_NOT_IP)
        require(l->src.address.family == l->dst.address.family &&
                l->src.address.family != 0);
}

static void check_same(const struct layers *a, const struct layers *b)
{
    require(a->outcome == b->outcome && a->link_view == b->link_view);
    require(endpoint_equal(&a->src, &b->src));
    require(endpoint_equal(&a->dst, &b->dst));
    require(a->payload.data == b->payload.data &&
            a->payload.length == b->payload.length &&
            a->payload_wire == b->payload_wire);
    require(a->ip_id == b->ip_id && a->ttl == b->ttl &&
            a->ip_protocol == b->ip_protocol && a->vlan == b->vlan &&
            a->tunnels == b->tunnels);
    require(a->tcp.seq == b->tcp.seq && a->tcp.ack == b->tcp.ack &&
            a->tcp.flags == b->tcp.flags);
    for (size_t i = 0; i < ANOMALY_WORDS; i++)
        require(a->anomalies.bits[i] == b->anomalies.bits[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct packet p = {0};
    struct layers l;
    struct layers slow;
    struct span datagram;

    if (size < 2)
        return 0;
    p.data = data + 2;
    p.length = (uint32_t)(size - 2);
    p.wire_length = p.length + data[1];
    p.link_type =
        link_types[data[0] % (sizeof(link_types) / sizeof(link_types[0]))];
    layers_decode(&p, &l);
    decode_by_steps(&p, &slow);
    check(span_of(p.data, p.length), &l);
    check_same(&l, &slow);
    if (l.outcome == DECODE_ICMP && layers_decode_quoted(&l, &slow))
        check(l.payload, &slow);
    if (l.outcome != DECODE_FRAGMENT)
        return 0;
    datagram = l.payload;
    layers_decode_datagram(datagram, &l);
    check(datagram, &l);
    return 0;
}
