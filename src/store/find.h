/**
 * Stored calls by what is known of them.
 */
#ifndef SIPTRAIL_STORE_FIND_H
#define SIPTRAIL_STORE_FIND_H

#include "base/error.h"
#include "call/record.h"

struct store;

/**
 * What `calls`, `stats`, `ladder` and `export` filter by. All that is set must
 * hold. Texts are borrowed.
 *
 * A number or user: "alice" or "+49301234" is the whole user part or the whole
 * number, "+4930*" begins with it, "*1234" ends with it (From and To alone);
 * digits alone also match a number with a leading plus; "alice@example.com"
 * compares the host as well.
 */
struct call_filter {
    int64_t since_us;   /* first_at at or after; TIME_NONE for none */
    int64_t until_us;   /* first_at before */
    struct span from;   /* caller, asserted identity included */
    struct span to;     /* callee, or the Request-URI */
    struct span number; /* either */
    struct span call_id;
    struct span sensor;
    struct address ip;     /* src or dst; family 0 for none */
    uint32_t dispositions; /* bits 1 << enum call_disposition; 0 for all */
    uint16_t status_low;   /* final from ... to; 0 for all */
    uint16_t status_high;
    int64_t min_pdd_ms;      /* TIME_NONE for none */
    int64_t min_duration_ms; /* of talk_ms */
    int64_t max_duration_ms;
    uint64_t limit;        /* the newest so many; 0 for no limit */
    bool all;              /* also calls begun before the capture (no_start) */
    bool live;             /* in progress alone, and changed */
    int64_t live_since_us; /* by a message then or later; TIME_NONE: any */
    const struct key *ended; /* of these calls those no longer in progress;
                                NULL for all */
    size_t ended_count;
    const struct key *capture_keys; /* of these captures only; NULL for all */
    size_t capture_count;
};

extern const struct call_filter call_filter_none;

/** A row of `calls`; all is borrowed for the length of the call. */
struct found_call {
    struct call_record record; /* source is 0 */
    struct key capture_key;
    struct span sensor;
};

/** @return 0, or a negative errno that ends the search */
typedef int (*find_call_fn)(void *arg, const struct found_call *call);
typedef int (*find_key_fn)(void *arg, const struct key *call_key);

/**
 * Hand on each call that passes, the oldest first.
 *
 * @return 0, what @p fn returned, or a negative errno
 */
WARN_UNUSED int find_calls(struct store *store,
                           const struct call_filter *filter, find_call_fn fn,
                           void *arg, struct error *err);
/** The same of their keys alone: sooner planned, where the days are many. */
WARN_UNUSED int find_call_keys(struct store *store,
                               const struct call_filter *filter, find_key_fn fn,
                               void *arg, struct error *err);

/**
 * The call meant by @p name: a call key, a unique prefix of one (4 digits or
 * more), or a Call-ID.
 *
 * @return 0; -ENOENT for none; -EEXIST for several: the error lists them
 */
WARN_UNUSED int find_call(struct store *store, struct span name,
                          struct key *key_out, struct error *err);

#endif
