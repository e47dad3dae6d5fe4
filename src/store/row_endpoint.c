#include "store/row_endpoint.h"

#include <errno.h>

const struct upsert_table row_endpoint_table = {
    .name = "endpoint_roles",
    .columns = "endpoint_key, capture_key, first_at, last_at, uac, uas, proxy, "
               "stateless_proxy, registrar, redirect_server, b2bua, address, "
               "agent",
    .find_sql = "SELECT endpoint_key, endpoint_key, first_at, last_at, "
                "least(uac + uas + proxy + stateless_proxy + registrar + "
                "redirect_server + b2bua, 4294967295), 0 "
                "FROM siptrail.endpoint_roles WHERE endpoint_key = ANY($1)",
    .delete_sql = "DELETE FROM siptrail.endpoint_roles "
                  "WHERE endpoint_key = ANY($1)",
};

int row_add_endpoint(struct upsert *u, const struct endpoint_record *r,
                     const struct key *capture_key)
{
    const struct span parts[] = {
        span_of(capture_key->bytes, sizeof(capture_key->bytes)),
        span_of(&r->address, sizeof(r->address))};
    struct upsert_row row = {.first_at = r->first_at, .last_at = r->last_at};
    struct copy *c = &u->rows;
    uint64_t total = 0;

    for (int i = 0; i < ENDPOINT_ROLE_COUNT; i++)
        total += r->counts[i];
    row.weight = total < UINT32_MAX ? (uint32_t)total : UINT32_MAX;
    key_of_parts(0, parts, 2, &row.key);
    row.name = row.key;
    if (upsert_add(u, &row))
        return -ENOMEM;
    copy_row(c, 6 + ENDPOINT_ROLE_COUNT);
    copy_key(c, &row.key);
    copy_key(c, capture_key);
    copy_time(c, r->first_at);
    copy_time(c, r->last_at);
    for (int i = 0; i < ENDPOINT_ROLE_COUNT; i++)
        copy_i64(c, (int64_t)r->counts[i]);
    copy_address(c, &r->address);
    copy_text(c, r->agent);
    return c->failed ? -ENOMEM : 0;
}
