/*
 * Messages in any order, from anywhere, at any time, through the correlator.
 *
 * The input is a run of messages with 0x1e between them; the byte before each
 * says how much later it comes, which way and how.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "call/correlator.h"

#define HEADERS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct tally {
    uint64_t messages;
    uint64_t calls;
};

static int take_part(void *arg, const struct exchange_part *part)
{
    struct tally *t = arg;

    for (uint32_t i = 0; i < part->message_count; i++)
        if (!part->messages[i].seen->message.text.length)
            abort();
    t->messages += part->message_count;
    return 0;
}

static int take_dialog(void *arg, const struct dialog_record *dialog)
{
    (void)arg;
    if (!*dialog_state_name(dialog->state))
        abort();
    return 0;
}

/* What must hold of every record, whatever came. */
static int take_call(void *arg, const struct call_record *r)
{
    struct tally *t = arg;

    t->calls++;
    if (!*call_state_name(r->state) || !*call_disposition_name(r->disposition))
        abort();
    if ((r->disposition == CALL_ANSWERED) !=
            (r->state == CALL_ESTABLISHED || r->state == CALL_CONFIRMED ||
             r->state == CALL_TERMINATED) &&
        r->disposition == CALL_ANSWERED)
        abort();
    if (r->times.ended_at != TIME_NONE && r->end_exact == END_EXACT_NULL)
        abort();
    if (r->counts.retransmissions > r->counts.messages)
        abort();
    return 0;
}

static struct observation *observe(struct slab_pool *pool, const uint8_t *bytes,
                                   size_t length, const struct arrival *a)
{
    struct slab *slab;
    struct observation *o = slab_take(
        pool, sizeof(*o) + HEADERS * sizeof(struct sip_header) + length, &slab);
    struct sip_header *headers = (struct sip_header *)(void *)(o + 1);
    char *text = (char *)(headers + HEADERS);

    if (!o)
        abort();
    memset(o, 0, sizeof(*o));
    memcpy(text, bytes, length);
    o->slab = slab;
    o->arrival = *a;
    o->text_hash = hash_bytes(text, length);
    if (sip_message_parse(span_of(text, length), SIP_FROM_DATAGRAM, headers,
                          HEADERS, &o->message))
        return o;
    observation_release(o);
    return NULL;
}

/* Read to its end, so that a sanitizer sees what is gone. */
static void read_text(struct span text)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < text.length; i++)
        sum += (unsigned char)text.data[i];
    if (sum > text.length * 255)
        abort();
}

static int take_registration(void *arg, const struct registration_record *r)
{
    (void)arg;
    read_text(r->aor);
    read_text(r->contact_uri);
    read_text(r->call_id);
    read_text(r->instance_id);
    if ((uint64_t)r->failures + r->renewals > r->attempts ||
        r->ineffective > r->failures || r->timeouts > r->ineffective ||
        r->first_at > r->last_at)
        abort();
    return 0;
}

static int take_subscription(void *arg, const struct subscription_record *r)
{
    (void)arg;
    read_text(r->subscriber_tag);
    read_text(r->notifier_tag);
    read_text(r->event);
    read_text(r->reason);
    if ((r->ended_at == TIME_NONE) != (r->end == SUBSCRIPTION_END_NONE))
        abort();
    return 0;
}

static int take_endpoint(void *arg, const struct endpoint_record *r)
{
    uint64_t counts = 0;

    (void)arg;
    read_text(r->agent);
    for (int i = 0; i < ENDPOINT_ROLE_COUNT; i++)
        counts += r->counts[i];
    if (!counts || r->first_at > r->last_at)
        abort();
    return 0;
}

static struct arrival arrive(uint8_t how, int64_t *now_ns)
{
    static const int64_t later_ns[] = {
        0,          1000000,     150000000,    500000000,
        5000000000, 33000000000, 700000000000, -1000000000};
    const uint8_t here[4] = {10, 0, 0, (uint8_t)(1 + (how >> 3 & 1))};
    const uint8_t there[4] = {10, 0, 0, (uint8_t)(3 + (how >> 4 & 1))};
    bool back = how & 0x20;

    *now_ns += later_ns[how & 7];
    return (struct arrival){
        .time_ns = *now_ns,
        .src = {address_v4(back ? there : here), 5060},
        .dst = {address_v4(back ? here : there), 5060},
        .transport = how & 0x40 ? TRANSPORT_TCP : TRANSPORT_UDP,
        .ip_id = how & 0x80 ? (uint16_t)(how & 3) : 0,
    };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct correlator_limits limits = correlator_limits_default;
    struct tally tally = {0};
    struct record_sink sink = {.arg = &tally,
                               .wants_messages = size % 2 == 0,
                               .part_fn = take_part,
                               .dialog_fn = take_dialog,
                               .call_fn = take_call,
                               .registration_fn = take_registration,
                               .subscription_fn = take_subscription,
                               .endpoint_fn = take_endpoint};
    struct slab_pool *pool = slab_pool_new(64);
    struct correlator *c;
    int64_t now_ns = 1000000000;
    uint64_t given = 0;

    limits.exchanges = 6;
    limits.transactions = 12;
    limits.bindings = 4;
    limits.subscriptions = 4;
    limits.endpoints = 2;
    limits.pending_bytes = 4096;
    if (!pool || correlator_new(&limits, &sink, &c))
        abort();
    while (size > 1) {
        const uint8_t *end = memchr(data, 0x1e, size);
        size_t length = end ? (size_t)(end - data) : size;
        struct arrival a = arrive(data[0], &now_ns);
        struct observation *o =
            length > 1 ? observe(pool, data + 1, length - 1, &a) : NULL;

        if (o && correlator_observe(c, o))
            abort();
        given += o != NULL;
        if (!end)
            break;
        data += length + 1;
        size -= length + 1;
    }
    if (correlator_end(c))
        abort();
    if (correlator_counters_of(c)->messages != given ||
        (sink.wants_messages && tally.messages != given) ||
        correlator_counters_of(c)->calls != tally.calls)
        abort();
    correlator_free(c);
    slab_pool_free(pool);
    return 0;
}
