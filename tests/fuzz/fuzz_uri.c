/*
 * A URI, and the same bytes as an address and as parameters. What is written
 * must be free of control bytes that were escaped, and fit.
 */
#include <stdlib.h>

#include "sip/address.h"
#include "sip/param.h"

#define BUFFER_BYTES 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void require_inside(struct span inner, struct span outer)
{
    if (inner.length)
        require(inner.data >= outer.data &&
                inner.data + inner.length <= outer.data + outer.length);
}

static bool is_printable(struct span s)
{
    for (size_t i = 0; i < s.length; i++)
        if ((unsigned char)s.data[i] < ' ' || s.data[i] == '\x7f')
            return false;
    return true;
}

static void read_uri(struct span text)
{
    char buffer[BUFFER_BYTES];
    struct sip_uri u;
    size_t length;
    bool ok = sip_uri_parse(text, &u);
    const struct span spans[] = {u.scheme_name, u.rest,   u.user,   u.password,
                                 u.host,        u.params, u.headers};

    for (size_t i = 0; i < sizeof(spans) / sizeof(*spans); i++)
        require_inside(spans[i], text);
    require(!ok || is_printable(u.rest));
    require(sip_uri_port(&u) > 0);
    length = sip_uri_user_write(&u, buffer, sizeof(buffer));
    require(length <= sizeof(buffer));
    require(!ok || is_printable(span_of(buffer, length)));
    length = sip_uri_number_write(&u, buffer, sizeof(buffer));
    for (size_t i = 0; i < length; i++)
        require((buffer[i] >= '0' && buffer[i] <= '9') ||
                (buffer[i] == '+' && i == 0));
    require_inside(sip_uri_header(&u, SPAN_LITERAL("Replaces")), text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = span_of(data, size);
    struct sip_address a;
    struct sip_param p;
    size_t cursor = 0, before = 0;

    read_uri(text);
    (void)sip_address_parse(text, &a);
    require_inside(a.display, text);
    require_inside(a.params, text);
    require_inside(a.uri, text);
    read_uri(a.uri);
    while (sip_param_next(text, &cursor, &p)) {
        require(cursor > before && cursor <= text.length);
        require_inside(p.name, text);
        require_inside(p.value, text);
        before = cursor;
    }
    return 0;
}
