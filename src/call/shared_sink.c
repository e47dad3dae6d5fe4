#include "call/shared_sink.h"

static int take_part(void *arg, const struct exchange_part *part)
{
    struct owner *o = arg;
    int rc;

    owner_lock(o);
    rc = o->sink.part_fn(o->sink.arg, part);
    owner_unlock(o);
    return rc;
}

static int take_dialog(void *arg, const struct dialog_record *dialog)
{
    struct owner *o = arg;
    int rc;

    owner_lock(o);
    rc = o->sink.dialog_fn(o->sink.arg, dialog);
    owner_unlock(o);
    return rc;
}

static int take_call(void *arg, const struct call_record *call)
{
    struct owner *o = arg;
    int rc;

    owner_lock(o);
    rc = o->sink.call_fn(o->sink.arg, call);
    owner_unlock(o);
    return rc;
}

static bool needs_key(void *arg, int64_t first_at)
{
    struct owner *o = arg;
    bool needs;

    owner_lock(o);
    needs = o->sink.needs_key_fn(o->sink.arg, first_at);
    owner_unlock(o);
    return needs;
}

static int take_gap(void *arg, const struct capture_gap *gap)
{
    struct owner *o = arg;
    int rc;

    owner_lock(o);
    rc = o->sink.gap_fn(o->sink.arg, gap);
    owner_unlock(o);
    return rc;
}

static int take_registration(void *arg, const struct registration_record *r)
{
    struct owner *o = arg;
    int rc;

    owner_lock(o);
    rc = o->sink.registration_fn(o->sink.arg, r);
    owner_unlock(o);
    return rc;
}

static int take_subscription(void *arg, const struct subscription_record *r)
{
    struct owner *o = arg;
    int rc;

    owner_lock(o);
    rc = o->sink.subscription_fn(o->sink.arg, r);
    owner_unlock(o);
    return rc;
}

static int take_live(void *arg, const struct call_record *call)
{
    struct owner *o = arg;
    int rc;

    owner_lock(o);
    rc = o->sink.live_fn(o->sink.arg, call);
    owner_unlock(o);
    return rc;
}

struct record_sink shared_sink_of(struct owner *o)
{
    const struct record_sink *s = &o->sink;

    return (struct record_sink){
        .arg = o,
        .wants_messages = s->wants_messages,
        .skips_verdicts = s->skips_verdicts,
        .needs_key_fn = s->needs_key_fn ? needs_key : NULL,
        .part_fn = s->part_fn ? take_part : NULL,
        .dialog_fn = s->dialog_fn ? take_dialog : NULL,
        .call_fn = s->call_fn ? take_call : NULL,
        .gap_fn = s->gap_fn ? take_gap : NULL,
        .registration_fn = s->registration_fn ? take_registration : NULL,
        .subscription_fn = s->subscription_fn ? take_subscription : NULL,
        .live_fn = s->live_fn ? take_live : NULL,
    };
}
