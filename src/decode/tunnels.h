/**
 * What a packet came wrapped in.
 */
#ifndef SIPTRAIL_DECODE_TUNNELS_H
#define SIPTRAIL_DECODE_TUNNELS_H

#include "base/inet.h"

enum tunnel_kind {
    TUNNEL_IP,      /* IP in IP: RFC 2003, 2473, 4213 */
    TUNNEL_GRE,     /* RFC 2784, 2890; NVGRE, RFC 7637 */
    TUNNEL_PPTP,    /* GRE of version 1, RFC 2637 */
    TUNNEL_ERSPAN,  /* of types I to III, in GRE */
    TUNNEL_VXLAN,   /* RFC 7348 */
    TUNNEL_GENEVE,  /* RFC 8926 */
    TUNNEL_GTPU,    /* 3GPP TS 29.281 */
    TUNNEL_L2TP,    /* RFC 2661, 3931 */
    TUNNEL_TZSP,    /* what sniffers at access points and routers send */
    TUNNEL_ESP,     /* RFC 4303, without encryption (RFC 2410) */
    TUNNEL_ETHERIP, /* RFC 3378 */
    TUNNEL_MPLS,    /* in IP or UDP: RFC 4023, 7510 */
    TUNNEL_LISP,    /* RFC 9300 */
    TUNNEL_CAPWAP,  /* RFC 5415 */
    TUNNEL_HEP,     /* what capture agents send: see flow/hep.h */
    TUNNEL_KIND_COUNT
};

/* Tunnels in each other beyond these are not followed. */
#define TUNNELS_MAX 8

struct tunnel {
    uint8_t kind; /* enum tunnel_kind */
    bool has_id;
    uint32_t id; /* GRE's key, the session or call, VNI, TEID or SPI */
};

/** Never blanked as a whole: only what `count` says is set. */
struct tunnels {
    uint8_t count;
    struct tunnel each[TUNNELS_MAX]; /* outermost first */
    struct address src;              /* outermost */
    struct address dst;
};

/** Add one in which the others do not stand; none beyond TUNNELS_MAX. */
void tunnels_add(struct tunnels *t, struct tunnel inner);
bool tunnels_equal(const struct tunnels *a, const struct tunnels *b);

/** "ip", "gre", "vxlan". Static storage. */
const char *tunnel_name(enum tunnel_kind kind);

/** Longest text of kinds, and of it with both addresses, with NUL. */
#define TUNNELS_KINDS_BYTES 160
#define TUNNELS_TEXT_BYTES (TUNNELS_KINDS_BYTES + 2 * ADDRESS_TEXT_BYTES)

/** "gtpu:17/ip": kinds with their ids, outermost first. Returns the length. */
size_t tunnels_write_kinds(const struct tunnels *t,
                           char text[TUNNELS_KINDS_BYTES]);
/** "gtpu:17/ip 10.0.0.1 > 10.0.0.2". Returns the length. */
size_t tunnels_write(const struct tunnels *t, char text[TUNNELS_TEXT_BYTES]);
/** Set count and kinds from what tunnels_write_kinds() wrote. */
bool tunnels_parse_kinds(struct span text, struct tunnels *t);

#endif
