/**
 * What uses a dialog, and until when: session timers (RFC 4028).
 */
#ifndef SIPTRAIL_DIALOG_USAGE_H
#define SIPTRAIL_DIALOG_USAGE_H

#include "dialog/reliable.h"
#include "sip/session_timer.h"

/** When each state was reached, microseconds or TIME_NONE. */
struct dialog_times {
    int64_t early_at;
    int64_t confirmed_at;
    int64_t terminated_at;
};

enum dialog_side { DIALOG_CALLER, DIALOG_CALLEE, DIALOG_SIDE_COUNT };

/** The INVITEs of one side inside the dialog; all zero at first. */
struct dialog_reinvites {
    bool seen;
    bool is_open;       /* one without final, and */
    uint32_t cseq;      /* highest number */
    uint32_t open_cseq; /* its CSeq number */
    uint32_t open_vias;
    int64_t open_at; /* microseconds */
};

/** Of few dialogs; owned by the owner's texts. */
struct dialog_rare {
    struct dialog_reinvites reinvites[DIALOG_SIDE_COUNT];
    struct dialog_reliable reliable;
    struct span asked_target; /* not yet granted */
    uint32_t asked_cseq;
    struct dialog_times subscribe; /* RFC 6665 */
    struct dialog_times refer;     /* RFC 3515: its implicit subscription */
};

struct session_timer {
    int64_t since_at;    /* the 2xx that set it, microseconds */
    uint32_t interval_s; /* 0: off */
    enum sip_refresher refresher;
    bool by_update; /* no ACK follows */
    bool by_caller; /* the refreshed request came from the caller's side */
};

/**
 * Take over what the 2xx to an INVITE or UPDATE says of the session timer: one
 * without Session-Expires switches it off (RFC 4028, 7.2).
 */
void session_timer_observe(struct session_timer *t, const struct sip_message *m,
                           int64_t at_us, bool request_by_caller);

/** When the session expires unless refreshed; TIME_NONE where it does not. */
int64_t session_timer_expiry(const struct session_timer *t);

/** Is it the caller who refreshes? */
bool session_timer_refreshed_by_caller(const struct session_timer *t);

#endif
