/**
 * UDP ports on which there may be a tunnel.
 */
#ifndef SIPTRAIL_DECODE_PORTS_H
#define SIPTRAIL_DECODE_PORTS_H

#include "decode/decoding.h"

#define PORT(NAME, number, step) enum layer step(struct decoding *d);
#include "decode/ports.def"
#undef PORT

/** Could either be one of these? Quick, and true for a few others too. */
static inline bool decode_may_be_tunnel(unsigned src, unsigned dst)
{
    const uint64_t bits = 0
#define PORT(NAME, number, step) | UINT64_C(1) << ((number) % 64)
#include "decode/ports.def"
#undef PORT
        ;

    return ((bits >> (src % 64)) | (bits >> (dst % 64))) & 1;
}

/** Is it one of these? */
static inline bool decode_is_tunnel_port(unsigned port)
{
    switch (port) {
#define PORT(NAME, number, step) case number:
#include "decode/ports.def"
#undef PORT
        return true;
    default:
        return false;
    }
}

#endif
