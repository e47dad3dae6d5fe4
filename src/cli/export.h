/**
 * The packets of calls, into a capture file.
 */
#ifndef SIPTRAIL_CLI_EXPORT_H
#define SIPTRAIL_CLI_EXPORT_H

#include "capture/writer.h"
#include "cli/pick.h"

/**
 * The original packets out of the capture file they were picked from: those
 * that complete a message, every IP fragment of it, and the segments of its
 * TCP stream from shortly before it.
 *
 * @param count_out  Packets written
 * @return 0 or a negative errno
 */
WARN_UNUSED int export_original(const struct picked *picked,
                                const struct settings *s,
                                struct capture_writer *writer,
                                uint64_t *count_out, struct error *err);

/**
 * Packets made anew around the messages that the database holds: right
 * addresses, ports, times and checksums, Ethernet, and TCP without handshake.
 *
 * @param missing_out  Messages whose text is not stored
 */
WARN_UNUSED int export_rebuilt(const struct picked *picked,
                               struct capture_writer *writer,
                               uint64_t *count_out, uint64_t *missing_out,
                               struct error *err);

#endif
