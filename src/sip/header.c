#include "sip/header.h"

#include "sip/chars.h"
#include "sip/header_find.h"
#include "sip/lines.h"

#define ID(id) (uint8_t) SIP_HEADER_##id
#define AT(letter) [(letter)&31]

/* With ": " behind them, longer names are more than sixteen bytes. */
#define MASK(name)                                                             \
    (sizeof(name) > 1 && sizeof(name) < 16                                     \
         ? (UINT32_C(1) << (sizeof(name) + 1)) - 1                             \
         : SIP_HEADER_OPENS_NONE)

const struct sip_header_opening sip_header_openings[SIP_HEADER_COUNT] = {
#define SIP_HEADER(ID, name, compact, flags)                                   \
    {name ": ", MASK(name), sizeof(name) - 1},
#include "sip/header.def"
#undef SIP_HEADER
};

static const struct {
    struct span name;
    unsigned flags;
} entries[SIP_HEADER_COUNT] = {
#define SIP_HEADER(ID, name, compact, flags) {{name, sizeof(name) - 1}, flags},
#include "sip/header.def"
#undef SIP_HEADER
};

/* RFC 3261, 7.3.3, and the registry of compact forms */
static const uint8_t compact[32] = {
    AT('v') = ID(VIA),
    AT('f') = ID(FROM),
    AT('t') = ID(TO),
    AT('i') = ID(CALL_ID),
    AT('m') = ID(CONTACT),
    AT('l') = ID(CONTENT_LENGTH),
    AT('c') = ID(CONTENT_TYPE),
    AT('e') = ID(CONTENT_ENCODING),
    AT('x') = ID(SESSION_EXPIRES),
    AT('k') = ID(SUPPORTED),
    AT('o') = ID(EVENT),
    AT('r') = ID(REFER_TO),
    AT('b') = ID(REFERRED_BY),
    AT('y') = ID(IDENTITY),
    AT('s') = ID(SUBJECT),
    AT('u') = ID(ALLOW_EVENTS),
    AT('a') = ID(ACCEPT_CONTACT),
    AT('j') = ID(REJECT_CONTACT),
    AT('d') = ID(REQUEST_DISPOSITION),
};

const uint8_t sip_header_candidates[SIP_HEADER_NAME_MAX + 1][32] = {
    [2] = {AT('t') = ID(TO)},
    [3] = {AT('v') = ID(VIA)},
    [4] = {AT('c') = ID(CSEQ), AT('d') = ID(DATE), AT('f') = ID(FROM),
           AT('p') = ID(PATH), AT('r') = ID(RSEQ)},
    [5] = {AT('a') = ID(ALLOW), AT('e') = ID(EVENT), AT('r') = ID(ROUTE)},
    [6] = {AT('a') = ID(ACCEPT), AT('m') = ID(MIN_SE), AT('r') = ID(REASON),
           AT('s') = ID(SERVER)},
    [7] = {AT('c') = ID(CALL_ID), AT('e') = ID(EXPIRES), AT('p') = ID(PRIVACY),
           AT('r') = ID(REQUIRE), AT('s') = ID(SUBJECT), AT('w') = ID(WARNING)},
    [8] = {AT('i') = ID(IDENTITY), AT('p') = ID(PRIORITY),
           AT('r') = ID(REFER_TO), AT('s') = ID(SIP_ETAG)},
    [9] = {AT('d') = ID(DIVERSION), AT('s') = ID(SUPPORTED),
           AT('t') = ID(TIMESTAMP)},
    [10] = {AT('s') = ID(SESSION_ID), AT('u') = ID(USER_AGENT)},
    [11] = {AT('m') = ID(MIN_EXPIRES), AT('r') = ID(RETRY_AFTER),
            AT('u') = ID(UNSUPPORTED)},
    [12] = {AT('a') = ID(ALLOW_EVENTS), AT('c') = ID(CONTENT_TYPE),
            AT('h') = ID(HISTORY_INFO), AT('m') = ID(MAX_FORWARDS),
            AT('o') = ID(ORGANIZATION), AT('r') = ID(RECORD_ROUTE),
            AT('s') = ID(SIP_IF_MATCH)},
    [13] = {AT('a') = ID(AUTHORIZATION), AT('p') = ID(PROXY_REQUIRE),
            AT('s') = ID(SERVICE_ROUTE)},
    [14] = {AT('a') = ID(ACCEPT_CONTACT), AT('c') = ID(CONTENT_LENGTH),
            AT('r') = ID(REJECT_CONTACT)},
    [15] = {AT('r') = ID(REMOTE_PARTY_ID), AT('s') = ID(SESSION_EXPIRES)},
    [16] = {AT('c') = ID(CONTENT_ENCODING), AT('w') = ID(WWW_AUTHENTICATE)},
    [17] = {AT('p') = ID(P_CHARGING_VECTOR), AT('t') = ID(TRANSFER_ENCODING)},
    [18] = {AT('p') = ID(PROXY_AUTHENTICATE), AT('s') = ID(SUBSCRIPTION_STATE)},
    [19] = {AT('c') = ID(CONTENT_DISPOSITION),
            AT('p') = ID(PROXY_AUTHORIZATION),
            AT('r') = ID(REQUEST_DISPOSITION)},
    [20] = {AT('p') = ID(P_PREFERRED_IDENTITY)},
    [21] = {AT('p') = ID(P_ACCESS_NETWORK_INFO)},
};

const uint8_t sip_header_siblings[SIP_HEADER_COUNT] = {
    [SIP_HEADER_RSEQ] = ID(RACK),
    [SIP_HEADER_CALL_ID] = ID(CONTACT),
    [SIP_HEADER_REFER_TO] = ID(REPLACES),
    [SIP_HEADER_RETRY_AFTER] = ID(REFERRED_BY),
    [SIP_HEADER_PROXY_AUTHORIZATION] = ID(P_ASSERTED_IDENTITY),
};

static inline bool is_named(struct span name, unsigned id)
{
    /* nearly all senders write names as the RFC does */
    return span_equal_short(name, entries[id].name) ||
           span_equal_nocase(name, entries[id].name);
}

enum sip_header_id sip_header_parse(struct span name)
{
    unsigned letter, id;

    if (!name.length || name.length > SIP_HEADER_NAME_MAX)
        return SIP_HEADER_OTHER;
    if (!sip_char_is(name.data[0], SIP_CHAR_ALPHA))
        return SIP_HEADER_OTHER;
    letter = (unsigned)name.data[0] & 31;
    if (name.length == 1)
        return (enum sip_header_id)compact[letter];
    id = sip_header_candidates[name.length][letter];
    if (!id || is_named(name, id))
        return (enum sip_header_id)id;
    id = sip_header_siblings[id];
    if (!id || is_named(name, id))
        return (enum sip_header_id)id;
    return SIP_HEADER_OTHER;
}

bool sip_header_find_slow(const char *at, const char *end,
                          struct sip_header_label *label_out)
{
    size_t length = (size_t)(sip_byte_find(at, end, ':') - at);

    if (at + length == end || !length || length > UINT16_MAX || *at <= ' ' ||
        at[length - 1] <= ' ')
        return false;
    label_out->id = sip_header_parse(span_of(at, length));
    label_out->length = (uint32_t)length;
    return true;
}

const char *sip_header_name(enum sip_header_id id)
{
    return (unsigned)id < SIP_HEADER_COUNT ? entries[id].name.data : "";
}

unsigned sip_header_flags(enum sip_header_id id)
{
    return (unsigned)id < SIP_HEADER_COUNT ? entries[id].flags : 0;
}
