#include "report/utf8.h"

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
