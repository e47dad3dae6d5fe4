/**
 * The packets of a capture kept beside its records: -w and what bounds it.
 */
#ifndef SIPTRAIL_CLI_KEEPING_H
#define SIPTRAIL_CLI_KEEPING_H

#include "capture/kept.h"
#include "cli/inputs.h"

/**
 * Do the settings of kept packets go together?
 *
 * @return CLI_DONE, or CLI_USAGE, said on stderr
 */
int keeping_check(const struct settings *s);

/** @param kept_out  NULL where none are to be kept */
WARN_UNUSED int keeping_begin(const struct settings *s, const struct inputs *in,
                              struct kept **kept_out, struct error *err);

/** Write the rest, and the account of it on stderr. NULL is allowed. */
void keeping_end(struct kept *k, const struct settings *s);

#endif
