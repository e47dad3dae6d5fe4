/**
 * Whole SIP messages out of one direction of a byte stream.
 *
 * Segment borders mean nothing: a message ends where Content-Length says
 * (RFC 3261, 18.3); empty lines before a start line are skipped (7.5), and so
 * is what is no SIP, up to the next start line. Every byte pushed is counted
 * once: in a message, as a keep-alive, or as junk.
 */
#ifndef SIPTRAIL_SIP_FRAMER_H
#define SIPTRAIL_SIP_FRAMER_H

#include "base/anomaly.h"
#include "base/span.h"

struct sip_framer_limits {
    size_t message_bytes; /* a longer message is cut here, the rest junk */
};

/** 1 MiB a message. */
extern const struct sip_framer_limits sip_framer_limits_default;

enum sip_frame_status {
    SIP_FRAME_DONE, /* *frame_out is set */
    SIP_FRAME_MORE  /* all that was pushed is taken */
};

struct sip_frame {
    struct span text; /* from the start line on; for sip_message_parse() */
    /* what framing found, to be merged into the message's own: cut off
       (MESSAGE_TRUNCATED), CONTENT_LENGTH_MISSING, ... */
    struct anomaly_set anomalies;
};

struct sip_framer_counters {
    uint64_t messages;
    uint64_t truncated; /* of those, cut off by a gap, end or limit */
    uint64_t message_bytes;
    uint64_t keep_alive_bytes; /* CR, LF and NUL between messages */
    uint64_t junk_bytes;       /* skipped: no SIP */
    uint64_t dropped_bytes;    /* no memory to hold them */
};

struct sip_framer {
    struct sip_framer_limits limits;
    struct sip_framer_counters counters;
    /* the framer's own; offsets are from the first byte of the message */
    struct span input; /* pushed, not yet taken; borrowed */
    char *held;        /* owned: bytes pushed earlier, not yet given out */
    size_t held_at;    /* where they begin */
    size_t held_end;
    size_t held_cap;
    size_t scanned;   /* no need to look again before this */
    size_t line_at;   /* the header line being looked at; 0 for none */
    size_t length_at; /* the first Content-Length line; 0 for none */
    size_t body_end;
    uint8_t state;
    bool ending;
    bool lost; /* what comes may be the rest of something: a start line
                  alone, as a body of sipfrag has it, begins no message */
    struct anomaly_set anomalies;
};

/** @param limits  NULL for the default */
void sip_framer_init(struct sip_framer *fr,
                     const struct sip_framer_limits *limits);
void sip_framer_fini(struct sip_framer *fr);

/**
 * Feed the next bytes of the stream; then call sip_framer_next() until it
 * says SIP_FRAME_MORE.
 *
 * @param bytes  Borrowed until then
 */
void sip_framer_push(struct sip_framer *fr, struct span bytes);

/**
 * Say that bytes are missing here, or that the stream has ended: a message
 * begun ends here. Then call sip_framer_next() as after a push.
 */
void sip_framer_break(struct sip_framer *fr);

/**
 * Take the next whole message.
 *
 * @param frame_out  Set on SIP_FRAME_DONE only. Borrowed from the bytes pushed
 *                   or from @p fr, until the next call on it
 */
enum sip_frame_status sip_framer_next(struct sip_framer *fr,
                                      struct sip_frame *frame_out);

#endif
