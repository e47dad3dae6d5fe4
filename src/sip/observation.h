/**
 * A SIP message together with where and when it was seen.
 */
#ifndef SIPTRAIL_SIP_OBSERVATION_H
#define SIPTRAIL_SIP_OBSERVATION_H

#include "base/slab.h"
#include "flow/arrival.h"
#include "sip/message.h"

/**
 * Lies in its slab, with the message's text and header index behind it, so
 * one reference keeps all three. Whoever is handed an observation owns that
 * reference until observation_release().
 */
struct observation {
    struct slab *slab;
    uint64_t ordinal;   /* order in which the reader met it, from 0 */
    uint64_t text_hash; /* hash_bytes() of the text */
    bool duplicate;     /* a copy (R2), where no record says so */
    struct arrival arrival;
    struct sip_message message;
};

/** Of one, what correlation looks at of each message. */
#define OBSERVATION_HOT_BYTES offsetof(struct observation, message.text)

/**
 * Copy a message with all that it needs into one piece of a slab.
 *
 * @param m       Points into the copy afterwards
 * @param around  What it came wrapped in, or NULL; copied too
 * @return NULL where there is no memory. Of the arrival `around` alone is set;
 *         the rest of it, ordinal and duplicate are for the caller to set
 */
struct observation *observation_new(struct slab_pool *pool,
                                    struct sip_message *m,
                                    const struct tunnels *around);
/** All of one, for a longer life. @return NULL where there is no memory */
struct observation *observation_copy(struct slab_pool *pool,
                                     const struct observation *seen);

static inline void observation_release(struct observation *o)
{
    slab_release(o->slab);
}

#endif
