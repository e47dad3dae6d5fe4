#include "capture/file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum file_result file_damage(struct file *f, const char *format, ...)
{
    char how[160];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(how, sizeof(how), format, args);
    va_end(args);
    (void)snprintf(f->damage, sizeof(f->damage),
                   "damaged at %sbyte %llu, after packet %llu: %s",
                   f->bytes.unpacker ? "unpacked " : "",
                   (unsigned long long)bytes_offset(&f->bytes),
                   (unsigned long long)f->frames, how);
    return FILE_DAMAGED;
}

enum file_result file_cut(struct file *f, const char *what, uint64_t needed)
{
    if (f->bytes.fault[0])
        return file_damage(f, "%s", f->bytes.fault);
    if (bytes_left(&f->bytes) == 0)
        return FILE_END;
    return file_damage(f, "%s is cut off: %zu of %llu bytes are there", what,
                       bytes_left(&f->bytes), (unsigned long long)needed);
}

static int no_capture(const char *path, const uint8_t *start, struct error *err)
{
    bool text = true;

    for (int i = 0; i < 4; i++)
        text = text && ((start[i] >= 0x20 && start[i] < 0x7f) ||
                        (start[i] >= '\t' && start[i] <= '\r'));
    return error_set(err, -EINVAL,
                     "%s: is no pcap or pcapng file%s: name a capture, or "
                     "convert it with `editcap -F pcapng`",
                     path, text ? " (it looks like text)" : "");
}

static int begin(struct file *f, const char *path, struct error *err)
{
    const uint8_t *start = bytes_need(&f->bytes, 4);

    if (!start && f->bytes.fault[0])
        return error_set(err, -EINVAL, "%s: %s", path, f->bytes.fault);
    if (!start && bytes_left(&f->bytes) == 0)
        return error_set(err, -EINVAL, "%s: is empty: not even a file header",
                         path);
    if (!start)
        return error_set(err, -EINVAL,
                         "%s: is no pcap or pcapng file: it has %zu bytes only",
                         path, bytes_left(&f->bytes));
    if (pcap_probe(start))
        return pcap_begin(f, path, err);
    if (pcapng_probe(start))
        return pcapng_begin(f, path, err);
    return no_capture(path, start, err);
}

int file_open(struct file *f, const char *path, size_t block_bytes,
              struct error *err)
{
    int result;

    *f = (struct file){0};
    result = bytes_open(&f->bytes, path, block_bytes, err);
    if (result < 0)
        return result;
    result = begin(f, path, err);
    if (result < 0)
        file_close(f);
    return result;
}

void file_close(struct file *f)
{
    bytes_close(&f->bytes);
    free(f->pcapng.interfaces);
    f->pcapng.interfaces = NULL;
    f->pcapng.interface_count = f->pcapng.interface_cap = 0;
}
