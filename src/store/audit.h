/**
 * The house-keeping of `siptrail db`: audit. See status.h, too.
 */
#ifndef SIPTRAIL_STORE_AUDIT_H
#define SIPTRAIL_STORE_AUDIT_H

#include <stdio.h>

#include "base/error.h"

struct store;

/**
 * Check that the accounts balance and that what names something finds it;
 * sweep blocks that no part names; mark captures whose run died as
 * interrupted. One line for each finding.
 *
 * @param faults_out  Findings that are faults (sweeping is none)
 */
WARN_UNUSED int audit_run(struct store *store, FILE *out, size_t *faults_out,
                          struct error *err);

#endif
