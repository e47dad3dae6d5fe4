#include "store/row.h"

#include <assert.h>
#include <errno.h>
#include <libpq-fe.h>
#include <stddef.h>
#include <stdio.h>

#include "store/fields.h"

enum column_kind {
    KIND_KEY,
    KIND_LINK,    /* a key; zeros are NULL */
    KIND_CAPTURE, /* what is beside the record */
    KIND_SENSOR,
    KIND_TIME,
    KIND_MS,    /* int64_t to integer, clamped; counts too */
    KIND_LONG,  /* int64_t to bigint */
    KIND_COUNT, /* uint32_t */
    KIND_CODE,  /* uint16_t to smallint, 0 is NULL */
    KIND_TEXT,
    KIND_OBJECT,  /* JSON text to jsonb */
    KIND_WORDS,   /* text, blanks between, to text[] */
    KIND_ADDRESS, /* of an endpoint */
    KIND_PORT,
    KIND_STATE,
    KIND_DISPOSITION,
    KIND_ENDED_BY,
    KIND_END_CAUSE,
    KIND_TRANSPORT,
    KIND_BOOL,
    KIND_END_EXACT,
    KIND_REASON_Q850,
    KIND_REASON_SIP,
    KIND_REDIRECTS,
    KIND_STATUSES,
    KIND_HOPS,
    KIND_EVIDENCE,
    KIND_REFRESHER,
    KIND_TRANSFER
};

struct column {
    const char *name;
    enum column_kind kind;
    size_t at; /* in struct call_record */
};

#define AT(member) offsetof(struct call_record, member)

static const struct column columns[] = {
    {"call_key", KIND_KEY, AT(call_key)},
    {"group_key", KIND_KEY, AT(group_key)},
    {"capture_key", KIND_CAPTURE, 0},
    {"first_at", KIND_TIME, AT(first_at)},
    {"invite_at", KIND_TIME, AT(times.invite_at)},
    {"trying_at", KIND_TIME, AT(times.trying_at)},
    {"progress_at", KIND_TIME, AT(times.progress_at)},
    {"ringing_at", KIND_TIME, AT(times.ringing_at)},
    {"forwarded_at", KIND_TIME, AT(times.forwarded_at)},
    {"queued_at", KIND_TIME, AT(times.queued_at)},
    {"early_media_at", KIND_TIME, AT(times.early_media_at)},
    {"answered_at", KIND_TIME, AT(times.answered_at)},
    {"ack_at", KIND_TIME, AT(times.ack_at)},
    {"ended_at", KIND_TIME, AT(times.ended_at)},
    {"last_message_at", KIND_TIME, AT(times.last_message_at)},
    {"talk_ms", KIND_LONG, AT(durations.talk_ms)},
    {"total_ms", KIND_LONG, AT(durations.total_ms)},
    {"pdd_ms", KIND_MS, AT(durations.pdd_ms)},
    {"pdd_total_ms", KIND_MS, AT(durations.pdd_total_ms)},
    {"ring_ms", KIND_MS, AT(durations.ring_ms)},
    {"setup_ms", KIND_MS, AT(durations.setup_ms)},
    {"disconnect_ms", KIND_MS, AT(durations.disconnect_ms)},
    {"cancel_ms", KIND_MS, AT(durations.cancel_ms)},
    {"auth_ms", KIND_MS, AT(durations.auth_ms)},
    {"invites", KIND_COUNT, AT(counts.invites)},
    {"reinvites", KIND_COUNT, AT(counts.reinvites)},
    {"messages", KIND_COUNT, AT(counts.messages)},
    {"retransmissions", KIND_COUNT, AT(counts.retransmissions)},
    {"forks", KIND_COUNT, AT(counts.forks)},
    {"branches", KIND_COUNT, AT(counts.branches)},
    {"auth_challenges", KIND_COUNT, AT(counts.auth_challenges)},
    {"reason_q850", KIND_REASON_Q850, AT(reason_q850)},
    {"reason_sip", KIND_REASON_SIP, AT(reason_sip)},
    {"retry_after_s", KIND_LONG, AT(retry_after_s)},
    {"src_port", KIND_PORT, AT(src)},
    {"dst_port", KIND_PORT, AT(dst)},
    {"state", KIND_STATE, AT(state)},
    {"disposition", KIND_DISPOSITION, AT(disposition)},
    {"ended_by", KIND_ENDED_BY, AT(ended_by)},
    {"end_cause", KIND_END_CAUSE, AT(end_cause)},
    {"transport", KIND_TRANSPORT, AT(transport)},
    {"status_code", KIND_CODE, AT(status_code)},
    {"last_status_code", KIND_CODE, AT(last_status_code)},
    {"warning_code", KIND_CODE, AT(warning_code)},
    {"vlan", KIND_CODE, AT(vlan)},
    {"end_exact", KIND_END_EXACT, AT(end_exact)},
    {"live", KIND_BOOL, AT(live)},
    {"src_ip", KIND_ADDRESS, AT(src)},
    {"dst_ip", KIND_ADDRESS, AT(dst)},
    {"sensor", KIND_SENSOR, 0},
    {"call_id", KIND_TEXT, AT(call_id)},
    {"from_tag", KIND_TEXT, AT(from_tag)},
    {"to_tag", KIND_TEXT, AT(to_tag)},
    {"caller_user", KIND_TEXT, AT(parties.caller_user)},
    {"caller_host", KIND_TEXT, AT(parties.caller_host)},
    {"caller_name", KIND_TEXT, AT(parties.caller_name)},
    {"callee_user", KIND_TEXT, AT(parties.callee_user)},
    {"callee_host", KIND_TEXT, AT(parties.callee_host)},
    {"caller_number", KIND_TEXT, AT(parties.caller_number)},
    {"callee_number", KIND_TEXT, AT(parties.callee_number)},
    {"request_user", KIND_TEXT, AT(parties.request_user)},
    {"request_host", KIND_TEXT, AT(parties.request_host)},
    {"pai_user", KIND_TEXT, AT(identity.pai_user)},
    {"pai_host", KIND_TEXT, AT(identity.pai_host)},
    {"caller_agent", KIND_TEXT, AT(parties.caller_agent)},
    {"callee_agent", KIND_TEXT, AT(parties.callee_agent)},
    {"reason_phrase", KIND_TEXT, AT(reason_phrase)},
    {"reason_text", KIND_TEXT, AT(reason_text)},
    {"verdict", KIND_TEXT, AT(verdict)},
    {"warning_text", KIND_TEXT, AT(warning_text)},
    {"redirect_to", KIND_REDIRECTS, 0},
    {"branch_statuses", KIND_STATUSES, 0},
    {"hops", KIND_HOPS, 0},
    {"evidence", KIND_EVIDENCE, 0},
    {"rpid_user", KIND_TEXT, AT(identity.rpid_user)},
    {"privacy", KIND_TEXT, AT(identity.privacy)},
    {"diversion_user", KIND_TEXT, AT(identity.diversion_user)},
    {"diversion_reason", KIND_TEXT, AT(identity.diversion_reason)},
    {"diversion_count", KIND_MS, AT(identity.diversion_count)},
    {"auth_user", KIND_TEXT, AT(identity.auth_user)},
    {"auth_realm", KIND_TEXT, AT(identity.auth_realm)},
    {"icid", KIND_TEXT, AT(identity.icid)},
    {"stir_attest", KIND_TEXT, AT(identity.stir_attest)},
    {"stir_origid", KIND_TEXT, AT(identity.stir_origid)},
    {"session_expires_s", KIND_LONG, AT(session.session_expires_s)},
    {"min_se_s", KIND_LONG, AT(session.min_se_s)},
    {"refresher", KIND_REFRESHER, 0},
    {"invite_expires_s", KIND_LONG, AT(session.invite_expires_s)},
    {"offer_codecs", KIND_WORDS, AT(media.offer_codecs)},
    {"answer_codecs", KIND_WORDS, AT(media.answer_codecs)},
    {"media_kinds", KIND_WORDS, AT(media.kinds)},
    {"media_changes", KIND_MS, AT(media.changes)},
    {"holds", KIND_MS, AT(media.holds)},
    {"hold_ms", KIND_LONG, AT(media.hold_ms)},
    {"transfer", KIND_TRANSFER, 0},
    {"transfer_status", KIND_TEXT, AT(transfer.status)},
    {"refer_to", KIND_TEXT, AT(transfer.refer_to)},
    {"referred_by", KIND_TEXT, AT(transfer.referred_by)},
    {"replaces", KIND_LINK, AT(transfer.replaces)},
    {"replaced_by", KIND_LINK, AT(transfer.replaced_by)},
    {"custom", KIND_OBJECT, AT(custom)},
    {"session_id_local", KIND_TEXT, AT(session.id_local)},
    {"session_id_remote", KIND_TEXT, AT(session.id_remote)},
};

#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))

const char *row_call_columns(void)
{
    static char text[4096];
    size_t used = 0;

    if (text[0])
        return text;
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        int n = snprintf(text + used, sizeof(text) - used, "%s%s",
                         i ? ", " : "", columns[i].name);

        assert(n > 0 && (size_t)n < sizeof(text) - used);
        used += (size_t)n;
    }
    return text;
}

struct span row_call_sensor(struct span row)
{
    size_t at = 2; /* behind the count of fields */

    for (size_t i = 0; at + 4 <= row.length; i++) {
        uint32_t length;

        memcpy(&length, row.data + at, sizeof(length));
        length = be32toh(length);
        at += 4;
        if (length == UINT32_MAX)
            length = 0;
        if (i < COLUMN_COUNT && columns[i].kind == KIND_SENSOR)
            return span_part(row, at, length);
        at += length;
    }
    return SPAN_NONE;
}

static int32_t clamp_ms(int64_t ms)
{
    if (ms > INT32_MAX)
        return INT32_MAX;
    return ms < INT32_MIN ? INT32_MIN : (int32_t)ms;
}

static void write_optional(struct copy *c, bool known, int32_t value)
{
    if (known)
        copy_i32(c, value);
    else
        copy_null(c);
}

static void write_code(struct copy *c, uint16_t code)
{
    if (code)
        copy_i16(c, code > INT16_MAX ? INT16_MAX : (int16_t)code);
    else
        copy_null(c);
}

static void write_optional_word(struct copy *c, const char *word)
{
    if (*word)
        copy_word(c, word);
    else
        copy_null(c);
}

/* The binary form of jsonb is its version, 1, and the text. */
static void write_object(struct copy *c, struct span json)
{
    char *at;

    if (!json.length) {
        copy_null(c);
        return;
    }
    at = copy_take(c, 5 + json.length);
    if (!at)
        return;
    copy_be32(at, (uint32_t)(1 + json.length));
    at[4] = 1;
    memcpy(at + 5, json.data, json.length);
}

static void write_link(struct copy *c, const struct key *key)
{
    static const struct key none;

    if (key_equal(key, &none))
        copy_null(c);
    else
        copy_key(c, key);
}

/* Words end at a space; there is at least one. */
static void write_words(struct copy *c, struct span words)
{
    size_t count = 1;
    size_t start;

    if (!words.length) {
        copy_null(c);
        return;
    }
    for (size_t i = 0; i < words.length; i++)
        count += words.data[i] == ' ';
    start = copy_array(c, OID_TEXT, count);
    while (count--) {
        size_t end = span_find_byte(words, ' ');

        copy_text(c, span_part(words, 0, end));
        words = span_from(words, end + 1);
    }
    copy_array_end(c, start);
}

static void write_redirects(struct copy *c, const struct call_record *r)
{
    size_t start;

    if (!r->redirect_to_count) {
        copy_null(c);
        return;
    }
    start = copy_array(c, OID_TEXT, r->redirect_to_count);
    for (uint32_t i = 0; i < r->redirect_to_count; i++)
        copy_text(c, r->redirect_to[i]);
    copy_array_end(c, start);
}

static void write_statuses(struct copy *c, const struct call_record *r)
{
    size_t start;

    if (!r->branch_status_count) {
        copy_null(c);
        return;
    }
    start = copy_array(c, OID_INT2, r->branch_status_count);
    for (uint32_t i = 0; i < r->branch_status_count; i++)
        write_code(c, r->branch_statuses[i]);
    copy_array_end(c, start);
}

static void write_hops(struct copy *c, const struct call_record *r)
{
    size_t start;

    if (!r->hop_count) {
        copy_null(c);
        return;
    }
    start = copy_array(c, OID_INET, r->hop_count);
    for (uint32_t i = 0; i < r->hop_count; i++)
        copy_address(c, &r->hops[i].address);
    copy_array_end(c, start);
}

static void write_evidence(struct copy *c, uint32_t evidence)
{
    uint32_t known = evidence & ((UINT32_C(1) << EVIDENCE_COUNT) - 1);
    size_t start = copy_array(c, OID_TEXT, (size_t)__builtin_popcount(known));

    for (int i = 0; i < EVIDENCE_COUNT; i++)
        if (known >> i & 1)
            copy_word(c, call_evidence_name((enum call_evidence)i));
    copy_array_end(c, start);
}

static void write_word_column(struct copy *c, const struct column *column,
                              const struct call_record *r)
{
    if (column->kind == KIND_STATE)
        copy_word(c, call_state_name(r->state));
    else if (column->kind == KIND_DISPOSITION)
        copy_word(c, call_disposition_name(r->disposition));
    else if (column->kind == KIND_ENDED_BY)
        write_optional_word(c, call_ended_by_name(r->ended_by));
    else if (column->kind == KIND_END_CAUSE)
        write_optional_word(c, call_end_cause_name(r->end_cause));
    else if (column->kind == KIND_TRANSFER)
        write_optional_word(c, call_transfer_name(r->transfer.kind));
    else if (column->kind == KIND_REFRESHER)
        write_optional_word(c, sip_refresher_name(r->session.refresher));
    else if (r->src.address.family)
        copy_word(c, transport_name(r->transport));
    else
        copy_null(c);
}

static void write_number(struct copy *c, enum column_kind kind,
                         const void *member)
{
    const int64_t *wide = member;
    const uint32_t *count = member;
    const struct endpoint *endpoint = member;
    const uint16_t *code = member;

    switch ((int)kind) {
    case KIND_TIME:
        copy_time(c, *wide);
        break;
    case KIND_MS:
        write_optional(c, *wide != TIME_NONE, clamp_ms(*wide));
        break;
    case KIND_LONG:
        if (*wide == TIME_NONE)
            copy_null(c);
        else
            copy_i64(c, *wide);
        break;
    case KIND_COUNT:
        copy_i32(c, *count > INT32_MAX ? INT32_MAX : (int32_t)*count);
        break;
    case KIND_CODE:
        write_code(c, *code);
        break;
    default: /* KIND_PORT */
        write_optional(c, endpoint->address.family != 0, endpoint->port);
        break;
    }
}

static void write_special(struct copy *c, const struct column *column,
                          const struct call_record *r)
{
    switch ((int)column->kind) {
    case KIND_BOOL:
        copy_bool(c, *(const bool *)((const char *)r + column->at));
        break;
    case KIND_END_EXACT:
        if (r->end_exact == END_EXACT_NULL)
            copy_null(c);
        else
            copy_bool(c, r->end_exact == END_EXACT_TRUE);
        break;
    case KIND_REASON_Q850:
        write_optional(c, r->has_reason_q850, r->reason_q850);
        break;
    case KIND_REASON_SIP:
        write_optional(c, r->has_reason_sip, r->reason_sip);
        break;
    case KIND_REDIRECTS:
        write_redirects(c, r);
        break;
    case KIND_STATUSES:
        write_statuses(c, r);
        break;
    case KIND_HOPS:
        write_hops(c, r);
        break;
    case KIND_EVIDENCE:
        write_evidence(c, r->evidence);
        break;
    default:
        write_word_column(c, column, r);
        break;
    }
}

void row_write_call(struct copy *c, const struct call_record *call,
                    const struct key *capture_key, struct span sensor)
{
    copy_row(c, COLUMN_COUNT);
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        const struct column *column = &columns[i];
        const void *member = (const char *)call + column->at;
        const struct endpoint *endpoint = member;
        const struct span *text = member;

        switch ((int)column->kind) {
        case KIND_KEY:
            copy_key(c, member);
            break;
        case KIND_LINK:
            write_link(c, member);
            break;
        case KIND_CAPTURE:
            copy_key(c, capture_key);
            break;
        case KIND_SENSOR:
            if (call->sensor.length)
                sensor = call->sensor;
            copy_bytes(c, sensor.data, sensor.length);
            break;
        case KIND_TEXT:
            copy_text(c, *text);
            break;
        case KIND_WORDS:
            write_words(c, *text);
            break;
        case KIND_OBJECT:
            write_object(c, *text);
            break;
        case KIND_ADDRESS:
            copy_address(c, &endpoint->address);
            break;
        case KIND_TIME:
        case KIND_MS:
        case KIND_LONG:
        case KIND_COUNT:
        case KIND_CODE:
        case KIND_PORT:
            write_number(c, column->kind, member);
            break;
        default:
            write_special(c, column, call);
            break;
        }
    }
}

static const char *name_call_state(int i)
{
    return call_state_name((enum call_state)i);
}

static const char *name_call_disposition(int i)
{
    return call_disposition_name((enum call_disposition)i);
}

static const char *name_call_ended_by(int i)
{
    return call_ended_by_name((enum call_ended_by)i);
}

static const char *name_call_end_cause(int i)
{
    return call_end_cause_name((enum call_end_cause)i);
}

static const char *name_call_evidence(int i)
{
    return call_evidence_name((enum call_evidence)i);
}

static const char *name_transfer(int i)
{
    return call_transfer_name((enum call_transfer_kind)i);
}

static const char *name_refresher(int i)
{
    return sip_refresher_name((enum sip_refresher)i);
}

static const char *name_transport(int i)
{
    return transport_name((enum transport)i);
}

/* The array's bytes hold more than its words and the blanks between. */
static int read_words(struct span bytes, struct arena *arena,
                      struct span *words_out)
{
    struct field_array array;
    struct span element;
    size_t used = 0;
    char *text;
    bool null;

    if (!field_array_begin(bytes, &array))
        return -EPROTO;
    if (!array.count)
        return 0;
    text = arena_take(arena, bytes.length);
    if (!text)
        return -ENOMEM;
    while (field_array_next(&array, &element, &null)) {
        if (used)
            text[used++] = ' ';
        memcpy(text + used, element.data, element.length);
        used += element.length;
    }
    *words_out = span_of(text, used);
    return 0;
}

static int read_redirects(struct span bytes, struct arena *arena,
                          struct call_record *r)
{
    struct field_array array;
    struct span *items;
    bool null;

    if (!field_array_begin(bytes, &array))
        return -EPROTO;
    if (!array.count)
        return 0;
    items = arena_take(arena, array.count * sizeof(*items));
    if (!items)
        return -ENOMEM;
    while (r->redirect_to_count < array.count &&
           field_array_next(&array, &items[r->redirect_to_count], &null))
        r->redirect_to_count++;
    r->redirect_to = items;
    return 0;
}

static int read_statuses(struct span bytes, struct arena *arena,
                         struct call_record *r)
{
    struct field_array array;
    struct span element;
    uint16_t *items;
    bool null;

    if (!field_array_begin(bytes, &array))
        return -EPROTO;
    if (!array.count)
        return 0;
    items = arena_take(arena, array.count * sizeof(*items));
    if (!items)
        return -ENOMEM;
    while (r->branch_status_count < array.count &&
           field_array_next(&array, &element, &null))
        items[r->branch_status_count++] = (uint16_t)field_number(element, 0);
    r->branch_statuses = items;
    return 0;
}

static int read_hops(struct span bytes, struct arena *arena,
                     struct call_record *r)
{
    struct field_array array;
    struct span element;
    struct call_hop *items;
    bool null;

    if (!field_array_begin(bytes, &array))
        return -EPROTO;
    if (!array.count)
        return 0;
    items = arena_take(arena, array.count * sizeof(*items));
    if (!items)
        return -ENOMEM;
    while (r->hop_count < array.count &&
           field_array_next(&array, &element, &null))
        items[r->hop_count++] =
            (struct call_hop){field_address(element), false};
    r->hops = items;
    return 0;
}

static int read_evidence(struct span bytes, struct call_record *r)
{
    struct field_array array;
    struct span element;
    bool null;

    if (!field_array_begin(bytes, &array))
        return -EPROTO;
    while (field_array_next(&array, &element, &null))
        for (int i = 0; i < EVIDENCE_COUNT; i++)
            if (span_equal(element, span_of_string(name_call_evidence(i))))
                r->evidence |= UINT32_C(1) << i;
    return 0;
}

static void read_word(enum column_kind kind, struct span word,
                      struct call_record *r)
{
    switch ((int)kind) {
    case KIND_STATE:
        r->state = (enum call_state)field_word(word, name_call_state,
                                               CALL_STATE_COUNT);
        break;
    case KIND_DISPOSITION:
        r->disposition = (enum call_disposition)field_word(
            word, name_call_disposition, CALL_DISPOSITION_COUNT);
        break;
    case KIND_ENDED_BY:
        r->ended_by = (enum call_ended_by)field_word(word, name_call_ended_by,
                                                     ENDED_BY_COUNT);
        break;
    case KIND_END_CAUSE:
        r->end_cause = (enum call_end_cause)field_word(
            word, name_call_end_cause, END_CAUSE_COUNT);
        break;
    case KIND_TRANSFER:
        r->transfer.kind = (enum call_transfer_kind)field_word(
            word, name_transfer, CALL_TRANSFER_COUNT);
        break;
    case KIND_REFRESHER:
        r->session.refresher = (enum sip_refresher)field_word(
            word, name_refresher, SIP_REFRESHER_UAS + 1);
        break;
    default:
        r->transport =
            (enum transport)field_word(word, name_transport, TRANSPORT_COUNT);
        break;
    }
}

static int read_special(enum column_kind kind, struct span bytes,
                        struct arena *arena, struct call_record *r)
{
    switch ((int)kind) {
    case KIND_END_EXACT:
        if (bytes.length)
            r->end_exact = bytes.data[0] ? END_EXACT_TRUE : END_EXACT_FALSE;
        return 0;
    case KIND_REASON_Q850:
        r->has_reason_q850 = bytes.length > 0;
        r->reason_q850 = (int32_t)field_number(bytes, 0);
        return 0;
    case KIND_REASON_SIP:
        r->has_reason_sip = bytes.length > 0;
        r->reason_sip = (int32_t)field_number(bytes, 0);
        return 0;
    case KIND_REDIRECTS:
        return read_redirects(bytes, arena, r);
    case KIND_STATUSES:
        return read_statuses(bytes, arena, r);
    case KIND_HOPS:
        return read_hops(bytes, arena, r);
    case KIND_EVIDENCE:
        return read_evidence(bytes, r);
    default:
        read_word(kind, bytes, r);
        return 0;
    }
}

static bool read_plain(enum column_kind kind, struct span bytes, void *member)
{
    switch ((int)kind) {
    case KIND_KEY:
    case KIND_LINK:
        *(struct key *)member = field_key(bytes);
        return true;
    case KIND_TIME:
        *(int64_t *)member = field_time(bytes);
        return true;
    case KIND_MS:
    case KIND_LONG:
        *(int64_t *)member = field_number(bytes, TIME_NONE);
        return true;
    case KIND_COUNT:
        *(uint32_t *)member = (uint32_t)field_number(bytes, 0);
        return true;
    case KIND_CODE:
        *(uint16_t *)member = (uint16_t)field_number(bytes, 0);
        return true;
    case KIND_BOOL:
        *(bool *)member = bytes.length && bytes.data[0];
        return true;
    case KIND_TEXT:
        *(struct span *)member = bytes;
        return true;
    case KIND_OBJECT:
        *(struct span *)member = span_from(bytes, 1);
        return true;
    case KIND_ADDRESS:
        ((struct endpoint *)member)->address = field_address(bytes);
        return true;
    case KIND_PORT:
        ((struct endpoint *)member)->port = (uint16_t)field_number(bytes, 0);
        return true;
    default:
        return false;
    }
}

int row_read_call(const struct pg_result *result, int row, struct arena *arena,
                  struct found_call *call_out)
{
    int rc = 0;

    *call_out = (struct found_call){0};
    if (PQnfields(result) < (int)COLUMN_COUNT)
        return -EPROTO;
    for (size_t i = 0; rc == 0 && i < COLUMN_COUNT; i++) {
        const struct column *column = &columns[i];
        struct span bytes = field_bytes(result, row, (int)i);
        void *member = (char *)&call_out->record + column->at;

        if (column->kind == KIND_CAPTURE)
            call_out->capture_key = field_key(bytes);
        else if (column->kind == KIND_SENSOR)
            call_out->sensor = bytes;
        else if (column->kind == KIND_WORDS)
            rc = read_words(bytes, arena, (struct span *)member);
        else if (!read_plain(column->kind, bytes, member))
            rc = read_special(column->kind, bytes, arena, &call_out->record);
    }
    return rc;
}
