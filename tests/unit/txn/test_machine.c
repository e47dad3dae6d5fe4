#include "test.h"

#include "txn/machine.h"

/* A run of events, each with the state it leads to: q request, p provisional,
 * s success, f failure, a ACK, x expiry. */
static const struct {
    const char *name;
    enum transaction_kind kind;
    const char *events;
    const char *states;
} runs[] = {
    {"INVITE answered", TRANSACTION_INVITE, "qqppsa",
     "trying trying proceeding proceeding accepted terminated"},
    {"INVITE refused", TRANSACTION_INVITE, "qffaa",
     "trying completed completed confirmed confirmed"},
    {"a provisional after the final", TRANSACTION_INVITE, "qsp",
     "trying accepted accepted"},
    {"an INVITE that ran out, and its late answer", TRANSACTION_INVITE, "qxs",
     "trying timed_out accepted"},
    {"several 2xx of forks, each acknowledged", TRANSACTION_INVITE, "qpssasa",
     "trying proceeding accepted accepted terminated terminated terminated"},
    {"a failure after a 2xx is refused", TRANSACTION_INVITE, "qsf",
     "trying accepted accepted"},
    {"a 2xx that a proxy sends on after a failure", TRANSACTION_INVITE, "qfsa",
     "trying completed accepted terminated"},
    {"ringing may last: Timer C closes nothing", TRANSACTION_INVITE, "qpxs",
     "trying proceeding proceeding accepted"},
    {"an answer seen before its INVITE", TRANSACTION_INVITE, "pqs",
     "proceeding proceeding accepted"},
    {"an ACK whose answer went unseen", TRANSACTION_INVITE, "qa",
     "trying confirmed"},
    {"BYE", TRANSACTION_OTHER, "qqsq", "trying trying completed completed"},
    {"no ACK but for INVITE", TRANSACTION_OTHER, "qsa",
     "trying completed completed"},
    {"a BYE that ran out", TRANSACTION_OTHER, "qpx",
     "trying proceeding timed_out"},
    {"nothing answers an ACK", TRANSACTION_SILENT, "qs",
     "terminated terminated"},
};

static enum transaction_event event_of(char c)
{
    static const char letters[] = "qpsfax";

    return (enum transaction_event)(strchr(letters, c) - letters);
}

static void events_lead_to_states(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(runs); i++) {
        enum transaction_state s = TRANSACTION_UNSEEN;
        char got[256] = "";

        for (const char *e = runs[i].events; *e; e++) {
            s = transaction_step(runs[i].kind, s, event_of(*e)).next;
            if (*got)
                strcat(got, " ");
            strcat(got, transaction_state_name(s));
        }
        if (strcmp(got, runs[i].states))
            fail_msg("%s: %s", runs[i].name, got);
    }
}

/* Whatever comes, a state leads to a state of its kind, and a refused event
 * leaves it. */
static void no_event_leads_astray(void **state)
{
    (void)state;
    for (unsigned k = 0; k < TRANSACTION_KIND_COUNT; k++)
        for (unsigned e = 0; e < TRANSACTION_EVENT_COUNT; e++) {
            enum transaction_state s = TRANSACTION_UNSEEN;

            for (unsigned f = 0; f < TRANSACTION_EVENT_COUNT; f++) {
                struct transaction_step step = transaction_step(
                    (enum transaction_kind)k, s, (enum transaction_event)f);

                if (step.note == TRANSACTION_REFUSED)
                    assert_int_equal(step.next, s);
                else
                    assert_int_not_equal(step.next, TRANSACTION_UNSEEN);
                s = f == e ? s : step.next;
            }
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_lead_to_states),
        cmocka_unit_test(no_event_leads_astray),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
