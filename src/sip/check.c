#include "sip/check.h"

#include "base/hash.h"
#include "sip/address.h"
#include "sip/chars.h"
#include "sip/needs.h"
#include "sip/param.h"
#include "sip/plain.h"
#include "sip/via.h"
#include "sip/warning.h"

/* Most parameters of one value that are compared with each other. */
#define PARAMS_MAX 16

/* Does the walk from @from to @to pass more than one ";"? */
static bool is_empty_between(struct span params, size_t from, size_t to)
{
    unsigned semicolons = from == 0; /* the first one is not in params */

    for (size_t i = from; i < to && i < params.length; i++)
        semicolons += params.data[i] == ';';
    return semicolons > 1;
}

/* Repeated names, and empty parameters (";;"). @return false for those */
static bool check_params(struct span params, struct anomaly_set *anomalies)
{
    struct sip_param seen[PARAMS_MAX];
    size_t count = 0, cursor = 0, before = 0;
    bool ok = true;

    while (count < PARAMS_MAX &&
           sip_param_next(params, &cursor, &seen[count])) {
        const struct sip_param *p = &seen[count];

        if (is_empty_between(params, before,
                             (size_t)(p->name.data - params.data)))
            ok = false;
        for (size_t i = 0; i < count; i++)
            if (span_equal_nocase(seen[i].name, p->name))
                anomaly_set_add(anomalies, ANOMALY_PARAMETER_REPEATED);
        before = cursor;
        count++;
    }
    return ok && (count == PARAMS_MAX ||
                  !is_empty_between(params, before, params.length));
}

/* RFC 3261, 25.1: display-name = *(token LWS) / quoted-string */
static bool is_display_ok(struct span display)
{
    if (!display.length)
        return true;
    if (display.data[0] == '"')
        return sip_chars_quoted(display) == display.length;
    return sip_chars_all(display, SIP_CHAR_TOKEN | SIP_CHAR_BLANK);
}

/* A URI with "?" or "," must stand in <> (RFC 3261, 20.10). */
static bool needs_brackets(struct span value, const struct sip_address *a)
{
    if (a->any || (a->uri.data > value.data && a->uri.data[-1] == '<'))
        return false;
    return span_find_byte(a->uri, '?') < a->uri.length ||
           span_find_byte(a->uri, ',') < a->uri.length;
}

static void check_range(struct span number, uint64_t max,
                        struct anomaly_set *anomalies)
{
    uint64_t value;
    uint32_t plain;

    if (sip_chars_plain_number(number, &plain))
        return;
    number = sip_chars_trim(number);
    if (number.length &&
        !span_to_u64(
            span_part(number, 0, sip_chars_run(number, SIP_CHAR_DIGIT)), max,
            &value))
        anomaly_set_add(anomalies, ANOMALY_NUMBER_RANGE);
}

static bool is_uri_ok(struct span text)
{
    struct sip_uri uri;

    return sip_plain_uri(text) || sip_uri_parse(text, &uri);
}

static void check_address(struct span value, enum anomaly bad,
                          struct anomaly_set *anomalies)
{
    struct sip_address a;
    bool ok = sip_address_parse(value, &a);

    if (!check_params(a.params, anomalies) || needs_brackets(value, &a))
        ok = false;
    if (!ok)
        anomaly_set_add(anomalies, bad);
    if (!is_display_ok(a.display))
        anomaly_set_add(anomalies, ANOMALY_DISPLAY_NAME_BAD);
    if (a.uri.length && !is_uri_ok(a.uri))
        anomaly_set_add(anomalies, ANOMALY_URI_BAD);
    if (bad == ANOMALY_CONTACT_BAD)
        check_range(sip_param_value(a.params, SPAN_LITERAL("expires")),
                    UINT32_MAX, anomalies);
}

static void check_contacts(struct span rest, struct anomaly_set *anomalies)
{
    struct span value;

    while (sip_list_next(&rest, &value))
        check_address(value, ANOMALY_CONTACT_BAD, anomalies);
}

static void check_vias(struct span rest, struct anomaly_set *anomalies)
{
    struct span value;

    while (sip_list_next(&rest, &value)) {
        struct sip_via via;

        if (!sip_via_parse(value, &via) || !check_params(via.params, anomalies))
            anomaly_set_add(anomalies, ANOMALY_VIA_BAD);
    }
}

static void check_warnings(struct span rest, struct anomaly_set *anomalies)
{
    struct span value;

    while (sip_list_next(&rest, &value)) {
        struct sip_warning warning;

        (void)sip_warning_parse(value, &warning);
        if (warning.code < 100)
            anomaly_set_add(anomalies, ANOMALY_NUMBER_RANGE);
    }
}

static void check_date(struct span value, struct anomaly_set *anomalies)
{
    struct span zone =
        span_from(value, value.length > 3 ? value.length - 3 : 0);

    if (!span_equal(zone, SPAN_LITERAL("GMT")))
        anomaly_set_add(anomalies, ANOMALY_DATE_BAD);
}

/* A proxy that record-routes says lr in its URI (RFC 3261, 16.6, 4). */
static void check_routes(struct span rest, struct anomaly_set *anomalies)
{
    struct span value;

    while (sip_list_next(&rest, &value)) {
        struct sip_address a;
        struct sip_uri uri;

        if (sip_address_parse(value, &a) && sip_uri_parse(a.uri, &uri) &&
            !sip_param_has(uri.params, SPAN_LITERAL("lr")))
            anomaly_set_add(anomalies, ANOMALY_RECORD_ROUTE_STRICT);
    }
}

static void check_value(unsigned id, struct span value,
                        struct anomaly_set *anomalies)
{
    if (id == SIP_HEADER_VIA)
        check_vias(value, anomalies);
    else if (id == SIP_HEADER_FROM)
        check_address(value, ANOMALY_FROM_BAD, anomalies);
    else if (id == SIP_HEADER_TO)
        check_address(value, ANOMALY_TO_BAD, anomalies);
    else if (id == SIP_HEADER_CONTACT)
        check_contacts(value, anomalies);
    else if (id == SIP_HEADER_RECORD_ROUTE)
        check_routes(value, anomalies);
    else if (id == SIP_HEADER_EXPIRES || id == SIP_HEADER_MIN_EXPIRES ||
             id == SIP_HEADER_RETRY_AFTER || id == SIP_HEADER_RSEQ ||
             id == SIP_HEADER_SESSION_EXPIRES || id == SIP_HEADER_MIN_SE)
        check_range(value, UINT32_MAX, anomalies);
    else if (id == SIP_HEADER_WARNING)
        check_warnings(value, anomalies);
    else if (id == SIP_HEADER_DATE)
        check_date(value, anomalies);
}

#define BIT(id) (UINT64_C(1) << SIP_HEADER_##id)
/* What stands in every message: once found clean it is remembered. */
#define PARTIES (BIT(VIA) | BIT(FROM) | BIT(TO))
#define REMEMBERED (PARTIES | BIT(CONTACT) | BIT(RECORD_ROUTE))
#define OTHERS                                                                 \
    (BIT(EXPIRES) | BIT(MIN_EXPIRES) | BIT(RETRY_AFTER) | BIT(RSEQ) |          \
     BIT(SESSION_EXPIRES) | BIT(MIN_SE) | BIT(WARNING) | BIT(DATE))

_Static_assert(SIP_HEADER_COUNT <= 64, "the masks above are one word");

static bool is_plain(unsigned id, struct span value)
{
    struct span tag;

    if (id == SIP_HEADER_CONTACT)
        return sip_plain_party(value, &tag);
    return id == SIP_HEADER_RECORD_ROUTE && sip_plain_route(value);
}

/* Its place in the memory. Even a plain value costs less to hash than to walk,
 * and it is the same from the first REGISTER or INVITE to the last. */
static uint64_t *place_of(struct sip_check_memory *memory, unsigned id,
                          struct span value, uint64_t *hash_out)
{
    *hash_out = hash_mix(hash_span(value), id) | 1; /* 0 is an empty place */
    return &memory->clean[*hash_out / 2 % SIP_CHECK_CLEAN];
}

static void check_header(unsigned id, struct span value,
                         struct sip_check_memory *memory,
                         struct anomaly_set *anomalies)
{
    struct anomaly_set found = {0};
    uint64_t hash, *place;

    if (!memory || !(UINT64_C(1) << id & REMEMBERED)) {
        if (!is_plain(id, value))
            check_value(id, value, anomalies);
        return;
    }
    place = place_of(memory, id, value, &hash);
    if (*place == hash)
        return;
    if (!is_plain(id, value))
        check_value(id, value, &found);
    if (anomaly_set_empty(&found))
        *place = hash;
    else
        anomaly_set_merge(anomalies, &found);
}

static bool is_request_uri_ok(struct span text)
{
    struct sip_uri uri;

    return sip_plain_uri(text) ||
           (sip_uri_parse(text, &uri) && !uri.headers.length);
}

static void check_request_uri(struct span text, struct sip_check_memory *memory,
                              struct anomaly_set *anomalies)
{
    uint64_t hash, *place;

    if (!memory) {
        if (!is_request_uri_ok(text))
            anomaly_set_add(anomalies, ANOMALY_REQUEST_URI_BAD);
        return;
    }
    place = place_of(memory, SIP_HEADER_COUNT, text, &hash);
    if (*place == hash)
        return;
    if (is_request_uri_ok(text))
        *place = hash;
    else
        anomaly_set_add(anomalies, ANOMALY_REQUEST_URI_BAD);
}

void sip_message_check(const struct sip_message *m,
                       struct sip_check_memory *memory,
                       struct anomaly_set *anomalies)
{
    const struct sip_header *h = m->headers, *end = h + m->header_count;
    uint64_t wanted;

    sip_message_check_needs(m, anomalies);
    if (m->is_request)
        check_request_uri(m->request_uri, memory, anomalies);
    wanted = m->header_mask[0] & (REMEMBERED | OTHERS) &
             ~(PARTIES & ~m->odd_mask); /* seen to be clean by the parser */
    for (; wanted && h < end; h++)
        if (wanted >> h->id & 1)
            check_header(h->id, sip_header_value(m, h), memory, anomalies);
}
