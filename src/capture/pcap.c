/*
 * The classic format of libpcap (draft-ietf-opsawg-pcap).
 *
 *  file:    magic 4 | version 2 + 2 | zone 4 | accuracy 4 | snap length 4 |
 *           link type 4
 *  packet:  seconds 4 | fraction 4 | captured length 4 | wire length 4 | bytes
 *
 * Everything is in the byte order of the writer. The variant of Alexey
 * Kuznetzov has 8 bytes more in each packet's header.
 */
#include "capture/file.h"

#include <errno.h>

#define FILE_HEADER_BYTES 24

#define MAGIC_MICROSECONDS UINT32_C(0xa1b2c3d4)
#define MAGIC_NANOSECONDS UINT32_C(0xa1b23c4d)
#define MAGIC_KUZNETZOV UINT32_C(0xa1b2cd34)

static bool is_magic(uint32_t magic)
{
    return magic == MAGIC_MICROSECONDS || magic == MAGIC_NANOSECONDS ||
           magic == MAGIC_KUZNETZOV;
}

bool pcap_probe(const uint8_t start[4])
{
    uint32_t magic;

    memcpy(&magic, start, sizeof(magic));
    return is_magic(magic) || is_magic(__builtin_bswap32(magic));
}

/* The next packet, all of which is in the buffer. */
static inline enum file_result take(struct file *f, struct packet *packet_out)
{
    const uint32_t header_bytes = f->pcap.header_bytes;
    const uint8_t *header = f->bytes.at;
    uint32_t length = file_u32(f, header + 8);
    uint32_t wire_length = file_u32(f, header + 12);

    packet_out->data = header + header_bytes;
    packet_out->length = length;
    packet_out->wire_length = wire_length > length ? wire_length : length;
    packet_out->time_ns =
        (int64_t)file_u32(f, header) * 1000000000 +
        (int64_t)((uint64_t)file_u32(f, header + 4) * f->pcap.ns_per_tick);
    packet_out->frame = ++f->frames;
    packet_out->interface_number = 0;
    packet_out->link_type = f->pcap.link_type;
    bytes_take(&f->bytes, header_bytes + length);
    bytes_prefetch(&f->bytes);
    return FILE_PACKET;
}

static bool is_whole(const struct file *f)
{
    const uint32_t header_bytes = f->pcap.header_bytes;
    size_t left = bytes_left(&f->bytes);
    uint32_t length;

    if (left < header_bytes)
        return false;
    length = file_u32(f, f->bytes.at + 8);
    return length <= FILE_PACKET_MAX && left - header_bytes >= length &&
           !f->bytes.mapping.lost;
}

/* Where that is not so it is read, or its fault told. */
static __attribute__((noinline)) enum file_result
read_on(struct file *f, struct packet *packet_out)
{
    const uint32_t header_bytes = f->pcap.header_bytes;
    const uint8_t *header = bytes_need(&f->bytes, header_bytes);
    uint32_t length;

    if (!header)
        return file_cut(f, "the next packet's header", header_bytes);
    length = file_u32(f, header + 8);
    if (length > FILE_PACKET_MAX)
        return file_damage(f, "the next packet claims to hold %lu bytes",
                           (unsigned long)length);
    if (!bytes_need(&f->bytes, header_bytes + length))
        return file_cut(f, "the next packet", header_bytes + length);
    return take(f, packet_out);
}

static enum file_result pcap_next(struct file *f, struct packet *packet_out)
{
    return is_whole(f) ? take(f, packet_out) : read_on(f, packet_out);
}

int pcap_begin(struct file *f, const char *path, struct error *err)
{
    const uint8_t *header = bytes_need(&f->bytes, FILE_HEADER_BYTES);
    uint32_t magic;

    if (!header)
        return error_set(err, -EINVAL,
                         "%s: its pcap header is cut off: %zu of %d bytes are "
                         "there%s%s",
                         path, bytes_left(&f->bytes), FILE_HEADER_BYTES,
                         f->bytes.fault[0] ? "; " : "", f->bytes.fault);
    memcpy(&magic, header, sizeof(magic));
    f->swapped = !is_magic(magic);
    magic = file_u32(f, header);
    if (file_u16(f, header + 4) != 2)
        return error_set(err, -EINVAL,
                         "%s: is pcap of version %u.%u, of which only 2 is "
                         "known",
                         path, (unsigned)file_u16(f, header + 4),
                         (unsigned)file_u16(f, header + 6));
    f->pcap.ns_per_tick = magic == MAGIC_NANOSECONDS ? 1 : 1000;
    f->pcap.header_bytes = magic == MAGIC_KUZNETZOV ? 24 : 16;
    /* the upper half tells of frame check sequences */
    f->pcap.link_type = (int)(file_u32(f, header + 20) & 0xffff);
    f->next_fn = pcap_next;
    bytes_take(&f->bytes, FILE_HEADER_BYTES);
    return 0;
}
