/** A call with a value in every column, for the tests of reports. */
#ifndef TESTS_UNIT_REPORT_RECORD_H
#define TESTS_UNIT_REPORT_RECORD_H

#include "call/record.h"

static inline bool span_holds(struct span all, const char *part)
{
    size_t n = strlen(part);

    for (size_t i = 0; i + n <= all.length; i++)
        if (!memcmp(all.data + i, part, n))
            return true;
    return false;
}

static inline struct call_record sample_record(void)
{
    static const uint8_t v4[4] = {192, 0, 2, 1};
    static const uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
    static const uint16_t statuses[2] = {486, 200};
    static const struct span contacts[1] = {{"sip:a,\"b\"@x", 11}};
    static struct call_hop hops[2];
    const int64_t at = INT64_C(1312180650454022);
    struct call_record r = {0};
    int64_t *times = (int64_t *)(void *)&r.times;
    int64_t *durations = (int64_t *)(void *)&r.durations;

    hops[0].address = address_v4(v4);
    hops[1].address = address_v6(v6);
    for (size_t i = 0; i < sizeof(r.times) / sizeof(*times); i++)
        times[i] = TIME_NONE;
    for (size_t i = 0; i < sizeof(r.durations) / sizeof(*durations); i++)
        durations[i] = TIME_NONE;
    for (unsigned i = 0; i < 16; i++)
        r.call_key.bytes[i] = r.group_key.bytes[i] = (uint8_t)i;
    r.first_at = r.times.invite_at = at;
    r.times.answered_at = at + 725139;
    r.times.ended_at = at + 2957262;
    r.call_id = SPAN_LITERAL("75104@10.33.6.101");
    r.from_tag = SPAN_LITERAL("1c75");
    r.state = CALL_TERMINATED;
    r.disposition = CALL_ANSWERED;
    r.status_code = 200;
    r.reason_phrase = SPAN_LITERAL("O\xcb");
    r.verdict = SPAN_LITERAL("answered");
    r.branch_statuses = statuses;
    r.branch_status_count = 2;
    r.durations.pdd_ms = 122;
    r.durations.setup_ms = 725;
    r.durations.talk_ms = 2232;
    r.counts.messages = 11;
    r.ended_by = ENDED_BY_CALLEE;
    r.end_cause = END_BYE;
    r.end_exact = END_EXACT_TRUE;
    r.has_reason_q850 = true;
    r.reason_q850 = 16;
    r.retry_after_s = TIME_NONE;
    r.redirect_to = contacts;
    r.redirect_to_count = 1;
    r.parties.caller_user = SPAN_LITERAL("100");
    r.parties.callee_user = SPAN_LITERAL("=cmd|'/C calc'!A0");
    r.parties.caller_number = SPAN_LITERAL("+49301");
    r.identity.diversion_count = 2;
    r.identity.diversion_reason = SPAN_LITERAL("no-answer");
    r.session.session_expires_s = 1800;
    r.session.min_se_s = r.session.invite_expires_s = TIME_NONE;
    r.session.refresher = SIP_REFRESHER_UAS;
    r.media.offer_codecs = SPAN_LITERAL("PCMU PCMA a\"b");
    r.media.kinds = SPAN_LITERAL("audio");
    r.media.changes = 0;
    r.media.holds = 1;
    r.media.hold_ms = TIME_NONE;
    r.custom = SPAN_LITERAL("{\"X-A\":\"b\"}");
    r.transfer.kind = CALL_TRANSFER_ATTENDED;
    r.transfer.status = SPAN_LITERAL("SIP/2.0 200 OK");
    r.transfer.replaced_by = r.call_key;
    r.src.address = address_v4(v4);
    r.src.port = 5060;
    r.dst.address = address_v6(v6);
    r.dst.port = 5080;
    r.hops = hops;
    r.hop_count = 2;
    r.evidence = 1u << EVIDENCE_OTHER_HOP | 1u << EVIDENCE_NO_END;
    return r;
}

#endif
