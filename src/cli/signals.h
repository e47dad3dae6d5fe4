/**
 * SIGINT and SIGTERM ask a run to stop; a second one ends the program.
 */
#ifndef SIPTRAIL_CLI_SIGNALS_H
#define SIPTRAIL_CLI_SIGNALS_H

#include <signal.h>

/** Not 0 once the program was asked to stop. */
extern volatile sig_atomic_t signals_stop;

void signals_init(void);

#endif
