/**
 * What the kernel says of an interface, asked over rtnetlink (RFC 3549). It
 * needs no privilege and no file. Internal to src/capture.
 */
#ifndef SIPTRAIL_CAPTURE_LINK_H
#define SIPTRAIL_CAPTURE_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct link_state {
    bool exists;
    bool up;          /* set up, and with a carrier */
    unsigned index;   /* another one where it was deleted and made again */
    unsigned type;    /* ARPHRD_ value */
    unsigned changes; /* times the carrier came or went */
    uint64_t dropped; /* received and not handed on, since it was made */
};

/** @return A descriptor to close(), or a negative errno */
int link_open(void);

/**
 * Ask for an interface by its name.
 *
 * @return 0, also where there is none; a negative errno where nobody answered
 */
WARN_UNUSED int link_ask(int fd, const char *name,
                         struct link_state *state_out);

/**
 * Read one message of an answer. Pure.
 *
 * @return 0; -ENODEV: there is no such interface; -EBADMSG
 */
WARN_UNUSED int link_parse(const void *message, size_t length,
                           struct link_state *state_out);

#endif
