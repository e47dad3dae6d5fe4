/**
 * Parameters: ;name=value;name="quoted value";name (RFC 3261, 25.1).
 */
#ifndef SIPTRAIL_SIP_PARAM_H
#define SIPTRAIL_SIP_PARAM_H

#include "base/span.h"

struct sip_param {
    struct span name;
    struct span value; /* without quotes; backslashes stay; may be empty */
    bool has_value;    /* there was a "=" */
    bool quoted;
};

/**
 * Walk parameters; a leading ";" may stand or not.
 *
 * @param params  Borrowed; from another parser's `params`
 * @param cursor  Begin with 0
 * @return false at the end. Empty parameters (";;") are skipped
 */
bool sip_param_next(struct span params, size_t *cursor,
                    struct sip_param *param_out);

/** The first parameter of this name, any case. */
bool sip_param_find(struct span params, struct span name,
                    struct sip_param *param_out);

/** Its value; an empty span where it is absent or has none. */
struct span sip_param_value(struct span params, struct span name);

bool sip_param_has(struct span params, struct span name);

#endif
