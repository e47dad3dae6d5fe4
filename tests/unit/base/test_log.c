#include "test.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

/* What was printed since begin(), on a stderr of its own. */
static int kept = -1;
static char *path;

static void begin(void)
{
    int fd;

    path = strdup("/tmp/siptrail-log.XXXXXX");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)fflush(stderr);
    kept = dup(STDERR_FILENO);
    assert_int_equal(dup2(fd, STDERR_FILENO), STDERR_FILENO);
    assert_int_equal(close(fd), 0);
}

static char *end(void)
{
    static char text[4096];
    FILE *file;
    size_t length;

    (void)fflush(stderr);
    assert_int_equal(dup2(kept, STDERR_FILENO), STDERR_FILENO);
    assert_int_equal(close(kept), 0);
    file = fopen(path, "r");
    assert_non_null(file);
    length = fread(text, 1, sizeof(text) - 1, file);
    text[length] = '\0';
    assert_int_equal(fclose(file), 0);
    (void)unlink(path);
    free(path);
    return text;
}

static void levels(void **state)
{
    (void)state;
    begin();
    log_line(LOG_ERROR, "one\n%c", 7);
    log_line(LOG_WARNING, "two");
    log_line(LOG_INFO, "three");
    log_level_set(LOG_INFO);
    log_line(LOG_INFO, "four");
    log_level_set(LOG_WARNING);
    assert_string_equal(end(), "siptrail: one??\n"
                               "siptrail: warning: two\n"
                               "siptrail: four\n");
}

static void priorities_for_the_journal_alone(void **state)
{
    char stream[64];
    struct stat st;

    (void)state;
    assert_false(log_to_journal(NULL));
    assert_false(log_to_journal(""));
    begin();
    assert_int_equal(fstat(STDERR_FILENO, &st), 0);
    (void)snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev,
                   (uintmax_t)st.st_ino + 1);
    /* Inherited from a service, while stderr was sent elsewhere. */
    assert_false(log_to_journal(stream));
    (void)snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev,
                   (uintmax_t)st.st_ino);
    assert_true(log_to_journal(stream));
    log_line(LOG_ERROR, "one");
    log_line(LOG_WARNING, "two");
    assert_false(log_to_journal(NULL));
    assert_string_equal(end(), "<3>one\n<4>two\n");
}

static void repeated_events_are_counted(void **state)
{
    struct log_event event = {0};

    (void)state;
    begin();
    for (int i = 0; i < 5; i++)
        (void)log_repeated(&event, i * (LOG_REPEAT_NS / 4), LOG_WARNING,
                           "drop %d", i);
    assert_true(log_repeated(&event, 3 * LOG_REPEAT_NS, LOG_WARNING, "again"));
    assert_false(
        log_repeated(&event, 3 * LOG_REPEAT_NS + 1, LOG_WARNING, "no"));
    assert_string_equal(
        end(), "siptrail: warning: drop 0\n"
               "siptrail: warning: drop 4 (and 3 times since this was last "
               "said)\n"
               "siptrail: warning: again\n");
    assert_int_equal(event.held, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels),
        cmocka_unit_test(priorities_for_the_journal_alone),
        cmocka_unit_test(repeated_events_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
