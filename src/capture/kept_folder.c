#include "capture/kept_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "base/grow.h"

#define NS_PER_S INT64_C(1000000000)
/* Another program may use the same names: then the numbers are shared. */
#define CREATE_TRIES 1000

struct kept_entry {
    uint64_t number;
    uint64_t bytes;
    uint64_t disk_bytes;
    char name[NAME_MAX + 1];
};

/* Those of our files that can be removed, and what all of them take. */
struct kept_list {
    struct kept_entry *entries;
    size_t count;
    size_t room;
    uint64_t bytes;
    uint64_t last_number;
};

static bool take_digits(const char **at, int least, int most)
{
    int n = 0;

    while (n < most && (*at)[n] >= '0' && (*at)[n] <= '9')
        n++;
    *at += n;
    return n >= least;
}

static bool take_text(const char **at, const char *text)
{
    size_t n = strlen(text);

    if (strncmp(*at, text, n) != 0)
        return false;
    *at += n;
    return true;
}

/* Is it one of ours, and which? */
static bool parse_name(const char *stem, const char *name, uint64_t *number_out)
{
    const char *at = name;
    const char *number;

    if (!take_text(&at, stem) || !take_text(&at, "-") ||
        !take_digits(&at, 8, 8) || !take_text(&at, "T") ||
        !take_digits(&at, 6, 6) || !take_text(&at, "Z-"))
        return false;
    number = at;
    if (!take_digits(&at, 6, 18))
        return false;
    *number_out = strtoull(number, NULL, 10);
    if (!take_text(&at, ".pcap"))
        return false;
    (void)take_text(&at, "ng");
    (void)take_text(&at, ".zst");
    return *at == 0;
}

static bool list_add(struct kept_list *l, const struct kept_entry *entry)
{
    struct kept_entry *entries =
        grow_for_one(l->entries, &l->room, l->count, sizeof(*entries));

    if (!entries)
        return false;
    l->entries = entries;
    l->entries[l->count++] = *entry;
    return true;
}

static int by_number(const void *a, const void *b)
{
    const struct kept_entry *one = a;
    const struct kept_entry *other = b;

    return (one->number > other->number) - (one->number < other->number);
}

static void list_look_at(const struct kept_folder *f, const char *current,
                         const char *name, struct kept_list *l)
{
    struct kept_entry entry;
    struct stat st;

    if (!parse_name(f->stem, name, &entry.number) ||
        fstatat(f->fd, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
        return;
    if (entry.number > l->last_number)
        l->last_number = entry.number;
    entry.bytes = (uint64_t)st.st_size;
    entry.disk_bytes = (uint64_t)st.st_blocks * 512;
    l->bytes += entry.bytes;
    (void)snprintf(entry.name, sizeof(entry.name), "%s", name);
    if (strcmp(name, current) != 0)
        (void)list_add(l, &entry); /* no memory: it stays for now */
}

static int list_read(const struct kept_folder *f, const char *current,
                     struct kept_list *l)
{
    int fd = openat(f->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;

    memset(l, 0, sizeof(*l));
    if (!dir) {
        int code = errno;

        if (fd >= 0)
            (void)close(fd);
        return -code;
    }
    while ((entry = readdir(dir)))
        list_look_at(f, current, entry->d_name, l);
    (void)closedir(dir);
    if (l->count)
        qsort(l->entries, l->count, sizeof(*l->entries), by_number);
    return 0;
}

static bool drop_end(char *text, const char *end)
{
    size_t n = strlen(text);
    size_t m = strlen(end);

    if (n < m || strcmp(text + n - m, end) != 0)
        return false;
    text[n - m] = 0;
    return true;
}

static int split_path(struct kept_folder *f, const char *path, bool *pcap_out,
                      struct error *err)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    struct stat st;
    int n;

    *pcap_out = false;
    if (!*path || strcmp(path, "-") == 0)
        return error_set(err, -EINVAL,
                         "'%s': packets are kept in files that are rotated; "
                         "name a folder or a file",
                         path);
    if (!*name || (stat(path, &st) == 0 && S_ISDIR(st.st_mode))) {
        n = snprintf(f->path, sizeof(f->path), "%s", path);
        (void)snprintf(f->stem, sizeof(f->stem), "siptrail");
    } else {
        n = slash ? snprintf(f->path, sizeof(f->path), "%.*s",
                             (int)(slash == path ? 1 : slash - path), path)
                  : snprintf(f->path, sizeof(f->path), ".");
        if (strlen(name) >= sizeof(f->stem))
            return error_set(err, -ENAMETOOLONG, "%s: the name is too long",
                             path);
        (void)snprintf(f->stem, sizeof(f->stem), "%s", name);
        (void)drop_end(f->stem, ".zst");
        *pcap_out = drop_end(f->stem, ".pcap");
        if (!*pcap_out)
            (void)drop_end(f->stem, ".pcapng");
    }
    if (n < 0 || (size_t)n >= sizeof(f->path))
        return error_set(err, -ENAMETOOLONG, "%s: the path is too long", path);
    return 0;
}

int kept_folder_path(const char *path, char folder_out[PATH_MAX],
                     struct error *err)
{
    struct kept_folder f;
    bool pcap;
    int rc = split_path(&f, path, &pcap, err);

    if (rc == 0)
        memcpy(folder_out, f.path, sizeof(f.path));
    return rc;
}

static int cannot_keep(const struct kept_folder *f, int code, struct error *err)
{
    if (code == EACCES || code == EPERM || code == EROFS)
        return error_set(err, -code,
                         "%s: packets cannot be kept there: %s; give the "
                         "folder to user %u, or name another",
                         f->path, strerror(code), (unsigned)geteuid());
    return error_set(err, -code,
                     "%s: packets cannot be kept there: %s; make the folder, "
                     "or name another",
                     f->path, strerror(code));
}

int kept_folder_init(struct kept_folder *f, const char *path, bool *pcap_out,
                     struct error *err)
{
    struct kept_list list;
    int rc;

    f->fd = -1;
    rc = split_path(f, path, pcap_out, err);
    if (rc)
        return rc;
    f->fd = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (f->fd < 0 || faccessat(f->fd, ".", W_OK | X_OK, AT_EACCESS)) {
        rc = cannot_keep(f, errno, err);
        kept_folder_fini(f);
        return rc;
    }
    rc = list_read(f, "", &list);
    f->next_number = list.last_number + 1;
    f->closed_bytes = list.bytes;
    free(list.entries);
    if (rc) {
        (void)error_set(err, rc, "%s: cannot be read: %s", f->path,
                        strerror(-rc));
        kept_folder_fini(f);
    }
    return rc;
}

void kept_folder_fini(struct kept_folder *f)
{
    if (f->fd >= 0)
        (void)close(f->fd);
    f->fd = -1;
}

int kept_folder_create(struct kept_folder *f, int64_t time_ns,
                       const char *suffix, char name_out[NAME_MAX + 1])
{
    time_t seconds = (time_t)(time_ns < 0 ? 0 : time_ns / NS_PER_S);
    char stamp[32];
    struct tm tm;

    if (!gmtime_r(&seconds, &tm) ||
        strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm) == 0)
        return -EOVERFLOW;
    for (int i = 0; i < CREATE_TRIES; i++) {
        int fd;

        (void)snprintf(name_out, NAME_MAX + 1, "%s-%s-%06" PRIu64 "%s", f->stem,
                       stamp, f->next_number++, suffix);
        fd = openat(f->fd, name_out, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                    0640);
        if (fd >= 0 || errno != EEXIST)
            return fd >= 0 ? fd : -errno;
    }
    return -EEXIST;
}

static uint64_t free_bytes(const struct kept_folder *f)
{
    struct statvfs fs;

    if (fstatvfs(f->fd, &fs))
        return UINT64_MAX; /* not known: the write itself will tell */
    return (uint64_t)fs.f_bavail * fs.f_frsize;
}

static uint64_t plus(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* With what was removed counted here: some file systems free it later on. */
static bool remove_oldest(struct kept_folder *f, const struct kept_room *room,
                          struct kept_list *list, uint64_t available,
                          struct kept_removed *removed)
{
    for (size_t i = 0;; i++) {
        const struct kept_entry *e = &list->entries[i];
        bool fits = (!room->total_bytes || list->bytes <= room->total_bytes) &&
                    available >= room->free_bytes;

        if (fits || i == list->count)
            return fits;
        if (unlinkat(f->fd, e->name, 0))
            continue;
        available = plus(available, e->disk_bytes);
        list->bytes -= e->bytes;
        removed->files++;
        removed->bytes += e->bytes;
    }
}

bool kept_folder_make_room(struct kept_folder *f, const struct kept_room *room,
                           const char *current, uint64_t bytes, uint64_t more,
                           struct kept_removed *removed)
{
    uint64_t available = room->free_bytes ? free_bytes(f) : UINT64_MAX;
    struct kept_list list;
    bool fits;

    available -= available < more ? available : more;
    if ((!room->total_bytes ||
         f->closed_bytes + bytes + more <= room->total_bytes) &&
        available >= room->free_bytes)
        return true;
    if (list_read(f, current, &list))
        return true; /* not known: the write itself will tell */
    list.bytes += more;
    fits = remove_oldest(f, room, &list, available, removed);
    list.bytes -= more;
    f->closed_bytes = list.bytes - (bytes < list.bytes ? bytes : list.bytes);
    free(list.entries);
    return fits;
}
