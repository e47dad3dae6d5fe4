#include "report/utf8.h"

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

struct range {
    uint32_t from;
    uint32_t to;
};

static bool within(const struct range *ranges, size_t count, uint32_t code)
{
    for (size_t i = 0; i < count; i++)
        if (code >= ranges[i].from && code <= ranges[i].to)
            return true;
    return false;
}

#define WITHIN(ranges, code)                                                   \
    within(ranges, sizeof(ranges) / sizeof((ranges)[0]), code)

int utf8_columns(uint32_t code)
{
    static const struct range hidden[] = {
        {0x00, 0x1f},        {0x7f, 0x9f},     {0xad, 0xad},
        {0x61c, 0x61c},      {0x180e, 0x180e}, {0x200b, 0x200f},
        {0x2028, 0x202e},    {0x2060, 0x206f}, {0xfe00, 0xfe0f},
        {0xfeff, 0xfeff},    {0xfff0, 0xfffb}, {0xd800, 0xf8ff},
        {0xe0000, 0x10ffff},
    };
    static const struct range combining[] = {
        {0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},
        {0x610, 0x61a},   {0x64b, 0x65f},   {0x1ab0, 0x1aff},
        {0x1dc0, 0x1dff}, {0x20d0, 0x20ff}, {0xfe20, 0xfe2f},
    };
    static const struct range wide[] = {
        {0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0x4dbf},
        {0x4e00, 0xa4cf},   {0xa960, 0xa97f},   {0xac00, 0xd7a3},
        {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},
        {0xffe0, 0xffe6},   {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff},
        {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
    };

    if (code >= 0x20 && code < 0x7f)
        return 1;
    if (WITHIN(hidden, code))
        return -1;
    if (WITHIN(combining, code))
        return 0;
    return WITHIN(wide, code) ? 2 : 1;
}
