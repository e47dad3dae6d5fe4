#include "test.h"

#include <unistd.h>

#include "cli/command.h"

static const enum cli_option accepted[] = {OPTION_FILTER,
                                           OPTION_DB,
                                           OPTION_SENSOR,
                                           OPTION_HEADER,
                                           OPTION_KEEP_DUPLICATES,
                                           OPTION_CONFIG,
                                           OPTION_QUIET,
                                           OPTION_VERBOSE,
                                           OPTION_END};

static const struct cli_command daemon_like = {
    .name = "daemon", .options = accepted, .configured = true};

/* A file of this content; the caller unlinks and frees. */
static char *file_of(const char *content)
{
    char *path = strdup("/tmp/siptrail-settings.XXXXXX");
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), strlen(content));
    assert_int_equal(close(fd), 0);
    return path;
}

static int read_with(const char *content, const char *flags,
                     struct settings *s_out)
{
    static char line[256];
    static char *words[16];
    char *path = file_of(content);
    char *rest = line;
    int n = 0;
    int rc;

    (void)snprintf(line, sizeof(line), "daemon --config %s %s", path, flags);
    for (char *w = strtok_r(line, " ", &rest); w;
         w = strtok_r(NULL, " ", &rest))
        words[n++] = w;
    words[n] = NULL;
    rc = settings_read(&daemon_like, n, words, s_out);
    (void)unlink(path);
    free(path);
    return rc;
}

static void precedence(void **state)
{
    static const char file[] = "# a comment\n"
                               "[capture]\n"
                               "sensor = of-file\n"
                               "filter = port 5060\n"
                               "  or port 5061\n"
                               "[store]\n"
                               "db = host=of-file ; a comment\n"
                               "header = X-One X-Two\n"
                               "header = X-Three\n"
                               "keep-duplicates = yes\n"
                               "[log]\n"
                               "quiet = yes\n";
    struct settings s;

    (void)state;
    assert_int_equal(setenv("SIPTRAIL_SENSOR", "of-environment", 1), 0);
    assert_int_equal(setenv("SIPTRAIL_DB", "host=of-environment", 1), 0);
    assert_int_equal(read_with(file, "--db host=of-flag -v", &s), CLI_DONE);
    assert_string_equal(s.value[OPTION_DB], "host=of-flag");
    assert_int_equal(s.origin[OPTION_DB], ORIGIN_FLAG);
    assert_string_equal(s.value[OPTION_SENSOR], "of-environment");
    assert_int_equal(s.origin[OPTION_SENSOR], ORIGIN_ENVIRONMENT);
    assert_string_equal(s.value[OPTION_FILTER], "port 5060 or port 5061");
    assert_int_equal(s.origin[OPTION_FILTER], ORIGIN_FILE);
    assert_int_equal(s.line[OPTION_FILTER], 4);
    assert_int_equal(s.header_count, 3);
    assert_true(s.given[OPTION_KEEP_DUPLICATES]);
    /* -v on the command line: the file's quiet is not asked. */
    assert_int_equal(s.verbosity, 1);
    assert_int_equal(unsetenv("SIPTRAIL_SENSOR"), 0);
    assert_int_equal(unsetenv("SIPTRAIL_DB"), 0);
    settings_fini(&s);
}

static void a_list_is_replaced_not_joined(void **state)
{
    const char *values[SETTINGS_LIST_MAX];
    struct settings s;

    (void)state;
    assert_int_equal(
        read_with("[store]\nheader = X-One X-Two\n", "--header X-Flag", &s),
        CLI_DONE);
    assert_int_equal(s.header_count, 1);
    assert_int_equal(settings_list(&s, OPTION_HEADER, values), 1);
    assert_string_equal(values[0], "X-Flag");
    settings_fini(&s);
}

static void no_means_not_given(void **state)
{
    struct settings s;

    (void)state;
    assert_int_equal(read_with("[store]\nkeep-duplicates = no\n", "", &s),
                     CLI_DONE);
    assert_false(s.given[OPTION_KEEP_DUPLICATES]);
    settings_fini(&s);
}

static void faults(void **state)
{
    static const struct {
        const char *name;
        const char *file;
        size_t faults;
    } rows[] = {
        {"empty", "", 0},
        {"unknown name", "[capture]\nsensr = x\n", 1},
        {"of the command line only", "[capture]\nlimit = 3\n", 1},
        {"wrong section", "[store]\nsensor = x\n", 1},
        {"no section", "sensor = x\n", 1},
        {"twice", "[capture]\nsensor = x\nsensor = y\n", 1},
        {"wrong value", "[log]\nverbose = 9\nquiet = ja\n", 2},
        {"no value", "[store]\ndb =\n", 1},
        {"an empty list", "[store]\nheader =\n", 1},
        {"no setting at all", "[capture]\nfoo\n", 1},
        {"a blank too much", "[capture]\nsensor = x\n filter = y\n", 1},
        {"a comment that is set in", "[capture]\nsensor = x\n  # y\n", 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *path = file_of(rows[i].file);
        struct config config;
        int rc = config_read(path, &config);

        ROW_ASSERT(rows[i].name, config.faults == rows[i].faults);
        ROW_ASSERT(rows[i].name, (rc != 0) == (rows[i].faults != 0));
        config_fini(&config);
        (void)unlink(path);
        free(path);
    }
}

/* The library reads 200 bytes and would take the rest for a line. */
static void a_long_line_is_no_two(void **state)
{
    char content[600] = "[capture]\nfilter = ";
    struct config config;
    char *path;

    (void)state;
    memset(content + strlen(content), 'x', 300);
    (void)strcat(content, "\nsensor = y\n");
    path = file_of(content);
    assert_int_not_equal(config_read(path, &config), 0);
    assert_int_equal(config.faults, 1);
    assert_int_equal(config.line_count, 1);
    assert_int_equal(config.lines[0].option, OPTION_SENSOR);
    assert_int_equal(config.lines[0].line, 3);
    config_fini(&config);
    (void)unlink(path);
    free(path);
}

static char *printed(const struct settings *s)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);

    assert_non_null(out);
    settings_print(s, out);
    assert_int_equal(fclose(out), 0);
    return text;
}

/* What is printed is a file that says the same. */
static void printing_is_a_file_again(void **state)
{
    static const char file[] = "[capture]\nsensor = edge 1\n"
                               "[store]\nheader = X-One X-Two\n"
                               "keep-duplicates = yes\n"
                               "[log]\nverbose = 2\n";
    struct settings first;
    struct settings second;
    char *text;

    (void)state;
    assert_int_equal(read_with(file, "--filter udp", &first), CLI_DONE);
    text = printed(&first);
    assert_non_null(strstr(text, "filter = udp ; flag\n"));
    assert_non_null(strstr(text, "# db = CONNINFO ; default\n"));
    assert_int_equal(read_with(text, "", &second), CLI_DONE);
    for (size_t i = 0; i < COUNT_OF(accepted) - 1; i++) {
        enum cli_option o = accepted[i];
        const char *a = first.value[o] ? first.value[o] : "";
        const char *b = second.value[o] ? second.value[o] : "";

        if (o == OPTION_CONFIG || option_entry_of(o)->kind == OPTION_KIND_FLAG)
            continue;
        assert_string_equal(a, b);
        assert_int_equal(first.given[o], second.given[o]);
    }
    assert_int_equal(second.header_count, 2);
    assert_true(second.given[OPTION_KEEP_DUPLICATES]);
    assert_int_equal(second.verbosity, 2);
    free(text);
    settings_fini(&first);
    settings_fini(&second);
}

static void passwords_are_not_printed(void **state)
{
    static const char *const conninfos[] = {
        "db = host=h password=geheim user=u",
        "db = host=h password='geh eim' user=u",
        "db = postgresql://u:geheim@h/d",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(conninfos); i++) {
        char file[128];
        struct settings s;
        char *text;

        (void)snprintf(file, sizeof(file), "[store]\n%s\n", conninfos[i]);
        assert_int_equal(read_with(file, "", &s), CLI_DONE);
        text = printed(&s);
        ROW_ASSERT(conninfos[i], !strstr(text, "geh") && !strstr(text, "eim"));
        ROW_ASSERT(conninfos[i], strstr(text, "***"));
        free(text);
        settings_fini(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(precedence),
        cmocka_unit_test(a_list_is_replaced_not_joined),
        cmocka_unit_test(no_means_not_given),
        cmocka_unit_test(faults),
        cmocka_unit_test(a_long_line_is_no_two),
        cmocka_unit_test(printing_is_a_file_again),
        cmocka_unit_test(passwords_are_not_printed),
    };

    (void)unsetenv("SIPTRAIL_DB");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
