/**
 * Standard output and the terminal.
 *
 * A reader that has gone (`| head`) is no failure: nothing more is written,
 * the rest of the work goes on. A full disk is one.
 */
#ifndef SIPTRAIL_CLI_OUTPUT_H
#define SIPTRAIL_CLI_OUTPUT_H

#include "report/table.h"

/**
 * Write @p text to standard output and clear it. After a failure nothing more
 * is written; output_finish() names it.
 *
 * @return 0; -EPIPE where the reader has gone, now or before; another
 *         negative errno
 */
int output_write(struct text *text);

/** Note a failure of somebody else's writing to standard output, or 0. */
void output_note(int rc);

/** Hand on what was written so far: somebody may be watching. */
void output_flush(void);

/** Has writing failed, or has the reader gone? */
bool output_closed(void);

/**
 * Flush standard output and say what went wrong with it.
 *
 * @param code  Exit code so far
 * @return @p code, or CLI_FAILED where output was lost
 */
int output_finish(int code);

/** Is standard output a terminal? Standard error? */
bool output_is_terminal(void);
bool output_error_is_terminal(void);

/** Does the environment's locale speak UTF-8? */
bool output_is_utf8(void);

/** Width and colour of standard output (NO_COLOR, COLUMNS). */
struct table_style output_style(void);
/** Columns of the terminal behind standard error, 80 where unknown. */
size_t output_error_width(void);

#endif
