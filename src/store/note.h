/**
 * What is entered about runs and captures, as statements to be run now or
 * kept with a batch: so that a run can begin while the database is away.
 */
#ifndef SIPTRAIL_STORE_NOTE_H
#define SIPTRAIL_STORE_NOTE_H

#include <stdbool.h>

#include "base/error.h"
#include "store/copy.h"

struct pg_conn;

enum note_kind {
    NOTE_RUN,           /* unless it is there */
    NOTE_RUN_END,       /* its numbers, where they are not NULL */
    NOTE_CAPTURE,       /* unless it is there */
    NOTE_CAPTURE_AGAIN, /* or read once more */
    NOTE_CAPTURE_END,   /* its account; NULL leaves a number as it is */
    NOTE_KIND_COUNT
};

#define NOTE_VALUES_MAX 32

/** Where to: at once over conn, or behind the rows of notes. */
struct note_target {
    struct pg_conn *conn;
    struct copy *notes; /* NULL: at once */
};

/**
 * Enter something.
 *
 * @param values  As many texts as the kind takes; NULL is NULL
 * @return 0 or a negative errno
 */
WARN_UNUSED int note_enter(const struct note_target *to, enum note_kind kind,
                           const char *const *values, struct error *err);

/** The kind of a note; NOTE_KIND_COUNT where the row is none. */
enum note_kind note_kind_of(const struct copy *notes, size_t row);
/** Must it be there before the rows of its batch? */
bool note_comes_first(enum note_kind kind);
/** Run a note that was kept. */
WARN_UNUSED int note_run(struct pg_conn *conn, const struct copy *notes,
                         size_t row, struct error *err);

#endif
