#include "store/row_registration.h"

#include <errno.h>
#include <libpq-fe.h>

#include "store/fields.h"

#define COLUMNS 37

const struct upsert_table row_registration_table = {
    .name = "registrations",
    .columns =
        "registration_key, binding_key, capture_key, first_at, last_at, "
        "expires_at, ended_at, expires_s, min_expires_s, register_ms, "
        "register_auth_ms, attempts, failures, ineffective, timeouts, "
        "challenges, renewals, src_port, dst_port, reg_id, state, transport, "
        "status_code, behind_nat, src_ip, dst_ip, sensor, registrar, aor, "
        "registrant, contact_uri, contact_host, call_id, user_agent, "
        "auth_user, realm, instance_id",
    .find_sql = "SELECT registration_key, binding_key, first_at, last_at, "
                "attempts, (ended_at IS NOT NULL)::int "
                "FROM siptrail.registrations WHERE binding_key = ANY($1)",
    .delete_sql = "DELETE FROM siptrail.registrations "
                  "WHERE registration_key = ANY($1)",
};

static void write_ms(struct copy *c, int64_t ms)
{
    if (ms == TIME_NONE)
        copy_null(c);
    else
        copy_i32(c, ms > INT32_MAX ? INT32_MAX : (int32_t)ms);
}

static void write_seconds(struct copy *c, int64_t seconds)
{
    if (seconds == TIME_NONE)
        copy_null(c);
    else
        copy_i64(c, seconds);
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

static void write_words(struct copy *c, const struct registration_record *r)
{
    const char *state = registration_state_name(r->state);

    if (*state)
        copy_word(c, state);
    else
        copy_null(c);
    copy_word(c, transport_name(r->transport));
    if (r->status_code)
        copy_i16(c, (int16_t)r->status_code);
    else
        copy_null(c);
    if (r->behind_nat == NAT_NULL)
        copy_null(c);
    else
        copy_bool(c, r->behind_nat == NAT_TRUE);
}

static void write_numbers(struct copy *c, const struct registration_record *r)
{
    const int64_t times[] = {r->first_at, r->last_at, r->expires_at,
                             r->ended_at};
    const uint32_t counts[] = {r->attempts, r->failures,   r->ineffective,
                               r->timeouts, r->challenges, r->renewals};

    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
        copy_time(c, times[i]);
    write_seconds(c, r->expires_s);
    write_seconds(c, r->min_expires_s);
    write_ms(c, r->register_ms);
    write_ms(c, r->register_auth_ms);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        write_count(c, counts[i]);
    write_port(c, &r->src);
    write_port(c, &r->dst);
    if (r->has_reg_id)
        copy_i64(c, r->reg_id);
    else
        copy_null(c);
}

int row_add_registration(struct upsert *u, const struct registration_record *r,
                         const struct key *capture_key, struct span sensor)
{
    const struct upsert_row row = {
        .key = r->registration_key,
        .name = r->binding_key,
        .first_at = r->first_at,
        .last_at = r->last_at,
        .weight = r->attempts,
        .rank = r->ended_at != TIME_NONE,
    };
    const struct span texts[] = {r->registrar,   r->aor,          r->registrant,
                                 r->contact_uri, r->contact_host, r->call_id,
                                 r->user_agent,  r->auth_user,    r->realm,
                                 r->instance_id};
    struct copy *c = &u->rows;

    if (upsert_add(u, &row))
        return -ENOMEM;
    copy_row(c, COLUMNS);
    copy_key(c, &r->registration_key);
    copy_key(c, &r->binding_key);
    copy_key(c, capture_key);
    write_numbers(c, r);
    write_words(c, r);
    copy_address(c, &r->src.address);
    copy_address(c, &r->dst.address);
    if (r->sensor.length)
        copy_text(c, r->sensor);
    else
        copy_bytes(c, sensor.data, sensor.length);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        copy_text(c, texts[i]);
    return c->failed ? -ENOMEM : 0;
}

static const char *name_state(int i)
{
    return registration_state_name((enum registration_state)i);
}

static const char *name_transport(int i)
{
    return transport_name((enum transport)i);
}

static void read_numbers(const PGresult *result, int row,
                         struct registration_record *r)
{
    int64_t *const times[] = {&r->first_at, &r->last_at, &r->expires_at,
                              &r->ended_at};
    int64_t *const spans[] = {&r->expires_s, &r->min_expires_s, &r->register_ms,
                              &r->register_auth_ms};
    uint32_t *const counts[] = {&r->attempts, &r->failures,   &r->ineffective,
                                &r->timeouts, &r->challenges, &r->renewals};
    int column = 3;

    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
        *times[i] = field_time(field_bytes(result, row, column++));
    for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++)
        *spans[i] = field_number(field_bytes(result, row, column++), TIME_NONE);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        *counts[i] =
            (uint32_t)field_number(field_bytes(result, row, column++), 0);
}

int row_read_registration(const struct pg_result *result, int row,
                          struct registration_record *r_out,
                          struct key *capture_key_out)
{
    struct registration_record *r = r_out;
    struct span *const texts[] = {
        &r->registrar,    &r->aor,        &r->registrant, &r->contact_uri,
        &r->contact_host, &r->call_id,    &r->user_agent, &r->auth_user,
        &r->realm,        &r->instance_id};

    *r = (struct registration_record){0};
    if (PQnfields(result) < COLUMNS)
        return -EPROTO;
    r->registration_key = field_key(field_bytes(result, row, 0));
    r->binding_key = field_key(field_bytes(result, row, 1));
    *capture_key_out = field_key(field_bytes(result, row, 2));
    read_numbers(result, row, r);
    r->src.port = (uint16_t)field_number(field_bytes(result, row, 17), 0);
    r->dst.port = (uint16_t)field_number(field_bytes(result, row, 18), 0);
    r->has_reg_id = !field_is_null(result, row, 19);
    r->reg_id = (uint32_t)field_number(field_bytes(result, row, 19), 0);
    r->state = (enum registration_state)field_word(
        field_bytes(result, row, 20), name_state, REGISTRATION_STATE_COUNT);
    r->transport = (enum transport)field_word(field_bytes(result, row, 21),
                                              name_transport, TRANSPORT_COUNT);
    r->status_code = (uint16_t)field_number(field_bytes(result, row, 22), 0);
    r->behind_nat = field_is_null(result, row, 23)                  ? NAT_NULL
                    : field_number(field_bytes(result, row, 23), 0) ? NAT_TRUE
                                                                    : NAT_FALSE;
    r->src.address = field_address(field_bytes(result, row, 24));
    r->dst.address = field_address(field_bytes(result, row, 25));
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        *texts[i] = field_bytes(result, row, 27 + (int)i);
    return 0;
}
