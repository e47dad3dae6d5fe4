/**
 * URIs as SIP uses them (RFC 3261, 19.1; RFC 3966 for tel:).
 */
#ifndef SIPTRAIL_SIP_URI_H
#define SIPTRAIL_SIP_URI_H

#include "base/span.h"

enum sip_scheme {
    SIP_SCHEME_NONE, /* no scheme: an absent or bare value */
    SIP_SCHEME_SIP,
    SIP_SCHEME_SIPS,
    SIP_SCHEME_TEL,
    SIP_SCHEME_OTHER /* scheme_name and rest say what it was */
};

/** All spans lie in the text parsed; what is absent is empty. */
struct sip_uri {
    enum sip_scheme scheme;
    struct span scheme_name; /* without ":" */
    struct span rest;        /* all behind "scheme:" */
    bool has_user;           /* there was an "@", or it is tel: */
    bool has_password;
    uint16_t port;        /* 0 where none is said or it is no port */
    struct span user;     /* as sent, escapes and ";" in it; tel: number */
    struct span password; /* as sent */
    struct span host;     /* as sent, IPv6 with its brackets; tel: empty */
    struct span params;   /* of the URI, without the first ";" */
    struct span headers;  /* behind "?" */
};

/**
 * Take a URI apart, as far as it goes.
 *
 * @param text  The URI alone, without <> (trimmed here)
 * @return false where something is malformed; *uri_out then holds what could
 *         be read. A URI without scheme is read as user@host
 */
bool sip_uri_parse(struct span text, struct sip_uri *uri_out);

/** The port that applies: the one said, else 5061 for sips:, else 5060. */
uint16_t sip_uri_port(const struct sip_uri *uri);

/**
 * Write the user: sip: unescaped and without parameters (";" and on); tel:
 * without visual separators.
 *
 * "%00", other escaped control bytes and escapes that would make invalid
 * UTF-8 stay escaped, so the text can be stored and shown.
 *
 * @return Bytes written, at most @p cap
 */
size_t sip_uri_user_write(const struct sip_uri *uri, char *buffer, size_t cap);

/**
 * Write the number in the user for search: a leading "+" and digits only.
 *
 * Nothing is written for a user that is no number: any letter in it (but
 * for tel: hexadecimal digits are dropped).
 *
 * @return Bytes written, at most @p cap
 */
size_t sip_uri_number_write(const struct sip_uri *uri, char *buffer,
                            size_t cap);

/** Undo %-escapes, with the care told at sip_uri_user_write(). */
size_t sip_uri_unescape(struct span text, char *buffer, size_t cap);

/**
 * The value of a header in a URI ("?name=value&..."), any case, escaped as
 * sent: see sip_uri_unescape().
 */
struct span sip_uri_header(const struct sip_uri *uri, struct span name);

#endif
