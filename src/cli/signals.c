#include "cli/signals.h"

#include <stddef.h>

volatile sig_atomic_t signals_stop;

static void ask_to_stop(int signal_number)
{
    (void)signal_number;
    signals_stop = 1;
}

void signals_init(void)
{
    /* No SA_RESTART: a read from a silent pipe must return. */
    struct sigaction action = {.sa_handler = ask_to_stop,
                               .sa_flags = (int)SA_RESETHAND};

    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}
