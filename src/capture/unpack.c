#define ZLIB_CONST
#include "capture/unpack.h"

#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

struct unpacker {
    enum unpack_kind kind;
    z_stream gzip;
    ZSTD_DStream *zstd;
    size_t zstd_hint; /* bytes it asked for */
    bool whole;       /* between two members or frames */
    bool full;        /* the last output was filled: more may be held back */
    bool over;        /* what follows the last member is none: not read */
    const char *fault;
};

static const struct magic {
    enum unpack_kind kind;
    struct span bytes;
    const char *tool;
} magics[] = {
    {UNPACK_GZIP, {"\x1f\x8b", 2}, NULL},
    {UNPACK_ZSTD, {"\x28\xb5\x2f\xfd", 4}, NULL},
    {UNPACK_FOREIGN, {"\xfd\x37zXZ", 5}, "xz -d"},
    {UNPACK_FOREIGN, {"BZh", 3}, "bzip2 -d"},
    {UNPACK_FOREIGN, {"\x04\x22\x4d\x18", 4}, "lz4 -d"},
    {UNPACK_FOREIGN, {"PK\x03\x04", 4}, "unzip"},
    {UNPACK_FOREIGN, {"7z\xbc\xaf", 4}, "7z x"},
};

enum unpack_kind unpack_kind_of(struct span start, const char **tool_out)
{
    for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
        if (span_equal(span_part(start, 0, magics[i].bytes.length),
                       magics[i].bytes)) {
            *tool_out = magics[i].tool;
            return magics[i].kind;
        }
    return UNPACK_PLAIN;
}

struct unpacker *unpacker_new(enum unpack_kind kind)
{
    struct unpacker *u = calloc(1, sizeof(*u));
    bool made;

    if (!u)
        return NULL;
    u->kind = kind;
    if (kind == UNPACK_GZIP) {
        made = inflateInit2(&u->gzip, 15 + 16) == Z_OK;
    } else {
        u->zstd = ZSTD_createDStream();
        u->zstd_hint = 1;
        made = u->zstd != NULL;
    }
    if (made)
        return u;
    free(u);
    return NULL;
}

void unpacker_free(struct unpacker *u)
{
    if (!u)
        return;
    if (u->kind == UNPACK_GZIP)
        (void)inflateEnd(&u->gzip);
    else
        (void)ZSTD_freeDStream(u->zstd);
    free(u);
}

static size_t gzip_push(struct unpacker *u, struct span *packed, uint8_t *out,
                        size_t out_bytes)
{
    z_stream *z = &u->gzip;
    size_t given = packed->length > UINT32_MAX ? UINT32_MAX : packed->length;
    int result;

    if (u->whole && packed->data[0] != '\x1f') {
        u->over = true; /* padding behind the last member, as gzip skips it */
        return 0;
    }
    z->next_in = (const Bytef *)packed->data;
    z->avail_in = (uInt)given;
    z->next_out = out;
    z->avail_out = out_bytes > UINT32_MAX ? UINT32_MAX : (uInt)out_bytes;
    u->whole = false;
    result = inflate(z, Z_NO_FLUSH);
    *packed = span_from(*packed, given - z->avail_in);
    if (result == Z_STREAM_END) {
        u->whole = true;
        (void)inflateReset(z);
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
        u->fault = z->msg ? z->msg : zError(result);
    }
    return (size_t)(z->next_out - out);
}

/* Where a call fails, all that it unpacked is lost: so it is given one block
 * at a time, less the header of the next that the library asks for too, and
 * nothing while it still owes bytes for which there was no room. */
static size_t zstd_push(struct unpacker *u, struct span *packed, uint8_t *out,
                        size_t out_bytes)
{
    size_t piece = u->zstd_hint > 3 ? u->zstd_hint - 3 : u->zstd_hint;
    ZSTD_inBuffer in = {packed->data, packed->length, 0};
    ZSTD_outBuffer to = {out, out_bytes, 0};
    size_t result;

    if (u->full)
        piece = 0;
    if (in.size > piece)
        in.size = piece;
    result = ZSTD_decompressStream(u->zstd, &to, &in);
    *packed = span_from(*packed, in.pos);
    if (ZSTD_isError(result))
        u->fault = ZSTD_getErrorName(result);
    u->whole = result == 0;
    u->zstd_hint = result > 0 ? result : 1;
    return to.pos;
}

size_t unpacker_push(struct unpacker *u, struct span *packed, uint8_t *out,
                     size_t out_bytes)
{
    size_t made = 0;

    while (made == 0 && (packed->length > 0 || u->full) && !u->fault &&
           !u->over) {
        made = u->kind == UNPACK_GZIP ? gzip_push(u, packed, out, out_bytes)
                                      : zstd_push(u, packed, out, out_bytes);
        u->full = made == out_bytes && !u->whole;
    }
    return made;
}

bool unpacker_whole(const struct unpacker *u)
{
    return u->whole || u->over;
}

const char *unpacker_fault(const struct unpacker *u)
{
    return u->fault;
}

const char *unpacker_name(const struct unpacker *u)
{
    return u->kind == UNPACK_GZIP ? "gzip" : "zstd";
}
