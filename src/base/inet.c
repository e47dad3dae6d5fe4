#include "base/inet.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>

/* inet_ntop() goes through sprintf(): ten times the steps. */
static size_t write_dotted(const uint8_t *bytes, char *text)
{
    char *at = text;

    for (unsigned i = 0; i < 4; i++) {
        unsigned b = bytes[i];

        if (b >= 100)
            *at++ = (char)('0' + b / 100);
        if (b >= 10)
            *at++ = (char)('0' + b / 10 % 10);
        *at++ = (char)('0' + b % 10);
        *at++ = i < 3 ? '.' : '\0';
    }
    return (size_t)(at - text) - 1;
}

size_t address_write(const struct address *a, char text[ADDRESS_TEXT_BYTES])
{
    if (a->family == 4)
        return write_dotted(a->bytes, text);
    if (a->family == 0 ||
        !inet_ntop(AF_INET6, a->bytes, text, ADDRESS_TEXT_BYTES)) {
        memcpy(text, "-", 2);
        return 1;
    }
    return strlen(text);
}

size_t endpoint_write(const struct endpoint *e, char text[ENDPOINT_TEXT_BYTES])
{
    char address[ADDRESS_TEXT_BYTES];
    int n;

    (void)address_write(&e->address, address);
    n = snprintf(text, ENDPOINT_TEXT_BYTES,
                 e->address.family == 6 ? "[%s]:%u" : "%s:%u", address,
                 (unsigned)e->port);
    return n < 0 ? 0 : (size_t)n;
}

/* "192.0.2.1" as inet_pton() takes it, without its copy of the text. */
static bool parse_dotted(struct span text, uint8_t bytes[4])
{
    const char *at = text.data, *end = at + text.length;

    for (unsigned i = 0; i < 4; i++) {
        unsigned value = 0;
        const char *from = at;

        for (; at < end && *at >= '0' && *at <= '9' && at - from < 3; at++)
            value = value * 10 + (unsigned)(*at - '0');
        if (at == from || value > 255 || (*from == '0' && at - from > 1) ||
            (i < 3 && (at == end || *at++ != '.')))
            return false;
        bytes[i] = (uint8_t)value;
    }
    return at == end;
}

bool address_parse(struct span text, struct address *address_out)
{
    char copy[ADDRESS_TEXT_BYTES];
    uint8_t bytes[16];

    if (text.length > 2 && text.data[0] == '[' &&
        text.data[text.length - 1] == ']')
        text = span_part(text, 1, text.length - 2);
    if (text.length == 0 || text.length >= sizeof(copy))
        return false;
    if (parse_dotted(text, bytes)) {
        *address_out = address_v4(bytes);
        return true;
    }
    memcpy(copy, text.data, text.length);
    copy[text.length] = 0;
    if (inet_pton(AF_INET, copy, bytes) == 1)
        *address_out = address_v4(bytes);
    else if (inet_pton(AF_INET6, copy, bytes) == 1)
        *address_out = address_v6(bytes);
    else
        return false;
    return true;
}

const char *transport_name(enum transport t)
{
    static const char *const names[TRANSPORT_COUNT] = {"udp",  "tcp", "tls",
                                                       "sctp", "ws",  "wss"};

    assert((unsigned)t < TRANSPORT_COUNT);
    return names[t];
}
