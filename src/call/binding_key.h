/**
 * What names a binding (RECORDS.md, registrations). Internal to src/call.
 */
#ifndef SIPTRAIL_CALL_BINDING_KEY_H
#define SIPTRAIL_CALL_BINDING_KEY_H

#include "call/contact.h"

#define BINDING_TEXT_MAX 1024
#define BINDING_IDENTITY_MAX 3072

struct binding_identity {
    char bytes[BINDING_IDENTITY_MAX]; /* parts, each behind its length */
    size_t length;
    size_t aor_length; /* of the begin: sensor, registrar and AOR */
    char texts[BINDING_TEXT_MAX * 2];
    struct span registrar; /* in texts, lower case */
    struct span aor;       /* in texts: scheme:user@host, no parameters */
};

static inline struct span
binding_identity_span(const struct binding_identity *id)
{
    return span_of(id->bytes, id->length);
}

/**
 * Of sensor, registrar, AOR, and instance and reg-id, else the Contact's user,
 * host, port and transport. "*" stops behind the AOR.
 *
 * @return false where there is no AOR, or a part is too long
 */
bool binding_identity_make(const struct register_fact *fact,
                           const struct contact *contact,
                           struct binding_identity *id_out);

/** Of Request-URI, To and this Contact as they are written; not 0. */
uint64_t binding_spelling_hash(const struct register_request *request,
                               struct span contact);

/** Make it that of failures without number, by source or by registrar. */
void binding_identity_of_failures(const struct register_fact *fact,
                                  bool by_source,
                                  struct binding_identity *id_out);

/** The identity again, from what a row says of it. @return as above */
bool binding_identity_of_row(const struct registration_record *r,
                             struct span sensor,
                             struct binding_identity *id_out);

/** The AOR in From, where it is not @p aor: a third party registers (10.2). */
struct span binding_registrant(const struct register_request *request,
                               struct span aor, char buffer[BINDING_TEXT_MAX]);

#endif
