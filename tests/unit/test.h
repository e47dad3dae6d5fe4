/* What every unit test includes: cmocka and the headers it wants first. */
#ifndef SIPTRAIL_TESTS_UNIT_TEST_H
#define SIPTRAIL_TESTS_UNIT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/** For a table row: say which one failed. */
#define ROW_ASSERT(row_name, condition)                                        \
    do {                                                                       \
        if (!(condition))                                                      \
            fail_msg("%s: %s", row_name, #condition);                          \
    } while (0)

#endif
