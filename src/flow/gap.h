/**
 * A stretch of packet time in which bytes or packets are known to be missing.
 */
#ifndef SIPTRAIL_FLOW_GAP_H
#define SIPTRAIL_FLOW_GAP_H

#include "base/inet.h"

/** Each is a word in the table `capture_gaps`. */
enum gap_kind {
    GAP_TCP,        /* bytes of a stream that were never captured */
    GAP_TRUNCATION, /* packets captured in part */
    GAP_FRAGMENTS,  /* datagrams, or user messages of SCTP, of which a
                       fragment never came */
    GAP_KERNEL,     /* packets the kernel dropped */
    GAP_INTERFACE,  /* packets the interface dropped */
    GAP_QUEUE,      /* packets dropped because the reader was behind */
    GAP_SPOOL,      /* records dropped from a full spool; packets: messages */
    GAP_OPAQUE,     /* none: packets that are there and cannot be read, though
                       they may hold SIP; told of for evidence, not recorded */
    GAP_RESTART,    /* nobody watched: a stop and a start of siptrail */
    GAP_KIND_COUNT
};

struct capture_gap {
    enum gap_kind kind;
    uint32_t source;    /* ordinal of the file or live capture */
    int64_t from_ns;    /* of the last packet before it */
    int64_t to_ns;      /* of the first packet after it; not before from_ns */
    struct address src; /* family 0: not known, or more than one pair */
    struct address dst;
    uint64_t gaps;    /* how many this is: 0 and 1 are one */
    uint64_t packets; /* missing, or captured in part; 0: not known */
    uint64_t bytes;   /* missing; 0: not known */
};

/** Let @p to span the time of both, and count both. */
void gap_widen(struct capture_gap *to, const struct capture_gap *with);

/** "tcp", "truncation", "fragments", ... Static storage. */
const char *gap_kind_name(enum gap_kind k);

#endif
