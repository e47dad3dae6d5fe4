/* VXLAN (RFC 7348): Ethernet in UDP. */
#include "decode/decoding.h"

#define VXLAN_BYTES 8
#define ETHERNET_BYTES 14

/* Flags 1 | reserved or policy 3 | network 3 | reserved 1. */
enum layer decode_vxlan(struct decoding *d)
{
    if (d->length < VXLAN_BYTES + ETHERNET_BYTES || (d->at[0] & 0x7f) != 0x08 ||
        d->at[7] != 0)
        return LAYER_END;
    decode_see(d, decode_u32(d->at + 4));
    (void)decode_take(d, VXLAN_BYTES);
    return decode_enter(d, LAYER_ETHERNET);
}
