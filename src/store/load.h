/**
 * One stored call, whole, into memory.
 */
#ifndef SIPTRAIL_STORE_LOAD_H
#define SIPTRAIL_STORE_LOAD_H

#include "base/slab.h"
#include "call/view.h"

struct store;

#define LOAD_SOURCES_MAX 64

/** The captures a loaded call's messages are from, by arrival.source. */
struct load_sources {
    struct {
        struct key capture_key;
        char *name; /* path or interface, owned */
    } items[LOAD_SOURCES_MAX];
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

void load_sources_fini(struct load_sources *s);

#endif
