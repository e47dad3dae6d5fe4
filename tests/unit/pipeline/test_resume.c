/*
 * A live capture stopped behind any message and started again ends with the
 * records of one that was never stopped.
 *
 * Taken are the samples, and whatever lies in ../shared/captures. CUTS=all
 * stops long captures behind every message too.
 */
#include "call/scenario.h"

#include <errno.h>
#include <glob.h>

#include "pipeline/pipeline.h"

#define MESSAGES_MAX 1500
#define CUTS_OF_LONG 12

static int keep(void *arg, const struct observation *seen)
{
    struct replay *r = arg;

    if (r->count == MESSAGES_MAX)
        return -E2BIG;
    /* Sensors have no names here. */
    if (!seen->arrival.sensor) {
        replay_add(r, seen->message.text, &seen->arrival);
        r->events[r->count - 1].arrival.around = NULL;
    }
    return 0;
}

static int compare(const void *a, const void *b)
{
    const struct replay_event *x = a;
    const struct replay_event *y = b;

    if (x->arrival.time_ns != y->arrival.time_ns)
        return x->arrival.time_ns < y->arrival.time_ns ? -1 : 1;
    return (x->arrival.frame > y->arrival.frame) -
           (x->arrival.frame < y->arrival.frame);
}

static bool read_capture(const char *path, struct replay *r)
{
    const char *const paths[] = {path};
    struct pipeline_options options = {
        .paths = paths, .path_count = 1, .message_fn = keep, .message_arg = r};
    struct pipeline_result result;
    struct error err;
    int rc = pipeline_run(&options, &result, &err);

    pipeline_result_fini(&result);
    if (rc || r->count < 2)
        return false;
    qsort(r->events, r->count, sizeof(*r->events), compare);
    return true;
}

static size_t cut_all(const char *path)
{
    struct replay r = {.name = path, .limits = correlator_limits_default};
    size_t cuts = 0;

    scenario_limits(&r.limits);
    if (read_capture(path, &r)) {
        size_t step =
            r.count <= 60 || getenv("CUTS") ? 1 : r.count / CUTS_OF_LONG;

        for (size_t cut = 1; cut < r.count; cut += step, cuts++)
            replay_cut(&r, cut, scenario_same_record);
    }
    replay_fini(&r);
    return cuts;
}

static void captures_may_be_cut_anywhere(void **state)
{
    static const char *const patterns[] = {"samples/*.pcap*",
                                           "../shared/captures/*.pcap*"};
    size_t cuts = 0;
    size_t files = 0;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(patterns); i++) {
        glob_t found;

        if (glob(patterns[i], 0, NULL, &found))
            continue;
        for (size_t k = 0; k < found.gl_pathc; k++, files++)
            cuts += cut_all(found.gl_pathv[k]);
        globfree(&found);
    }
    print_message("%zu captures stopped at %zu places\n", files, cuts);
    assert_true(cuts > 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(captures_may_be_cut_anywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
