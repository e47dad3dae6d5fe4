#include "txn/sent_by.h"

#include <string.h>

#define PORT_SIP 5060
#define WORD_BYTES sizeof(uint64_t)

/* @return false for what is not four numbers with dots between them */
static bool read_v4(struct span text, uint8_t *bytes_out)
{
    unsigned part = 0, parts = 0;

    for (size_t i = 0; i < text.length && text.data[i] != ':'; i++) {
        char c = text.data[i];

        if (c >= '0' && c <= '9') {
            part = part * 10 + (unsigned)(c - '0');
        } else if (c == '.' && parts < 3) {
            bytes_out[parts++] = (uint8_t)part;
            part = 0;
        } else {
            return false;
        }
        if (part > UINT8_MAX)
            return false;
    }
    bytes_out[parts] = (uint8_t)part;
    return parts == 3;
}

static unsigned read_port(struct span text)
{
    unsigned port = 0;
    size_t i = 0;

    if (text.length && text.data[0] == '[')
        i = span_find_byte(text, ']');
    while (i < text.length && text.data[i] != ':')
        i++;
    while (++i < text.length && port <= UINT16_MAX)
        if (text.data[i] >= '0' && text.data[i] <= '9')
            port = port * 10 + (unsigned)(text.data[i] - '0');
    return port ? port : PORT_SIP;
}

static void read_text(struct span text, struct sent_by *named_out)
{
    named_out->is_v4 = read_v4(text, named_out->bytes);
    named_out->port = read_port(text);
}

const struct sent_by *sent_by_read(struct sent_by_memory *memory,
                                   struct span text)
{
    uint64_t words[SENT_BY_WORDS], index;

    if (text.length < WORD_BYTES || text.length > sizeof(words)) {
        read_text(text, &memory->other);
        return &memory->other;
    }
    memcpy(&words[0], text.data, WORD_BYTES);
    memcpy(&words[1], text.data + (text.length - WORD_BYTES) / 2, WORD_BYTES);
    memcpy(&words[2], text.data + text.length - WORD_BYTES, WORD_BYTES);
    index = ((words[0] ^ words[2]) * UINT64_C(0x9e3779b97f4a7c15)) >> 32;
    index %= SENT_BY_REMEMBERED;
    if (memory->places[index].length != text.length ||
        memcmp(memory->places[index].words, words, sizeof(words)) != 0) {
        memcpy(memory->places[index].words, words, sizeof(words));
        memory->places[index].length = text.length;
        read_text(text, &memory->places[index].named);
    }
    return &memory->places[index].named;
}
