/**
 * Packets from files, from stdin, from several files merged by time, or from
 * an interface.
 *
 * Files are mapped, or read in large blocks: pcap (both byte orders, micro- and
 * nanoseconds) and pcapng (several interfaces of different link types), plain
 * or compressed by gzip or zstd. libpcap opens interfaces and compiles
 * filters.
 */
#ifndef SIPTRAIL_CAPTURE_CAPTURE_H
#define SIPTRAIL_CAPTURE_CAPTURE_H

#include <stdbool.h>

#include "base/error.h"
#include "base/key.h"
#include "capture/packet.h"

struct capture;

enum capture_result {
    CAPTURE_PACKET,  /* *packet_out is set */
    CAPTURE_IDLE,    /* live only: nothing came within the timeout */
    CAPTURE_END,     /* every source is at its end */
    CAPTURE_DAMAGED, /* a source broke off here; the others go on */
    CAPTURE_FAILED   /* the outside world failed; see the error */
};

/** What is known of one file or interface; strings owned by the capture. */
struct capture_source {
    const char *name;           /* path, "-" or interface */
    int64_t first_time_ns;      /* of its first packet; 0 before it */
    int64_t last_time_ns;       /* highest packet time */
    uint64_t packets;           /* given out */
    uint64_t bytes;             /* captured bytes given out */
    uint64_t filtered;          /* packets the filter took away */
    uint64_t truncated;         /* packets cut by the snap length */
    uint64_t dropped_kernel;    /* live: no room in the ring */
    uint64_t dropped_interface; /* live: no room in the device or behind it */
    bool down;                  /* live: not there now, or not up */
    uint64_t size_bytes;        /* of the file as stored, 0 where not known */
    uint64_t position_bytes;    /* read of it so far, for a progress bar */
    bool damaged;               /* broke off: damage says how and where */
    char damage[256];
    uint64_t fingerprint; /* of the content read so far, name left out:
                             equal content gives equal values at the end;
                             0 where nobody asked for it */
};

struct capture_options {
    const char *filter;  /* BPF text or NULL; later IP fragments pass it */
    bool unmatched_too;  /* what it does not match is given out as well, marked:
                            for capture_matches_inside() */
    bool no_fingerprint; /* of the content: it takes its time */
};

/**
 * Open files to be read as one, merged by packet time.
 *
 * A file that cannot be opened or is no capture fails the call: the error
 * names it. "-" is stdin. Of many files most wait closed, after a first look,
 * until the time of their first packet has come.
 *
 * @return 0 or a negative errno
 */
WARN_UNUSED int capture_open_files(const char *const *paths, size_t path_count,
                                   const struct capture_options *options,
                                   struct capture **capture_out,
                                   struct error *err);

struct capture_live_options {
    const char *const *interfaces; /* names; "any" for all of them */
    size_t interface_count;
    struct capture_options packets;
    size_t ring_bytes;       /* of each interface, in the kernel; 0: 64 MiB */
    uint32_t snap_length;    /* 0: whole packets */
    bool no_promiscuous;     /* only what is for this machine */
    const char *time_stamps; /* host, adapter: as pcap-tstamp(7) names them;
                                NULL: host */
};

/** Packets of an interface were dropped in this time, or it was not up. */
struct capture_drop {
    uint32_t source;
    bool by_interface; /* else for want of room in the ring */
    int64_t from_ns;
    int64_t to_ns;
    uint64_t packets; /* 0: not known */
    bool waits;       /* internal */
};

/**
 * Watch interfaces; needs CAP_NET_RAW here, and no privilege later on. One
 * that goes down, or is deleted and made again, is waited for.
 *
 * Packets come merged by time. A kernel filter lets through what the filter
 * matches and all that may hold a match inside: fragments, tags, tunnels.
 *
 * @return 0 or a negative errno with words in @p err
 */
WARN_UNUSED int capture_open_live(const struct capture_live_options *options,
                                  struct capture **capture_out,
                                  struct error *err);

void capture_free(struct capture *c);

/**
 * The next packet. Of a live capture CAPTURE_IDLE comes after at most 100 ms
 * without one: the time set in @p packet_out then is a watermark, no packet
 * with an earlier one will come. On CAPTURE_DAMAGED and CAPTURE_FAILED @p err
 * is set; after CAPTURE_DAMAGED reading may go on. A packet that is itself cut
 * off by the end of its file is not given out, so that a copy of the whole file
 * adds to what the cut one told.
 */
enum capture_result capture_read(struct capture *c, struct packet *packet_out,
                                 struct error *err);

/**
 * Does the filter match the packet that was found inside another?
 *
 * @param inside  Of link type LINKTYPE_RAW (101). Filters that ask for what
 *                has no place in it (vlan, ether) match none
 */
bool capture_matches_inside(struct capture *c, const struct packet *inside);

/** The packet given out last is not wanted: count it as filtered. */
void capture_reject(struct capture *c, const struct packet *packet);

/** Live: the time, as packets get it; see steady.h. */
int64_t capture_now(const struct capture *c);

/**
 * Live: count drops up to now; else that happens once a second.
 *
 * @param all_read  false: what lies unread in rings is given up, and counted
 *                  as dropped there
 */
void capture_settle(struct capture *c, bool all_read);

/** Live: a drop not told of yet; false where there is none. */
bool capture_take_drop(struct capture *c, struct capture_drop *drop_out);

size_t capture_source_count(const struct capture *c);
/** Borrowed until capture_free(); numbers are those of now. */
const struct capture_source *capture_source_at(const struct capture *c,
                                               size_t index);

#endif
