#include "cli/privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/span.h"

#define USER_DEFAULT "siptrail"
#define USER_LAST "nobody"

static void take_user(const struct passwd *pw, struct privileges *p)
{
    p->uid = pw->pw_uid;
    p->gid = pw->pw_gid;
    (void)snprintf(p->user, sizeof(p->user), "%s", pw->pw_name);
    (void)snprintf(p->home, sizeof(p->home), "%s", pw->pw_dir);
}

static const struct passwd *find_user(const char *user)
{
    uint64_t number;

    if (span_to_u64(span_of_string(user), UINT32_MAX - 1, &number))
        return getpwuid((uid_t)number);
    return getpwnam(user);
}

static const struct passwd *default_user(uid_t server_uid)
{
    const struct passwd *pw;

    if (server_uid != (uid_t)-1)
        return getpwuid(server_uid);
    pw = getpwnam(USER_DEFAULT);
    return pw ? pw : getpwnam(USER_LAST);
}

static int stay(const char *user, const struct passwd *wanted,
                struct privileges *p, struct error *err)
{
    const struct passwd *pw;

    if (wanted && wanted->pw_uid != geteuid())
        return error_set(err, -EPERM,
                         "--user %s: only root can become another user; start "
                         "as root, or as that user with CAP_NET_RAW",
                         user);
    p->uid = geteuid();
    p->gid = getegid();
    (void)snprintf(p->user, sizeof(p->user), "%u", (unsigned)p->uid);
    pw = getpwuid(p->uid);
    if (pw)
        take_user(pw, p);
    p->change = false;
    return 0;
}

int privileges_choose(const char *user, uid_t server_uid,
                      struct privileges *privileges_out, struct error *err)
{
    struct privileges *p = privileges_out;
    const struct passwd *pw = NULL;

    *p = (struct privileges){.change = true};
    if (user) {
        pw = find_user(user);
        if (!pw)
            return error_set(err, -ENOENT,
                             "--user %s: there is no such user; make it with "
                             "adduser --system, or name another",
                             user);
    }
    if (geteuid() != 0)
        return stay(user, pw, p, err);
    if (!pw)
        pw = default_user(server_uid);
    if (!pw)
        return error_set(err, -ENOENT,
                         "there is no user " USER_DEFAULT " and no " USER_LAST
                         " to run as; name one with --user");
    take_user(pw, p);
    p->change = p->uid != 0;
    if (p->change && server_uid != (uid_t)-1 && p->uid != server_uid)
        return error_set(err, -EACCES,
                         "--user %s cannot reach the private database, which "
                         "is of user %u; leave out --user, or name a server "
                         "with --db",
                         p->user, (unsigned)server_uid);
    return 0;
}

int privileges_make_folder(const struct privileges *p, const char *path,
                           struct error *err)
{
    struct stat st;

    if (stat(path, &st) == 0)
        return S_ISDIR(st.st_mode)
                   ? 0
                   : error_set(err, -ENOTDIR, "%s is no folder; name another",
                               path);
    if (mkdir(path, 0750) || (p->change && lchown(path, p->uid, p->gid)))
        return error_set(err, -errno, "cannot make folder %s: %s", path,
                         strerror(errno));
    return 0;
}

/* What was permitted goes, and no program started later gets it back. Whoever
 * stays root still has to reach files of the user of the private server. */
static void select_capabilities(bool root)
{
    bool had = root && capng_get_caps_process() == 0 &&
               capng_have_capability(CAPNG_PERMITTED, CAP_DAC_OVERRIDE);

    capng_clear(CAPNG_SELECT_BOTH);
    if (had)
        (void)capng_update(CAPNG_ADD,
                           (capng_type_t)(CAPNG_EFFECTIVE | CAPNG_PERMITTED),
                           CAP_DAC_OVERRIDE);
}

static int become(const struct privileges *p, struct error *err)
{
    int rc = capng_change_id(
        (int)p->uid, (int)p->gid,
        (capng_flags_t)(CAPNG_INIT_SUPP_GRP | CAPNG_CLEAR_BOUNDING));

    /* Without CAP_SETPCAP the bounding set stays; no_new_privs comes yet. */
    if (rc && geteuid() != p->uid)
        return error_set(err, -EPERM,
                         "cannot become user %s (step %d): give the program "
                         "CAP_SETUID and CAP_SETGID, or choose --user root",
                         p->user, -rc);
    /* Files such as .pgpass are looked for there. */
    if (setenv("HOME", p->home, 1) || setenv("USER", p->user, 1))
        return error_set(err, -ENOMEM, "out of memory");
    return 0;
}

int privileges_drop(const struct privileges *p, struct error *err)
{
    int rc;

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return error_set(err, -errno, "cannot set no_new_privs: %s",
                         strerror(errno));
    select_capabilities(p->uid == 0);
    if (p->change) {
        rc = become(p, err);
        if (rc)
            return rc;
    }
    if (capng_apply(CAPNG_SELECT_CAPS))
        return error_set(err, -EPERM, "cannot let go of capabilities");
    if (p->change && setuid(0) == 0)
        return error_set(err, -EPERM, "user %s could become root again",
                         p->user);
    return 0;
}
