/**
 * UDP ports on which there may be a tunnel.
 */
#ifndef SIPTRAIL_DECODE_PORTS_H
#define SIPTRAIL_DECODE_PORTS_H

#include <stdbool.h>

#define DECODE_PORT_GTPU 2152
#define DECODE_PORT_VXLAN 4789
#define DECODE_PORT_VXLAN_LINUX 8472 /* before there was the other */

static inline bool decode_is_tunnel_port(unsigned port)
{
    return port == DECODE_PORT_GTPU || port == DECODE_PORT_VXLAN ||
           port == DECODE_PORT_VXLAN_LINUX;
}

#endif
