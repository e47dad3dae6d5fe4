/**
 * Directions of SCTP associations, and which TSNs each has shown.
 */
#ifndef SIPTRAIL_FLOW_ASSOCIATION_H
#define SIPTRAIL_FLOW_ASSOCIATION_H

#include "base/hash.h"
#include "base/list.h"
#include "base/table.h"
#include "flow/arrival.h"

/* TSNs that are remembered, back from the highest one. */
#define SCTP_WINDOW 1024
/* Prints of the newest chunks. */
#define SCTP_PRINTS 32

/** Which user message a fragment belongs to. */
struct sctp_place {
    uint32_t message; /* SSN or MID */
    uint16_t stream;
    bool unordered;
    bool interleaved; /* I-DATA */
};

struct sctp_chunk_print {
    uint32_t tsn;
    uint32_t print; /* of its user data */
};

struct sctp_direction {
    struct table_node tag_node; /* while it is the newest of its tag */
    struct list age;
    struct list paths; /* pairs of addresses, owned */
    struct list runs;  /* sctp.c's */
    unsigned path_count;
    unsigned run_count;
    uint32_t tag;
    uint32_t packets; /* while it was not known to be SIP */
    uint16_t src_port;
    uint16_t dst_port;
    uint32_t highest; /* TSN */
    bool begun;       /* highest is known */
    bool newest;      /* tag_node is in the table */
    bool sip;
    int64_t seen_ns;
    uint64_t seen[SCTP_WINDOW / 64]; /* by TSN modulo the window */
    struct sctp_chunk_print prints[SCTP_PRINTS];
    unsigned print_at;
};

struct associations {
    struct table paths; /* by addresses, ports and tag */
    struct table tags;  /* by ports and tag */
    struct list ages;   /* quietest first */
    size_t count;
};

WARN_UNUSED int associations_init(struct associations *a);
/** Every direction must have been removed. */
void associations_fini(struct associations *a);

/** The direction that this path is known to belong to, or NULL. */
struct sctp_direction *associations_look_up(const struct associations *a,
                                            const struct arrival *arrival,
                                            uint32_t tag);

/**
 * The direction a chunk of this packet belongs to, made where it is new. A
 * path not seen before is another one of a direction with the same ports and
 * tag if the chunk's TSN fits into its sequence (RFC 9260, 6.4: hosts with
 * several addresses).
 *
 * @return NULL where there is no memory
 */
struct sctp_direction *associations_find(struct associations *a,
                                         const struct arrival *arrival,
                                         uint32_t tag,
                                         const struct sctp_chunk_print *chunk,
                                         int64_t now_ns);

void associations_remove(struct associations *a, struct sctp_direction *d);

static inline struct sctp_direction *
associations_oldest(const struct associations *a)
{
    return CONTAINER_OF(a->ages.next, struct sctp_direction, age);
}

/** Note a chunk. @return Was its TSN seen before? */
bool association_is_seen(struct sctp_direction *d,
                         const struct sctp_chunk_print *chunk);

#endif
