/**
 * PostgreSQL's own programs, run as the user the private server runs as.
 */
#ifndef SIPTRAIL_STORE_CHILD_H
#define SIPTRAIL_STORE_CHILD_H

#include "store/server.h"

/**
 * Run a program of place->bin_dir and wait for it. Its words go to the error
 * where it fails.
 *
 * @param args  args[0] is the program's name; ends with NULL
 * @return 0 or a negative errno
 */
WARN_UNUSED int child_run(const struct server_place *place,
                          const char *const *args, struct error *err);

/** Can the server's user enter the folder that holds the data folder? */
WARN_UNUSED int child_may_enter(const struct server_place *place,
                                struct error *err);

/** Remove a folder and what is in it; follows no link. 0 where absent. */
WARN_UNUSED int child_remove_tree(const char *path);

#endif
