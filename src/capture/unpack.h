/**
 * Compressed files: gzip (RFC 1952, several members too) and zstd (RFC 8878).
 */
#ifndef SIPTRAIL_CAPTURE_UNPACK_H
#define SIPTRAIL_CAPTURE_UNPACK_H

#include <stdbool.h>

#include "base/error.h"
#include "base/span.h"

enum unpack_kind { UNPACK_PLAIN, UNPACK_GZIP, UNPACK_ZSTD, UNPACK_FOREIGN };

/**
 * What the first bytes of a file say of its compression.
 *
 * @param tool_out  On UNPACK_FOREIGN: the program that unpacks it. Static
 */
enum unpack_kind unpack_kind_of(struct span start, const char **tool_out);

struct unpacker;

/** @return NULL where there is no memory; free with unpacker_free() */
struct unpacker *unpacker_new(enum unpack_kind kind);
void unpacker_free(struct unpacker *u);

/**
 * Unpack some of @p packed, which is moved on past what was used up.
 *
 * @return Bytes written to @p out; 0 with packed left over only where the
 *         data are broken or over
 */
size_t unpacker_push(struct unpacker *u, struct span *packed, uint8_t *out,
                     size_t out_bytes);

/** May the packed data end here? */
bool unpacker_whole(const struct unpacker *u);
/** Why no more can be unpacked, or NULL. Static storage of the library. */
const char *unpacker_fault(const struct unpacker *u);
/** "gzip" or "zstd". Static storage. */
const char *unpacker_name(const struct unpacker *u);

#endif
