/**
 * Addresses whose REGISTERs fail, and how many rows each may have for it: what
 * strangers try must not push out what is registered. Internal to src/call.
 */
#ifndef SIPTRAIL_CALL_FAILING_H
#define SIPTRAIL_CALL_FAILING_H

#include "base/inet.h"
#include "base/pool.h"
#include "base/table.h"

struct failing {
    struct table_node node;
    struct address address;
    uint32_t rows; /* charged to it */
};

struct failing_table {
    struct table sources;
    struct pool pool;
    size_t rows; /* of all */
};

/** @return 0 or -ENOMEM */
WARN_UNUSED int failing_table_init(struct failing_table *t);
void failing_table_fini(struct failing_table *t);

/** Made where it is not there; NULL where there are too many. */
struct failing *failing_get(struct failing_table *t, const struct address *a);
/** One more row of its failures. @return false where it has too many */
bool failing_charge(struct failing_table *t, struct failing *f);
/** A row of it is gone, and the address with the last. */
void failing_discharge(struct failing_table *t, struct failing *f);

#endif
