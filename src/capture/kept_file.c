#include "capture/kept_file.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "capture/encode.h"

#define ZSTD_LEVEL 3
#define LENGTH_MAX ((size_t)256 << 10)
#define ROOM                                                                   \
    (KEPT_GATHER_BYTES + LENGTH_MAX + ENCODE_PACKET_MAX +                      \
     ENCODE_SECTION_BYTES + ENCODE_INTERFACE_MAX)

int kept_file_init(struct kept_file *f)
{
    f->fd = -1;
    f->gathered = malloc(ROOM);
    if (f->compress) {
        f->packed_room = ZSTD_compressBound(ROOM);
        f->packed = malloc(f->packed_room);
        f->zstd = ZSTD_createCCtx();
    }
    if (f->gathered && (!f->compress || (f->packed && f->zstd)))
        return 0;
    kept_file_fini(f);
    return -ENOMEM;
}

void kept_file_fini(struct kept_file *f)
{
    kept_file_close(f);
    free(f->gathered);
    free(f->packed);
    (void)ZSTD_freeCCtx(f->zstd);
    f->gathered = f->packed = NULL;
    f->zstd = NULL;
}

static uint32_t interface_of(const struct kept_file *f, const struct packet *p)
{
    uint32_t i = 0;

    while (i < f->interface_count &&
           (f->interfaces[i].source != p->source ||
            f->interfaces[i].link_type != p->link_type))
        i++;
    return i;
}

bool kept_file_refuses(const struct kept_file *f, const struct packet *packet)
{
    if (!f->begun)
        return false;
    if (f->pcap)
        return f->interfaces[0].link_type != packet->link_type;
    return interface_of(f, packet) == KEPT_INTERFACES_MAX;
}

bool kept_file_full(const struct kept_file *f, const struct packet *packet)
{
    return f->gathered_bytes >= KEPT_GATHER_BYTES ||
           f->gathered_bytes + packet->length > ROOM - LENGTH_MAX;
}

static void begin(struct kept_file *f, const struct packet *packet)
{
    f->begun = true;
    f->bytes = 0;
    f->first_time_ns = packet->time_ns;
    f->interface_count = 0;
    f->name[0] = 0;
    if (f->pcap) {
        f->gathered_bytes = encode_pcap_header(packet->link_type, f->gathered);
        f->interfaces[0].link_type = packet->link_type;
        f->interface_count = 1;
    } else {
        f->gathered_bytes = encode_section(f->gathered);
    }
}

static uint32_t add_interface(struct kept_file *f, const struct packet *packet)
{
    uint32_t number = interface_of(f, packet);
    const char *name =
        packet->source < f->name_count ? f->names[packet->source] : NULL;

    if (number < f->interface_count)
        return number;
    f->interfaces[number].source = packet->source;
    f->interfaces[number].link_type = packet->link_type;
    f->interface_count++;
    f->gathered_bytes += encode_interface(packet->link_type, name,
                                          f->gathered + f->gathered_bytes);
    return number;
}

void kept_file_add(struct kept_file *f, const struct packet *packet,
                   uint64_t lost)
{
    uint32_t number = 0;
    uint8_t *out;

    assert(packet->length <= LENGTH_MAX && !kept_file_refuses(f, packet));
    if (!f->begun)
        begin(f, packet);
    if (!f->pcap)
        number = add_interface(f, packet);
    out = f->gathered + f->gathered_bytes;
    out += f->pcap ? encode_pcap_head(packet, out)
                   : encode_head(number, packet, lost, out);
    if (packet->length)
        memcpy(out, packet->data, packet->length);
    out += packet->length;
    if (!f->pcap)
        out += encode_tail(packet, lost, out);
    f->gathered_bytes = (size_t)(out - f->gathered);
    f->gathered_packets++;
}

static int open_file(struct kept_file *f)
{
    const char *suffix = f->pcap ? (f->compress ? ".pcap.zst" : ".pcap")
                                 : (f->compress ? ".pcapng.zst" : ".pcapng");
    int fd = kept_folder_create(f->folder, f->first_time_ns, suffix, f->name);

    if (fd < 0)
        return fd;
    f->fd = fd;
    return 0;
}

static int write_all(int fd, const uint8_t *data, size_t length)
{
    while (length > 0) {
        ssize_t n = write(fd, data, length);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : -EIO;
        data += n;
        length -= (size_t)n;
    }
    return 0;
}

/* A file of which nothing was written is none. */
static void take_back(struct kept_file *f)
{
    if (f->fd >= 0 && f->bytes > 0)
        (void)!ftruncate(f->fd, (off_t)f->bytes);
    else if (f->fd >= 0)
        (void)unlinkat(f->folder->fd, f->name, 0);
    kept_file_close(f);
}

static int write_out(struct kept_file *f, const struct kept_room *room,
                     struct kept_removed *removed)
{
    const uint8_t *data = f->gathered;
    size_t length = f->gathered_bytes;
    int rc = 0;

    if (f->compress) {
        length = ZSTD_compressCCtx(f->zstd, f->packed, f->packed_room, data,
                                   length, ZSTD_LEVEL);
        if (ZSTD_isError(length))
            return -ENOMEM;
        data = f->packed;
    }
    if (!kept_folder_make_room(f->folder, room, f->name, f->bytes, length,
                               removed))
        return -ENOSPC;
    if (f->fd < 0)
        rc = open_file(f);
    if (rc == 0)
        rc = write_all(f->fd, data, length);
    if (rc == 0)
        f->bytes += length;
    return rc;
}

int kept_file_write(struct kept_file *f, const struct kept_room *room,
                    struct kept_removed *removed)
{
    int rc = 0;

    if (f->gathered_packets)
        rc = write_out(f, room, removed);
    f->gathered_bytes = 0;
    f->gathered_packets = 0;
    if (rc)
        take_back(f);
    return rc;
}

void kept_file_close(struct kept_file *f)
{
    if (f->fd >= 0) {
        (void)close(f->fd);
        f->folder->closed_bytes += f->bytes;
    }
    f->fd = -1;
    f->bytes = 0;
    f->begun = false;
    f->gathered_bytes = 0;
    f->gathered_packets = 0;
}
