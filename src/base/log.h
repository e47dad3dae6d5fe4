/**
 * Lines for a person on stderr. Never one a packet, never from a parser.
 */
#ifndef SIPTRAIL_BASE_LOG_H
#define SIPTRAIL_BASE_LOG_H

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

/** Print levels up to @p level; LOG_WARNING at start. Set before threads. */
void log_level_set(enum log_level level);

/**
 * One line "siptrail: [warning: ]text". Control bytes become '?'.
 * Safe from several threads.
 */
void log_line(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
