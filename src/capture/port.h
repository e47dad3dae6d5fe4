/**
 * One interface that is watched: the only file that knows libpcap's live side.
 * Internal to src/capture.
 */
#ifndef SIPTRAIL_CAPTURE_PORT_H
#define SIPTRAIL_CAPTURE_PORT_H

#include <pcap/pcap.h>

#include "capture/capture.h"
#include "capture/link.h"
#include "capture/steady.h"

/**
 * The kernel hands a block of its ring on when it is full, or after this time,
 * of which it may take twice.
 */
#define PORT_BLOCK_MS 40

struct port {
    struct capture_source source;
    char *name;
    pcap_t *pcap;
    uint8_t *buffer; /* the ring's bytes are the kernel's once they are read */
    size_t buffer_bytes;
    uint32_t ordinal;
    int link_type;
    uint64_t frames;
    bool any; /* it is no interface of its own */
    bool promiscuous;
    bool full;          /* head waits */
    struct packet head; /* its bytes are in the buffer */
    unsigned drops;     /* of the kernel, as libpcap told last */
    uint64_t stacked;   /* seen, but in the interface's count of drops */
    /* the rest is live.c's */
    int64_t empty_till_ns; /* nothing older than that comes any more */
    struct steady_stamp stamp;
    struct link_state link; /* when it was looked at last */
    uint64_t dropped_from;  /* its count of drops when watching began */
    uint64_t dropped_told;  /* of those since */
    bool broken;            /* nothing can be read of it now */
    bool down;
    int64_t down_since_ns;
    int64_t checked_ns;            /* time of the run */
    struct capture_drop kernel;    /* not yet told of, where gaps is set */
    struct capture_drop interface; /* likewise */
};

/** @return 0, or a negative errno with words in @p err; port_close() it */
WARN_UNUSED int port_open(struct port *p, const char *name,
                          const struct capture_live_options *options,
                          struct error *err);
void port_close(struct port *p);

/** Read a packet into head where it holds none. @return 0 or a negative errno
 * with libpcap's words in @p err */
WARN_UNUSED int port_fill(struct port *p, struct error *err);

/** To wait on with poll(2). */
int port_descriptor(const struct port *p);

/** Packets the kernel had no room for since it was asked last. */
uint64_t port_take_kernel_drops(struct port *p);

/** Packets that lie in the ring and were not read. */
uint64_t port_unread(const struct port *p);

/**
 * Go on with the interface that now has the name. Needs no privilege: it is
 * the socket that was opened with it.
 */
WARN_UNUSED int port_rebind(struct port *p, unsigned index);

#endif
