/**
 * SIP messages, one line each.
 */
#ifndef SIPTRAIL_REPORT_MESSAGES_H
#define SIPTRAIL_REPORT_MESSAGES_H

#include "call/sink.h"
#include "report/row.h"
#include "report/table.h"

/**
 * One message in the order of `read --messages`.
 *
 * TSV: frame, time_epoch (9 decimals), src, sport, dst, dport, transport,
 * method or status, CSeq, Call-ID, branch of the top Via, notes; "-" for what
 * is not there, and no heading. JSON and CSV: the columns of the SQL table.
 * Table: columns of fixed width, for a terminal of style's width.
 *
 * @param record  What correlation knows of it, or NULL
 */
void report_message(const struct observation *seen,
                    const struct message_record *record,
                    enum report_format format, const struct table_style *style,
                    struct text *text);

/** The heading line; nothing for JSON and TSV. */
void report_message_heading(enum report_format format,
                            const struct table_style *style, struct text *text);

/** "INVITE", or "200" for a response; "-" where it cannot be read. */
struct span report_message_what(const struct sip_message *m, char buffer[8]);

/**
 * A header value on one line: a fold (RFC 3261, 7.3.1) becomes one space,
 * a TAB a space. Other bytes as they are.
 */
void report_add_unfolded(struct text *text, struct span value);

#endif
