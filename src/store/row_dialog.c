#include <errno.h>
#include <libpq-fe.h>

#include "store/fields.h"
#include "store/row.h"

const char row_dialog_columns[] =
    "dialog_key, call_key, early_at, confirmed_at, terminated_at, usage, "
    "state, call_id, local_tag, remote_tag, remote_target, route_set";
const char row_exchange_columns[] = "exchange_key, first_at, kind, call_id";

void row_write_dialog(struct copy *c, const struct dialog_record *d)
{
    copy_row(c, 12);
    copy_key(c, &d->dialog_key);
    if (d->has_call)
        copy_key(c, &d->call_key);
    else
        copy_null(c);
    copy_time(c, d->early_at);
    copy_time(c, d->confirmed_at);
    copy_time(c, d->terminated_at);
    copy_word(c, dialog_usage_name(d->usage));
    copy_word(c, dialog_state_name(d->state));
    copy_text(c, d->call_id);
    copy_text(c, d->local_tag);
    copy_text(c, d->remote_tag);
    copy_text(c, d->remote_target);
    copy_text(c, d->route_set);
}

void row_write_exchange(struct copy *c, const struct exchange_part *part)
{
    copy_row(c, 4);
    copy_key(c, &part->exchange_key);
    copy_time(c, part->first_at);
    copy_word(c, exchange_kind_name(part->kind));
    copy_text(c, part->call_id);
}

static const char *name_dialog_state(int i)
{
    return dialog_state_name((enum dialog_state)i);
}

static const char *name_dialog_usage(int i)
{
    return dialog_usage_name((enum dialog_usage)i);
}

int row_read_dialog(const struct pg_result *result, int row,
                    struct dialog_record *dialog_out)
{
    struct dialog_record *d = dialog_out;

    *d = (struct dialog_record){0};
    if (PQnfields(result) < 12)
        return -EPROTO;
    d->dialog_key = field_key(field_bytes(result, row, 0));
    d->has_call = !field_is_null(result, row, 1);
    d->call_key = field_key(field_bytes(result, row, 1));
    d->early_at = field_time(field_bytes(result, row, 2));
    d->confirmed_at = field_time(field_bytes(result, row, 3));
    d->terminated_at = field_time(field_bytes(result, row, 4));
    d->usage = (enum dialog_usage)field_word(
        field_bytes(result, row, 5), name_dialog_usage, DIALOG_USAGE_COUNT);
    d->state = (enum dialog_state)field_word(
        field_bytes(result, row, 6), name_dialog_state, DIALOG_STATE_COUNT);
    d->call_id = field_bytes(result, row, 7);
    d->local_tag = field_bytes(result, row, 8);
    d->remote_tag = field_bytes(result, row, 9);
    d->remote_target = field_bytes(result, row, 10);
    d->route_set = field_bytes(result, row, 11);
    return 0;
}
