#include "call/view.h"

#include <errno.h>
#include <stdlib.h>

#include "base/grow.h"

#define VIEW_CHUNK_BYTES 4096

void call_view_init(struct call_view *v)
{
    *v = (struct call_view){0};
    arena_init(&v->arena, VIEW_CHUNK_BYTES);
}

void call_view_fini(struct call_view *v)
{
    for (size_t i = 0; i < v->message_count; i++)
        slab_release(v->messages[i].seen->slab);
    free(v->messages);
    free(v->dialogs);
    arena_fini(&v->arena);
    *v = (struct call_view){0};
}

static bool copy_spans(struct arena *a, struct span *const *spans, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!arena_copy(a, *spans[i], spans[i]))
            return false;
    return true;
}

static bool copy_texts(struct arena *a, struct call_record *r)
{
    struct call_parties *p = &r->parties;
    struct span *const spans[] = {
        &r->call_id,       &r->from_tag,     &r->to_tag,
        &r->reason_phrase, &r->reason_text,  &r->warning_text,
        &p->caller_user,   &p->caller_host,  &p->caller_name,
        &p->callee_user,   &p->callee_host,  &p->caller_number,
        &p->callee_number, &p->request_user, &p->request_host,
        &p->caller_agent,  &p->callee_agent, &r->verdict,
        &r->sensor,
    };

    return copy_spans(a, spans, sizeof(spans) / sizeof(spans[0]));
}

static bool copy_details(struct arena *a, struct call_record *r)
{
    struct call_identity *i = &r->identity;
    struct span *const spans[] = {
        &i->pai_user,
        &i->pai_host,
        &i->rpid_user,
        &i->privacy,
        &i->diversion_user,
        &i->diversion_reason,
        &i->auth_user,
        &i->auth_realm,
        &i->icid,
        &i->stir_attest,
        &i->stir_origid,
        &r->session.id_local,
        &r->session.id_remote,
        &r->media.offer_codecs,
        &r->media.answer_codecs,
        &r->media.kinds,
        &r->transfer.status,
        &r->transfer.refer_to,
        &r->transfer.referred_by,
        &r->custom,
    };

    return copy_spans(a, spans, sizeof(spans) / sizeof(spans[0]));
}

/* An empty array copies to NULL, which is no failure. */
static bool copy_array(struct arena *a, const void *items, size_t bytes,
                       const void **copy_out)
{
    struct span copy;
    bool ok = arena_copy(a, span_of(items, bytes), &copy);

    *copy_out = copy.data;
    return ok;
}

static bool copy_redirects(struct arena *a, struct call_record *r)
{
    size_t count = r->redirect_to_count;
    struct span *copy;

    if (!count)
        return true;
    copy = arena_take(a, count * sizeof(*copy));
    if (!copy)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!arena_copy(a, r->redirect_to[i], &copy[i]))
            return false;
    r->redirect_to = copy;
    return true;
}

int call_view_set_record(struct call_view *v, const struct call_record *record)
{
    struct call_record r = *record;
    const void *hops;
    const void *statuses;

    if (!copy_texts(&v->arena, &r) || !copy_details(&v->arena, &r) ||
        !copy_redirects(&v->arena, &r) ||
        !copy_array(&v->arena, r.hops, r.hop_count * sizeof(*r.hops), &hops) ||
        !copy_array(&v->arena, r.branch_statuses,
                    r.branch_status_count * sizeof(*r.branch_statuses),
                    &statuses))
        return -ENOMEM;
    r.hops = hops;
    r.branch_statuses = statuses;
    v->record = r;
    return 0;
}

int call_view_add_dialog(struct call_view *v,
                         const struct dialog_record *dialog)
{
    struct dialog_record d = *dialog;
    struct span *const spans[] = {&d.call_id, &d.local_tag, &d.remote_tag,
                                  &d.remote_target, &d.route_set};
    struct dialog_record *items =
        grow_for_one(v->dialogs, &v->dialog_room, v->dialog_count, sizeof(d));

    if (!items)
        return -ENOMEM;
    v->dialogs = items;
    if (!copy_spans(&v->arena, spans, sizeof(spans) / sizeof(spans[0])))
        return -ENOMEM;
    v->dialogs[v->dialog_count++] = d;
    return 0;
}

int call_view_add_message(struct call_view *v,
                          const struct message_record *message)
{
    struct message_record *items = grow_for_one(
        v->messages, &v->message_room, v->message_count, sizeof(*items));

    if (!items)
        return -ENOMEM;
    v->messages = items;
    v->messages[v->message_count++] = *message;
    if (message->seen->slab)
        slab_hold(message->seen->slab);
    return 0;
}
