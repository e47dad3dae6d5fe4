/**
 * What is looked at of every message while its text is at hand: the mandatory
 * header fields (RFC 3261, 8.1.1), and what says how long the body is.
 */
#ifndef SIPTRAIL_SIP_MANDATORY_H
#define SIPTRAIL_SIP_MANDATORY_H

#include "sip/message.h"

/**
 * Take the values of all headers of the index.
 *
 * @param first     Of each id that there is, its first header
 * @param repeated  Ids that came again
 */
void sip_mandatory_take(struct sip_message *m,
                        const struct sip_header *const *first,
                        uint64_t repeated);
/** One more, which the index has no room for. @p again: nor is it the first */
void sip_mandatory_take_one(struct sip_message *m, enum sip_header_id id,
                            struct span value, bool again);

/** Once all are taken: name what is missing, and say how far the message can
 * be used. */
void sip_mandatory_check(struct sip_message *m);
/** Of what correlation compares. */
void sip_mandatory_hash(struct sip_message *m);

#endif
