/**
 * One capture file, read packet by packet in its own order.
 */
#ifndef SIPTRAIL_CAPTURE_FILE_H
#define SIPTRAIL_CAPTURE_FILE_H

#include "capture/bytes.h"
#include "capture/packet.h"

/** A packet that claims more captured bytes is taken for damage. With its
 * header it must stay below BYTES_NEED_MAX. */
#define FILE_PACKET_MAX ((uint32_t)256 << 10)

enum file_result {
    FILE_PACKET,
    FILE_END,
    FILE_DAMAGED, /* file.damage says how and where; nothing more comes */
    FILE_FAILED   /* out of memory */
};

/** What a pcapng Interface Description Block says. */
struct file_interface {
    int link_type;
    uint32_t snap_length;   /* 0 for no limit */
    uint64_t ns_multiplier; /* of one tick; 0 where it is a fraction */
    uint64_t ticks_max;     /* that the multiplier leaves in an int64_t */
    uint64_t ns_divisor;    /* ticks in a nanosecond, for 10^-n below 1 ns */
    uint8_t shift;          /* ticks are 2^-shift s, where both are 0 */
    int64_t offset_ns;
};

struct file {
    struct bytes bytes;
    /** Read the next packet; NULL at the end. Of pcap.c or pcapng.c. */
    enum file_result (*next_fn)(struct file *f, struct packet *packet_out);
    uint64_t frames; /* packets met so far */
    bool swapped;    /* in the other byte order */
    char damage[256];
    struct {
        uint32_t header_bytes; /* of a packet */
        uint32_t ns_per_tick;
        int link_type;
    } pcap;
    struct {
        struct file_interface *interfaces; /* of this section */
        size_t interface_count;
        size_t interface_cap;
        uint64_t discard; /* rest of a block whose packet is lent */
        int64_t last_time_ns;
    } pcapng;
};

/**
 * Open a capture file and read its header.
 *
 * @return 0, or a negative errno with words in @p err
 */
WARN_UNUSED int file_open(struct file *f, const char *path, size_t block_bytes,
                          struct error *err);
void file_close(struct file *f);

static inline enum file_result file_next(struct file *f, struct packet *p_out)
{
    return f->next_fn(f, p_out);
}

/** Note where and how the content breaks off. Returns FILE_DAMAGED. */
enum file_result file_damage(struct file *f, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/**
 * The content ended where @p needed bytes of @p what were due: the end of the
 * file if there are none, else damage.
 */
enum file_result file_cut(struct file *f, const char *what, uint64_t needed);

/** Does @p start begin a file of this format? Then read its header. */
bool pcap_probe(const uint8_t start[4]);
int pcap_begin(struct file *f, const char *path, struct error *err);
bool pcapng_probe(const uint8_t start[4]);
int pcapng_begin(struct file *f, const char *path, struct error *err);

static inline uint16_t file_u16(const struct file *f, const uint8_t *p)
{
    uint16_t v;

    memcpy(&v, p, sizeof(v));
    return f->swapped ? __builtin_bswap16(v) : v;
}

static inline uint32_t file_u32(const struct file *f, const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof(v));
    return f->swapped ? __builtin_bswap32(v) : v;
}

#endif
