#include "sip/plain.h"

#include "sip/chars.h"
#include "sip/lines.h"
#include "sip/runs.h"

/* The walk over one value. */
struct walk {
    const char *from;
    const char *at;
    const char *end;
};

static inline struct walk walk_of(struct span s)
{
    return (struct walk){s.data, s.data, span_end(s)};
}

static inline bool take(struct walk *w, char c)
{
    if (w->at == w->end || *w->at != c)
        return false;
    w->at++;
    return true;
}

static inline bool take_word(struct walk *w, const char *word, size_t length)
{
    if ((size_t)(w->end - w->at) < length || memcmp(w->at, word, length) != 0)
        return false;
    w->at += length;
    return true;
}

/* @return Bytes taken */
SIP_RUN_INLINE size_t take_run(struct walk *w, enum sip_run run)
{
    const char *at = w->at;

    w->at = sip_run_end(run, w->from, at, w->end);
    return (size_t)(w->at - at);
}

/* One to @most digits, so few that no number is out of range. */
static inline bool take_digits(struct walk *w, size_t most)
{
    const char *at = w->at;

    while (w->at < w->end && *w->at >= '0' && *w->at <= '9')
        w->at++;
    return w->at > at && (size_t)(w->at - at) <= most;
}

static inline bool take_port(struct walk *w)
{
    return !take(w, ':') || take_digits(w, 4);
}

static inline struct span taken_from(const struct walk *w, const char *from)
{
    return span_of(from, (size_t)(w->at - from));
}

static uint16_t port_of(struct span digits)
{
    unsigned port = 0;

    for (size_t i = 0; i < digits.length; i++)
        port = port * 10 + (unsigned)(digits.data[i] - '0');
    return (uint16_t)port;
}

/* "sip:user@host:5060", "sip:+49@host", "sip:host". NULL: nobody asks for the
 * parts, and no step is spent on them. */
SIP_RUN_INLINE bool take_parts(struct walk *w, struct sip_plain_uri *parts)
{
    const char *user, *host;
    bool plus, has_user;

    if (!take_word(w, "sip:", 4))
        return false;
    user = host = w->at;
    plus = take(w, '+');
    if (!take_run(w, SIP_RUN_NAME))
        return false;
    has_user = take(w, '@');
    if (has_user) {
        host = w->at;
        if (!take_run(w, SIP_RUN_NAME))
            return false;
    } else if (plus) {
        return false;
    }
    if (!parts)
        return take_port(w);
    parts->user = span_of(user, has_user ? (size_t)(host - user) - 1 : 0);
    parts->host = taken_from(w, host);
    host = w->at;
    if (!take_port(w))
        return false;
    parts->port = port_of(span_from(taken_from(w, host), 1));
    return true;
}

/* Inlined, as all steps are: so the walk stays in registers. */
SIP_RUN_INLINE bool take_address(struct walk *w)
{
    return take_parts(w, NULL);
}

/* ";transport=UDP;lr", or nothing. */
SIP_RUN_INLINE void take_uri_params(struct walk *w)
{
    if (w->at < w->end && *w->at == ';')
        (void)take_run(w, SIP_RUN_PARAMS);
}

bool sip_plain_uri_split(struct span uri, struct sip_plain_uri *uri_out)
{
    struct walk w = walk_of(uri);
    const char *params;

    if (!take_parts(&w, uri_out))
        return false;
    params = w.at;
    take_uri_params(&w);
    if (w.at != w.end)
        return false;
    uri_out->params = span_from(taken_from(&w, params), 1);
    return true;
}

bool sip_plain_uri(struct span uri)
{
    struct walk w = walk_of(uri);

    if (!take_address(&w))
        return false;
    take_uri_params(&w);
    return w.at == w.end;
}

/* Of the usual ones each once at most: @seen has their bits. */
SIP_RUN_INLINE bool take_via_param(struct walk *w, unsigned *seen,
                                   struct span *branch)
{
    const char *value;
    unsigned bit;

    if (take_word(w, "branch=", 7)) {
        bit = 1;
        value = w->at;
        if (!take_run(w, SIP_RUN_VALUE))
            return false;
        *branch = span_of(value, (size_t)(w->at - value));
    } else if (take_word(w, "rport", 5)) {
        bit = 2;
        if (take(w, '=') && !take_digits(w, 4))
            return false;
    } else if (take_word(w, "received=", 9)) {
        bit = 4;
        if (!take_run(w, SIP_RUN_VALUE))
            return false;
    } else if (take_word(w, "i=", 2)) { /* Kamailio's, of a connection */
        bit = 8;
        if (!take_run(w, SIP_RUN_VALUE))
            return false;
    } else {
        return false;
    }
    if (*seen & bit)
        return false;
    *seen |= bit;
    return true;
}

/* "SIP/2.0/UDP host:5060;branch=..." */
SIP_RUN_INLINE bool take_via(struct walk *w, struct sip_plain_via *via)
{
    const char *value = w->at, *host;
    unsigned seen = 0;

    if (!take_word(w, "SIP/2.0/", 8))
        return false;
    if (!take_word(w, "UDP ", 4) &&
        (!take_run(w, SIP_RUN_NAME) || !take(w, ' ')))
        return false;
    host = w->at;
    if (!take_run(w, SIP_RUN_NAME) || !take_port(w))
        return false;
    via->sent_by = span_of(host, (size_t)(w->at - host));
    via->branch = SPAN_NONE;
    while (take(w, ';'))
        if (!take_via_param(w, &seen, &via->branch))
            return false;
    via->top = span_of(value, (size_t)(w->at - value));
    return true;
}

bool sip_plain_via(struct span value, struct sip_plain_via *via_out)
{
    struct walk w = walk_of(value);
    struct sip_plain_via via;

    via_out->count = 0;
    do {
        while (via_out->count && take(&w, ' '))
            ;
        if (!take_via(&w, &via))
            return false;
        if (!via_out->count++) {
            via_out->top = via.top;
            via_out->sent_by = via.sent_by;
            via_out->branch = via.branch;
        }
    } while (take(&w, ','));
    return w.at == w.end;
}

/* "Bob" or Bob or nothing, and the "<" behind it. */
static inline bool take_display(struct walk *w)
{
    if (take(w, '"')) {
        (void)take_run(w, SIP_RUN_QUOTED);
        if (!take(w, '"'))
            return false;
        while (take(w, ' '))
            ;
    } else {
        while (w->at < w->end &&
               sip_char_is(*w->at, SIP_CHAR_TOKEN | SIP_CHAR_BLANK))
            w->at++;
    }
    return take(w, '<');
}

/* One parameter at most, so that none can be there twice. */
bool sip_plain_party(struct span value, struct span *tag_out)
{
    struct walk w = walk_of(value);
    struct span tag = SPAN_NONE;

    if (!take_display(&w) || !take_address(&w))
        return false;
    take_uri_params(&w);
    if (!take(&w, '>'))
        return false;
    if (take_word(&w, ";tag=", 5)) {
        tag.data = w.at;
        tag.length = take_run(&w, SIP_RUN_VALUE);
        if (!tag.length)
            return false;
    } else if (take_word(&w, ";expires=", 9) && !take_digits(&w, 9)) {
        return false;
    }
    if (w.at != w.end)
        return false;
    *tag_out = tag;
    return true;
}

/* Does ";lr" stand in parameters that begin with their ";"? */
static bool has_lr(const char *at, const char *end)
{
    for (; at < end; at = sip_byte_find(at + 1, end, ';'))
        if (end - at >= 3 && at[1] == 'l' && at[2] == 'r' &&
            (end - at == 3 || at[3] == '=' || at[3] == ';'))
            return true;
    return false;
}

bool sip_plain_route(struct span value)
{
    struct walk w = walk_of(value);
    const char *params;

    if (!take(&w, '<') || !take_address(&w))
        return false;
    params = w.at;
    take_uri_params(&w);
    return has_lr(params, w.at) && take(&w, '>') && w.at == w.end;
}
