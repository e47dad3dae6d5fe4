/*
 * Rows of bindings: how they come, when they are handed on, and how they go.
 */
#include "base/hash.h"
#include "call/binding_state.h"

#define HOUR_US INT64_C(3600000000)

void binding_discharge(struct binding_table *t, struct binding *b)
{
    if (b->failing)
        failing_discharge(&t->failing, b->failing);
    b->failing = NULL;
}

void binding_drop(struct binding_table *t, struct binding *b)
{
    binding_discharge(t, b);
    binding_forget_spelling(t, b);
    table_remove(&t->table, &b->node);
    table_remove(&t->aors, &b->aor_node);
    wheel_disarm(&b->timer);
    list_remove(&b->age);
    list_remove(&b->changing);
    texts_release(&t->texts_pool, &b->texts);
    pool_give(&t->pool, b);
}

struct binding *binding_oldest(const struct binding_table *t)
{
    return list_empty(&t->age) ? NULL
                               : CONTAINER_OF(t->age.next, struct binding, age);
}

/* The key without a time names the binding, the one with it this row. */
static void make_keys(struct binding *b)
{
    key_of_parts(b->r.first_at, &b->identity, 1, &b->r.registration_key);
    b->r.binding_key = b->r.registration_key;
    memset(b->r.binding_key.bytes, 0, 6);
}

void binding_hand_on(struct binding_table *t, struct binding *b)
{
    int rc;

    if (!b->changed)
        return;
    b->changed = false;
    list_remove(&b->changing);
    if (!b->counted) {
        make_keys(b);
        b->counted = true;
        t->counters.registrations++;
        t->counters.failed += b->r.state == REGISTRATION_FAILED;
    }
    rc = t->fn(t->arg, &b->r);
    if (rc && !t->failure)
        t->failure = rc;
}

void binding_note_change(struct binding_table *t, struct binding *b)
{
    if (b->changed)
        return;
    b->changed = true;
    list_add_last(&t->changed, &b->changing);
    b->changed_at = t->now_us;
}

void binding_finish(struct binding_table *t, struct binding *b,
                    enum registration_state state, int64_t at)
{
    binding_note_change(t, b);
    b->r.state = state;
    b->r.ended_at = at;
    t->counters.expired += state == REGISTRATION_EXPIRED;
    binding_hand_on(t, b);
    binding_drop(t, b);
}

/* When it is to be looked at. */
static int64_t due_at(const struct binding *b)
{
    int64_t due = INT64_MAX;

    if (b->r.state != REGISTRATION_REGISTERED)
        return b->r.last_at + HOUR_US;
    if (b->r.expires_at != TIME_NONE)
        due = b->r.expires_at;
    if (b->changed && b->changed_at + HOUR_US < due)
        due = b->changed_at + HOUR_US;
    return due;
}

void binding_plan(struct binding_table *t, struct binding *b)
{
    int64_t due = due_at(b);
    int64_t due_ns = due > INT64_MAX / 1000 ? INT64_MAX : due * 1000;

    if (!b->timer.node.next || due_ns < b->timer.due_ns)
        wheel_arm(&t->wheel, &b->timer, due_ns);
}

void binding_look_at(struct binding_table *t, struct binding *b)
{
    if (binding_is_over(b, t->now_us)) {
        binding_finish(t, b, REGISTRATION_EXPIRED, b->r.expires_at);
        return;
    }
    if (due_at(b) <= t->now_us) {
        binding_hand_on(t, b);
        if (b->r.state != REGISTRATION_REGISTERED) {
            binding_drop(t, b);
            return;
        }
    }
    binding_plan(t, b);
}

struct binding *binding_find(const struct binding_table *t,
                             const struct binding_identity *id, uint64_t hash)
{
    struct table_node *n = table_first(&t->table, hash);

    for (; n; n = table_next(n)) {
        struct binding *b = CONTAINER_OF(n, struct binding, node);

        if (span_equal(b->identity, binding_identity_span(id)))
            return b;
    }
    return NULL;
}

static void make_room(struct binding_table *t)
{
    while (table_full(&t->table) && binding_oldest(t)) {
        t->counters.dropped++;
        binding_hand_on(t, binding_oldest(t));
        binding_drop(t, binding_oldest(t));
    }
}

struct binding *binding_add(struct binding_table *t,
                            const struct binding_identity *id, uint64_t hash,
                            int64_t at)
{
    struct span bytes = binding_identity_span(id);
    struct binding *b;

    make_room(t);
    b = pool_take(&t->pool);
    if (!b)
        return NULL;
    b->identity = texts_keep(&t->texts_pool, &b->texts, bytes);
    if (b->identity.length != bytes.length) {
        pool_give(&t->pool, b);
        return NULL;
    }
    b->aor_length = id->aor_length;
    list_init(&b->changing);
    b->r.first_at = b->r.last_at = at;
    b->r.expires_at = b->r.ended_at = b->r.expires_s = b->r.min_expires_s =
        b->r.register_ms = b->r.register_auth_ms = TIME_NONE;
    table_add(&t->table, &b->node, hash);
    table_add(&t->aors, &b->aor_node, hash_bytes(bytes.data, id->aor_length));
    list_add_last(&t->age, &b->age);
    return b;
}
