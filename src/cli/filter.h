/**
 * The filters of a command line, and whether a call passes them.
 */
#ifndef SIPTRAIL_CLI_FILTER_H
#define SIPTRAIL_CLI_FILTER_H

#include "cli/settings.h"
#include "store/find.h"

/** Every option filter_read() looks at, for a command's list. */
#define FILTER_OPTIONS                                                         \
    OPTION_SINCE, OPTION_UNTIL, OPTION_FROM, OPTION_TO, OPTION_NUMBER,         \
        OPTION_IP, OPTION_CALL_ID, OPTION_DISPOSITION, OPTION_STATUS,          \
        OPTION_MIN_PDD, OPTION_MIN_DURATION, OPTION_MAX_DURATION,              \
        OPTION_LIMIT, OPTION_ALL

/** Is any of them given, --limit and --all apart? */
bool filter_given(const struct settings *s);

/** @return CLI_DONE, or CLI_USAGE with a line on stderr. Borrows from @p s */
int filter_read(const struct settings *s, struct call_filter *filter_out);

/** What the database would say of this call; the limit apart. */
bool filter_match(const struct call_filter *filter,
                  const struct call_record *record);

#endif
