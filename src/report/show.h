/**
 * One call for a person: its record, dialogs, transactions and messages.
 */
#ifndef SIPTRAIL_REPORT_SHOW_H
#define SIPTRAIL_REPORT_SHOW_H

#include "call/view.h"
#include "report/columns.h"
#include "report/table.h"

/**
 * All of it, section by section; the ladder is not among them.
 *
 * @param call  Of the view's record
 */
void report_show(const struct call_view *view, const struct report_call *call,
                 const struct table_style *style, struct text *out);

#endif
