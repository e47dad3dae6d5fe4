/**
 * A progress line on a terminal, redrawn at most ten times a second.
 *
 * Knows no clock: the caller says what time it is.
 */
#ifndef SIPTRAIL_REPORT_PROGRESS_H
#define SIPTRAIL_REPORT_PROGRESS_H

#include "report/text.h"

struct progress {
    FILE *stream;     /* borrowed; NULL: silent */
    size_t width;     /* of the terminal */
    int64_t begun_ns; /* of a clock that only goes forward */
    int64_t drawn_ns; /* last time; 0 for never */
    struct text text;
};

struct progress_state {
    uint64_t packets;
    uint64_t calls;
    uint64_t position_bytes;
    uint64_t size_bytes; /* 0 where not known: no bar, no time left */
};

/** @param stream  NULL to stay silent (no terminal, or -q) */
void progress_init(struct progress *p, FILE *stream, size_t width,
                   int64_t now_ns);
/** Takes the line away, too. */
void progress_fini(struct progress *p);

void progress_draw(struct progress *p, int64_t now_ns,
                   const struct progress_state *state);
/** Take the line away until it is drawn again. */
void progress_clear(struct progress *p);

/** The line itself, at most @p width columns. */
void progress_line(const struct progress_state *state, int64_t elapsed_ns,
                   size_t width, struct text *text);

#endif
