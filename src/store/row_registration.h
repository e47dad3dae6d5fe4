/**
 * Rows of `registrations`.
 */
#ifndef SIPTRAIL_STORE_ROW_REGISTRATION_H
#define SIPTRAIL_STORE_ROW_REGISTRATION_H

#include "call/registration.h"
#include "store/upsert.h"

struct pg_result;

extern const struct upsert_table row_registration_table;

/** @return 0 or -ENOMEM */
WARN_UNUSED int row_add_registration(struct upsert *u,
                                     const struct registration_record *r,
                                     const struct key *capture_key,
                                     struct span sensor);

/**
 * Read row @p row of a result in binary form that has the table's columns.
 * Texts are borrowed from the result; the sensor is left empty.
 *
 * @return 0 or -EPROTO
 */
WARN_UNUSED int row_read_registration(const struct pg_result *result, int row,
                                      struct registration_record *r_out,
                                      struct key *capture_key_out);

#endif
