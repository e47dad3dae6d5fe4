/**
 * Offers and answers of a call (RFC 3264; 6337), and its holds. Internal to
 * src/call.
 */
#ifndef SIPTRAIL_CALL_MEDIA_H
#define SIPTRAIL_CALL_MEDIA_H

#include "call/state.h"

/** Codecs, then kinds; kept by the exchange's texts. */
struct media_words {
    uint16_t codecs_length;
    uint16_t kinds_length;
    char text[];
};

/** What a description says, as far as a record wants it. */
struct media_terms {
    uint64_t hash;                   /* of all but its o= line; 0: none seen */
    const struct media_words *words; /* offer and answer often share them;
                                        NULL for none */
    bool holds;                      /* it puts the other side on hold */
    bool is_plain;                   /* all of it is sendrecv */
};

/** The answer to the initial INVITE in one of its dialogs. */
struct media_answer {
    struct media_answer *next;
    const struct dialog *dialog; /* NULL where there was no To tag */
    struct media_terms terms;
};

/** The last INVITE, UPDATE or PRACK of a side that changes what it said. */
struct media_change {
    bool is_open;
    bool is_delayed; /* no offer in it: its 2xx makes one (3264, 5) */
    enum sip_method method;
    uint32_t cseq;
    uint32_t transaction; /* ordinal in the exchange */
    int64_t at;
    struct media_terms offer;
    struct media_terms answer;
};

/** Of calls that have changes, by who asks. */
struct media_changes {
    struct media_change sides[DIALOG_SIDE_COUNT];
    const struct media_words *agreed; /* kinds of the last answer to one */
    uint32_t count;
    uint32_t hold_count;
    int64_t held_since; /* TIME_NONE where no side holds */
    int64_t held_us;    /* by holds that are over */
};

/** Does the other side put this one on hold? */
enum media_hold { MEDIA_FLOWS, MEDIA_HELD_FROM_START, MEDIA_HELD };

struct media {
    bool is_delayed;                 /* the INVITE had no offer */
    bool is_agreed;                  /* by PRACK or ACK, where it is delayed */
    uint8_t held[DIALOG_SIDE_COUNT]; /* enum media_hold */
    uint16_t offer_round;
    uint16_t answer_count;
    struct media_answer *answers;
    struct media_terms offer;                     /* the initial one */
    struct media_changes *changes;                /* or NULL */
    struct media_terms agreed[DIALOG_SIDE_COUNT]; /* what each side said */
};

/** Look at a message of the call that is no copy. */
void media_observe(struct correlator *c, struct call *call,
                   const struct sighting *s);
/**
 * Might it see anything in this one? Most messages neither offer nor answer.
 */
static inline bool media_may_tell(const struct call *call,
                                  const struct sighting *s)
{
    const struct media *m = call->media;
    enum sip_method method = s->m->cseq_method;

    if ((method != SIP_INVITE && method != SIP_ACK && method != SIP_UPDATE &&
         method != SIP_PRACK) ||
        s->verdict.retransmission)
        return false;
    if (!m)
        return s->m->body.length != 0;
    if (m->changes)
        return true;
    if (!s->m->is_request) /* without a body it shows that there is no offer */
        return s->m->status_code > 100 && s->m->status_code < 300 &&
               (s->m->body.length || !m->offer.hash);
    return s->m->method != SIP_ACK || s->m->cseq_method != SIP_ACK ||
           m->is_delayed;
}
/** Fill in the record, whose times are there. */
void media_set(const struct call *call, struct call_record *r);

#endif
