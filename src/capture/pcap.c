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

static enum file_result too_long(struct file *f, uint32_t length)
{
    return file_damage(f, "the next packet claims to hold %lu bytes",
                       (unsigned long)length);
}

static enum file_result pcap_next(struct file *f, struct packet *packet_out)
{
    const uint32_t header_bytes = f->pcap.header_bytes;
    const uint8_t *header = bytes_need(&f->bytes, header_bytes);
    uint32_t length;
    uint32_t wire_length;

    if (!header)
        return file_cut(f, "the next packet's header", header_bytes);
    length = file_u32(f, header + 8);
    wire_length = file_u32(f, header + 12);
    if (length > FILE_PACKET_MAX)
        return too_long(f, length);
    header = bytes_need(&f->bytes, header_bytes + length);
    if (!header)
        return file_cut(f, "the next packet", header_bytes + length);
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
