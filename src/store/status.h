/**
 * `siptrail db status`: what is stored, and how captures that run get on.
 */
#ifndef SIPTRAIL_STORE_STATUS_H
#define SIPTRAIL_STORE_STATUS_H

#include <stdio.h>

#include "base/error.h"

struct store;

/**
 * Print, for a person: server and schema, captures, those that run with how
 * far behind they are, rows, days, quarantine, and the size of each table.
 * Rows of large tables are the server's estimate.
 */
WARN_UNUSED int status_print(struct store *store, FILE *out, struct error *err);

#endif
