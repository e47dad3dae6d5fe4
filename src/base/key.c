#include "base/key.h"

#include <assert.h>
#include <sodium.h>
#include <sys/random.h>

void key_init(void)
{
    int ready = sodium_init();

    (void)ready; /* where it fails the portable code runs: as right */
}

static void put_time(int64_t time_us, struct key *key)
{
    const int64_t max_ms = (INT64_C(1) << 48) - 1;
    int64_t ms = time_us < 0 ? 0 : time_us / 1000;
    uint64_t bits = (uint64_t)(ms > max_ms ? max_ms : ms);

    for (int i = 0; i < 6; i++)
        key->bytes[i] = (uint8_t)(bits >> (40 - 8 * i));
}

/* RFC 9562, 5.8: version in the high half of octet 6, variant in octet 8. */
static void put_version(struct key *key)
{
    key->bytes[6] = (uint8_t)((key->bytes[6] & 0x0f) | 0x80);
    key->bytes[8] = (uint8_t)((key->bytes[8] & 0x3f) | 0x80);
}

#define JOINED_BYTES 512

/* All parts with their lengths, as the digest is of them; 0 where there is no
 * room. */
static size_t join(const struct span *parts, size_t part_count, char *joined)
{
    size_t at = 0;

    for (size_t i = 0; i < part_count; i++) {
        uint64_t length = parts[i].length;

        if (length > JOINED_BYTES ||
            at + sizeof(length) + length > JOINED_BYTES)
            return 0;
        memcpy(joined + at, &length, sizeof(length));
        at += sizeof(length);
        if (length)
            memcpy(joined + at, parts[i].data, length);
        at += length;
    }
    return at;
}

static void digest_long(const struct span *parts, size_t part_count,
                        unsigned char digest[16])
{
    crypto_generichash_state state;

    (void)crypto_generichash_init(&state, NULL, 0, 16);
    for (size_t i = 0; i < part_count; i++) {
        uint64_t length = parts[i].length;

        (void)crypto_generichash_update(&state, (const unsigned char *)&length,
                                        sizeof(length));
        if (length)
            (void)crypto_generichash_update(
                &state, (const unsigned char *)parts[i].data, length);
    }
    (void)crypto_generichash_final(&state, digest, 16);
}

void key_of_parts(int64_t time_us, const struct span *parts, size_t part_count,
                  struct key *key_out)
{
    unsigned char digest[16];
    char joined[JOINED_BYTES];
    size_t length = join(parts, part_count, joined);

    if (length)
        (void)crypto_generichash(digest, sizeof(digest),
                                 (const unsigned char *)joined, length, NULL,
                                 0);
    else
        digest_long(parts, part_count, digest);
    memcpy(key_out->bytes, digest, sizeof(digest));
    put_time(time_us, key_out);
    put_version(key_out);
}

void key_of_random(int64_t time_us, struct key *key_out)
{
    if (getrandom(key_out->bytes, sizeof(key_out->bytes), 0) !=
        (ssize_t)sizeof(key_out->bytes))
        randombytes_buf(key_out->bytes, sizeof(key_out->bytes));
    put_time(time_us, key_out);
    put_version(key_out);
}

void key_of_floor(int64_t time_us, struct key *key_out)
{
    memset(key_out->bytes, 0, sizeof(key_out->bytes));
    put_time(time_us, key_out);
}

void key_write(const struct key *key, char text_out[KEY_TEXT_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    char *at = text_out;

    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *at++ = '-';
        *at++ = digits[key->bytes[i] >> 4];
        *at++ = digits[key->bytes[i] & 15];
    }
    *at = 0;
    assert(at == text_out + KEY_TEXT_BYTES - 1);
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool key_parse(struct span text, struct key *key_out)
{
    struct key key = {0};
    unsigned digits = 0;

    for (size_t i = 0; i < text.length; i++) {
        int d = digit_of(text.data[i]);

        if (text.data[i] == '-')
            continue;
        if (d < 0 || digits == 32)
            return false;
        key.bytes[digits / 2] = (uint8_t)(key.bytes[digits / 2] << 4 | d);
        digits++;
    }
    if (digits != 32)
        return false;
    *key_out = key;
    return true;
}
