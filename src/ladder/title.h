/**
 * What stands above and below a ladder: parties, outcome, times, verdict.
 */
#ifndef SIPTRAIL_LADDER_TITLE_H
#define SIPTRAIL_LADDER_TITLE_H

#include "ladder/model.h"

/**
 * Tell one call in words.
 *
 * @param arena      Owns the words
 * @param title_out  mark is left alone
 * @return 0 or -ENOMEM
 */
WARN_UNUSED int ladder_title_write(const struct call_view *view,
                                   struct arena *arena,
                                   struct ladder_title *title_out);

#endif
