#include "sip/mandatory.h"

#include "base/hash.h"
#include "sip/address.h"
#include "sip/number.h"
#include "sip/param.h"
#include "sip/plain.h"
#include "sip/text.h"
#include "sip/via.h"

/* Where the compiler would choose otherwise: none of the steps' frames in the
 * switch below. */
#define APART static __attribute__((noinline))

APART void take_odd_party(struct sip_message *m, enum sip_header_id id,
                          struct span value, struct span *tag_out)
{
    struct sip_address a;

    m->odd_mask |= UINT64_C(1) << id;
    if (!sip_address_parse(value, &a) || a.any)
        sip_message_note(m, id == SIP_HEADER_FROM ? ANOMALY_FROM_BAD
                                                  : ANOMALY_TO_BAD);
    *tag_out = sip_address_tag(&a);
}

APART void take_from(struct sip_message *m, struct span value)
{
    m->from = value;
    if (!sip_plain_party(value, &m->from_tag))
        take_odd_party(m, SIP_HEADER_FROM, value, &m->from_tag);
}

APART void take_to(struct sip_message *m, struct span value)
{
    m->to = value;
    if (!sip_plain_party(value, &m->to_tag))
        take_odd_party(m, SIP_HEADER_TO, value, &m->to_tag);
}

APART void take_cseq(struct sip_message *m, struct span value)
{
    struct sip_cseq cseq;
    bool ok = sip_cseq_parse(value, &cseq);

    m->has_cseq = ok;
    m->cseq = cseq.number;
    m->cseq_method = cseq.method;
    m->cseq_method_name = cseq.method_name;
    if (!ok || cseq.number > INT32_MAX)
        sip_message_note(m, ANOMALY_CSEQ_BAD);
}

static void take_via_top(struct sip_message *m, struct span value)
{
    struct sip_via via;

    m->via_top = value;
    if (!sip_via_head_parse(value, &via))
        sip_message_note(m, ANOMALY_VIA_BAD);
    m->via_sent_by = via.sent_by;
    m->via_branch = sip_param_value(via.params, SPAN_LITERAL("branch"));
}

static void take_odd_via(struct sip_message *m, struct span rest)
{
    struct span value;

    m->odd_mask |= UINT64_C(1) << SIP_HEADER_VIA;
    while (sip_list_next(&rest, &value))
        if (m->via_count++ == 0)
            take_via_top(m, value);
}

APART void take_via(struct sip_message *m, struct span rest)
{
    struct sip_plain_via plain;

    if (sip_plain_via(rest, &plain)) {
        if (m->via_count == 0) {
            m->via_top = plain.top;
            m->via_sent_by = plain.sent_by;
            m->via_branch = plain.branch;
        }
        m->via_count += plain.count;
    } else {
        take_odd_via(m, rest);
    }
}

APART void take_content_length(struct sip_message *m, struct span value,
                               bool again)
{
    uint64_t length;
    bool ok = span_to_u64(value, SIP_CONTENT_LENGTH_MAX, &length);

    if (!ok)
        sip_message_note(m, ANOMALY_CONTENT_LENGTH_BAD);
    if (!again)
        m->content_length = ok ? (int64_t)length : -1;
    else if (!ok || m->content_length != (int64_t)length)
        sip_message_note(m, ANOMALY_CONTENT_LENGTH_CONFLICT);
}

APART void take_max_forwards(struct sip_message *m, struct span value)
{
    uint8_t hops;

    if (!sip_max_forwards_parse(value, &hops))
        sip_message_note(m, ANOMALY_MAX_FORWARDS_BAD);
    else if (hops == 0)
        sip_message_note(m, ANOMALY_MAX_FORWARDS_ZERO);
}

#define BIT_OF(id) (UINT64_C(1) << (id))
#define BIT(id) BIT_OF(SIP_HEADER_##id)
/* Headers that are looked at. */
#define TAKEN                                                                  \
    (BIT(VIA) | BIT(FROM) | BIT(TO) | BIT(CALL_ID) | BIT(CSEQ) |               \
     BIT(CONTENT_LENGTH) | BIT(MAX_FORWARDS) | BIT(TRANSFER_ENCODING))
/* Of these only the first one. */
#define FIRST_ONLY                                                             \
    (BIT(FROM) | BIT(TO) | BIT(CALL_ID) | BIT(CSEQ) | BIT(MAX_FORWARDS))
#define MANDATORY (BIT(VIA) | BIT(FROM) | BIT(TO) | BIT(CALL_ID) | BIT(CSEQ))

_Static_assert(SIP_HEADER_COUNT <= 64, "the masks above are one word");

void sip_mandatory_take_one(struct sip_message *m, enum sip_header_id id,
                            struct span value, bool again)
{
    if (again && BIT_OF(id) & FIRST_ONLY) {
        m->odd_mask |= BIT_OF(id); /* its value was not looked at */
        return;
    }
    switch ((int)id) {
    case SIP_HEADER_VIA:
        take_via(m, value);
        break;
    case SIP_HEADER_FROM:
        take_from(m, value);
        break;
    case SIP_HEADER_TO:
        take_to(m, value);
        break;
    case SIP_HEADER_CALL_ID:
        m->call_id = value;
        break;
    case SIP_HEADER_CSEQ:
        take_cseq(m, value);
        break;
    case SIP_HEADER_MAX_FORWARDS:
        take_max_forwards(m, value);
        break;
    case SIP_HEADER_CONTENT_LENGTH:
        take_content_length(m, value, again);
        break;
    case SIP_HEADER_TRANSFER_ENCODING:
        sip_message_note(m, ANOMALY_CHUNKED);
        break;
    }
}

static void take_repeated(struct sip_message *m,
                          const struct sip_header *const *first)
{
    for (uint32_t i = 0; i < m->header_count; i++) {
        enum sip_header_id id = (enum sip_header_id)m->headers[i].id;

        if (&m->headers[i] != first[id])
            sip_mandatory_take_one(m, id, sip_header_value(m, &m->headers[i]),
                                   true);
    }
}

/* One by one and not by sip_mandatory_take_one() in a loop, which takes 130
 * instructions a message more. */
void sip_mandatory_take(struct sip_message *m,
                        const struct sip_header *const *first,
                        uint64_t repeated)
{
    uint64_t mask = m->header_mask[0];

#define VALUE(id) sip_header_value(m, first[SIP_HEADER_##id])
    if (mask & BIT(VIA))
        take_via(m, VALUE(VIA));
    if (mask & BIT(FROM))
        take_from(m, VALUE(FROM));
    if (mask & BIT(TO))
        take_to(m, VALUE(TO));
    if (mask & BIT(CALL_ID))
        m->call_id = VALUE(CALL_ID);
    if (mask & BIT(CSEQ))
        take_cseq(m, VALUE(CSEQ));
    if (mask & BIT(MAX_FORWARDS))
        take_max_forwards(m, VALUE(MAX_FORWARDS));
    if (mask & BIT(CONTENT_LENGTH))
        take_content_length(m, VALUE(CONTENT_LENGTH), false);
    if (mask & BIT(TRANSFER_ENCODING))
        sip_message_note(m, ANOMALY_CHUNKED);
#undef VALUE
    if (repeated & TAKEN)
        take_repeated(m, first);
}

static void check_branch(struct sip_message *m)
{
    struct span branch = m->via_branch, cookie = SPAN_LITERAL("z9hG4bK");

    if (branch.length > cookie.length && memcmp(branch.data, "z9hG4bK", 7) == 0)
        m->has_cookie = true;
    else if (!branch.length)
        sip_message_note(m, ANOMALY_BRANCH_MISSING);
    else if (!span_starts_nocase(branch, cookie))
        sip_message_note(m, ANOMALY_BRANCH_COOKIE_MISSING);
    else if (branch.length == cookie.length)
        sip_message_note(m, ANOMALY_BRANCH_EMPTY);
    else
        m->has_cookie = true;
}

/* Some clients say the default port in the INVITE and not in its CANCEL. */
static struct span without_default_port(struct span sent_by)
{
    static const struct span port = {":5060", 5};

    if (sent_by.length > port.length &&
        !memcmp(sent_by.data + sent_by.length - port.length, port.data,
                port.length))
        sent_by.length -= port.length;
    return sent_by;
}

void sip_mandatory_hash(struct sip_message *m)
{
    m->call_id_hash = hash_span(m->call_id);
    m->from_tag_hash = hash_span(m->from_tag);
    m->to_tag_hash = hash_span(m->to_tag);
    m->via_hash = hash_mix(hash_span(m->via_branch),
                           hash_span(without_default_port(m->via_sent_by)));
}

static void check_request(struct sip_message *m)
{
    if (!sip_message_has(m, SIP_HEADER_MAX_FORWARDS))
        sip_message_note(m, ANOMALY_MAX_FORWARDS_MISSING);
    if (m->cseq_method_name.length &&
        !span_equal(m->method_name, m->cseq_method_name))
        sip_message_note(m, ANOMALY_CSEQ_METHOD_MISMATCH);
}

void sip_mandatory_check(struct sip_message *m)
{
    static const struct {
        enum sip_header_id id;
        enum anomaly missing;
    } mandatory[] = {
        {SIP_HEADER_VIA, ANOMALY_VIA_MISSING},
        {SIP_HEADER_FROM, ANOMALY_FROM_MISSING},
        {SIP_HEADER_TO, ANOMALY_TO_MISSING},
        {SIP_HEADER_CALL_ID, ANOMALY_CALL_ID_MISSING},
        {SIP_HEADER_CSEQ, ANOMALY_CSEQ_MISSING},
    };
    unsigned readable;

    for (size_t i = 0; (m->header_mask[0] & MANDATORY) != MANDATORY &&
                       i < sizeof(mandatory) / sizeof(*mandatory);
         i++)
        if (!sip_message_has(m, mandatory[i].id))
            sip_message_note(m, mandatory[i].missing);
    readable = (unsigned)(m->via_sent_by.length > 0) + (m->from.length > 0) +
               (m->to.length > 0) + (m->call_id.length > 0) + m->has_cseq;
    if (readable < 5)
        m->status = readable ? SIP_PARSE_PARTIAL : SIP_PARSE_BAD;
    if (m->from.length && !m->from_tag.length)
        sip_message_note(m, ANOMALY_FROM_TAG_MISSING);
    if (m->via_count)
        check_branch(m);
    if (m->is_request)
        check_request(m);
    else if (!m->status_code)
        m->status = SIP_PARSE_PARTIAL;
}
