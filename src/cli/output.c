#include "cli/output.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/settings.h"

/* First failure of standard output; several threads write, in turns. */
static atomic_int failure;

int output_write(struct text *text)
{
    int rc = atomic_load(&failure);

    if (rc) {
        text_clear(text);
        return rc;
    }
    rc = text_flush(text, stdout);
    if (rc)
        atomic_store(&failure, rc);
    return rc;
}

void output_note(int rc)
{
    if (rc)
        atomic_store(&failure, rc);
}

void output_flush(void)
{
    errno = 0;
    if (fflush(stdout) != 0)
        output_note(errno ? -errno : -EIO);
}

bool output_closed(void)
{
    return atomic_load(&failure) != 0;
}

int output_finish(int code)
{
    int rc = atomic_load(&failure);

    errno = 0;
    if (fflush(stdout) != 0 && !rc)
        rc = errno ? -errno : -EIO;
    if (rc == 0 || rc == -EPIPE)
        return code;
    log_line(LOG_ERROR, "cannot write to standard output: %s", strerror(-rc));
    return code == CLI_DONE || code == CLI_DAMAGED ? CLI_FAILED : code;
}

bool output_is_terminal(void)
{
    return isatty(STDOUT_FILENO) == 1;
}

bool output_error_is_terminal(void)
{
    return isatty(STDERR_FILENO) == 1;
}

bool output_is_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *value = getenv(names[i]);

        if (value && *value)
            return strstr(value, "UTF-8") || strstr(value, "utf8");
    }
    return false;
}

/* Columns of a terminal, or of one that COLUMNS speaks of; 0 for none. */
static size_t width_of(int fd)
{
    const char *said = getenv("COLUMNS");
    struct winsize size = {0};
    uint64_t columns = 0;

    if (said && span_to_u64(span_of_string(said), 10000, &columns) && columns)
        return (size_t)columns;
    if (isatty(fd) != 1)
        return 0;
    if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return 80;
    return size.ws_col;
}

struct table_style output_style(void)
{
    const char *no_colour = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    size_t width = width_of(STDOUT_FILENO);

    return (struct table_style){
        .width = width ? width : SIZE_MAX,
        .colour = output_is_terminal() && !(no_colour && *no_colour) &&
                  !(term && strcmp(term, "dumb") == 0),
    };
}

size_t output_error_width(void)
{
    size_t width = width_of(STDERR_FILENO);

    return width ? width : 80;
}
