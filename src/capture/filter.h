/**
 * BPF filters over packets of any link type, widened for fragments.
 *
 * A filter on ports cannot see the ports of a later IP fragment, nor what is in
 * a tunnel. Whoever undoes these asks again of what was inside; for whoever
 * does not, every such fragment passes, VLAN-tagged or not, and every IPv6
 * fragment.
 */
#ifndef SIPTRAIL_CAPTURE_FILTER_H
#define SIPTRAIL_CAPTURE_FILTER_H

#include <stdbool.h>

#include "base/error.h"
#include "capture/packet.h"

struct filter;

/** @param text  BPF as tcpdump reads it; copied */
WARN_UNUSED int filter_new(const char *text, struct filter **filter_out,
                           struct error *err);
void filter_free(struct filter *f);

/**
 * Compile for a LINKTYPE_ value; more may be met later on.
 *
 * @return 0, or -EINVAL with libpcap's words in @p err
 */
WARN_UNUSED int filter_prepare(struct filter *f, int link_type,
                               struct error *err);

/**
 * Does the packet pass? Compiles when a link type is new; where the filter
 * makes no sense for it, one warning is logged and none of its packets pass.
 */
bool filter_pass(struct filter *f, const struct packet *packet);
/** Likewise, but fragments are nothing special. */
bool filter_matches(struct filter *f, const struct packet *packet);
/** Of a packet without link header, found in another. A filter that makes no
 * sense there matches none of them. */
bool filter_matches_inside(struct filter *f, const struct packet *packet);

#endif
