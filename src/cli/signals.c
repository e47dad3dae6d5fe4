#include "cli/signals.h"

#include <stddef.h>

volatile sig_atomic_t signals_stop;
volatile sig_atomic_t signals_reload;

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

static void ask_to_reload(int signal_number)
{
    (void)signal_number;
    signals_reload = 1;
}

void signals_init_reload(void)
{
    struct sigaction action = {.sa_handler = ask_to_reload,
                               .sa_flags = SA_RESTART};

    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGHUP, &action, NULL);
}
