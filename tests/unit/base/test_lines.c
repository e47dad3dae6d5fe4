#include "test.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/fetch.h"
#include "base/lines.h"

static void memory_begins_a_line_and_can_be_written(void **state)
{
    static const size_t sizes[] = {1, FETCH_LINE_BYTES, LINES_HUGE_BYTES - 1,
                                   LINES_HUGE_BYTES, LINES_HUGE_BYTES + 1};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        char *at = lines_alloc(sizes[i]);
        size_t unit =
            sizes[i] < LINES_HUGE_BYTES ? FETCH_LINE_BYTES : LINES_HUGE_BYTES;

        assert_non_null(at);
        assert_int_equal((uintptr_t)at % unit, 0);
        memset(at, 1, sizes[i]);
        free(at);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_begins_a_line_and_can_be_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
