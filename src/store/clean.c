#include "store/clean.h"

#include "base/hash.h"

/* Length of the character at @p at, or 0 where it is none (RFC 3629, 4). */
static size_t character_length(const unsigned char *at, size_t left)
{
    unsigned char first = at[0];
    unsigned char low = 0x80;
    unsigned char high = 0xbf;
    size_t length;

    if (first < 0x80)
        return first != 0;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (left < length)
        return 0;
    if (first == 0xe0)
        low = 0xa0;
    else if (first == 0xed)
        high = 0x9f;
    else if (first == 0xf0)
        low = 0x90;
    else if (first == 0xf4)
        high = 0x8f;
    if (at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

/* True where each of the eight bytes is from 1 to 127. */
static bool plain_word(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t tops = UINT64_C(0x8080808080808080);

    return ((word | (word - ones)) & tops) == 0;
}

/* Eight bytes and more that are all plain: the last eight may overlap. */
static bool is_plain(const unsigned char *at, size_t length)
{
    uint64_t word;

    for (size_t i = 0; i + 8 < length; i += 8) {
        memcpy(&word, at + i, 8);
        if (!plain_word(word))
            return false;
    }
    memcpy(&word, at + length - 8, 8);
    return plain_word(word);
}

bool clean_is_text(struct span text)
{
    const unsigned char *at = (const unsigned char *)text.data;
    size_t left = text.length;

    if (left >= 8 && is_plain(at, left))
        return true;
    while (left) {
        size_t n = character_length(at, left);

        if (!n)
            return false;
        at += n;
        left -= n;
    }
    return true;
}

size_t clean_write(struct span text, char *buffer, size_t cap)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *at = (const unsigned char *)text.data;
    size_t left = text.length;
    size_t used = 0;

    while (left) {
        size_t n = character_length(at, left);

        if (cap - used < (n ? n : 4))
            break;
        if (n) {
            memcpy(buffer + used, at, n);
            used += n;
        } else {
            buffer[used++] = '\\';
            buffer[used++] = 'x';
            buffer[used++] = digits[*at >> 4];
            buffer[used++] = digits[*at & 15];
            n = 1;
        }
        at += n;
        left -= n;
    }
    return used;
}

uint64_t clean_hash(struct span text)
{
    char clean[CLEAN_TEXT_MAX];
    uint64_t hash;

    if (text.length > CLEAN_TEXT_MAX || !clean_is_text(text))
        text = span_of(clean, clean_write(text, clean, CLEAN_TEXT_MAX));
    hash = hash_stable(text.data, text.length, 0);
    return hash ? hash : 1;
}
