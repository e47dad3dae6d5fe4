/**
 * Calls that an earlier run left open, taken up again from their messages.
 *
 * After correlator_new() and before anything else: the messages of each call
 * or subscription that goes on, in time order. They are correlated as ever,
 * but neither handed on nor counted again, so that the call ends as one
 * record, under the key it has, with its true times. No timer fires before
 * the first message or tick behind them; by then those whose time has come
 * end by the rules.
 *
 * Any correlator of an owner may be given: each message finds its own.
 */
#ifndef SIPTRAIL_CALL_TAKE_UP_H
#define SIPTRAIL_CALL_TAKE_UP_H

#include "call/correlator.h"

/** A message that was handed on with its exchange. All is borrowed but seen. */
struct taken_message {
    struct observation *seen; /* becomes the correlator's; its anomalies are
                                 those found then */
    bool duplicate;
    const struct key *exchange_key;
    const struct key *group_key; /* NULL where it is no call's */
    uint32_t evidence;           /* of the call; what its messages do not say
                                    again is kept: gaps, and what is opaque */
};

struct take_up_counters {
    uint64_t messages;
    uint64_t strayed; /* of these: they belong to another exchange now */
};

/** @return 0 or -ENOMEM */
WARN_UNUSED int correlator_take_up(struct correlator *c,
                                   const struct taken_message *m);
/**
 * A binding that runs. Its texts are copied.
 *
 * @return 0; -ENOENT where its key is not made as ours are; -ENOMEM
 */
WARN_UNUSED int correlator_take_up_binding(struct correlator *c,
                                           const struct registration_record *r);
/** As correlator_gap(), for all correlators. */
WARN_UNUSED int correlator_take_up_gap(struct correlator *c,
                                       const struct capture_gap *gap);
/** All has been taken up. @param counters_out  May be NULL */
WARN_UNUSED int correlator_taken_up(struct correlator *c,
                                    struct take_up_counters *counters_out);

#endif
