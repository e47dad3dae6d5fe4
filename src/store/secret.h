/**
 * What the raw text keeps out unless asked (RECORDS.md, messages): the body
 * of MESSAGE and of INFO with digits, digest responses, SDP's crypto keys.
 */
#ifndef SIPTRAIL_STORE_SECRET_H
#define SIPTRAIL_STORE_SECRET_H

#include "sip/message.h"

/** Bytes of the text to keep: less than all where the body is cut off. */
size_t secret_keep(const struct sip_message *m);

/**
 * Overwrite with 'x' what is secret in a copy of the message's text.
 *
 * @param copy  The first @p length bytes of the text
 * @return Was anything overwritten?
 */
bool secret_mask(const struct sip_message *m, char *copy, size_t length);

#endif
