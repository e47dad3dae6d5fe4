#include "store/row_subscription.h"

#include <errno.h>

#define COLUMNS 33

const struct upsert_table row_subscription_table = {
    .name = "subscriptions",
    .columns =
        "subscription_key, owner_key, call_key, capture_key, first_at, "
        "last_at, accepted_at, first_notify_at, last_notify_at, expires_at, "
        "ended_at, expires_s, subscribes, notifies, subscriber_port, "
        "notifier_port, kind, state, end_cause, transport, status_code, "
        "subscriber_ip, notifier_ip, sensor, call_id, subscriber_tag, "
        "notifier_tag, event, event_id, subscriber, notifier, reason, "
        "response_ms",
    .find_sql = "SELECT subscription_key, subscription_key, first_at, last_at, "
                "subscribes + notifies, (ended_at IS NOT NULL)::int "
                "FROM siptrail.subscriptions WHERE subscription_key = ANY($1)",
    .delete_sql = "DELETE FROM siptrail.subscriptions "
                  "WHERE subscription_key = ANY($1)",
};

static void write_optional_word(struct copy *c, const char *word)
{
    if (*word)
        copy_word(c, word);
    else
        copy_null(c);
}

static void write_count(struct copy *c, uint32_t count)
{
    copy_i32(c, count > INT32_MAX ? INT32_MAX : (int32_t)count);
}

static void write_port(struct copy *c, const struct endpoint *e)
{
    if (e->address.family)
        copy_i32(c, e->port);
    else
        copy_null(c);
}

static void write_optional(struct copy *c, int64_t number)
{
    if (number == TIME_NONE)
        copy_null(c);
    else
        copy_i64(c, number);
}

static void write_numbers(struct copy *c, const struct subscription_record *r)
{
    const int64_t times[] = {
        r->first_at,       r->last_at,    r->accepted_at, r->first_notify_at,
        r->last_notify_at, r->expires_at, r->ended_at};

    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
        copy_time(c, times[i]);
    write_optional(c, r->expires_s);
    write_count(c, r->subscribes);
    write_count(c, r->notifies);
    write_port(c, &r->subscriber_at);
    write_port(c, &r->notifier_at);
    copy_word(c, subscription_kind_name(r->kind));
    write_optional_word(c, subscription_state_name(r->state));
    write_optional_word(c, subscription_end_name(r->end));
    copy_word(c, transport_name(r->transport));
    if (r->status_code)
        copy_i16(c, (int16_t)r->status_code);
    else
        copy_null(c);
    copy_address(c, &r->subscriber_at.address);
    copy_address(c, &r->notifier_at.address);
}

int row_add_subscription(struct upsert *u, const struct subscription_record *r,
                         const struct key *capture_key, struct span sensor)
{
    const struct upsert_row row = {
        .key = r->subscription_key,
        .name = r->subscription_key,
        .first_at = r->first_at,
        .last_at = r->last_at,
        .weight = r->subscribes + r->notifies,
        .rank = r->ended_at != TIME_NONE,
    };
    const struct span texts[] = {
        r->call_id,  r->subscriber_tag, r->notifier_tag, r->event,
        r->event_id, r->subscriber,     r->notifier,     r->reason};
    struct copy *c = &u->rows;

    if (upsert_add(u, &row))
        return -ENOMEM;
    copy_row(c, COLUMNS);
    copy_key(c, &r->subscription_key);
    copy_key(c, &r->owner_key);
    if (r->in_call)
        copy_key(c, &r->owner_key);
    else
        copy_null(c);
    copy_key(c, capture_key);
    write_numbers(c, r);
    if (r->sensor.length)
        copy_text(c, r->sensor);
    else
        copy_bytes(c, sensor.data, sensor.length);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        copy_text(c, texts[i]);
    write_optional(c, r->accepted_at == TIME_NONE
                          ? TIME_NONE
                          : time_ms_between(r->first_at, r->accepted_at));
    return c->failed ? -ENOMEM : 0;
}
