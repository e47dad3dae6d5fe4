#include "capture/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/encode.h"

#define LINK_TYPES_MAX 64
#define NS_PER_S INT64_C(1000000000)

struct capture_writer {
    FILE *file;
    char *path;
    char *draft; /* what it is called until it is whole; NULL for stdout */
    bool pcapng;
    int link_types[LINK_TYPES_MAX]; /* the interfaces written so far */
    uint32_t link_type_count;
    int fault; /* errno of the first failure: nothing can mend it */
};

static int failed(const struct capture_writer *w, int code, struct error *err)
{
    return error_set(err, -code, "%s: cannot be written: %s%s", w->path,
                     strerror(code),
                     code == ENOSPC ? ": make room or name another place" : "");
}

static bool ends_in(const char *text, const char *end)
{
    size_t n = strlen(text);

    return n >= strlen(end) && strcmp(text + n - strlen(end), end) == 0;
}

static bool put(FILE *f, const void *data, size_t length)
{
    return length == 0 || fwrite(data, length, 1, f) == 1;
}

static bool put_pcap_header(FILE *f, int link_type)
{
    uint8_t header[ENCODE_PCAP_HEADER_BYTES];

    return put(f, header, encode_pcap_header(link_type, header));
}

static bool put_pcap_packet(FILE *f, const struct packet *p)
{
    uint8_t head[ENCODE_PCAP_HEAD_BYTES];
    size_t bytes = encode_pcap_head(p, head);

    return put(f, head, bytes) && put(f, p->data, p->length);
}

static bool put_section(FILE *f)
{
    uint8_t section[ENCODE_SECTION_BYTES];
    size_t bytes = encode_section(section);

    return put(f, section, bytes);
}

static bool put_interface(FILE *f, int link_type)
{
    uint8_t block[ENCODE_INTERFACE_MAX];
    size_t bytes = encode_interface(link_type, NULL, block);

    return put(f, block, bytes);
}

static bool put_enhanced(FILE *f, uint32_t number, const struct packet *p)
{
    uint8_t head[ENCODE_HEAD_BYTES];
    uint8_t tail[ENCODE_TAIL_MAX];
    size_t head_bytes = encode_head(number, p, 0, head);
    size_t tail_bytes = encode_tail(p, 0, tail);

    return put(f, head, head_bytes) && put(f, p->data, p->length) &&
           put(f, tail, tail_bytes);
}

/* The number of the link type's interface, written when it is new. */
static int interface_of(struct capture_writer *w, int link_type,
                        uint32_t *number_out)
{
    uint32_t i;

    for (i = 0; i < w->link_type_count; i++)
        if (w->link_types[i] == link_type)
            break;
    *number_out = i;
    if (i < w->link_type_count)
        return 0;
    if (i == LINK_TYPES_MAX)
        return E2BIG;
    errno = EIO;
    if (!put_interface(w->file, link_type))
        return errno;
    w->link_types[w->link_type_count++] = link_type;
    return 0;
}

/* A draft beside the file, so that giving it its name is one step. */
static int open_draft(struct capture_writer *w, FILE **file_out)
{
    int fd;
    mode_t mask;
    size_t room = strlen(w->path) + sizeof(".XXXXXX");

    free(w->draft);
    w->draft = malloc(room);
    if (!w->draft)
        return ENOMEM;
    (void)snprintf(w->draft, room, "%s.XXXXXX", w->path);
    fd = mkstemp(w->draft);
    if (fd < 0) {
        int code = errno;

        free(w->draft);
        w->draft = NULL;
        return code;
    }
    mask = umask(0);
    (void)umask(mask);
    (void)fchmod(fd, 0666 & ~mask);
    *file_out = fdopen(fd, "w+");
    if (*file_out)
        return 0;
    (void)close(fd);
    return ENOMEM;
}

/* A device or pipe is written to as it is; only a plain file is replaced. */
static int open_output(struct capture_writer *w)
{
    struct stat st;

    if (strcmp(w->path, "-") == 0)
        w->file = fdopen(dup(STDOUT_FILENO), "w");
    else if (stat(w->path, &st) == 0 && !S_ISREG(st.st_mode))
        w->file = fopen(w->path, "w");
    else
        return open_draft(w, &w->file);
    w->pcapng = true;
    return w->file ? 0 : errno;
}

int capture_writer_new(const char *path, struct capture_writer **writer_out,
                       struct error *err)
{
    struct capture_writer *w = calloc(1, sizeof(*w));
    int result;

    if (w)
        w->path = strdup(path);
    if (!w || !w->path) {
        free(w);
        return error_set(err, -ENOMEM, "%s: out of memory", path);
    }
    w->pcapng = !ends_in(path, ".pcap");
    result = open_output(w);
    if (result == 0 && w->pcapng) {
        errno = EIO;
        if (!put_section(w->file))
            result = errno;
    }
    if (result == 0) {
        *writer_out = w;
        return 0;
    }
    result = failed(w, result, err);
    capture_writer_free(w);
    return result;
}

/* Copy the packets of the pcap file written so far into a pcapng one. */
static int copy_packets(FILE *from, FILE *to)
{
    uint32_t words[4];

    if (fseek(from, ENCODE_PCAP_HEADER_BYTES, SEEK_SET) != 0)
        return errno;
    while (fread(words, sizeof(words), 1, from) == 1) {
        struct packet p = {.length = words[2],
                           .wire_length = words[3],
                           .time_ns = words[0] * NS_PER_S + words[1]};
        uint8_t *data = malloc(p.length ? p.length : 1);
        bool done;

        if (!data)
            return ENOMEM;
        p.data = data;
        errno = EIO;
        done = (p.length == 0 || fread(data, p.length, 1, from) == 1) &&
               put_enhanced(to, 0, &p);
        free(data);
        if (!done)
            return errno;
    }
    return ferror(from) ? EIO : 0;
}

static int turn_into_pcapng(struct capture_writer *w)
{
    FILE *from = w->file;
    char *old_draft = w->draft;
    int link_type = w->link_types[0];
    uint32_t number;
    int result;

    w->draft = NULL;
    w->file = NULL;
    errno = 0;
    result = fflush(from) == 0 ? open_draft(w, &w->file) : errno;
    if (result == 0) {
        w->link_type_count = 0;
        w->pcapng = true;
        errno = EIO;
        result =
            put_section(w->file) ? interface_of(w, link_type, &number) : errno;
    }
    if (result == 0)
        result = copy_packets(from, w->file);
    (void)fclose(from);
    (void)unlink(old_draft);
    free(old_draft);
    return result;
}

int capture_writer_push(struct capture_writer *w, const struct packet *packet,
                        struct error *err)
{
    uint32_t number = 0;
    int result = w->fault;

    if (result == 0 && !w->pcapng && w->link_type_count == 1 &&
        w->link_types[0] != packet->link_type)
        result = turn_into_pcapng(w);
    errno = EIO;
    if (result == 0 && w->pcapng) {
        result = interface_of(w, packet->link_type, &number);
        if (result == 0 && !put_enhanced(w->file, number, packet))
            result = errno;
    } else if (result == 0) {
        if ((w->link_type_count == 0 &&
             !put_pcap_header(w->file, packet->link_type)) ||
            !put_pcap_packet(w->file, packet))
            result = errno;
        w->link_types[0] = packet->link_type;
        w->link_type_count = 1;
    }
    w->fault = result;
    return result == 0 ? 0 : failed(w, result, err);
}

int capture_writer_finish(struct capture_writer *w, struct error *err)
{
    FILE *file = w->file;
    int result = w->fault;

    errno = EIO;
    if (result == 0 && !w->pcapng && w->link_type_count == 0 &&
        !put_pcap_header(file, 1)) /* no packet at all */
        result = errno;
    w->file = NULL;
    if (file && fclose(file) != 0 && result == 0)
        result = errno;
    if (result == 0 && w->draft && rename(w->draft, w->path) != 0)
        result = errno;
    if (result == 0) {
        free(w->draft);
        w->draft = NULL;
    } else {
        result = failed(w, result, err);
    }
    capture_writer_free(w);
    return result;
}

void capture_writer_free(struct capture_writer *w)
{
    if (!w)
        return;
    if (w->file)
        (void)fclose(w->file);
    if (w->draft)
        (void)unlink(w->draft);
    free(w->draft);
    free(w->path);
    free(w);
}
