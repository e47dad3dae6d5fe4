/**
 * The files of schema/, compiled in by scripts/embed-sql.
 */
#ifndef SIPTRAIL_STORE_SCHEMA_H
#define SIPTRAIL_STORE_SCHEMA_H

#include <stddef.h>

struct schema_migration {
    int version;      /* 1, 2, 3 ... without a gap */
    const char *name; /* of the file, without suffix */
    const char *sql;  /* with its own BEGIN and COMMIT; enters its version in
                         schema_version */
};

extern const struct schema_migration schema_migrations[];
extern const size_t schema_migration_count;

#endif
