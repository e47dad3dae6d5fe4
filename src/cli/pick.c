#include "cli/pick.h"

#include <errno.h>
#include <stdlib.h>

#include "base/grow.h"
#include "base/log.h"
#include "cli/filter.h"
#include "cli/inputs.h"
#include "cli/signals.h"
#include "store/connection.h"
#include "store/load.h"

#define SLAB_BYTES 65536

int key_list_add(struct key_list *list, const struct key *key)
{
    struct key *items;

    for (size_t i = 0; i < list->count; i++)
        if (key_equal(&list->items[i], key))
            return 0;
    items = grow_for_one(list->items, &list->room, list->count, sizeof(*items));
    if (!items)
        return -ENOMEM;
    list->items = items;
    list->items[list->count++] = *key;
    return 0;
}

static int take_key(void *arg, const struct key *call_key)
{
    return key_list_add(arg, call_key);
}

/* A Call-ID as one sensor saw it. @return -ENOENT where it is none */
static int find_sighting(const struct settings *s, struct store *store,
                         const char *name, size_t most, struct key_list *keys,
                         struct error *err)
{
    struct call_filter filter = call_filter_none;
    size_t before = keys->count;
    int rc;

    if (!s->given[OPTION_SENSOR])
        return -ENOENT;
    filter.call_id = span_of_string(name);
    filter.sensor = span_of_string(s->value[OPTION_SENSOR]);
    filter.all = true;
    filter.limit = most;
    rc = find_call_keys(store, &filter, take_key, keys, err);
    return rc == 0 && keys->count == before ? -ENOENT : rc;
}

static int find_keys(const struct settings *s, struct store *store, size_t most,
                     struct key_list *keys, struct error *err)
{
    struct call_filter filter;
    struct key key;
    int rc = 0;

    if (!s->operand_count) {
        if (filter_read(s, &filter) != CLI_DONE)
            return -EINVAL;
        if (filter.limit > most)
            filter.limit = most;
        rc = find_call_keys(store, &filter, take_key, keys, err);
        if (!rc && !keys->count)
            rc = error_set(err, -ENOENT, "no call passes the filters");
    }
    for (size_t i = 0; i < s->operand_count && !rc; i++) {
        rc = find_sighting(s, store, s->operands[i], most, keys, err);
        if (rc != -ENOENT)
            continue;
        rc = find_call(store, span_of_string(s->operands[i]), &key, err);
        if (!rc)
            rc = key_list_add(keys, &key);
    }
    return rc;
}

static int load_view(struct store *store, const struct key *key,
                     struct picked *p, size_t index, struct error *err)
{
    struct load_sources sources = {0};
    struct call_view *view = &p->views[index];
    int rc;

    call_view_init(view);
    p->count = index + 1;
    rc = load_call(store, key, p->pool, view, &sources, err);
    if (rc)
        return rc;
    if (index == 0 && view->record.source < sources.count) {
        p->has_capture_key = true;
        p->capture_key = sources.items[view->record.source].capture_key;
    }
    load_sources_fini(&sources);
    return 0;
}

static int load_views(struct store *store, const struct key_list *keys,
                      struct picked *p, struct error *err)
{
    int rc = 0;

    p->pool = slab_pool_new(SLAB_BYTES);
    p->views = calloc(keys->count, sizeof(*p->views));
    if (!p->pool || !p->views)
        return error_set(err, -ENOMEM, "out of memory");
    for (size_t i = 0; i < keys->count && !rc; i++)
        rc = load_view(store, &keys->items[i], p, i, err);
    return rc;
}

static int pick_from_store(const struct settings *s, size_t most,
                           struct picked *p)
{
    struct store store = {0};
    struct key_list keys = {0};
    struct error err = {0};
    int rc = store_open(s->value[OPTION_DB], STORE_READ, &store, &err);

    if (!rc)
        rc = find_keys(s, &store, most, &keys, &err);
    if (!rc)
        rc = load_views(&store, &keys, p, &err);
    free(keys.items);
    store_close(&store);
    if (!rc)
        return CLI_DONE;
    /* Without words it was the filters, which have had theirs. */
    if (!*err.text)
        return CLI_USAGE;
    log_line(LOG_ERROR, "%s", err.text);
    return CLI_FAILED;
}

static int pick_from_inputs(const struct settings *s, size_t most,
                            struct picked *p)
{
    const char *path = s->value[OPTION_FILE];
    struct inputs in;
    int rc;

    if (inputs_read_once(path))
        return cli_usage_error(s->command,
                               "--file is read twice: %s cannot be, save it "
                               "to a file first",
                               strcmp(path, "-") == 0 ? "standard input"
                                                      : path);
    rc = inputs_init_file(s, path, &in);
    inputs_fini(&in);
    return rc == CLI_DONE ? pick_from_file(s, path, most, p) : rc;
}

int pick_calls(const struct settings *s, size_t most, struct picked *picked_out)
{
    *picked_out = (struct picked){0};
    if (!s->operand_count && !filter_given(s) && !s->value[OPTION_FILE])
        return cli_usage_error(
            s->command, "which call? name its key, the beginning of it, or its "
                        "Call-ID");
    if (s->operand_count && filter_given(s))
        return cli_usage_error(s->command,
                               "calls are named or filtered, not both");
    if (s->operand_count > most)
        return cli_usage_error(s->command, "at most %zu calls at a time", most);
    if (most > s->limit)
        most = s->limit;
    signals_init();
    return s->value[OPTION_FILE] ? pick_from_inputs(s, most, picked_out)
                                 : pick_from_store(s, most, picked_out);
}

void picked_fini(struct picked *p)
{
    for (size_t i = 0; i < p->count; i++)
        call_view_fini(&p->views[i]);
    free(p->views);
    slab_pool_free(p->pool);
    *p = (struct picked){0};
}
