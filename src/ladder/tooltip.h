/**
 * A message as an arrow of a picture carries it.
 */
#ifndef SIPTRAIL_LADDER_TOOLTIP_H
#define SIPTRAIL_LADDER_TOOLTIP_H

#include "ladder/text_buffer.h"
#include "sip/message.h"

/** A longer message is cut off, and says so. */
#define TOOLTIP_BYTES_MAX 4096

/** Add the message's text, clean, line by line, without its secrets. */
void tooltip_write(const struct sip_message *m, struct text_buffer *b);

#endif
