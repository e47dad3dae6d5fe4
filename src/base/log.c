#include "base/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static _Atomic(enum log_level) threshold = LOG_WARNING;
static bool journal;

void log_level_set(enum log_level level)
{
    atomic_store_explicit(&threshold, level, memory_order_relaxed);
}

bool log_to_journal(const char *stream)
{
    char mine[64];
    struct stat st;

    journal = stream && fstat(fileno(stderr), &st) == 0 &&
              snprintf(mine, sizeof(mine), "%ju:%ju", (uintmax_t)st.st_dev,
                       (uintmax_t)st.st_ino) > 0 &&
              strcmp(mine, stream) == 0;
    return journal;
}

static void print(enum log_level level, char *text)
{
    /* <syslog.h> has these numbers under names that are ours, too. */
    static const int priorities[] = {
        [LOG_ERROR] = 3, [LOG_WARNING] = 4, [LOG_INFO] = 6, [LOG_DEBUG] = 7};

    for (char *c = text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    if (journal)
        (void)fprintf(stderr, "<%d>%s\n", priorities[level], text);
    else
        (void)fprintf(stderr, "siptrail: %s%s\n",
                      level == LOG_WARNING ? "warning: " : "", text);
}

static bool is_wanted(enum log_level level)
{
    return level <= atomic_load_explicit(&threshold, memory_order_relaxed);
}

void log_line(enum log_level level, const char *format, ...)
{
    char text[2048];
    va_list args;

    if (!is_wanted(level))
        return;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    print(level, text);
}

bool log_repeated(struct log_event *event, int64_t now_ns, enum log_level level,
                  const char *format, ...)
{
    char text[2048];
    va_list args;
    int length;

    if (event->said && now_ns - event->said_ns < LOG_REPEAT_NS) {
        event->held++;
        return false;
    }
    if (!is_wanted(level))
        return false;
    va_start(args, format);
    length = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (event->held && length >= 0 && (size_t)length < sizeof(text))
        (void)snprintf(text + length, sizeof(text) - (size_t)length,
                       " (and %" PRIu64 " times since this was last said)",
                       event->held);
    *event = (struct log_event){.said_ns = now_ns, .said = true};
    print(level, text);
    return true;
}
