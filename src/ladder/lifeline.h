/**
 * Which element sent and received each message: addresses put together to
 * lifelines, in the order in which the INVITE passed them.
 */
#ifndef SIPTRAIL_LADDER_LIFELINE_H
#define SIPTRAIL_LADDER_LIFELINE_H

#include "ladder/model.h"

/** One message to be drawn, in time order. */
struct ladder_item {
    const struct message_record *record;
    uint16_t call;
    uint16_t from; /* set by ladder_lifelines_find() */
    uint16_t to;
};

/**
 * Find the lifelines of @p items and set from and to of each.
 *
 * All ports of one address are one element, unless a message went from the
 * address to itself (loopback): there each port is one, but for ports that a
 * Via shows to be the same sender's.
 *
 * @return 0 or -ENOMEM
 */
WARN_UNUSED int ladder_lifelines_find(struct ladder_item *items, size_t count,
                                      struct ladder_model *model);

/** A request that can begin something: no To tag, no ACK, no CANCEL. */
bool ladder_request_opens(const struct sip_message *m);

#endif
