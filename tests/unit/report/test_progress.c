#include "test.h"

#include "report/progress.h"

#define SECOND INT64_C(1000000000)

static const struct progress_state half = {1000000, 1234, 50, 100};

static void assert_line(const struct progress_state *s, int64_t elapsed_ns,
                        size_t width, const char *expected)
{
    struct text t;

    text_init(&t);
    progress_line(s, elapsed_ns, width, &t);
    if (!span_equal(text_span(&t), span_of_string(expected)))
        fail_msg("got \"%.*s\"", SPAN_ARG(text_span(&t)));
    text_fini(&t);
}

static void test_line(void **state)
{
    static const struct progress_state piped = {10, 0, 0, 0};

    (void)state;
    assert_line(&half, 70 * SECOND, 200,
                "[############............]  50%  1,000,000 packets  14,285/s  "
                "1,234 calls  1:10 left");
    assert_line(&half, 70 * SECOND, 10, "[#########");
    assert_line(&piped, SECOND, 200, "10 packets  10/s  0 calls");
}

/* Ten times a second at most, and nothing where nobody looks. */
static void test_rate(void **state)
{
    char *seen = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&seen, &length);
    struct progress p;
    size_t drawn = 0;

    (void)state;
    assert_non_null(stream);
    progress_init(&p, stream, 80, SECOND);
    for (int64_t now = SECOND; now < 2 * SECOND; now += SECOND / 1000)
        progress_draw(&p, now, &half);
    fflush(stream);
    for (size_t i = 0; i < length; i++)
        drawn += seen[i] == '[' && seen[i + 1] == '#';
    assert_int_equal(drawn, 10);
    progress_fini(&p);
    fflush(stream);
    assert_memory_equal(seen + length - 4, "\r\033[K", 4);
    fclose(stream);
    free(seen);

    progress_init(&p, NULL, 80, SECOND);
    progress_draw(&p, SECOND, &half);
    progress_fini(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line),
        cmocka_unit_test(test_rate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
