/**
 * Pieces of header text: lists, quoted strings, folds (RFC 3261, 7.3.1, 25.1).
 */
#ifndef SIPTRAIL_SIP_TEXT_H
#define SIPTRAIL_SIP_TEXT_H

#include "sip/message.h"

/**
 * Take the next value of a comma list; commas in quotes and <> stay.
 *
 * Empty elements are skipped. A quote or bracket left open takes the rest of
 * the line, so that no input costs more than linear time.
 *
 * @param rest  What is left of the header value; moved on
 * @return false at the end
 */
bool sip_list_next(struct span *rest, struct span *value_out);

/** Where a walk over all values of one header stands; begin with {0}. */
struct sip_list_cursor {
    uint32_t header;
    struct span rest;
};

/** The next value over all lines of a header, comma lists taken apart. */
bool sip_list_next_of(const struct sip_message *m, enum sip_header_id id,
                      struct sip_list_cursor *cursor, struct span *value_out);

/** Is @p token one of the values of a list header, e.g. Supported? */
bool sip_list_has(const struct sip_message *m, enum sip_header_id id,
                  struct span token);

/**
 * Write header text plainly: a quoted-string without its quotes and
 * backslashes, folds and runs of white space as one space. All other bytes
 * stay as they are, NUL and invalid UTF-8 too.
 *
 * @return Bytes written, at most @p cap; what does not fit is cut off
 */
size_t sip_text_write(struct span text, char *buffer, size_t cap);

/** What sip_text_write() would write, where that stands in @p text as it is;
 * else empty. Most header text is such. */
struct span sip_text_plain(struct span text);

/** Without the quotes around it, if it has them; backslashes stay. */
struct span sip_text_unquote(struct span text);

#endif
