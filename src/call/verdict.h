/**
 * The verdict: one sentence on what went wrong with a call, and on which side.
 */
#ifndef SIPTRAIL_CALL_VERDICT_H
#define SIPTRAIL_CALL_VERDICT_H

#include "call/record.h"
#include "sip/method.h"

#define VERDICT_BYTES 400

/** What the sentence needs beside the record; all zero is not seen. */
struct verdict_facts {
    bool runs;             /* more may come: no verdict yet */
    uint32_t invite_sent;  /* transmissions of the last round's INVITE */
    uint32_t final_sent;   /* and of its final response */
    bool rang;             /* 180 to 183 in the last round */
    bool sent_after_ack;   /* the 2xx was sent again though acknowledged */
    bool cancel_answered;  /* a final came after the CANCEL */
    struct address caller; /* where the INVITE came from and went to */
    struct address callee;
    struct address deaf;    /* repeated a request whose response was seen */
    struct address unheard; /* sent that response */
    uint16_t hop; /* later hop whose final differs from the caller's */
    uint16_t hop_status;
    struct address hop_from; /* who gave it */
    struct address silent;   /* never answered the INVITE on a later hop */
    struct address bye_to;   /* of the BYE that ended it */
    struct address lost_by;  /* who no longer knew the dialog */
    enum sip_method lost_method;
    uint16_t lost_status;
    uint32_t timer_s;     /* session timer as last agreed */
    bool timer_of_caller; /* the caller was to refresh it */
};

/**
 * Write the sentence: no capital, no full stop, printable ASCII alone
 * whatever the wire said. Pure.
 *
 * @param text  Room for VERDICT_BYTES
 * @return Its length, never 0
 */
size_t call_verdict_write(const struct call_record *r,
                          const struct verdict_facts *f,
                          char text[VERDICT_BYTES]);

#endif
