#include "sip/history_info.h"

#include "sip/param.h"
#include "sip/reason.h"

const char *sip_history_reason_name(unsigned cause)
{
    switch (cause) {
    case 302:
        return "unconditional";
    case 408:
        return "no-answer";
    case 480:
    case 487:
        return "deflection";
    case 486:
        return "user-busy";
    case 503:
        return "unavailable";
    default:
        return "unknown";
    }
}

static uint16_t read_cause(struct span text)
{
    uint64_t cause;

    return span_to_u64(text, 699, &cause) ? (uint16_t)cause : 0;
}

/* ?Reason=SIP%3Bcause%3D486 */
static uint16_t reason_of_uri(const struct sip_uri *uri)
{
    struct span value = sip_uri_header(uri, SPAN_LITERAL("Reason"));
    char text[128];
    struct sip_reason reason;

    if (!value.length || value.length > sizeof(text))
        return 0;
    value = span_of(text, sip_uri_unescape(value, text, sizeof(text)));
    if (!sip_reason_parse(value, &reason) || !sip_reason_is_sip(&reason) ||
        !reason.has_cause || reason.cause < 0 || reason.cause > 699)
        return 0;
    return (uint16_t)reason.cause;
}

bool sip_history_entry_parse(struct span value,
                             struct sip_history_entry *entry_out)
{
    struct sip_address address;
    struct sip_uri uri;
    bool ok = sip_address_parse(value, &address);

    *entry_out = (struct sip_history_entry){
        .uri = address.uri,
        .index = sip_param_value(address.params, SPAN_LITERAL("index")),
        .mapped_by = sip_param_value(address.params, SPAN_LITERAL("mp")),
        .is_routed = sip_param_has(address.params, SPAN_LITERAL("rc")) ||
                     sip_param_has(address.params, SPAN_LITERAL("np")),
    };
    (void)sip_uri_parse(address.uri, &uri);
    entry_out->cause =
        read_cause(sip_param_value(uri.params, SPAN_LITERAL("cause")));
    entry_out->reason = reason_of_uri(&uri);
    return ok && entry_out->index.length > 0;
}

/* Where the diversion to entry @p at came from. */
static const struct sip_history_entry *
diverted_from(const struct sip_history_entry *entries, size_t at)
{
    struct span index = entries[at].mapped_by;

    if (index.length)
        for (size_t i = 0; i < at; i++)
            if (span_equal(entries[i].index, index))
                return &entries[i];
    return &entries[at - 1];
}

bool sip_history_info_diversion(const struct sip_message *m,
                                struct sip_history_diversion *diversion_out)
{
    struct sip_history_entry entries[SIP_HISTORY_MAX];
    struct sip_list_cursor cursor = {0};
    struct span value;
    size_t n = 0;

    *diversion_out = (struct sip_history_diversion){.reason = ""};
    while (n < SIP_HISTORY_MAX &&
           sip_list_next_of(m, SIP_HEADER_HISTORY_INFO, &cursor, &value))
        (void)sip_history_entry_parse(value, &entries[n++]);
    for (size_t i = 1; i < n; i++) {
        unsigned cause = entries[i].cause;

        if (!cause && !entries[i].is_routed)
            cause = entries[i - 1].reason;
        if (!cause)
            continue;
        diversion_out->uri = diverted_from(entries, i)->uri;
        diversion_out->reason = sip_history_reason_name(cause);
        diversion_out->count++;
    }
    return n > 0;
}
