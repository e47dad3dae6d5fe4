/*
 * Run a fuzz target over files that are kept: corpora and old crashes. Every
 * argument is a folder or a file; each input ends at an unmapped page. Prints
 * a TAP line for each argument that holds inputs.
 */
#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>

#include "../unit/guard.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

static const char *current = "";

/* Names the input that brought the target down. */
static void on_crash(int number)
{
    static const char text[] = "not ok - crashed on ";

    if (write(STDOUT_FILENO, "\n", 1) < 0 ||
        write(STDOUT_FILENO, text, sizeof(text) - 1) < 0 ||
        write(STDOUT_FILENO, current, strlen(current)) < 0 ||
        write(STDOUT_FILENO, "\n", 1) < 0)
        _exit(1);
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

static uint8_t *read_file(const char *path, size_t *length_out)
{
    FILE *f = fopen(path, "rb");
    struct stat st;
    uint8_t *data = NULL;

    if (!f)
        return NULL;
    if (fstat(fileno(f), &st) == 0 && S_ISREG(st.st_mode)) {
        *length_out = (size_t)st.st_size;
        data = malloc(*length_out + 1);
        if (data && fread(data, 1, *length_out, f) != *length_out) {
            free(data);
            data = NULL;
        }
    }
    (void)fclose(f);
    return data;
}

static bool run_file(const char *path)
{
    size_t length = 0;
    uint8_t *data = read_file(path, &length);
    struct guard g;

    if (!data)
        return false;
    g = guard_new(length);
    current = path;
    (void)LLVMFuzzerTestOneInput(guard_copy(&g, data, length), length);
    current = "";
    guard_free(&g);
    free(data);
    return true;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* In order of their names. Returns how many inputs there were. */
static size_t run_argument(const char *path)
{
    struct dirent **entries;
    int count = scandir(path, &entries, is_visible, alphasort);
    size_t ran = 0;

    if (count < 0)
        return run_file(path) ? 1 : 0;
    for (int i = 0; i < count; i++) {
        char name[4096];

        (void)snprintf(name, sizeof(name), "%s/%s", path, entries[i]->d_name);
        ran += run_file(name);
        free(entries[i]);
    }
    free(entries);
    return ran;
}

int main(int argc, char **argv)
{
    int lines = 0;

    if (LLVMFuzzerInitialize)
        (void)LLVMFuzzerInitialize(&argc, &argv);
    (void)signal(SIGSEGV, on_crash);
    (void)signal(SIGBUS, on_crash);
    (void)signal(SIGABRT, on_crash);
    for (int i = 1; i < argc; i++) {
        size_t ran = run_argument(argv[i]);

        if (ran == 0)
            continue;
        printf("ok %d - %s: %zu inputs\n", ++lines, argv[i], ran);
        (void)fflush(stdout);
    }
    if (lines == 0)
        printf("not ok %d - %s: no input to run\n", ++lines, argv[0]);
    printf("1..%d\n", lines);
    return 0;
}
