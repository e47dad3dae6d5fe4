#include "store/spool_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/spool.h"

#define SUFFIX ".segment"
#define DIGITS 16

struct spool_name spool_name_of(uint64_t number)
{
    struct spool_name name;

    (void)snprintf(name.text, sizeof(name.text), "%016" PRIx64 SUFFIX, number);
    return name;
}

static int make_parents(const char *path)
{
    char part[4096];
    size_t length = strlen(path);

    if (length == 0 || length >= sizeof(part))
        return -ENAMETOOLONG;
    memcpy(part, path, length + 1);
    for (char *c = part + 1; *c; c++) {
        if (*c != '/')
            continue;
        *c = 0;
        if (mkdir(part, 0755) && errno != EEXIST)
            return -errno;
        *c = '/';
    }
    return 0;
}

int spool_make_parents(const char *path, struct error *err)
{
    int rc = make_parents(path);

    return rc ? error_set(err, rc,
                          "cannot make the folders above the spool %s: %s; "
                          "name another by --spool",
                          path, strerror(-rc))
              : 0;
}

static int take_lock(int dir_fd, const char *path, int *lock_fd_out,
                     struct error *err)
{
    char text[24] = "";
    int n;
    int fd = openat(dir_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    *lock_fd_out = fd;
    if (fd < 0)
        return error_set(err, -errno, "cannot write to the spool %s: %s", path,
                         strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB)) {
        ssize_t got = pread(fd, text, sizeof(text) - 1, 0);

        text[got > 0 ? got : 0] = 0;
        return error_set(err, -EBUSY,
                         "the spool %s is in use by process %.*s; give each "
                         "capture a --sensor or a --spool of its own",
                         path, (int)strspn(text, "0123456789"), text);
    }
    n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) || pwrite(fd, text, (size_t)n, 0) != n)
        return 0; /* the number is for people only; the disk may be full */
    return 0;
}

int spool_dir_open(const char *path, int *dir_fd_out, int *lock_fd_out,
                   struct error *err)
{
    int rc = make_parents(path);

    if (rc == 0 && mkdir(path, 0700) && errno != EEXIST)
        rc = -errno;
    *dir_fd_out = *lock_fd_out = -1;
    if (rc == 0) {
        *dir_fd_out = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        rc = *dir_fd_out < 0 ? -errno : 0;
    }
    if (rc)
        return error_set(err, rc,
                         "cannot make the spool %s: %s; name another folder "
                         "by --spool",
                         path, strerror(-rc));
    return take_lock(*dir_fd_out, path, lock_fd_out, err);
}

void spool_dir_close(int dir_fd, int lock_fd)
{
    if (lock_fd >= 0)
        (void)close(lock_fd);
    if (dir_fd >= 0)
        (void)close(dir_fd);
}

static bool parse_name(const char *name, uint64_t *number_out)
{
    if (strlen(name) != DIGITS + strlen(SUFFIX) ||
        strcmp(name + DIGITS, SUFFIX) != 0 ||
        strspn(name, "0123456789abcdef") != DIGITS)
        return false;
    *number_out = strtoull(name, NULL, 16);
    return true;
}

static int compare(const void *a, const void *b)
{
    const uint64_t *x = a;
    const uint64_t *y = b;

    return *x < *y ? -1 : *x > *y;
}

static int add(uint64_t **numbers, size_t *count, uint64_t number)
{
    uint64_t *grown = realloc(*numbers, (*count + 1) * sizeof(*grown));

    if (!grown)
        return -ENOMEM;
    *numbers = grown;
    grown[(*count)++] = number;
    return 0;
}

int spool_dir_list(int dir_fd, uint64_t **numbers_out, size_t *count_out)
{
    int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;
    uint64_t number;
    int rc = 0;

    *numbers_out = NULL;
    *count_out = 0;
    if (!dir) {
        rc = -errno;
        if (fd >= 0)
            (void)close(fd);
        return rc;
    }
    while (rc == 0 && (entry = readdir(dir)))
        if (parse_name(entry->d_name, &number))
            rc = add(numbers_out, count_out, number);
    (void)closedir(dir);
    if (rc == 0 && *count_out)
        qsort(*numbers_out, *count_out, sizeof(**numbers_out), compare);
    return rc;
}

/* A sensor's name as one of a folder: no byte of it leads elsewhere. */
static void write_name(const char *sensor, char *to, size_t room)
{
    size_t n = 0;

    for (; *sensor && n + 1 < room && n < 64; sensor++) {
        bool plain = (*sensor >= '0' && *sensor <= '9') ||
                     (*sensor >= 'a' && *sensor <= 'z') ||
                     (*sensor >= 'A' && *sensor <= 'Z') || *sensor == '-' ||
                     *sensor == '_' || (*sensor == '.' && n);

        to[n++] = plain ? *sensor : '_';
    }
    to[n] = 0;
    if (!n)
        (void)snprintf(to, room, "default");
}

int spool_default_dir(const char *sensor, char *path_out, size_t room,
                      struct error *err)
{
    const char *data = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");
    char name[80];
    int n;

    write_name(sensor ? sensor : "", name, sizeof(name));
    if (data && *data)
        n = snprintf(path_out, room, "%s/siptrail/spool/%s", data, name);
    else if (geteuid() == 0)
        n = snprintf(path_out, room, "/var/lib/siptrail/spool/%s", name);
    else if (home && *home)
        n = snprintf(path_out, room, "%s/.local/share/siptrail/spool/%s", home,
                     name);
    else
        return error_set(err, -ENOENT,
                         "no home folder for the spool; name one by --spool");
    return n < 0 || (size_t)n >= room
               ? error_set(err, -ENAMETOOLONG, "the spool's path is too long")
               : 0;
}
