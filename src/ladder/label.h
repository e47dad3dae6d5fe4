/**
 * What stands on and under an arrow.
 */
#ifndef SIPTRAIL_LADDER_LABEL_H
#define SIPTRAIL_LADDER_LABEL_H

#include "ladder/escape.h"
#include "sip/message.h"

/** An answer is known by its offer, an offer by its request (RFC 3264). */
enum label_sdp { LABEL_SDP_UNKNOWN, LABEL_SDP_OFFER, LABEL_SDP_ANSWER };

/** What the messages before it say about a message. */
struct label_context {
    uint32_t retransmission; /* number, 0 for none */
    bool copy;
    enum label_sdp sdp; /* what its SDP is, if it has one */
    bool sdp_seen;      /* this very SDP was shown for this exchange */
    uint32_t fork;      /* number of its dialog where there are several */
    const struct anomaly_set *anomalies; /* may be NULL */
};

/**
 * Write the arrow's label: method (and Request-URI, where the request opens
 * something), or status and what it answers.
 *
 * @param brief  Without the URI and other long words
 */
void label_write(const struct sip_message *m, const struct label_context *c,
                 bool brief, struct text_buffer *b);

#define LABEL_NOTES_MAX 8

/** Small print: up to LABEL_NOTES_MAX pieces of one text. */
struct label_notes {
    struct text_buffer text;
    size_t ends[LABEL_NOTES_MAX];
    size_t count;
};

/**
 * Write what matters of the headers and the body: SDP, Reason, Warning,
 * challenges, credentials, Contact of a 3xx, Refer-To, ...
 *
 * @param notes  All zero, or used before; its text is the caller's to free
 */
void label_notes_write(const struct sip_message *m,
                       const struct label_context *c,
                       struct label_notes *notes);

/** Piece @p i; borrowed from @p notes. */
struct span label_note(const struct label_notes *notes, size_t i);

#endif
