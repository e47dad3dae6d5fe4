/**
 * Addresses as they stand in packets.
 */
#ifndef SIPTRAIL_BASE_INET_H
#define SIPTRAIL_BASE_INET_H

#include "base/span.h"

struct address {
    uint8_t family;    /* 0 none, 4 or 6 */
    uint8_t bytes[16]; /* network order; IPv4 in the first four, rest zero */
};

struct endpoint {
    struct address address;
    uint16_t port; /* host order; 0 where the transport has none */
};

/** What carries SIP (RFC 3261, 7.4; 4168; 7118). */
enum transport {
    TRANSPORT_UDP,
    TRANSPORT_TCP,
    TRANSPORT_TLS,
    TRANSPORT_SCTP,
    TRANSPORT_WS,
    TRANSPORT_WSS,
    TRANSPORT_COUNT
};

/** Longest text of an address or of [address]:port, with NUL. */
#define ADDRESS_TEXT_BYTES 46
#define ENDPOINT_TEXT_BYTES 56

static inline struct address address_v4(const uint8_t *bytes)
{
    struct address a = {.family = 4};

    memcpy(a.bytes, bytes, 4);
    return a;
}

static inline struct address address_v6(const uint8_t *bytes)
{
    struct address a = {.family = 6};

    memcpy(a.bytes, bytes, 16);
    return a;
}

static inline bool address_equal(const struct address *a,
                                 const struct address *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

static inline bool endpoint_equal(const struct endpoint *a,
                                  const struct endpoint *b)
{
    return a->port == b->port && address_equal(&a->address, &b->address);
}

/** "192.0.2.1", "2001:db8::1" (RFC 5952), "-" for none. Returns the length. */
size_t address_write(const struct address *a, char text[ADDRESS_TEXT_BYTES]);
/** "192.0.2.1:5060", "[2001:db8::1]:5060". Returns the length. */
size_t endpoint_write(const struct endpoint *e, char text[ENDPOINT_TEXT_BYTES]);
/** Read "192.0.2.1", "2001:db8::1" or "[2001:db8::1]". */
bool address_parse(struct span text, struct address *address_out);

/** "udp", "tcp", "tls", "sctp", "ws", "wss". Static storage. */
const char *transport_name(enum transport t);

#endif
