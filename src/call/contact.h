/**
 * Contacts of a REGISTER and of its 2xx (RFC 3261, 10.2.1, 10.3; RFC 5626, 4).
 * Internal to src/call.
 */
#ifndef SIPTRAIL_CALL_CONTACT_H
#define SIPTRAIL_CALL_CONTACT_H

#include "call/registration.h"
#include "sip/uri.h"

/** Spans lie in the value parsed. */
struct contact {
    struct span text; /* all of it */
    bool any;         /* "*" */
    bool is_brief;    /* uri and transport were not read: text has them */
    struct sip_uri uri;
    struct span uri_text;
    struct span host;
    struct span transport; /* as said; empty where not */
    struct span instance;  /* +sip.instance, without quotes */
    bool has_reg_id;
    uint32_t reg_id;
    bool has_expires;
    uint32_t expires_s;
};

/** @return false where there is no URI in it */
bool contact_parse(struct span value, struct contact *contact_out);

/** Do they name one binding? What one leaves out counts as equal. */
bool contact_same(const struct contact *a, const struct contact *b);

/**
 * How long a 2xx grants a binding, s: its Contact that matches, else its
 * Expires, else what was asked for. 0: it is removed; TIME_NONE: nobody says.
 */
int64_t contact_expires(const struct contact *asked,
                        const struct register_fact *fact);

/**
 * Is there an address translator between the phone and who saw its REGISTER?
 *
 * Contact, sent-by and received (RFC 3261, 18.2.1) of the phone's own Via are
 * compared with the source, where these are addresses.
 *
 * @return 1 yes, 0 no, -1 where nothing tells
 */
int contact_behind_nat(const struct contact *contact,
                       const struct register_fact *fact);

/** Is its host the one of the phone's own and only Via? Then that and the
 * source decide alone what contact_behind_nat() says. */
bool contact_names_sender(const struct contact *contact,
                          const struct register_fact *fact);

#endif
