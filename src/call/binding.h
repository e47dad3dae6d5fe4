/**
 * Bindings at registrars, joined over Call-IDs from facts in time order
 * (RFC 3261, 10.3; RFC 5626; RECORDS.md, registrations).
 *
 * A binding is known by the registrar's domain, the AOR, and instance and
 * reg-id, or else the Contact's user, host, port and transport. A row lives
 * from its first REGISTER until it is unregistered or expires; what never was
 * accepted lives until it is quiet for an hour.
 *
 * Floods of failures: a source address has 64 rows of its own for what never
 * was accepted; beyond them failures of that address are counted in one row
 * without AOR, and where too many addresses fail, in one of the registrar's.
 */
#ifndef SIPTRAIL_CALL_BINDING_H
#define SIPTRAIL_CALL_BINDING_H

#include "base/error.h"
#include "call/registration.h"

struct binding_table;

struct binding_counters {
    uint64_t registrations; /* rows, each counted once */
    uint64_t failed;        /* of these: never accepted */
    uint64_t dropped;       /* handed on early by the cap */
    uint64_t expired;       /* their time ran out */
    uint64_t aggregated;    /* failures counted in a row without AOR */
    uint64_t unreadable;    /* contacts without a URI, too long, too many */
};

typedef int (*registration_fn)(void *arg, const struct registration_record *r);

/** @param cap  Most rows open; the one longest without a word goes first */
WARN_UNUSED int binding_table_new(size_t cap, registration_fn fn, void *arg,
                                  struct binding_table **table_out);
/** Releases what is held without handing it on. NULL is allowed. */
void binding_table_free(struct binding_table *t);

/**
 * Rows of many phones have long left the cache when a renewal comes: these are
 * steps to have the one fetched that a request most likely leads to, each some
 * messages after the one before. Between turns of the owner any correlator may
 * call them.
 *
 * @return Hash of how the request is written, for the steps behind; not 0
 */
uint64_t binding_table_seek(const struct binding_table *t,
                            const struct register_request *q);
void binding_table_fetch_row(const struct binding_table *t, uint64_t spelling);
void binding_table_fetch_texts(const struct binding_table *t,
                               uint64_t spelling);

/** @return 0, -ENOMEM, or what the function given returned */
WARN_UNUSED int binding_table_observe(struct binding_table *t,
                                      const struct register_fact *fact);
/** Time passes: bindings expire, rows that run long are handed on. */
WARN_UNUSED int binding_table_advance(struct binding_table *t, int64_t now_ns);
/**
 * Go on with a row that an earlier run left open and accepted.
 *
 * @param sensor  As in its key
 * @return 0; -ENOENT where the key made of it is another; -ENOMEM
 */
WARN_UNUSED int binding_table_take_up(struct binding_table *t,
                                      const struct registration_record *r,
                                      struct span sensor);
/** Rows that have changed are handed on: of a live capture, at each tick. */
WARN_UNUSED int binding_table_tell(struct binding_table *t);
/** All rows are handed on. */
WARN_UNUSED int binding_table_end(struct binding_table *t);

const struct binding_counters *
binding_counters_of(const struct binding_table *t);

#endif
