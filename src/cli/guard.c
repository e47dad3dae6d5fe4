#include "cli/guard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "capture/kept_folder.h"
#include "cli/confine.h"
#include "cli/privileges.h"
#include "store/connection.h"
#include "store/server.h"
#include "store/spool.h"

/* Later on nobody here may start it, nor find it as root does. */
static int reach_private_server(const struct settings *s, uid_t *uid_out,
                                struct error *err)
{
    struct server_place place;
    char *conninfo;
    int rc;

    *uid_out = (uid_t)-1;
    if (s->given[OPTION_NO_STORE] || !store_is_private(s->value[OPTION_DB]))
        return 0;
    rc = server_locate(&place, err);
    if (rc)
        return rc;
    if (server_start(&place, err)) {
        log_line(LOG_WARNING, "%s; records wait in the spool", err->text);
        err->code = 0;
    }
    *uid_out = place.uid;
    conninfo = server_conninfo(&place);
    if (!conninfo || setenv("SIPTRAIL_DB", conninfo, 1))
        rc = error_set(err, -ENOMEM, "out of memory");
    free(conninfo);
    return rc;
}

static int confine_capture(const struct settings *s, const char *kept_folder,
                           struct error *err)
{
    const char *folders[2];
    struct confine_options options = {
        .sockets = true, .log = true, .folders = folders};
    struct confined confined = {0};
    char text[CONFINE_TEXT_BYTES];
    int rc = 0;

    if (*kept_folder)
        folders[options.folder_count++] = kept_folder;
    if (!s->given[OPTION_NO_STORE] && s->value[OPTION_SPOOL])
        folders[options.folder_count++] = s->value[OPTION_SPOOL];
    if (!s->given[OPTION_NO_CONFINE])
        rc = confine(&options, &confined, err);
    if (rc)
        return rc;
    confine_describe(&confined, text);
    log_line(LOG_INFO, "running as %s", text);
    return 0;
}

static int make_spool(const struct privileges *user, const char *path,
                      struct error *err)
{
    int rc = spool_make_parents(path, err);

    return rc ? rc : privileges_make_folder(user, path, err);
}

int guard_capture(const struct settings *s, struct error *err)
{
    const char *kept_path = s->value[OPTION_WRITE];
    char kept_folder[PATH_MAX] = "";
    struct privileges user;
    uid_t server_uid;
    int rc = reach_private_server(s, &server_uid, err);

    if (rc == 0)
        rc = privileges_choose(s->value[OPTION_USER], server_uid, &user, err);
    if (rc == 0 && kept_path) {
        rc = kept_folder_path(kept_path, kept_folder, err);
        if (rc == 0)
            rc = privileges_make_folder(&user, kept_folder, err);
    }
    if (rc == 0 && !s->given[OPTION_NO_STORE] && s->value[OPTION_SPOOL])
        rc = make_spool(&user, s->value[OPTION_SPOOL], err);
    if (rc == 0)
        rc = privileges_drop(&user, err);
    return rc ? rc : confine_capture(s, kept_folder, err);
}

int guard_read(const struct settings *s, struct error *err)
{
    const struct confine_options options = {.sockets =
                                                !s->given[OPTION_NO_STORE]};
    struct confined confined;

    return s->given[OPTION_NO_CONFINE] ? 0 : confine(&options, &confined, err);
}
