/**
 * The private PostgreSQL server: used where the user names no other.
 *
 * Its data stand in $XDG_DATA_HOME/siptrail/db (~/.local/share without the
 * variable). As root: /var/lib/siptrail/db unless XDG_DATA_HOME is set, and
 * the server runs as user postgres. It listens on a unix socket only, in a
 * directory that its user alone can enter, and knows who connects by peer
 * authentication.
 */
#ifndef SIPTRAIL_STORE_SERVER_H
#define SIPTRAIL_STORE_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

#define SERVER_PATH_BYTES 4096
/** A socket's path has 107 bytes, ".s.PGSQL.5432" and a slash 14 of them. */
#define SERVER_SOCKET_DIR_MAX 93

struct server_place {
    char data_dir[SERVER_PATH_BYTES];
    char socket_dir[SERVER_SOCKET_DIR_MAX + 1];
    char bin_dir[SERVER_PATH_BYTES]; /* of initdb, pg_ctl and postgres */
    uid_t uid;                       /* whom the server runs as */
    gid_t gid;
};

enum server_state {
    SERVER_ABSENT,  /* no data folder yet */
    SERVER_STOPPED, /* also: a stale postmaster.pid */
    SERVER_RUNNING
};

/**
 * Where everything stands. Nothing is made.
 *
 * @return 0; -ENOENT where PostgreSQL is not installed, -ENAMETOOLONG
 */
WARN_UNUSED int server_locate(struct server_place *place_out,
                              struct error *err);

/** Does our postmaster live? *pid_out is its process, or 0. */
enum server_state server_state_of(const struct server_place *place,
                                  pid_t *pid_out);

/** Did it end without being stopped? Its postmaster.pid is still there. */
bool server_died(const struct server_place *place);

/** Make the data folder where there is none, start the server and wait. */
WARN_UNUSED int server_start(const struct server_place *place,
                             struct error *err);
/** Stop it, ending its connections. One that does not run is no error. */
WARN_UNUSED int server_stop(const struct server_place *place,
                            struct error *err);

/** Conninfo of database siptrail on it; the caller frees it. */
char *server_conninfo(const struct server_place *place);

#endif
