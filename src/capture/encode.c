#include "capture/encode.h"

#include <string.h>

#define NS_PER_S INT64_C(1000000000)
#define SNAP_BYTES 262144
#define NAME_MAX_BYTES 64

/* Options of pcapng blocks. */
enum { OPTION_NONE = 0, OPTION_IF_NAME = 2, OPTION_EPB_DROPS = 4 };
#define OPTION_IF_RESOLUTION 9

static size_t put_words(uint8_t *out, const uint32_t *words, size_t count)
{
    memcpy(out, words, count * sizeof(*words));
    return count * sizeof(*words);
}

static uint32_t halves(uint16_t first, uint16_t second)
{
    uint16_t both[2] = {first, second};
    uint32_t word;

    memcpy(&word, both, sizeof(word));
    return word;
}

size_t encode_pcap_header(int link_type, uint8_t *out)
{
    const uint32_t words[] = {0xa1b23c4d, halves(2, 4), 0,
                              0,          SNAP_BYTES,   (uint32_t)link_type};

    return put_words(out, words, sizeof(words) / sizeof(words[0]));
}

size_t encode_pcap_head(const struct packet *p, uint8_t *out)
{
    int64_t ns = p->time_ns < 0 ? 0 : p->time_ns;
    uint32_t words[4] = {UINT32_MAX, 999999999, p->length, p->wire_length};

    if (ns / NS_PER_S <= UINT32_MAX) {
        words[0] = (uint32_t)(ns / NS_PER_S);
        words[1] = (uint32_t)(ns % NS_PER_S);
    }
    return put_words(out, words, 4);
}

size_t encode_section(uint8_t *out)
{
    const uint32_t words[] = {0x0a0d0d0a, 28,         0x1a2b3c4d, halves(1, 0),
                              UINT32_MAX, UINT32_MAX, 28};

    return put_words(out, words, sizeof(words) / sizeof(words[0]));
}

/* With if_tsresol 9: nanoseconds. */
size_t encode_interface(int link_type, const char *name, uint8_t *out)
{
    static const uint8_t resolution[4] = {9};
    size_t length = name ? strnlen(name, NAME_MAX_BYTES) : 0;
    uint32_t total = 32 + (uint32_t)(length ? 4 + (length + 3) / 4 * 4 : 0);
    const uint32_t head[] = {1, total, halves((uint16_t)link_type, 0),
                             SNAP_BYTES};
    uint32_t tail[4] = {halves(OPTION_IF_RESOLUTION, 1), 0, OPTION_NONE, total};
    size_t n = put_words(out, head, 4);

    memcpy(&tail[1], resolution, sizeof(resolution));
    if (length) {
        uint32_t option = halves(OPTION_IF_NAME, (uint16_t)length);

        n += put_words(out + n, &option, 1);
        memset(out + n, 0, (length + 3) / 4 * 4);
        memcpy(out + n, name, length);
        n += (length + 3) / 4 * 4;
    }
    return n + put_words(out + n, tail, 4);
}

static uint32_t total_of(const struct packet *p, uint64_t lost)
{
    return 32 + p->length + (-p->length & 3) + (lost ? 16 : 0);
}

size_t encode_head(uint32_t interface_number, const struct packet *p,
                   uint64_t lost, uint8_t *out)
{
    uint64_t ns = p->time_ns < 0 ? 0 : (uint64_t)p->time_ns;
    const uint32_t words[] = {6,
                              total_of(p, lost),
                              interface_number,
                              (uint32_t)(ns >> 32),
                              (uint32_t)ns,
                              p->length,
                              p->wire_length};

    return put_words(out, words, sizeof(words) / sizeof(words[0]));
}

size_t encode_tail(const struct packet *p, uint64_t lost, uint8_t *out)
{
    uint32_t words[5] = {halves(OPTION_EPB_DROPS, 8), 0, 0, OPTION_NONE, 0};
    size_t padding = -p->length & 3;

    memset(out, 0, padding);
    memcpy(&words[1], &lost, sizeof(lost));
    words[4] = total_of(p, lost);
    if (lost)
        return padding + put_words(out + padding, words, 5);
    return padding + put_words(out + padding, &words[4], 1);
}
