/**
 * Rows of `endpoint_roles`.
 */
#ifndef SIPTRAIL_STORE_ROW_ENDPOINT_H
#define SIPTRAIL_STORE_ROW_ENDPOINT_H

#include "call/endpoint.h"
#include "store/upsert.h"

extern const struct upsert_table row_endpoint_table;

/** @return 0 or -ENOMEM */
WARN_UNUSED int row_add_endpoint(struct upsert *u,
                                 const struct endpoint_record *r,
                                 const struct key *capture_key);

#endif
