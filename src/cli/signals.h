/**
 * SIGINT and SIGTERM ask a run to stop; a second one ends the program. SIGHUP
 * asks a capture to read its configuration again and to reopen its files.
 */
#ifndef SIPTRAIL_CLI_SIGNALS_H
#define SIPTRAIL_CLI_SIGNALS_H

#include <signal.h>

/** Not 0 once the program was asked to stop. */
extern volatile sig_atomic_t signals_stop;

/** Not 0 once SIGHUP came; whoever does it sets it back. */
extern volatile sig_atomic_t signals_reload;

void signals_init(void);
/** Of a capture: SIGHUP no longer ends the program. */
void signals_init_reload(void);

#endif
