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

/* --- the picture ---------------------------------------------------------- */

#define DRAWING "src/txn/machine.dot"

static const char *const kinds[TRANSACTION_KIND_COUNT] = {
    [TRANSACTION_INVITE] = "INVITE: RFC 3261, 17.1.1 and 17.2.1; RFC 6026",
    [TRANSACTION_OTHER] = "any other: RFC 3261, 17.1.2 and 17.2.2",
    [TRANSACTION_SILENT] = "owes no response: ACK, BENOTIFY",
};

static const char *state_label(unsigned s)
{
    return s == TRANSACTION_UNSEEN
               ? "unseen"
               : transaction_state_name((enum transaction_state)s);
}

/* States that a kind can come to; the table has no rows for the others. */
static void reach(unsigned kind, bool reached[TRANSACTION_STATE_COUNT])
{
    reached[TRANSACTION_UNSEEN] = true;
    for (unsigned round = 0; round < TRANSACTION_STATE_COUNT; round++)
        for (unsigned s = 0; s < TRANSACTION_STATE_COUNT; s++)
            for (unsigned e = 0; reached[s] && e < TRANSACTION_EVENT_COUNT; e++)
                reached[transaction_step((enum transaction_kind)kind,
                                         (enum transaction_state)s,
                                         (enum transaction_event)e)
                            .next] = true;
}

/* One arrow for all events that lead from a state to another in one way. */
static void draw_arrow(FILE *out, unsigned kind, unsigned from, unsigned to,
                       enum transaction_note note)
{
    static const char *const styles[] = {
        [TRANSACTION_NEW] = "solid",
        [TRANSACTION_AGAIN] = "dotted",
        [TRANSACTION_LATE] = "dashed",
    };
    char label[128] = "";

    for (unsigned e = 0; e < TRANSACTION_EVENT_COUNT; e++) {
        struct transaction_step step = transaction_step(
            (enum transaction_kind)kind, (enum transaction_state)from,
            (enum transaction_event)e);

        if (step.note != note || step.next != to)
            continue;
        if (*label)
            strcat(label, "\\n");
        strcat(label, transaction_event_name((enum transaction_event)e));
    }
    if (*label)
        fprintf(out, "        k%us%u -> k%us%u [label=\"%s\" style=%s];\n",
                kind, from, kind, to, label, styles[note]);
}

static void draw(FILE *out)
{
    fputs("// Drawn from the tables of machine.c by `make machines`.\n"
          "// Dotted: seen before. Dashed: out of its order.\n"
          "digraph transactions {\n"
          "    node [shape=box style=rounded fontname=Helvetica];\n"
          "    edge [fontname=Helvetica fontsize=10];\n",
          out);
    for (unsigned k = 0; k < TRANSACTION_KIND_COUNT; k++) {
        bool reached[TRANSACTION_STATE_COUNT] = {false};

        reach(k, reached);
        fprintf(out, "    subgraph cluster%u {\n        label=\"%s\";\n", k,
                kinds[k]);
        for (unsigned s = 0; s < TRANSACTION_STATE_COUNT; s++)
            if (reached[s])
                fprintf(out, "        k%us%u [label=\"%s\"];\n", k, s,
                        state_label(s));
        for (unsigned s = 0; s < TRANSACTION_STATE_COUNT; s++)
            for (unsigned to = 0; reached[s] && to < TRANSACTION_STATE_COUNT;
                 to++)
                for (int n = TRANSACTION_NEW; n <= TRANSACTION_LATE; n++)
                    draw_arrow(out, k, s, to, (enum transaction_note)n);
        fputs("    }\n", out);
    }
    fputs("}\n", out);
}

/* The picture in the tree is that of the tables. */
static void the_drawing_is_of_these_tables(void **state)
{
    static char kept[65536];
    FILE *f = fopen(DRAWING, "r");
    char *drawn = NULL;
    size_t size = 0, n;
    FILE *out;

    (void)state;
    if (!f)
        skip();
    n = fread(kept, 1, sizeof(kept), f);
    fclose(f);
    out = open_memstream(&drawn, &size);
    assert_non_null(out);
    draw(out);
    fclose(out);
    if (n != size || memcmp(kept, drawn, n) != 0)
        fail_msg("%s is of other tables: make machines", DRAWING);
    free(drawn);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_lead_to_states),
        cmocka_unit_test(no_event_leads_astray),
        cmocka_unit_test(the_drawing_is_of_these_tables),
    };

    if (argc == 2 && strcmp(argv[1], "draw") == 0) {
        draw(stdout);
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
