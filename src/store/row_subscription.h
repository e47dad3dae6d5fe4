/**
 * Rows of `subscriptions`.
 */
#ifndef SIPTRAIL_STORE_ROW_SUBSCRIPTION_H
#define SIPTRAIL_STORE_ROW_SUBSCRIPTION_H

#include "call/subscription.h"
#include "store/upsert.h"

extern const struct upsert_table row_subscription_table;

/** @return 0 or -ENOMEM */
WARN_UNUSED int row_add_subscription(struct upsert *u,
                                     const struct subscription_record *r,
                                     const struct key *capture_key,
                                     struct span sensor);

#endif
