/**
 * Rows of `registrations`.
 */
#ifndef SIPTRAIL_STORE_ROW_REGISTRATION_H
#define SIPTRAIL_STORE_ROW_REGISTRATION_H

#include "call/registration.h"
#include "store/upsert.h"

extern const struct upsert_table row_registration_table;

/** @return 0 or -ENOMEM */
WARN_UNUSED int row_add_registration(struct upsert *u,
                                     const struct registration_record *r,
                                     const struct key *capture_key,
                                     struct span sensor);

#endif
