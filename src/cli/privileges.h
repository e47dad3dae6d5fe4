/**
 * From root to an ordinary user, once all that needs root is open.
 *
 * Before threads are started: capabilities are of one thread only.
 */
#ifndef SIPTRAIL_CLI_PRIVILEGES_H
#define SIPTRAIL_CLI_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/** Whom the program will run as. */
struct privileges {
    uid_t uid;
    gid_t gid;
    char user[64]; /* its name, or its number */
    char home[256];
    bool change; /* from root to that user */
};

/**
 * Choose the user: the one named; else, of root, the owner of the private
 * server's data where that is used, else siptrail, else nobody. A program that
 * was started by an ordinary user stays what it is.
 *
 * @param user       A name or a number, or NULL
 * @param server_uid Of the private server; (uid_t)-1 where none is used. No
 *                   other user, root aside, can reach it
 */
WARN_UNUSED int privileges_choose(const char *user, uid_t server_uid,
                                  struct privileges *privileges_out,
                                  struct error *err);

/**
 * Make a folder that the chosen user can write to; one that is there already
 * stays as it is.
 */
WARN_UNUSED int privileges_make_folder(const struct privileges *p,
                                       const char *path, struct error *err);

/**
 * Become that user, for good, and let go of all capabilities: sockets that are
 * open need none. Root that stays root keeps CAP_DAC_OVERRIDE.
 */
WARN_UNUSED int privileges_drop(const struct privileges *p, struct error *err);

#endif
