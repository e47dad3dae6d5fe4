#include "ladder/peer.h"

#include <errno.h>

#include "ladder/escape.h"

#define NAME_BYTES_MAX 60

static struct span find_name(const struct call_view *const *views, size_t count,
                             const struct address *a)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < views[i]->name_count; k++)
            if (address_equal(&views[i]->names[k].address, a))
                return views[i]->names[k].name;
    return SPAN_NONE;
}

static bool keep(struct ladder_model *m, struct text_buffer *b,
                 struct span *out)
{
    bool ok = !b->failed && arena_copy(&m->arena, text_buffer_span(b), out);

    text_buffer_reset(b);
    return ok;
}

static bool put_name(struct ladder_model *m, struct text_buffer *b,
                     struct ladder_lifeline *l, struct span name)
{
    text_put(b, l->address);
    if (l->role.length)
        text_put_string(b, "  ");
    text_put(b, l->role);
    if (!keep(m, b, &l->role))
        return false;
    escape_put_clean(b, name, ESCAPE_ONE_LINE, NAME_BYTES_MAX);
    return keep(m, b, &l->address);
}

int ladder_peers_name(const struct call_view *const *views, size_t count,
                      struct ladder_model *model)
{
    struct text_buffer b = {0};
    bool ok = true;

    for (size_t i = 0; i < model->lifeline_count && ok; i++) {
        struct ladder_lifeline *l = &model->lifelines[i];
        struct span name = find_name(views, count, &l->element);

        if (name.length)
            ok = put_name(model, &b, l, name);
    }
    text_buffer_fini(&b);
    return ok ? 0 : -ENOMEM;
}
