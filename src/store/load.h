/**
 * One stored call, whole, into memory.
 */
#ifndef SIPTRAIL_STORE_LOAD_H
#define SIPTRAIL_STORE_LOAD_H

#include "base/slab.h"
#include "call/view.h"

struct pg_conn;
struct store;

#define LOAD_SOURCES_MAX 64

struct load_source {
    struct key capture_key;
    char *name; /* path or interface, owned */
};

/** The captures a loaded call's messages are from, by arrival.source. */
struct load_sources {
    struct load_source items[LOAD_SOURCES_MAX];
    size_t count;
};

/**
 * Read a call with its dialogs and messages.
 *
 * Messages are parsed again from their texts, which lie in slabs of @p pool.
 * Where texts were dropped, or of duplicates, message.text is empty and what
 * the columns hold is filled in: status line or method and Request-URI,
 * Call-ID, CSeq, branch, tags.
 *
 * @param pool         Must outlive the view
 * @param view_out     Initialised and empty
 * @param sources_out  NULL, or to be released by load_sources_fini()
 * @return 0, -ENOENT where there is no such call, or a negative errno
 */
WARN_UNUSED int load_call(struct store *store, const struct key *call_key,
                          struct slab_pool *pool, struct call_view *view_out,
                          struct load_sources *sources_out, struct error *err);

/** A message of any exchange; `seen` becomes the taker's. */
struct load_message {
    struct observation *seen; /* its ordinal is that in its exchange */
    struct key exchange_key;
    bool duplicate; /* then there is no text, as of load_call() */
};

/** @return 0, or a negative errno that ends it */
typedef int (*load_message_fn)(void *arg, const struct load_message *m);

struct load_exchanges {
    struct slab_pool *pool;
    struct load_sources *sources; /* grows; zero is empty */
    load_message_fn message_fn;
    void *arg;
};

/** Read all messages of calls or exchanges, one after the other by key. */
WARN_UNUSED int load_exchanges(struct pg_conn *conn, const struct key *keys,
                               size_t count, const struct load_exchanges *how,
                               struct error *err);

void load_sources_fini(struct load_sources *s);

#endif
