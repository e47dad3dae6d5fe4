/*
 * pcapng (draft-ietf-opsawg-pcapng): a run of blocks, each of
 *
 *  type 4 | block length 4 | body, padded to 4 bytes | block length 4
 *
 * in the byte order of their section. Sections follow one another; each has
 * interfaces of its own. Blocks that hold no packet are passed over.
 */
#include "capture/file.h"

#include <errno.h>
#include <stdlib.h>

#include "base/grow.h"

#define BLOCK_SECTION UINT32_C(0x0a0d0d0a)
#define BLOCK_INTERFACE 1
#define BLOCK_PACKET 2 /* obsolete */
#define BLOCK_SIMPLE_PACKET 3
#define BLOCK_ENHANCED_PACKET 6

#define BLOCK_BYTES_MIN 12
#define SECTION_BYTES_MIN 28
#define INTERFACE_BYTES_MIN 20
#define SIMPLE_BYTES_MIN 16
#define PACKET_BYTES_MIN 32
#define BYTE_ORDER_MAGIC UINT32_C(0x1a2b3c4d)

#define OPTION_TSRESOL 9
#define OPTION_TSOFFSET 14

/* Far more than any machine has; a hostile file shall not take all memory. */
#define INTERFACES_MAX 65536

#define NS_PER_S INT64_C(1000000000)

__extension__ typedef unsigned __int128 wide;

bool pcapng_probe(const uint8_t start[4])
{
    return memcmp(start, "\x0a\x0d\x0d\x0a", 4) == 0;
}

static int64_t clamp_add(int64_t a, int64_t b)
{
    int64_t sum;

    if (__builtin_add_overflow(a, b, &sum))
        return b < 0 ? INT64_MIN : INT64_MAX;
    return sum;
}

static int64_t ticks_slowly(const struct file_interface *i, uint64_t ticks)
{
    wide ns;

    if (i->ns_multiplier)
        ns = (wide)ticks * i->ns_multiplier;
    else if (i->ns_divisor)
        ns = ticks / i->ns_divisor;
    else
        ns = ((wide)ticks * (wide)NS_PER_S) >> i->shift;
    return ns > INT64_MAX ? INT64_MAX : (int64_t)ns;
}

static inline int64_t interface_time_ns(const struct file_interface *i,
                                        uint64_t ticks)
{
    int64_t ns = i->ns_multiplier && ticks <= i->ticks_max
                     ? (int64_t)(ticks * i->ns_multiplier)
                     : ticks_slowly(i, ticks);

    return i->offset_ns ? clamp_add(ns, i->offset_ns) : ns;
}

/* if_tsresol: 10^-n s, or 2^-n s where the top bit is set. */
static void set_resolution(struct file_interface *i, uint8_t resolution)
{
    unsigned digits = resolution & 0x7f;

    i->ns_multiplier = i->ns_divisor = 0;
    i->shift = 0;
    if (resolution & 0x80 || digits > 28) { /* 10^-29 s: nothing is left */
        i->shift = resolution & 0x80 ? (uint8_t)digits : 127;
        return;
    }
    if (digits > 9) {
        i->ns_divisor = 1;
        for (; digits > 9; digits--)
            i->ns_divisor *= 10;
        return;
    }
    i->ns_multiplier = 1;
    for (; digits < 9; digits++)
        i->ns_multiplier *= 10;
    i->ticks_max = (uint64_t)INT64_MAX / i->ns_multiplier;
}

static void set_offset(struct file_interface *i, int64_t seconds)
{
    if (__builtin_mul_overflow(seconds, NS_PER_S, &i->offset_ns))
        i->offset_ns = seconds < 0 ? INT64_MIN : INT64_MAX;
}

/* Of several the last counts; what is malformed ends the list. */
static void read_options(const struct file *f, struct span options,
                         struct file_interface *i)
{
    while (options.length >= 4) {
        const uint8_t *at = (const uint8_t *)options.data;
        unsigned code = file_u16(f, at);
        size_t length = file_u16(f, at + 2);
        uint64_t seconds;

        if (code == 0 || length > options.length - 4)
            return;
        if (code == OPTION_TSRESOL && length >= 1)
            set_resolution(i, at[4]);
        if (code == OPTION_TSOFFSET && length >= 8) {
            memcpy(&seconds, at + 4, sizeof(seconds));
            if (f->swapped)
                seconds = __builtin_bswap64(seconds);
            set_offset(i, (int64_t)seconds);
        }
        options = span_from(options, 4 + ((length + 3) & ~(size_t)3));
    }
}

static enum file_result add_interface(struct file *f, const uint8_t *block,
                                      size_t length)
{
    struct file_interface *i;

    if (f->pcapng.interface_count == INTERFACES_MAX)
        return file_damage(f, "more than %d interfaces", INTERFACES_MAX);
    i = grow_for_one(f->pcapng.interfaces, &f->pcapng.interface_cap,
                     f->pcapng.interface_count, sizeof(*i));
    if (!i)
        return FILE_FAILED;
    f->pcapng.interfaces = i;
    i = &f->pcapng.interfaces[f->pcapng.interface_count++];
    *i = (struct file_interface){.link_type = file_u16(f, block + 8),
                                 .snap_length = file_u32(f, block + 12)};
    set_resolution(i, 6);
    read_options(f, span_of(block + 16, length - INTERFACE_BYTES_MIN), i);
    return FILE_PACKET;
}

/* A packet of an interface that was never described is given out all the
 * same, with no link type, so that it is counted. */
static const struct file_interface *interface_at(const struct file *f,
                                                 uint32_t number)
{
    static const struct file_interface unknown = {
        .link_type = -1,
        .ns_multiplier = 1000,
        .ticks_max = (uint64_t)INT64_MAX / 1000};

    return number < f->pcapng.interface_count ? &f->pcapng.interfaces[number]
                                              : &unknown;
}

static enum file_result read_packet(struct file *f, const uint8_t *block,
                                    uint32_t block_bytes,
                                    struct packet *packet_out)
{
    bool obsolete = file_u32(f, block) == BLOCK_PACKET;
    uint32_t number =
        obsolete ? file_u16(f, block + 8) : file_u32(f, block + 8);
    const struct file_interface *i = interface_at(f, number);
    uint32_t length = file_u32(f, block + 20);
    uint32_t wire_length = file_u32(f, block + 24);

    if (length > block_bytes - PACKET_BYTES_MIN || length > FILE_PACKET_MAX)
        return file_damage(f,
                           "the next packet claims to hold %lu bytes in a "
                           "block of %lu",
                           (unsigned long)length, (unsigned long)block_bytes);
    packet_out->data = block + 28;
    packet_out->length = length;
    packet_out->wire_length = wire_length > length ? wire_length : length;
    packet_out->time_ns = interface_time_ns(
        i, (uint64_t)file_u32(f, block + 12) << 32 | file_u32(f, block + 16));
    packet_out->interface_number = number;
    packet_out->link_type = i->link_type;
    return FILE_PACKET;
}

/* A simple packet has no time: that of the packet before keeps its place. */
static enum file_result read_simple_packet(struct file *f, const uint8_t *block,
                                           uint32_t block_bytes,
                                           struct packet *packet_out)
{
    const struct file_interface *i = interface_at(f, 0);
    uint32_t wire_length = file_u32(f, block + 8);
    uint32_t length = block_bytes - SIMPLE_BYTES_MIN;

    if (wire_length < length)
        length = wire_length;
    if (i->snap_length && i->snap_length < length)
        length = i->snap_length;
    if (length > FILE_PACKET_MAX)
        return file_damage(f, "the next packet claims to hold %lu bytes",
                           (unsigned long)length);
    packet_out->data = block + 12;
    packet_out->length = length;
    packet_out->wire_length = wire_length;
    packet_out->time_ns = f->pcapng.last_time_ns;
    packet_out->interface_number = 0;
    packet_out->link_type = i->link_type;
    return FILE_PACKET;
}

/* The byte order comes first: without it the length cannot be read. */
static enum file_result begin_section(struct file *f)
{
    const uint8_t *block = bytes_need(&f->bytes, SECTION_BYTES_MIN);
    uint32_t magic;
    uint32_t length;

    if (!block)
        return file_cut(f, "a section header", SECTION_BYTES_MIN);
    memcpy(&magic, block + 8, sizeof(magic));
    if (magic != BYTE_ORDER_MAGIC &&
        __builtin_bswap32(magic) != BYTE_ORDER_MAGIC)
        return file_damage(f, "a section header without its byte order mark");
    f->swapped = magic != BYTE_ORDER_MAGIC;
    length = file_u32(f, block + 4);
    if (file_u16(f, block + 12) != 1)
        return file_damage(f, "pcapng of version %u, of which only 1 is known",
                           (unsigned)file_u16(f, block + 12));
    if (length < SECTION_BYTES_MIN || length % 4)
        return file_damage(f, "a section header claims to be %lu bytes long",
                           (unsigned long)length);
    f->pcapng.interface_count = 0;
    if (!bytes_discard(&f->bytes, length))
        return file_damage(f, "a section header is cut off");
    return FILE_PACKET;
}

static uint32_t block_bytes_min(uint32_t type)
{
    switch (type) {
    case BLOCK_INTERFACE:
        return INTERFACE_BYTES_MIN;
    case BLOCK_PACKET:
    case BLOCK_ENHANCED_PACKET:
        return PACKET_BYTES_MIN;
    case BLOCK_SIMPLE_PACKET:
        return SIMPLE_BYTES_MIN;
    default:
        return BLOCK_BYTES_MIN;
    }
}

/* A block of interest in one piece, as far as it can hold what is read of it;
 * NULL with *result_out set where there is none. */
static const uint8_t *need_block(struct file *f, uint32_t length,
                                 enum file_result *result_out)
{
    size_t part = length > BYTES_NEED_MAX ? BYTES_NEED_MAX : length;
    const uint8_t *block = bytes_need(&f->bytes, part);

    if (!block) {
        *result_out = file_cut(f, "the next block", length);
        return NULL;
    }
    if (part == length && file_u32(f, block + length - 4) != length) {
        *result_out =
            file_damage(f, "the next block's two lengths differ: %lu and %lu",
                        (unsigned long)length,
                        (unsigned long)file_u32(f, block + length - 4));
        return NULL;
    }
    return block;
}

static void take_block(struct file *f, uint32_t length)
{
    size_t part = length > BYTES_NEED_MAX ? BYTES_NEED_MAX : length;

    bytes_take(&f->bytes, part);
    bytes_prefetch(&f->bytes);
    f->pcapng.discard = length - part;
}

static enum file_result read_block(struct file *f, uint32_t type,
                                   uint32_t length, struct packet *packet_out)
{
    enum file_result result = FILE_PACKET;
    const uint8_t *block = need_block(f, length, &result);

    if (!block)
        return result;
    if (type == BLOCK_INTERFACE)
        result = add_interface(
            f, block, length > BYTES_NEED_MAX ? BYTES_NEED_MAX : length);
    else if (type == BLOCK_SIMPLE_PACKET)
        result = read_simple_packet(f, block, length, packet_out);
    else
        result = read_packet(f, block, length, packet_out);
    if (result != FILE_PACKET)
        return result;
    take_block(f, length);
    if (type != BLOCK_INTERFACE) {
        packet_out->frame = ++f->frames;
        f->pcapng.last_time_ns = packet_out->time_ns;
    }
    return FILE_PACKET;
}

static enum file_result pcapng_next(struct file *f, struct packet *packet_out)
{
    for (;;) {
        const uint8_t *head;
        uint32_t type;
        uint32_t length;
        enum file_result result;

        if (f->pcapng.discard) {
            if (!bytes_discard(&f->bytes, f->pcapng.discard))
                return file_damage(f, "the last block is cut off");
            f->pcapng.discard = 0;
        }
        head = bytes_need(&f->bytes, 8);
        if (!head)
            return file_cut(f, "the next block's header", 8);
        type = file_u32(f, head);
        if (type == BLOCK_SECTION) {
            result = begin_section(f);
            if (result != FILE_PACKET)
                return result;
            continue;
        }
        length = file_u32(f, head + 4);
        if (length < block_bytes_min(type) || length % 4)
            return file_damage(f,
                               "the next block, of type %lu, claims to be %lu "
                               "bytes long",
                               (unsigned long)type, (unsigned long)length);
        if (block_bytes_min(type) == BLOCK_BYTES_MIN) {
            f->pcapng.discard = length;
            continue;
        }
        result = read_block(f, type, length, packet_out);
        if (result != FILE_PACKET || type != BLOCK_INTERFACE)
            return result;
    }
}

int pcapng_begin(struct file *f, const char *path, struct error *err)
{
    enum file_result result = begin_section(f);

    if (result != FILE_PACKET)
        return error_set(err, -EINVAL, "%s: its pcapng header is %s", path,
                         result == FILE_END ? "missing" : f->damage);
    f->next_fn = pcapng_next;
    return 0;
}
