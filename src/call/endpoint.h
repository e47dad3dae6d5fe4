/**
 * Which roles an address was seen to play (RFC 3261, 6), with counts.
 *
 * A transaction counts once, when its final comes: its receiver is a proxy
 * where it sent the same request on with a Via added, else the one that
 * answered; its sender is a UAC unless it is such a proxy.
 */
#ifndef SIPTRAIL_CALL_ENDPOINT_H
#define SIPTRAIL_CALL_ENDPOINT_H

#include "base/error.h"
#include "base/inet.h"
#include "base/span.h"

/** What an element does (RFC 3261, 6). */
enum endpoint_role {
    ENDPOINT_UAC,
    ENDPOINT_UAS,
    ENDPOINT_PROXY,
    ENDPOINT_STATELESS_PROXY,
    ENDPOINT_REGISTRAR,
    ENDPOINT_REDIRECT_SERVER,
    ENDPOINT_B2BUA,
    ENDPOINT_ROLE_COUNT
};

/** "uac", "stateless_proxy", ... Static storage. */
const char *endpoint_role_name(enum endpoint_role r);

/** One row of `endpoint_roles`: an address in one capture. */
struct endpoint_record {
    uint32_t source; /* ordinal of the capture */
    struct address address;
    int64_t first_at; /* microseconds */
    int64_t last_at;
    uint64_t counts[ENDPOINT_ROLE_COUNT];
    struct span agent; /* User-Agent or Server, the first seen */
};

typedef int (*endpoint_fn)(void *arg, const struct endpoint_record *r);

struct endpoint_table;

/** @param cap  Most addresses; the one longest without a word goes first */
WARN_UNUSED int endpoint_table_new(size_t cap, endpoint_fn fn, void *arg,
                                   struct endpoint_table **table_out);
/** Releases what is held without handing it on. NULL is allowed. */
void endpoint_table_free(struct endpoint_table *t);

struct endpoint_sighting {
    const struct address *address;
    uint32_t source;
    int64_t at;
    enum endpoint_role role;
};

/**
 * Count one role of one address. In whatever order of time, the outcome is
 * the same.
 *
 * @return Where no earlier agent is known: room for it, to be filled by
 *         endpoint_set_agent() with the same time; else NULL
 */
struct endpoint_entry *endpoint_count(struct endpoint_table *t,
                                      const struct endpoint_sighting *s);
void endpoint_set_agent(struct endpoint_entry *e, struct span agent,
                        int64_t at);

/** Rows that have changed for an hour are handed on. @return as below */
WARN_UNUSED int endpoint_table_advance(struct endpoint_table *t, int64_t at);
/** All rows are handed on. @return 0 or what the function given returned */
WARN_UNUSED int endpoint_table_end(struct endpoint_table *t);

/** Addresses handed on early by the cap. */
uint64_t endpoint_table_dropped(const struct endpoint_table *t);

#endif
