#include "report/columns.h"

#include <assert.h>
#include <stddef.h>

enum column_type {
    OF_CAPTURE_KEY,
    OF_SENSOR,
    OF_KEY,      /* struct key */
    OF_LINK,     /* struct key; zeros are null */
    OF_SPAN,     /* struct span; empty is null */
    OF_OBJECT,   /* struct span of JSON; empty is null */
    OF_TIME,     /* int64_t microseconds */
    OF_DURATION, /* int64_t, also of seconds and counts; TIME_NONE is null */
    OF_COUNT,    /* uint32_t, never null */
    OF_CODE,     /* uint16_t, 0 is null */
    OF_PORT,     /* uint16_t beside an address: null without it */
    OF_ADDRESS,  /* struct endpoint */
    OF_STATE,    /* enum call_state, and so on */
    OF_DISPOSITION,
    OF_ENDED_BY,
    OF_END_CAUSE,
    OF_END_EXACT,
    OF_BOOL,
    OF_REASON_Q850,
    OF_REASON_SIP,
    OF_TRANSPORT,
    OF_REFRESHER,
    OF_TRANSFER,
    OF_STATUSES, /* lists */
    OF_REDIRECTS,
    OF_HOPS,
    OF_EVIDENCE,
    OF_WORDS /* a list too: struct span, a space between words */
};

struct report_column {
    const char *name;
    enum column_type type;
    size_t offset; /* in struct call_record */
};

#define AT(member) offsetof(struct call_record, member)

static const struct report_column columns[] = {
    {"call_key", OF_KEY, AT(call_key)},
    {"capture_key", OF_CAPTURE_KEY, 0},
    {"sensor", OF_SENSOR, 0},
    {"first_at", OF_TIME, AT(first_at)},
    {"group_key", OF_KEY, AT(group_key)},
    {"call_id", OF_SPAN, AT(call_id)},
    {"from_tag", OF_SPAN, AT(from_tag)},
    {"to_tag", OF_SPAN, AT(to_tag)},
    {"state", OF_STATE, AT(state)},
    {"disposition", OF_DISPOSITION, AT(disposition)},
    {"status_code", OF_CODE, AT(status_code)},
    {"reason_phrase", OF_SPAN, AT(reason_phrase)},
    {"verdict", OF_SPAN, AT(verdict)},
    {"branch_statuses", OF_STATUSES, 0},
    {"last_status_code", OF_CODE, AT(last_status_code)},
    {"invite_at", OF_TIME, AT(times.invite_at)},
    {"trying_at", OF_TIME, AT(times.trying_at)},
    {"progress_at", OF_TIME, AT(times.progress_at)},
    {"ringing_at", OF_TIME, AT(times.ringing_at)},
    {"forwarded_at", OF_TIME, AT(times.forwarded_at)},
    {"queued_at", OF_TIME, AT(times.queued_at)},
    {"early_media_at", OF_TIME, AT(times.early_media_at)},
    {"answered_at", OF_TIME, AT(times.answered_at)},
    {"ack_at", OF_TIME, AT(times.ack_at)},
    {"ended_at", OF_TIME, AT(times.ended_at)},
    {"last_message_at", OF_TIME, AT(times.last_message_at)},
    {"pdd_ms", OF_DURATION, AT(durations.pdd_ms)},
    {"pdd_total_ms", OF_DURATION, AT(durations.pdd_total_ms)},
    {"ring_ms", OF_DURATION, AT(durations.ring_ms)},
    {"setup_ms", OF_DURATION, AT(durations.setup_ms)},
    {"talk_ms", OF_DURATION, AT(durations.talk_ms)},
    {"total_ms", OF_DURATION, AT(durations.total_ms)},
    {"disconnect_ms", OF_DURATION, AT(durations.disconnect_ms)},
    {"cancel_ms", OF_DURATION, AT(durations.cancel_ms)},
    {"auth_ms", OF_DURATION, AT(durations.auth_ms)},
    {"invites", OF_COUNT, AT(counts.invites)},
    {"reinvites", OF_COUNT, AT(counts.reinvites)},
    {"messages", OF_COUNT, AT(counts.messages)},
    {"retransmissions", OF_COUNT, AT(counts.retransmissions)},
    {"forks", OF_COUNT, AT(counts.forks)},
    {"branches", OF_COUNT, AT(counts.branches)},
    {"auth_challenges", OF_COUNT, AT(counts.auth_challenges)},
    {"ended_by", OF_ENDED_BY, AT(ended_by)},
    {"end_cause", OF_END_CAUSE, AT(end_cause)},
    {"end_exact", OF_END_EXACT, 0},
    {"live", OF_BOOL, AT(live)},
    {"reason_q850", OF_REASON_Q850, 0},
    {"reason_sip", OF_REASON_SIP, 0},
    {"reason_text", OF_SPAN, AT(reason_text)},
    {"warning_code", OF_CODE, AT(warning_code)},
    {"warning_text", OF_SPAN, AT(warning_text)},
    {"retry_after_s", OF_DURATION, AT(retry_after_s)},
    {"redirect_to", OF_REDIRECTS, 0},
    {"caller_user", OF_SPAN, AT(parties.caller_user)},
    {"caller_host", OF_SPAN, AT(parties.caller_host)},
    {"caller_name", OF_SPAN, AT(parties.caller_name)},
    {"callee_user", OF_SPAN, AT(parties.callee_user)},
    {"callee_host", OF_SPAN, AT(parties.callee_host)},
    {"caller_number", OF_SPAN, AT(parties.caller_number)},
    {"callee_number", OF_SPAN, AT(parties.callee_number)},
    {"request_user", OF_SPAN, AT(parties.request_user)},
    {"request_host", OF_SPAN, AT(parties.request_host)},
    {"pai_user", OF_SPAN, AT(identity.pai_user)},
    {"pai_host", OF_SPAN, AT(identity.pai_host)},
    {"rpid_user", OF_SPAN, AT(identity.rpid_user)},
    {"privacy", OF_SPAN, AT(identity.privacy)},
    {"diversion_user", OF_SPAN, AT(identity.diversion_user)},
    {"diversion_reason", OF_SPAN, AT(identity.diversion_reason)},
    {"diversion_count", OF_DURATION, AT(identity.diversion_count)},
    {"auth_user", OF_SPAN, AT(identity.auth_user)},
    {"auth_realm", OF_SPAN, AT(identity.auth_realm)},
    {"icid", OF_SPAN, AT(identity.icid)},
    {"stir_attest", OF_SPAN, AT(identity.stir_attest)},
    {"stir_origid", OF_SPAN, AT(identity.stir_origid)},
    {"caller_agent", OF_SPAN, AT(parties.caller_agent)},
    {"callee_agent", OF_SPAN, AT(parties.callee_agent)},
    {"src_ip", OF_ADDRESS, AT(src)},
    {"src_port", OF_PORT, AT(src)},
    {"dst_ip", OF_ADDRESS, AT(dst)},
    {"dst_port", OF_PORT, AT(dst)},
    {"transport", OF_TRANSPORT, 0},
    {"vlan", OF_CODE, AT(vlan)},
    {"hops", OF_HOPS, 0},
    {"session_expires_s", OF_DURATION, AT(session.session_expires_s)},
    {"min_se_s", OF_DURATION, AT(session.min_se_s)},
    {"refresher", OF_REFRESHER, 0},
    {"invite_expires_s", OF_DURATION, AT(session.invite_expires_s)},
    {"offer_codecs", OF_WORDS, AT(media.offer_codecs)},
    {"answer_codecs", OF_WORDS, AT(media.answer_codecs)},
    {"media_kinds", OF_WORDS, AT(media.kinds)},
    {"media_changes", OF_DURATION, AT(media.changes)},
    {"holds", OF_DURATION, AT(media.holds)},
    {"hold_ms", OF_DURATION, AT(media.hold_ms)},
    {"transfer", OF_TRANSFER, 0},
    {"transfer_status", OF_SPAN, AT(transfer.status)},
    {"refer_to", OF_SPAN, AT(transfer.refer_to)},
    {"referred_by", OF_SPAN, AT(transfer.referred_by)},
    {"replaces", OF_LINK, AT(transfer.replaces)},
    {"replaced_by", OF_LINK, AT(transfer.replaced_by)},
    {"custom", OF_OBJECT, AT(custom)},
    {"session_id_local", OF_SPAN, AT(session.id_local)},
    {"session_id_remote", OF_SPAN, AT(session.id_remote)},
    {"evidence", OF_EVIDENCE, 0},
};

const size_t report_column_count = sizeof(columns) / sizeof(columns[0]);

const struct report_column *report_column_at(size_t index)
{
    assert(index < report_column_count);
    return &columns[index];
}

const struct report_column *report_column_find(struct span name)
{
    for (size_t i = 0; i < report_column_count; i++)
        if (span_equal(name, span_of_string(columns[i].name)))
            return &columns[i];
    return NULL;
}

const char *report_column_name(const struct report_column *column)
{
    return column->name;
}

static void set_word(struct report_value *v, const char *word)
{
    report_value_text(v, span_of_string(word));
}

/* NULL where nothing was seen. */
static void set_list(struct report_value *v, size_t count)
{
    v->kind = count ? REPORT_LIST : REPORT_NULL;
    v->number = (int64_t)count;
}

static struct span words_of(const struct report_column *c,
                            const struct call_record *r)
{
    return *(const struct span *)(const void *)((const char *)r + c->offset);
}

static void set_words(struct report_value *v, struct span words)
{
    size_t count = words.length ? 1 : 0;

    for (size_t i = 0; i < words.length; i++)
        count += words.data[i] == ' ';
    set_list(v, count);
}

static struct span word_at(struct span words, size_t index)
{
    while (index--)
        words = span_from(words, span_find_byte(words, ' ') + 1);
    return span_part(words, 0, span_find_byte(words, ' '));
}

/* The values that are read as they lie in the record. */
static void plain_value(const struct report_column *c, const char *member,
                        struct report_value *v)
{
    static const struct key none;
    const struct endpoint *endpoint;

    if (c->type == OF_KEY) {
        report_value_key(v, (const struct key *)(const void *)member);
    } else if (c->type == OF_LINK) {
        report_value_key(v, memcmp(member, &none, sizeof(none))
                                ? (const struct key *)(const void *)member
                                : NULL);
    } else if (c->type == OF_SPAN) {
        report_value_text(v, *(const struct span *)(const void *)member);
    } else if (c->type == OF_OBJECT) {
        report_value_text(v, *(const struct span *)(const void *)member);
        if (v->kind == REPORT_TEXT)
            v->kind = REPORT_OBJECT;
    } else if (c->type == OF_TIME) {
        report_value_time(v, *(const int64_t *)(const void *)member);
    } else if (c->type == OF_DURATION) {
        int64_t ms = *(const int64_t *)(const void *)member;

        report_value_number(v, ms, ms != TIME_NONE);
    } else if (c->type == OF_COUNT) {
        report_value_number(v, *(const uint32_t *)(const void *)member, true);
    } else if (c->type == OF_CODE) {
        uint16_t code = *(const uint16_t *)(const void *)member;

        report_value_number(v, code, code != 0);
    } else {
        endpoint = (const struct endpoint *)(const void *)member;
        if (c->type == OF_PORT)
            report_value_number(v, endpoint->port,
                                endpoint->address.family != 0);
        else
            report_value_address(v, &endpoint->address);
    }
}

static void special_value(enum column_type type, const struct call_record *r,
                          struct report_value *v)
{
    if (type == OF_STATE)
        set_word(v, call_state_name(r->state));
    else if (type == OF_DISPOSITION)
        set_word(v, call_disposition_name(r->disposition));
    else if (type == OF_ENDED_BY)
        set_word(v, call_ended_by_name(r->ended_by));
    else if (type == OF_END_CAUSE)
        set_word(v, call_end_cause_name(r->end_cause));
    else if (type == OF_REASON_Q850)
        report_value_number(v, r->reason_q850, r->has_reason_q850);
    else if (type == OF_REASON_SIP)
        report_value_number(v, r->reason_sip, r->has_reason_sip);
    else if (type == OF_TRANSPORT)
        set_word(v, r->src.address.family ? transport_name(r->transport) : "");
    else if (type == OF_REFRESHER)
        set_word(v, sip_refresher_name(r->session.refresher));
    else if (type == OF_TRANSFER)
        set_word(v, call_transfer_name(r->transfer.kind));
    else if (type == OF_STATUSES)
        set_list(v, r->branch_status_count);
    else if (type == OF_REDIRECTS)
        set_list(v, r->redirect_to_count);
    else if (type == OF_HOPS)
        set_list(v, r->hop_count);
    else
        set_list(v, (size_t)__builtin_popcount(r->evidence));
    if (type == OF_EVIDENCE)
        v->kind = REPORT_LIST; /* never NULL */
}

void report_column_value(const struct report_column *column,
                         const struct report_call *call,
                         struct report_value *value_out)
{
    const struct call_record *r = call->record;

    if (column->type == OF_CAPTURE_KEY) {
        report_value_key(value_out, call->capture_key);
    } else if (column->type == OF_SENSOR) {
        report_value_text(value_out, call->record->sensor.length
                                         ? call->record->sensor
                                         : call->sensor);
    } else if (column->type == OF_END_EXACT) {
        value_out->kind =
            r->end_exact == END_EXACT_NULL ? REPORT_NULL : REPORT_BOOL;
        value_out->number = r->end_exact == END_EXACT_TRUE;
    } else if (column->type == OF_BOOL) {
        value_out->kind = REPORT_BOOL;
        value_out->number = *(const bool *)((const char *)r + column->offset);
    } else if (column->type >= OF_KEY && column->type <= OF_ADDRESS) {
        plain_value(column, (const char *)r + column->offset, value_out);
    } else if (column->type == OF_WORDS) {
        set_words(value_out, words_of(column, r));
    } else {
        special_value(column->type, r, value_out);
    }
}

static enum call_evidence evidence_at(uint32_t set, size_t index)
{
    for (; index; index--)
        set &= set - 1;
    return (enum call_evidence)__builtin_ctz(set);
}

void report_column_item(const struct report_column *column,
                        const struct report_call *call, size_t index,
                        struct report_value *value_out)
{
    const struct call_record *r = call->record;

    if (column->type == OF_STATUSES)
        report_value_number(value_out, r->branch_statuses[index], true);
    else if (column->type == OF_REDIRECTS)
        report_value_text(value_out, r->redirect_to[index]);
    else if (column->type == OF_WORDS)
        report_value_text(value_out, word_at(words_of(column, r), index));
    else if (column->type == OF_HOPS)
        report_value_address(value_out, &r->hops[index].address);
    else
        set_word(value_out,
                 call_evidence_name(evidence_at(r->evidence, index)));
}

void report_call_row(const struct report_call *call, enum report_format format,
                     struct text *text)
{
    struct report_value v;
    struct report_value item;
    struct row row;

    row_begin(&row, text, format);
    for (size_t i = 0; i < report_column_count; i++) {
        const struct report_column *c = &columns[i];

        report_column_value(c, call, &v);
        if (v.kind != REPORT_LIST) {
            row_add(&row, c->name, &v);
            continue;
        }
        row_list_begin(&row, c->name);
        for (size_t k = 0; k < (size_t)v.number; k++) {
            report_column_item(c, call, k, &item);
            row_add_item(&row, &item);
        }
        row_list_end(&row);
    }
    row_end(&row);
}

void report_call_heading(enum report_format format, struct text *text)
{
    struct row row;

    row_begin(&row, text, format);
    for (size_t i = 0; i < report_column_count; i++)
        row_add_name(&row, columns[i].name);
    row_end(&row);
}
