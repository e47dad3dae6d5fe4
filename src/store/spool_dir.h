/**
 * The spool's directory: who has it, and the names in it.
 */
#ifndef SIPTRAIL_STORE_SPOOL_DIR_H
#define SIPTRAIL_STORE_SPOOL_DIR_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/** Name of the newest segment that was damaged. */
#define SPOOL_DAMAGED "segment.damaged"

struct spool_name {
    char text[32]; /* "0000000000000001.segment" */
};

struct spool_name spool_name_of(uint64_t number);

/**
 * Make the directory where need be, for this user alone, and lock it.
 *
 * @return 0; -EBUSY where another process has it; another negative errno
 */
WARN_UNUSED int spool_dir_open(const char *path, int *dir_fd_out,
                               int *lock_fd_out, struct error *err);
void spool_dir_close(int dir_fd, int lock_fd);

/**
 * Numbers of the segments in it, in order.
 *
 * @param numbers_out  The caller frees it, on failure too
 */
WARN_UNUSED int spool_dir_list(int dir_fd, uint64_t **numbers_out,
                               size_t *count_out);

#endif
