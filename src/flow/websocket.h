/**
 * WebSocket messages out of one direction of a byte stream (RFC 6455), as SIP
 * over WebSocket uses them: one SIP message is one WebSocket message (RFC
 * 7118, 5).
 *
 * The HTTP upgrade may have been seen or not. Frames may be masked or not,
 * fragmented, with control frames between, and compressed by
 * permessage-deflate (RFC 7692), whose parameters need not be known: see
 * inflate_message() in websocket.c.
 */
#ifndef SIPTRAIL_FLOW_WEBSOCKET_H
#define SIPTRAIL_FLOW_WEBSOCKET_H

#include "base/span.h"

struct websocket_inflater;

enum websocket_state {
    WEBSOCKET_UPGRADE, /* in the HTTP header */
    WEBSOCKET_FRAME,   /* in a frame's header */
    WEBSOCKET_PAYLOAD,
    WEBSOCKET_LOST /* after a gap, or no WebSocket after all */
};

struct websocket {
    enum websocket_state state;
    struct span input;  /* pushed, not yet taken; borrowed */
    uint8_t header[14]; /* of the frame being read */
    size_t header_length;
    uint64_t payload_left;
    uint8_t mask[4];
    unsigned mask_at;
    uint8_t opcode; /* of the frame */
    bool final;
    bool masked;
    bool compressed;   /* the message being assembled */
    bool oversize;     /* it is longer than is kept */
    unsigned newlines; /* of the HTTP header's end, matched so far */
    size_t upgrade_bytes;
    char *message; /* owned: payload assembled so far */
    size_t length;
    size_t room;
    struct websocket_inflater *inflater; /* owned, NULL until needed */
    uint64_t messages;
    uint64_t control_frames;
    uint64_t dropped_bytes; /* of messages too long, or not inflated */
    uint64_t unreadable;    /* compressed messages that were not inflated:
                               what they refer to was not seen, they are
                               damaged, or longer than is kept */
};

enum websocket_status {
    WEBSOCKET_DONE, /* a message is whole */
    WEBSOCKET_MORE  /* all that was pushed is taken */
};

/** Longest message kept, in bytes, inflated. */
#define WEBSOCKET_MESSAGE_MAX (1024 * 1024)

/** Does this begin an upgrade: a request for one, or the 101 to it? */
bool websocket_is_upgrade(struct span bytes);

/**
 * Read the beginning of the payload of a data frame at the start of @p bytes
 * or behind a few control frames, unmasked and inflated, to see what it is.
 *
 * @return Bytes written to @p start_out, 0 where this is no data frame, or a
 *         compressed one that needs what came before it
 */
size_t websocket_peek(struct span bytes, char *start_out, size_t start_room);

/** Are these the first bytes of a data frame, too few for websocket_peek()? */
bool websocket_may_begin(struct span bytes);

/**
 * Are these whole frames, and nothing behind them? So a segment looks in which
 * framing can begin again.
 */
bool websocket_is_aligned(struct span bytes);

/** @param upgrade  The stream begins with the HTTP header */
void websocket_init(struct websocket *ws, bool upgrade);
void websocket_fini(struct websocket *ws);

/** Feed bytes, borrowed until websocket_next() says WEBSOCKET_MORE. */
void websocket_push(struct websocket *ws, struct span bytes);

/** Bytes are missing: what was begun is lost, framing with it. */
void websocket_break(struct websocket *ws);
/** A frame begins with the next bytes pushed. */
void websocket_resume(struct websocket *ws);

/**
 * Take the next whole text or binary message.
 *
 * @param message_out  Set on WEBSOCKET_DONE; borrowed until the next call
 */
enum websocket_status websocket_next(struct websocket *ws,
                                     struct span *message_out);

#endif
