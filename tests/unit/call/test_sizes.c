#include "scenario.h"

#include "call/media.h"

/*
 * What is open at once decides how many calls fit into memory, and each
 * message fetches the first lines of all of these. Who raises a bound says in
 * the commit what for, and has first looked whether few calls need it: then it
 * belongs to call_rare, invite_rare, or behind a pointer of its own.
 */
static void what_is_open_stays_small(void **state)
{
    static const struct {
        const char *name;
        size_t bytes;
        size_t bound;
    } rows[] = {
        {"call", sizeof(struct call), 448},
        {"call, for each message", CALL_HOT_BYTES, 192},
        {"exchange", sizeof(struct exchange), 256},
        {"exchange, for each message", EXCHANGE_HOT_BYTES, 120},
        {"Call-ID", sizeof(struct group), 128},
        {"INVITE on a hop", sizeof(struct invite), 192},
        {"offers and answers", sizeof(struct media), 96},
        {"answer", sizeof(struct media_answer), 40},
        {"dialog", sizeof(struct dialog), 256},
        {"sighting", sizeof(struct sighting), 168},
        {"transaction", sizeof(struct transaction), 256},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        ROW_ASSERT(rows[i].name, rows[i].bytes <= rows[i].bound);
}

static size_t bytes_open(const struct correlator *c)
{
    return c->call_pool.used * sizeof(struct call) +
           c->exchange_pool.used * sizeof(struct exchange) +
           c->group_pool.used * sizeof(struct group) +
           c->invite_pool.used * sizeof(struct invite) +
           c->transactions.pool.used * sizeof(struct transaction) +
           c->dialogs.pool.used * sizeof(struct dialog) +
           c->texts_pool.blocks.used * c->texts_pool.blocks.item_bytes;
}

/* Challenged, answered and hung up through one proxy, each with its text. */
static void a_call_through_a_proxy_takes_so_much(void **state)
{
    static const char *const steps[] = {
        "0 a>p INVITE sdp",
        "1 p>a 407 INVITE to=x | Proxy-Authenticate: Digest realm=\"r\", "
        "nonce=\"0123456789abcdef0123456789abcdef\"",
        "2 a>p ACK to=x",
        "3 a>p INVITE sdp cseq=2 br=2 | Proxy-Authorization: Digest "
        "username=\"u\", realm=\"r\", "
        "nonce=\"0123456789abcdef0123456789abcdef\"",
        "4 p>b INVITE sdp cseq=2 br=3 vias=2",
        "9 b>p 180 INVITE cseq=2 to=b br=3 vias=2",
        "10 p>a 180 INVITE cseq=2 to=b br=2",
        "600 b>p 200 INVITE cseq=2 sdp to=b br=3 vias=2",
        "601 p>a 200 INVITE cseq=2 sdp to=b br=2",
        "610 a>p ACK cseq=2 to=b br=4",
        "611 p>b ACK cseq=2 to=b br=5 vias=2",
        "700 a>p BYE cseq=3 to=b br=6",
        "701 p>b BYE cseq=3 to=b br=7 vias=2",
        "702 b>p 200 BYE cseq=3 to=b br=7 vias=2",
        "703 p>a 200 BYE cseq=3 to=b br=6",
    };
    struct scenario_run run;
    size_t bytes;

    (void)state;
    scenario_open(&run, "sizes", false);
    for (size_t i = 0; i < COUNT_OF(steps); i++)
        scenario_step(&run, steps[i]);
    assert_int_equal(run.correlator->call_pool.used, 1);
    assert_int_equal(run.correlator->invite_pool.used, 3);
    bytes = bytes_open(run.correlator);
    if (bytes > 3568)
        print_error("%zu bytes\n", bytes);
    assert_true(bytes <= 3568);
    assert_int_equal(correlator_end(run.correlator), 0);
    assert_int_equal(bytes_open(run.correlator), 0);
    scenario_close(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_open_stays_small),
        cmocka_unit_test(a_call_through_a_proxy_takes_so_much),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
