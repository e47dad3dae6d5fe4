/**
 * What is known of BYEs. Internal to src/call.
 */
#ifndef SIPTRAIL_CALL_HANGUP_H
#define SIPTRAIL_CALL_HANGUP_H

#include "call/facts.h"
#include "dialog/dialog.h"

/** The hanging up of one side, its challenge and retry taken together. */
struct bye {
    int64_t at;     /* first seen anywhere; TIME_NONE */
    int64_t at_ref; /* first seen on the reference hop */
    int64_t final_at;
    int64_t ok_at;
    int64_t ok_ref_at;
    struct address src; /* of the first seen */
    struct address dst;
    const struct call_reason *reason;
    const struct call_reason *reason_ref;
};

/** Both sides' hanging up of one dialog; owned by the exchange's texts. */
struct hangup {
    struct bye *byes[DIALOG_SIDE_COUNT]; /* NULL: most are hung up by one */
};

extern const struct bye hangup_no_bye;

static inline const struct bye *hangup_bye(const struct hangup *h,
                                           enum dialog_side side)
{
    return h->byes[side] ? h->byes[side] : &hangup_no_bye;
}

#endif
