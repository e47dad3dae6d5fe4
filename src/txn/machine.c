#include "txn/machine.h"

#define REFUSED(state)                                                         \
    {                                                                          \
        TRANSACTION_##state, TRANSACTION_REFUSED                               \
    }
#define NEW(state)                                                             \
    {                                                                          \
        TRANSACTION_##state, TRANSACTION_NEW                                   \
    }
#define AGAIN(state)                                                           \
    {                                                                          \
        TRANSACTION_##state, TRANSACTION_AGAIN                                 \
    }
#define LATE(state)                                                            \
    {                                                                          \
        TRANSACTION_##state, TRANSACTION_LATE                                  \
    }

/* clang-format off */
const struct transaction_step
transaction_steps[TRANSACTION_KIND_COUNT][TRANSACTION_STATE_COUNT]
                 [TRANSACTION_EVENT_COUNT] = {
/* columns: request, provisional, success, failure, ACK, expiry */
[TRANSACTION_INVITE] = { /* 17.1.1, 17.2.1; RFC 6026 */
    [TRANSACTION_UNSEEN] = {
        NEW(TRYING), NEW(PROCEEDING), NEW(ACCEPTED), NEW(COMPLETED),
        LATE(CONFIRMED), REFUSED(UNSEEN)},
    [TRANSACTION_TRYING] = {
        AGAIN(TRYING), NEW(PROCEEDING), NEW(ACCEPTED), NEW(COMPLETED),
        LATE(CONFIRMED), NEW(TIMED_OUT)}, /* Timer B */
    [TRANSACTION_PROCEEDING] = {
        AGAIN(PROCEEDING), AGAIN(PROCEEDING), NEW(ACCEPTED), NEW(COMPLETED),
        LATE(CONFIRMED), REFUSED(PROCEEDING)}, /* Timer C is a proxy's */
    [TRANSACTION_COMPLETED] = { /* a proxy sends on a late 2xx: 16.7 */
        AGAIN(COMPLETED), LATE(COMPLETED), LATE(ACCEPTED), AGAIN(COMPLETED),
        NEW(CONFIRMED), REFUSED(COMPLETED)},
    [TRANSACTION_ACCEPTED] = { /* RFC 6026, 7.1: several 2xx, and their ACKs */
        AGAIN(ACCEPTED), LATE(ACCEPTED), AGAIN(ACCEPTED), REFUSED(ACCEPTED),
        NEW(TERMINATED), REFUSED(ACCEPTED)},
    [TRANSACTION_TERMINATED] = { /* acknowledged, and so it was a 2xx */
        AGAIN(TERMINATED), LATE(TERMINATED), AGAIN(TERMINATED),
        REFUSED(TERMINATED), AGAIN(TERMINATED), REFUSED(TERMINATED)},
    [TRANSACTION_CONFIRMED] = {
        AGAIN(CONFIRMED), LATE(CONFIRMED), LATE(TERMINATED), AGAIN(CONFIRMED),
        AGAIN(CONFIRMED), REFUSED(CONFIRMED)},
    [TRANSACTION_TIMED_OUT] = {
        AGAIN(TIMED_OUT), LATE(PROCEEDING), LATE(ACCEPTED), LATE(COMPLETED),
        LATE(CONFIRMED), REFUSED(TIMED_OUT)},
},
[TRANSACTION_OTHER] = { /* 17.1.2, 17.2.2 */
    [TRANSACTION_UNSEEN] = {
        NEW(TRYING), NEW(PROCEEDING), NEW(COMPLETED), NEW(COMPLETED),
        REFUSED(UNSEEN), REFUSED(UNSEEN)},
    [TRANSACTION_TRYING] = {
        AGAIN(TRYING), NEW(PROCEEDING), NEW(COMPLETED), NEW(COMPLETED),
        REFUSED(TRYING), NEW(TIMED_OUT)},
    [TRANSACTION_PROCEEDING] = {
        AGAIN(PROCEEDING), AGAIN(PROCEEDING), NEW(COMPLETED), NEW(COMPLETED),
        REFUSED(PROCEEDING), NEW(TIMED_OUT)},
    [TRANSACTION_COMPLETED] = {
        AGAIN(COMPLETED), LATE(COMPLETED), AGAIN(COMPLETED), AGAIN(COMPLETED),
        REFUSED(COMPLETED), REFUSED(COMPLETED)},
    [TRANSACTION_TIMED_OUT] = {
        AGAIN(TIMED_OUT), LATE(PROCEEDING), LATE(COMPLETED), LATE(COMPLETED),
        REFUSED(TIMED_OUT), REFUSED(TIMED_OUT)},
},
[TRANSACTION_SILENT] = { /* ACK without its INVITE (17), BENOTIFY */
    [TRANSACTION_UNSEEN] = {
        NEW(TERMINATED), REFUSED(UNSEEN), REFUSED(UNSEEN), REFUSED(UNSEEN),
        NEW(TERMINATED), REFUSED(UNSEEN)},
    [TRANSACTION_TERMINATED] = {
        AGAIN(TERMINATED), REFUSED(TERMINATED), REFUSED(TERMINATED),
        REFUSED(TERMINATED), AGAIN(TERMINATED), REFUSED(TERMINATED)},
},
};
/* clang-format on */

const char *transaction_state_name(enum transaction_state s)
{
    static const char *const names[TRANSACTION_STATE_COUNT] = {
        [TRANSACTION_UNSEEN] = "",
        [TRANSACTION_TRYING] = "trying",
        [TRANSACTION_PROCEEDING] = "proceeding",
        [TRANSACTION_COMPLETED] = "completed",
        [TRANSACTION_ACCEPTED] = "accepted",
        [TRANSACTION_CONFIRMED] = "confirmed",
        [TRANSACTION_TERMINATED] = "terminated",
        [TRANSACTION_TIMED_OUT] = "timed_out",
    };

    return (unsigned)s < TRANSACTION_STATE_COUNT ? names[s] : "";
}

const char *transaction_event_name(enum transaction_event e)
{
    static const char *const names[TRANSACTION_EVENT_COUNT] = {
        [TRANSACTION_REQUEST] = "request",
        [TRANSACTION_PROVISIONAL] = "provisional",
        [TRANSACTION_SUCCESS] = "success",
        [TRANSACTION_FAILURE] = "failure",
        [TRANSACTION_ACK] = "ack",
        [TRANSACTION_EXPIRY] = "expiry",
    };

    return (unsigned)e < TRANSACTION_EVENT_COUNT ? names[e] : "";
}
