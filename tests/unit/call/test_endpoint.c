#include "scenario.h"

struct roles {
    struct scenario_run run;
    struct endpoint_record rows[64];
    char agents[64][64];
    size_t count; /* rows, the latest of each address */
    size_t told;
};

static int take_endpoint(void *arg, const struct endpoint_record *r)
{
    struct roles *roles = arg;
    size_t i = 0;

    roles->told++;
    while (i < roles->count &&
           !address_equal(&roles->rows[i].address, &r->address))
        i++;
    assert_in_range(i, 0, 63);
    roles->count += i == roles->count;
    roles->rows[i] = *r;
    snprintf(roles->agents[i], sizeof(roles->agents[i]), "%.*s",
             SPAN_ARG(r->agent));
    return 0;
}

static int take_call(void *arg, const struct call_record *call)
{
    (void)arg;
    (void)call;
    return 0;
}

static int take_dialog(void *arg, const struct dialog_record *dialog)
{
    (void)arg;
    (void)dialog;
    return 0;
}

static void open_roles(struct roles *roles, const char *name, size_t cap)
{
    struct correlator_limits limits = correlator_limits_default;
    const struct record_sink sink = {.arg = roles,
                                     .dialog_fn = take_dialog,
                                     .call_fn = take_call,
                                     .endpoint_fn = take_endpoint};

    memset(roles, 0, sizeof(*roles));
    roles->run.name = name;
    if (cap)
        limits.endpoints = cap;
    roles->run.pool = slab_pool_new(64);
    assert_non_null(roles->run.pool);
    assert_int_equal(correlator_new(&limits, &sink, &roles->run.correlator), 0);
}

static void close_roles(struct roles *roles)
{
    correlator_free(roles->run.correlator);
    slab_pool_free(roles->run.pool);
}

/* "a uac=1 uas=2 ..." of one address; roles not named are 0. */
static void write_row(const struct endpoint_record *r, const char *agent,
                      char text[256])
{
    int n = snprintf(text, 256, "%c", r->address.bytes[3]);

    for (int i = 0; i < ENDPOINT_ROLE_COUNT; i++)
        if (r->counts[i])
            n += snprintf(text + n, 256 - (size_t)n, " %s=%d",
                          endpoint_role_name((enum endpoint_role)i),
                          (int)r->counts[i]);
    if (*agent)
        (void)snprintf(text + n, 256 - (size_t)n, " agent=%s", agent);
}

static const struct scenario scenarios[] = {
    {"a call between two phones",
     {"0 a>b INVITE br=1 | User-Agent: A/1", "10 b>a 180 INVITE br=1 to=b",
      "20 b>a 200 INVITE br=1 to=b | Server: B/2", "30 a>b ACK br=2 to=b",
      "900 b>a BYE br=3 from=b to=a", "910 a>b 200 BYE br=3 from=b to=a"},
     {"a uac=1 uas=1 agent=A/1", "b uac=1 uas=1 agent=B/2"}},
    {"through a proxy",
     {"0 a>p INVITE br=1", "5 p>a 100 INVITE br=1", "10 p>b INVITE br=2 vias=2",
      "20 b>p 486 INVITE br=2 vias=2 to=b", "21 p>b ACK br=2 to=b",
      "22 p>a 486 INVITE br=1 to=b", "23 a>p ACK br=1 to=b"},
     {"a uac=1", "b uas=1", "p proxy=1"}},
    {"a stateless proxy passes on each repetition and writes no 100",
     {"0 a>p INVITE br=1 ip=1", "1 p>b INVITE br=2 vias=2 ip=1",
      "500 a>p INVITE br=1 ip=2", "501 p>b INVITE br=2 vias=2 ip=2",
      "600 b>p 404 INVITE br=2 vias=2 to=b", "601 p>a 404 INVITE br=1 to=b"},
     {"a uac=1", "b uas=1", "p stateless_proxy=1"}},
    {"a stateful one repeats of its own accord",
     {"0 a>p INVITE br=1 ip=1", "1 p>a 100 INVITE br=1",
      "2 p>b INVITE br=2 vias=2 ip=1", "502 p>b INVITE br=2 vias=2 ip=2",
      "600 b>p 404 INVITE br=2 vias=2 to=b", "601 p>a 404 INVITE br=1 to=b"},
     {"a uac=1", "b uas=1", "p proxy=1"}},
    {"a registrar, behind its challenge",
     {"0 a>r REGISTER br=1 uri=sip:r | User-Agent: A/1",
      "10 r>a 401 REGISTER br=1 | WWW-Authenticate: Digest nonce=\"n\"",
      "20 a>r REGISTER br=2 cseq=2 uri=sip:r | Authorization: Digest "
      "nonce=\"n\" | User-Agent: A/1",
      "30 r>a 200 REGISTER br=2 cseq=2 | Server: R/1"},
     {"a uac=2", "r registrar=1 agent=R/1"}},
    {"a proxy before the registrar is none",
     {"0 a>p REGISTER br=1 uri=sip:r", "1 p>r REGISTER br=2 vias=2 uri=sip:r",
      "2 r>p 200 REGISTER br=2 vias=2", "3 p>a 200 REGISTER br=1"},
     {"a uac=1", "p proxy=1", "r registrar=1"}},
    {"a redirect server",
     {"0 a>d INVITE br=1", "10 d>a 302 INVITE br=1 to=d",
      "11 a>d ACK br=1 to=d"},
     {"a uac=1", "d redirect_server=1"}},
    {"a B2BUA that keeps the Call-ID",
     {"0 a>s INVITE br=1 from=a", "1 s>a 100 INVITE br=1 from=a",
      "5 s>b INVITE br=2 from=s fromuri=sip:alice@s",
      "20 b>s 200 INVITE br=2 from=s to=b", "21 s>b ACK br=9 from=s to=b",
      "30 s>a 200 INVITE br=1 from=a to=s", "31 a>s ACK br=8 from=a to=s"},
     {"a uac=1", "b uas=1", "s b2bua=1"}},
    {"what is never answered counts for nothing",
     {"0 a>b OPTIONS br=1", "40000 clock"},
     {0}},
    {"an answer alone counts for nothing", {"0 b>a 200 OPTIONS br=1"}, {0}},
    {"on one host ports tell elements apart",
     {"0 a:6000>a:5060 INVITE br=1", "1 a:5060>a:7000 INVITE br=2 vias=2",
      "2 a:7000>a:5060 486 INVITE br=2 vias=2 to=b",
      "3 a:5060>a:6000 486 INVITE br=1 to=b"},
     {"a uac=1 uas=1 proxy=1"}},
};

static int compare_rows(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void roles_are_read(void **state)
{
    struct roles *roles = calloc(1, sizeof(*roles));

    (void)state;
    assert_non_null(roles);
    for (size_t i = 0; i < COUNT_OF(scenarios); i++) {
        const struct scenario *s = &scenarios[i];
        char rows[16][256] = {{0}};
        size_t expected = 0;

        open_roles(roles, s->name, 0);
        for (size_t k = 0; k < SCENARIO_STEPS && s->steps[k]; k++)
            scenario_step(&roles->run, s->steps[k]);
        assert_int_equal(correlator_end(roles->run.correlator), 0);
        while (expected < SCENARIO_CALLS && s->calls[expected])
            expected++;
        if (roles->count != expected)
            fail_msg("%s: %zu rows, not %zu", s->name, roles->count, expected);
        for (size_t k = 0; k < expected; k++)
            write_row(&roles->rows[k], roles->agents[k], rows[k]);
        qsort(rows, expected, sizeof(rows[0]), compare_rows);
        for (size_t k = 0; k < expected; k++)
            if (strcmp(rows[k], s->calls[k]))
                fail_msg("%s: \"%s\", not \"%s\"", s->name, rows[k],
                         s->calls[k]);
        close_roles(roles);
    }
    free(roles);
}

static void ask(struct roles *roles, int at, int host)
{
    char step[128];

    snprintf(step, sizeof(step), "%d %c>z OPTIONS id=o%d br=%d", at, (char)host,
             at, at);
    scenario_step(&roles->run, step);
    snprintf(step, sizeof(step), "%d z>%c 200 OPTIONS id=o%d br=%d", at + 1,
             (char)host, at, at);
    scenario_step(&roles->run, step);
}

/* The one longest without a word makes room; nothing is lost silently. */
static void a_full_table_hands_on_the_quietest(void **state)
{
    struct roles *roles = calloc(1, sizeof(*roles));

    (void)state;
    assert_non_null(roles);
    open_roles(roles, "full", 4);
    for (int i = 0; i < 20; i++)
        ask(roles, i * 10, 'A' + i);
    assert_int_equal(roles->count, 21 - 4);
    assert_int_equal(correlator_end(roles->run.correlator), 0);
    assert_int_equal(roles->count, 21);
    assert_int_equal(
        correlator_counters_of(roles->run.correlator)->endpoints_dropped, 17);
    close_roles(roles);
    free(roles);
}

/* In a long run rows are told of each hour, and only where they grew. */
static void long_runs_tell_each_hour(void **state)
{
    struct roles *roles = calloc(1, sizeof(*roles));

    (void)state;
    assert_non_null(roles);
    open_roles(roles, "long", 0);
    ask(roles, 0, 'A');
    for (int i = 1; i <= 150; i++)
        ask(roles, i * 60000, 'B');
    assert_int_equal(roles->told, 3 + 2);
    assert_int_equal(correlator_end(roles->run.correlator), 0);
    assert_int_equal(roles->told, 3 + 2 + 2);
    close_roles(roles);
    free(roles);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roles_are_read),
        cmocka_unit_test(a_full_table_hands_on_the_quietest),
        cmocka_unit_test(long_runs_tell_each_hour),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
