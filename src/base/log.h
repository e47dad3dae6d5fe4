/**
 * Lines for a person on stderr. Never one a packet, never from a parser.
 */
#ifndef SIPTRAIL_BASE_LOG_H
#define SIPTRAIL_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

/** Print levels up to @p level; LOG_WARNING at start. */
void log_level_set(enum log_level level);

/**
 * Where stderr is the journal's stream, as systemd says in JOURNAL_STREAM,
 * begin lines with the priority <N> of sd-daemon(3) instead of "siptrail: ".
 * Call before threads.
 *
 * @param stream  JOURNAL_STREAM's "device:inode", or NULL
 * @return Is it?
 */
bool log_to_journal(const char *stream);

/**
 * One line "siptrail: [warning: ]text". Control bytes become '?'.
 * Safe from several threads.
 */
void log_line(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** One kind of event that may come again and again; all zero at start. */
struct log_event {
    int64_t said_ns; /* when a line was last printed */
    uint64_t held;   /* events since then that were not */
    bool said;
};

#define LOG_REPEAT_NS INT64_C(60000000000)

/**
 * As log_line(), but of one event a line a minute at most; the next says how
 * many were held back. One thread uses an event.
 *
 * @param now_ns  Of a clock that goes forward
 * @return Was it printed?
 */
bool log_repeated(struct log_event *event, int64_t now_ns, enum log_level level,
                  const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
