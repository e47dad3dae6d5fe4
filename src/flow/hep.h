/**
 * HEP, also called EEP: how a capture agent sends the messages it saw to a
 * collector (version 3: https://github.com/sipcapture/HEP; 1 and 2 as
 * Kamailio's and OpenSIPS' tracing writes them). A tunnel: its header says
 * when, between whom and over what the payload went, and who saw it.
 */
#ifndef SIPTRAIL_FLOW_HEP_H
#define SIPTRAIL_FLOW_HEP_H

#include "base/inet.h"

/** Longest payload once inflated. */
#define HEP_PAYLOAD_MAX (1024 * 1024)
#define HEP_TIME_NONE INT64_MIN
/** Of version 3: its magic and its length. */
#define HEP_HEADER_BYTES 6

/** Kinds of payload: chunk 0x000b. */
enum { HEP_PAYLOAD_SIP = 1 };

struct hep {
    unsigned version;
    int64_t time_ns; /* HEP_TIME_NONE where it says none */
    struct endpoint src;
    struct endpoint dst;
    enum transport transport;
    uint16_t vlan; /* 0 for none */
    uint8_t kind;  /* of the payload: HEP_PAYLOAD_SIP; 0 where not said */
    bool compressed;
    bool has_capture_id;
    bool cut; /* the payload's end was not captured */
    uint32_t capture_id;
    struct span node;    /* the agent's name; borrowed */
    struct span payload; /* borrowed; empty for a keep-alive */
};

/** May this be a packet of HEP, by its first byte? */
static inline bool hep_glance(struct span bytes)
{
    return bytes.length &&
           (bytes.data[0] == 'H' || bytes.data[0] == 1 || bytes.data[0] == 2);
}

/** Could this begin a packet of version 3? True for its first bytes, too. */
bool hep_begins(struct span bytes);

/**
 * Length of the packet of version 3 that begins here, by its header.
 *
 * @return 0 where this is none, or too short to say
 */
size_t hep_length(struct span bytes);

/**
 * Read a packet of any version.
 *
 * Versions 1 and 2 have no magic: they are taken for what they are where
 * family and length agree, and the caller must find their payload sensible.
 *
 * @param near_ns  Time of the packet around it: version 2 writes its time in
 *                 the byte order of the sender's machine, and the order that
 *                 gives the nearer time is taken
 * @return false where it is none, or a chunk's length cannot be
 */
bool hep_decode(struct span bytes, int64_t near_ns, struct hep *hep_out);

/**
 * Inflate a compressed payload (chunk 0x0010: zlib, gzip or bare).
 *
 * @return NULL where it cannot be, or is longer than HEP_PAYLOAD_MAX. Else
 *         the caller's to free
 */
char *hep_inflate(struct span packed, size_t *length_out);

/** Packets of version 3 in one direction of a byte stream. */
struct hep_stream {
    struct span input; /* pushed, not yet taken; borrowed */
    char *held;        /* owned: the beginning of a packet */
    size_t length;
    size_t room;
    bool given; /* what is held was handed out whole */
    uint64_t skipped_bytes;
};

void hep_stream_fini(struct hep_stream *s);
/** Feed bytes, borrowed until hep_stream_next() says there is no more. */
void hep_stream_push(struct hep_stream *s, struct span bytes);
/** Bytes are missing here: what was begun is lost. */
void hep_stream_break(struct hep_stream *s);
/**
 * The next whole packet, borrowed until the next call.
 *
 * @return false where there is none yet. Bytes that begin no packet are
 *         skipped and counted
 */
bool hep_stream_next(struct hep_stream *s, struct span *packet_out);

#endif
