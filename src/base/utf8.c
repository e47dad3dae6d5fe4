#include "base/utf8.h"

static bool continues(struct span s, size_t at)
{
    return at < s.length && ((unsigned char)s.data[at] & 0xc0) == 0x80;
}

size_t utf8_next(struct span s, uint32_t *code_out)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char first = (unsigned char)s.data[0];
    size_t length;
    uint32_t code;

    if (first < 0x80) {
        *code_out = first;
        return 1;
    }
    length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    code = first & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if (!continues(s, i))
            return 0;
        code = code << 6 | ((unsigned char)s.data[i] & 0x3f);
    }
    if (code < least[length] || code > 0x10ffff ||
        (code >= 0xd800 && code <= 0xdfff))
        return 0;
    *code_out = code;
    return length;
}
