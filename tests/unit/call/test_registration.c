#include "registrations.h"

#define REG(time, way, rest)                                                   \
    time " " way " REGISTER uri=sip:reg fromuri=sip:alice@reg "                \
         "touri=sip:alice@reg nocontact " rest
#define ANSWER(time, way, code, rest)                                          \
    time " " way " " code " REGISTER fromuri=sip:alice@reg "                   \
         "touri=sip:alice@reg to=r nocontact " rest
#define AUTH(nonce)                                                            \
    " | Authorization: Digest username=\"alice\",realm=\"r1\",nonce=\"" nonce  \
    "\",uri=\"sip:reg\",response=\"0\""
#define CHALLENGE(nonce)                                                       \
    " | WWW-Authenticate: Digest realm=\"r1\",nonce=\"" nonce "\""

static const struct scenario scenarios[] = {
    {"challenge and renewal are one binding over two Call-IDs",
     {REG("0", "a>r",
          "br=1 cseq=1 by=10.0.0.97 | Contact: "
          "<sip:alice@10.0.0.97:5060>;expires=600 | User-Agent: P/1"),
      ANSWER("20", "r>a", "401", "br=1 cseq=1 by=10.0.0.97" CHALLENGE("n1")),
      REG("50", "a>r",
          "br=2 cseq=2 by=10.0.0.97" AUTH(
              "n1") " | Contact: "
                    "<sip:alice@10.0.0.97:5060>;expires=600"),
      ANSWER("110", "r>a", "200",
             "br=2 cseq=2 by=10.0.0.97 | Contact: "
             "<sip:alice@10.0.0.97>;expires=300"),
      REG("200000", "a>r",
          "br=3 cseq=1 id=c2 by=10.0.0.97" AUTH(
              "n1") " | Contact: <sip:alice@10.0.0.97>;expires=600"),
      ANSWER("200010", "r>a", "200",
             "br=3 cseq=1 id=c2 by=10.0.0.97 | Contact: "
             "<sip:alice@10.0.0.97>;expires=300")},
     {"aor=sip:alice@reg registrar=reg registrant=- state=registered "
      "attempts=2 renewals=1 failures=0 challenges=1 register_ms=110 "
      "register_auth_ms=20 expires_s=300 first_at=0 last_at=200010 "
      "expires_at=500010 ended_at=- auth_user=alice realm=r1 behind_nat=f "
      "call_id=c2 status_code=200 src=97 dst=114 contact_host=10.0.0.97"}},
    {"a binding expires unrefreshed, and is a new one afterwards",
     {REG("0", "a>r", "br=1 | Contact: <sip:a@h>;expires=60"),
      ANSWER("10", "r>a", "200", "br=1 | Contact: <sip:a@h>;expires=60"),
      REG("90000", "a>r", "br=2 cseq=2 | Contact: <sip:a@h>;expires=60"),
      ANSWER("90010", "r>a", "200", "br=2 cseq=2")},
     {"state=expired first_at=0 expires_at=60010 ended_at=60010 attempts=1",
      "state=registered first_at=90000 expires_at=150010 attempts=1"}},
    {"the same words again, and others that mean the same, are one binding",
     {REG("0", "a>r", "br=1 | Contact: <sip:a@h1>;expires=600"),
      ANSWER("10", "r>a", "200", "br=1"),
      REG("1000", "a>r", "br=2 cseq=2 | Contact: <sip:a@h1>;expires=600"),
      ANSWER("1010", "r>a", "200",
             "br=2 cseq=2 | Contact: <sip:x@h9>;expires=9, "
             "<sip:a@H1:5060>;expires=50"),
      REG("2000", "a>r", "br=3 cseq=3 | Contact: <sip:a@H1:5060>;expires=700"),
      ANSWER("2010", "r>a", "200", "br=3 cseq=3"),
      REG("3000", "a>r", "br=4 cseq=4 | Contact: <sip:a@H1:5060>;expires=700"),
      ANSWER("3010", "r>a", "200", "br=4 cseq=4"),
      REG("4000", "a>r", "br=5 cseq=5 | Contact: <sip:a@h1>;expires=600"),
      ANSWER("4010", "r>a", "200",
             "br=5 cseq=5 | Contact: <sip:a@h1>;expires=70")},
     {"contact_host=h1 state=registered attempts=5 renewals=4 expires_s=70 "
      "expires_at=74010"}},
    {"the same Contact of another AOR, or elsewhere, is another binding",
     {REG("0", "a>r", "br=1 | Contact: <sip:a@h1>;expires=600"),
      ANSWER("10", "r>a", "200", "br=1"),
      "20 a>r REGISTER uri=sip:reg touri=sip:bob@reg id=c9 br=9 nocontact | "
      "Contact: <sip:a@h1>;expires=600",
      "30 r>a 200 REGISTER touri=sip:bob@reg id=c9 br=9 to=r nocontact",
      "40 a>r REGISTER uri=sip:other touri=sip:alice@reg id=c8 br=8 nocontact "
      "| Contact: <sip:a@h1>;expires=600",
      "50 r>a 200 REGISTER touri=sip:alice@reg id=c8 br=8 to=r nocontact"},
     {"aor=sip:alice@reg registrar=reg attempts=1 renewals=0",
      "aor=sip:bob@reg registrar=reg attempts=1",
      "aor=sip:alice@reg registrar=other attempts=1"}},
    {"what was never accepted is, in the same words",
     {REG("0", "a>r", "br=1 | Contact: <sip:a@h1>;expires=600"),
      ANSWER("10", "r>a", "500", "br=1"),
      REG("1000", "a>r", "br=2 cseq=2 | Contact: <sip:a@h1>;expires=600"),
      ANSWER("1010", "r>a", "200", "br=2 cseq=2"),
      REG("2000", "a>r", "br=3 cseq=3 | Contact: <sip:a@h1>;expires=0"),
      ANSWER("2010", "r>a", "200", "br=3 cseq=3"),
      REG("3000", "a>r", "br=4 cseq=4 | Contact: <sip:a@h1>;expires=600"),
      ANSWER("3010", "r>a", "200", "br=4 cseq=4")},
     {"state=unregistered attempts=3 failures=1 renewals=0 ended_at=2010",
      "state=registered first_at=3000 attempts=1 expires_s=600"}},
    {"expires=0 takes one binding back, the other stays",
     {REG("0", "a>r",
          "br=1 | Contact: <sip:a@h1> | Contact: <sip:a@h2> | "
          "Expires: 600"),
      ANSWER("10", "r>a", "200", "br=1 | Expires: 500"),
      REG("1000", "a>r", "br=2 cseq=2 | Contact: <sip:a@h2>;expires=0"),
      ANSWER("1010", "r>a", "200",
             "br=2 cseq=2 | Contact: "
             "<sip:a@h1>;expires=499")},
     {"contact_host=h1 state=registered expires_s=500 attempts=1",
      "contact_host=h2 state=unregistered ended_at=1010 attempts=2"}},
    {"Contact: * takes all of the AOR back, and only these",
     {REG("0", "a>r", "br=1 | Contact: <sip:a@h1> | Expires: 600"),
      ANSWER("10", "r>a", "200", "br=1"),
      REG("100", "a>r", "br=2 cseq=2 | Contact: <sip:a@h2> | Expires: 600"),
      ANSWER("110", "r>a", "200", "br=2 cseq=2"),
      "200 b>r REGISTER uri=sip:reg touri=sip:bob@reg id=c9 br=9 nocontact | "
      "Contact: <sip:b@h3> | Expires: 600",
      "210 r>b 200 REGISTER touri=sip:bob@reg id=c9 br=9 to=r nocontact",
      REG("300", "a>r", "br=3 cseq=3 | Contact: * | Expires: 0"),
      ANSWER("310", "r>a", "200", "br=3 cseq=3")},
     {"contact_host=h1 state=unregistered ended_at=310 attempts=2",
      "contact_host=h2 state=unregistered ended_at=310",
      "contact_host=h3 state=registered aor=sip:bob@reg ended_at=-"}},
    {"a query makes no row",
     {REG("0", "a>r", "br=1"),
      ANSWER("10", "r>a", "200", "br=1 | Contact: <sip:a@h1>;expires=30")},
     {0}},
    {"a failed refresh leaves it registered, the failure counted",
     {REG("0", "a>r", "br=1 | Contact: <sip:a@h1> | Expires: 600"),
      ANSWER("10", "r>a", "200", "br=1"),
      REG("1000", "a>r", "br=2 cseq=2 | Contact: <sip:a@h1> | Expires: 600"),
      ANSWER("1010", "r>a", "503", "br=2 cseq=2")},
     {"state=registered status_code=503 attempts=2 failures=1 ineffective=1 "
      "renewals=0 register_ms=10 register_auth_ms=-"}},
    {"wrong password: each attempt is a failure, none ineffective",
     {REG("0", "a>r", "br=1 | Contact: <sip:a@h1>"),
      ANSWER("10", "r>a", "401", "br=1" CHALLENGE("n1")),
      REG("20", "a>r", "br=2 cseq=2" AUTH("n1") " | Contact: <sip:a@h1>"),
      ANSWER("30", "r>a", "401", "br=2 cseq=2" CHALLENGE("n2")),
      REG("5000", "a>r", "br=3 cseq=3" AUTH("n2") " | Contact: <sip:a@h1>"),
      ANSWER("5010", "r>a", "403", "br=3 cseq=3")},
     {"state=failed attempts=2 failures=2 ineffective=1 challenges=2 "
      "status_code=403 register_ms=- expires_at=-"}},
    {"a stale nonce is another round",
     {REG("0", "a>r", "br=1" AUTH("n0") " | Contact: <sip:a@h1>;expires=9"),
      ANSWER("10", "r>a", "401", "br=1" CHALLENGE("n1")),
      REG("20", "a>r",
          "br=2 cseq=2" AUTH("n1") " | Contact: <sip:a@h1>;expires=9"),
      ANSWER("30", "r>a", "401", "br=2 cseq=2" CHALLENGE("n2") ",stale=true"),
      REG("40", "a>r",
          "br=3 cseq=3" AUTH("n2") " | Contact: <sip:a@h1>;expires=9"),
      ANSWER("60", "r>a", "200", "br=3 cseq=3")},
     {"state=registered attempts=1 failures=0 challenges=2 register_ms=60 "
      "register_auth_ms=20"}},
    {"a challenge nobody answers",
     {REG("0", "a>r", "br=1 | Contact: <sip:a@h1>"),
      ANSWER("10", "r>a", "401", "br=1" CHALLENGE("n1")), "40000 clock"},
     {"state=failed status_code=401 attempts=1 failures=1 ineffective=0 "
      "timeouts=0 realm=r1 auth_user=-"}},
    {"interval too brief, then long enough",
     {REG("0", "a>r", "br=1 | Contact: <sip:a@h1> | Expires: 30"),
      ANSWER("10", "r>a", "423", "br=1 | Min-Expires: 300"),
      REG("20", "a>r", "br=2 cseq=2 | Contact: <sip:a@h1> | Expires: 300"),
      ANSWER("50", "r>a", "200", "br=2 cseq=2")},
     {"state=registered attempts=2 failures=1 ineffective=1 "
      "min_expires_s=300 expires_s=300 register_ms=30 first_at=0"}},
    {"the same on a later hop is one exchange",
     {REG("0", "a>p", "br=1 | Contact: <sip:a@h1> | Expires: 60"),
      REG("1", "p>r", "br=p1 vias=2 | Contact: <sip:a@h1> | Expires: 60"),
      ANSWER("10", "r>p", "200", "br=p1 vias=2"),
      ANSWER("11", "p>a", "200", "br=1")},
     {"state=registered attempts=1 src=97 dst=112 register_ms=11"}},
    {"seen behind the proxy first, the nearer hop is the one",
     {REG("0", "p>r", "br=p1 vias=2 | Contact: <sip:a@h1> | Expires: 60"),
      REG("1", "a>p", "br=1 | Contact: <sip:a@h1> | Expires: 60"),
      ANSWER("10", "r>p", "200", "br=p1 vias=2"),
      ANSWER("11", "p>a", "200", "br=1")},
     {"state=registered attempts=1 src=97 register_ms=11"}},
    {"words are kept where answers take their time, and hops come late",
     {REG("0", "p>r",
          "br=p1 vias=2 | Contact: <sip:a@h1> | Expires: 60 | User-Agent: P/1"),
      ANSWER("400", "r>p", "401", "br=p1 vias=2" CHALLENGE("n1")),
      REG("800", "a>p",
          "br=1 | Contact: <sip:a@h1> | Expires: 60 | User-Agent: P/2"),
      ANSWER("1200", "p>a", "401", "br=1" CHALLENGE("n1")),
      REG("1600", "a>p",
          "br=2 cseq=2" AUTH(
              "n1") " | Contact: <sip:a@h1> | Expires: 60 | User-Agent: P/2"),
      ANSWER("2000", "p>a", "200", "br=2 cseq=2"),
      REG("3000", "a>p",
          "br=3 cseq=3" AUTH(
              "n1") " | Contact: <sip:a@h1> | Expires: 90 | User-Agent: P/3"),
      ANSWER("3900", "p>a", "200", "br=3 cseq=3")},
     {"state=registered attempts=2 renewals=1 challenges=1 register_ms=2000 "
      "register_auth_ms=400 auth_user=alice realm=r1 src=97 expires_s=90 "
      "user_agent=P/3 contact_host=h1"}},
    {"a B2BUA that keeps Call-ID and CSeq registers for itself",
     {REG("0", "a>s", "br=1 | Contact: <sip:a@h1>;expires=300"),
      "1 s>r REGISTER uri=sip:other touri=sip:alice@other br=2 nocontact | "
      "Contact: <sip:s@h2>;expires=600",
      "2 r>s 401 REGISTER br=2 nocontact" CHALLENGE("n1"),
      ANSWER("3", "s>a", "401", "br=1" CHALLENGE("n1")),
      REG("5", "a>s",
          "br=3 cseq=2" AUTH("n1") " | Contact: <sip:a@h1>;expires=300"),
      "6 s>r REGISTER uri=sip:other touri=sip:alice@other br=4 cseq=2 "
      "nocontact" AUTH("n1") " | Contact: <sip:s@h2>;expires=600",
      "7 r>s 200 REGISTER br=4 cseq=2 nocontact",
      ANSWER("8", "s>a", "200",
             "br=3 cseq=2 | Contact: <sip:a@h1>;expires=60")},
     {"aor=sip:alice@reg state=registered expires_s=60 register_ms=8 src=97 "
      "attempts=1 challenges=1",
      "aor=sip:alice@other state=registered expires_s=600 register_ms=6 "
      "src=115 attempts=1 challenges=1 contact_host=h2"}},
    {"one given up late began before one that was answered",
     {REG("0", "a>r", "br=1 | Contact: <sip:a@h1>;expires=60"),
      REG("100", "a>r", "br=2 cseq=2 | Contact: <sip:a@h1>;expires=60"),
      ANSWER("110", "r>a", "200", "br=2 cseq=2"), "40000 clock"},
     {"state=registered attempts=2 failures=0 first_at=0 last_at=110 "
      "register_ms=10"}},
    {"never answered: Timer F",
     {REG("0", "a>r", "br=1 | Contact: <sip:a@h1>"),
      REG("500", "a>r", "br=1 ip=2 | Contact: <sip:a@h1>"),
      REG("1500", "a>r", "br=1 ip=3 | Contact: <sip:a@h1>"), "60000 clock"},
     {"state=failed status_code=- attempts=1 failures=1 timeouts=1 "
      "ineffective=1 first_at=0 last_at=0"}},
    {"sent once and never again: its answer went past us",
     {REG("0", "a>r", "br=1 | Contact: <sip:a@h1>"), "60000 clock"},
     {"state=- status_code=- attempts=1 failures=0 timeouts=0"}},
    {"not answered yet when the input ends",
     {REG("0", "a>r", "br=1 over=tcp | Contact: <sip:a@h1>"), "900 clock"},
     {"state=- attempts=1 failures=0 transport=tcp"}},
    {"failures first, then accepted: one row, from the first REGISTER on",
     {REG("0", "a>r", "br=1 | Contact: <sip:a@h1>;expires=60"),
      ANSWER("10", "r>a", "500", "br=1"),
      REG("100", "a>r", "br=2 cseq=2 | Contact: <sip:a@h1>;expires=60"),
      ANSWER("130", "r>a", "200", "br=2 cseq=2")},
     {"state=registered first_at=0 attempts=2 failures=1 register_ms=30"}},
    {"instance and reg-id name it, whatever the Contact",
     {REG("0", "a>r",
          "br=1 | Contact: <sip:a@h1>;+sip.instance=\"<urn:u:1>\";"
          "reg-id=1;expires=60"),
      ANSWER("10", "r>a", "200",
             "br=1 | Contact: <sip:a@h1>;"
             "+sip.instance=\"<urn:u:1>\";reg-id=1;"
             "expires=50"),
      REG("20000", "a>r",
          "br=2 cseq=2 | Contact: <sip:a@h7:99>;"
          "+sip.instance=\"<URN:u:1>\";reg-id=1;expires=60"),
      ANSWER("20010", "r>a", "200", "br=2 cseq=2"),
      REG("20020", "a>r",
          "br=3 cseq=3 | Contact: <sip:a@h7:99>;"
          "+sip.instance=\"<urn:u:1>\";reg-id=2;expires=60"),
      ANSWER("20030", "r>a", "200", "br=3 cseq=3")},
     {"instance_id=<URN:u:1> reg_id=1 attempts=2 contact_host=h7 expires_s=60",
      "reg_id=2 attempts=1"}},
    {"a registrar that rewrites and drops parameters",
     {REG("0", "a>r",
          "br=1 | Contact: <sip:a@h1:5062;transport=tcp;ob>;"
          "q=0.5;expires=600"),
      ANSWER("10", "r>a", "200",
             "br=1 | Contact: <sip:z@elsewhere>;"
             "expires=100, <sip:a@h1:5062>;expires=77"),
      REG("20", "b>r", "br=2 id=c2 | Contact: <sip:b@h2>;expires=600"),
      ANSWER("30", "r>b", "200",
             "br=2 id=c2 | Contact: "
             "<sip:b@198.51.100.7:1025>;expires=88")},
     {"contact_host=h1 expires_s=77", "contact_host=h2 expires_s=88"}},
    {"behind a translator: Via names another address than the source",
     {REG("0", "a>r", "br=1 by=192.168.1.5 | Contact: <sip:a@192.168.1.5>"),
      ANSWER("10", "r>a", "200", "br=1 by=192.168.1.5 | Expires: 60"),
      REG("20", "b>r", "br=2 id=c2 by=10.0.0.98 | Contact: <sip:b@10.1.1.1>"),
      ANSWER("30", "r>b", "200", "br=2 id=c2 by=10.0.0.98 | Expires: 60"),
      REG("40", "c>r", "br=3 id=c3 by=name.example | Contact: <sip:c@name>"),
      ANSWER("50", "r>c", "200", "br=3 id=c3 by=name.example | Expires: 60")},
     {"behind_nat=t src=97", "behind_nat=t src=98", "behind_nat=- src=99"}},
    {"a third party registers",
     {"0 a>r REGISTER uri=sip:REG fromuri=sip:boss@reg "
      "touri=sip:Alice@REG;user=phone br=1 nocontact | Contact: <sip:a@h1>",
      "10 r>a 200 REGISTER br=1 nocontact | Expires: 5"},
     {"aor=sip:Alice@reg registrar=reg registrant=sip:boss@reg expires_s=5"}},
    {"taken back without having been seen",
     {REG("0", "a>r", "br=1 | Contact: <sip:a@h1>;expires=0"),
      ANSWER("10", "r>a", "200", "br=1")},
     {"state=unregistered first_at=0 ended_at=10 register_ms=- expires_at=-"}},
    {"a final sent again is no second answer",
     {REG("0", "a>r", "br=1 ip=1 | Contact: <sip:a@h1>;expires=60"),
      ANSWER("10", "r>a", "200", "br=1 ip=5"),
      REG("500", "a>r", "br=1 ip=2 | Contact: <sip:a@h1>;expires=60"),
      ANSWER("510", "r>a", "200", "br=1 ip=6")},
     {"attempts=1 renewals=0 last_at=10"}},
    {"answers alone make no row",
     {ANSWER("10", "r>a", "200", "br=1 | Contact: <sip:a@h1>;expires=60")},
     {0}},
};

static void registrations_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(scenarios); i++) {
        struct rows *rows = calloc(1, sizeof(*rows));

        assert_non_null(rows);
        rows_play(rows, &scenarios[i]);
        rows_close(rows);
        free(rows);
    }
}

/* A row that runs for long is told of once an hour, under one key. */
static void long_ones_are_told_of_early(void **state)
{
    struct rows *rows = calloc(1, sizeof(*rows));

    (void)state;
    assert_non_null(rows);
    rows_open(rows, "long", 0);
    for (int minute = 0; minute < 300; minute++) {
        char step[256];

        snprintf(step, sizeof(step),
                 "%d a>r REGISTER uri=sip:reg touri=sip:alice@reg id=c%d "
                 "br=b%d nocontact | Contact: <sip:a@h>;expires=120",
                 minute * 60000, minute, minute);
        scenario_step(&rows->run, step);
        snprintf(step, sizeof(step),
                 "%d r>a 200 REGISTER touri=sip:alice@reg id=c%d br=b%d "
                 "nocontact",
                 minute * 60000 + 10, minute, minute);
        scenario_step(&rows->run, step);
    }
    assert_int_equal(correlator_end(rows->run.correlator), 0);
    assert_int_equal(rows->count, 1);
    assert_in_range(rows->told, 4, 6);
    rows_expect(rows, 0,
                "attempts=300 renewals=299 state=registered call_id=c299");
    rows_close(rows);
    free(rows);
}

static void flood(struct rows *rows, unsigned count, unsigned sources,
                  const char *code)
{
    for (unsigned i = 0; i < count; i++) {
        char step[256];
        char source = (char)('a' + i % sources);

        snprintf(step, sizeof(step),
                 "%u %c>R REGISTER uri=sip:reg touri=sip:%u@reg id=f%u br=%u "
                 "nocontact | Contact: <sip:%u@h>",
                 i, source, i, i, i, i);
        scenario_step(&rows->run, step);
        snprintf(step, sizeof(step),
                 "%u R>%c %s REGISTER touri=sip:%u@reg id=f%u br=%u nocontact "
                 "| Expires: 60",
                 i, source, code, i, i, i);
        scenario_step(&rows->run, step);
    }
}

/* Somebody tries 1,000 extensions: 64 rows, and one for the rest. */
static void floods_of_failures_are_counted_together(void **state)
{
    struct rows *rows = calloc(1, sizeof(*rows));
    const struct correlator_counters *counters;
    uint32_t attempts = 0;

    (void)state;
    assert_non_null(rows);
    rows_open(rows, "flood", 0);
    flood(rows, 1000, 2, "403");
    assert_int_equal(correlator_end(rows->run.correlator), 0);
    counters = correlator_counters_of(rows->run.correlator);
    assert_int_equal(rows->count, 2 * 64 + 2);
    for (size_t i = 0; i < rows->count; i++)
        attempts += rows->rows[i].r.attempts;
    assert_int_equal(attempts, 1000);
    assert_int_equal(counters->bindings.aggregated, 1000 - 2 * 64);
    assert_int_equal(counters->bindings.failed, rows->count);
    assert_int_equal(counters->bindings.dropped, 0);
    for (size_t i = 0; i < rows->count; i++)
        if (!rows->rows[i].r.aor.length)
            rows_expect(rows, i,
                        "aor=- contact_uri=- state=failed attempts=436 "
                        "failures=436 ineffective=436 registrar=reg");
    rows_close(rows);
    free(rows);
}

static void a_full_table_hands_on_the_quietest(void **state)
{
    struct rows *rows = calloc(1, sizeof(*rows));
    const struct correlator_counters *counters;

    (void)state;
    assert_non_null(rows);
    rows_open(rows, "full", 100);
    flood(rows, 400, 4, "200");
    counters = correlator_counters_of(rows->run.correlator);
    assert_int_equal(rows->count, 300);
    assert_int_equal(correlator_end(rows->run.correlator), 0);
    assert_int_equal(rows->count, 400);
    assert_int_equal(counters->bindings.dropped, 300);
    assert_int_equal(counters->bindings.registrations, 400);
    rows_close(rows);
    free(rows);
}

/* Contacts without end, without URI, of great length; Call-IDs alike. */
static void hostile_ones_are_counted(void **state)
{
    struct rows *rows = calloc(1, sizeof(*rows));
    char step[1000];
    int n;

    (void)state;
    assert_non_null(rows);
    rows_open(rows, "hostile", 0);
    n = snprintf(step, sizeof(step),
                 "0 a>r REGISTER uri=sip:reg br=1 "
                 "nocontact | Contact: ");
    for (int i = 0; i < 60; i++)
        n += snprintf(step + n, sizeof(step) - (size_t)n, "%s<sip:%d@h>",
                      i ? "," : "", i);
    scenario_step(&rows->run, step);
    scenario_step(&rows->run, "1 r>a 200 REGISTER br=1 nocontact");
    scenario_step(&rows->run,
                  "2 a>r REGISTER uri=sip:reg br=2 id=c2 nocontact | "
                  "Contact: <> | Contact: ;expires=7");
    scenario_step(&rows->run, "3 r>a 200 REGISTER br=2 id=c2 nocontact");
    assert_int_equal(correlator_end(rows->run.correlator), 0);
    assert_int_equal(rows->count, REGISTER_CONTACTS_MAX);
    assert_in_range(
        correlator_counters_of(rows->run.correlator)->bindings.unreadable, 1,
        2);
    rows_close(rows);
    free(rows);
}

/* The key is the binding's and the time's: begun earlier, it is another. */
static void keys_do_not_depend_on_the_run(void **state)
{
    struct rows *one = calloc(1, sizeof(*one));
    struct rows *two = calloc(1, sizeof(*two));

    (void)state;
    assert_non_null(one);
    assert_non_null(two);
    rows_play(one, &scenarios[1]);
    rows_play(two, &scenarios[1]);
    for (size_t i = 0; i < 2; i++)
        assert_true(key_equal(&one->rows[i].r.registration_key,
                              &two->rows[i].r.registration_key));
    assert_true(
        key_equal(&one->rows[0].r.binding_key, &one->rows[1].r.binding_key));
    assert_false(key_equal(&one->rows[0].r.registration_key,
                           &one->rows[1].r.registration_key));
    rows_close(one);
    rows_close(two);
    free(one);
    free(two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registrations_are_read),
        cmocka_unit_test(long_ones_are_told_of_early),
        cmocka_unit_test(floods_of_failures_are_counted_together),
        cmocka_unit_test(a_full_table_hands_on_the_quietest),
        cmocka_unit_test(hostile_ones_are_counted),
        cmocka_unit_test(keys_do_not_depend_on_the_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
