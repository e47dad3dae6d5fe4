/**
 * What the kernel shall let through of an interface: all that a filter
 * matches, and all in which there may be a match once it is undone.
 * Internal to src/capture.
 */
#ifndef SIPTRAIL_CAPTURE_PREFILTER_H
#define SIPTRAIL_CAPTURE_PREFILTER_H

#include <pcap/pcap.h>

#include "base/error.h"

/**
 * Compile it for an open interface. What passes must be asked again.
 *
 * @param text         BPF as a person gave it
 * @param program_out  pcap_freecode() it
 * @return 0, -EINVAL with libpcap's words in @p err, or -ENOMEM
 */
WARN_UNUSED int prefilter_compile(pcap_t *pcap, const char *text,
                                  struct bpf_program *program_out,
                                  struct error *err);

#endif
