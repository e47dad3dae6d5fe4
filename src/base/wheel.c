#include "base/wheel.h"

#define SLOT_NS INT64_C(1000000000)

static int64_t tick_of(int64_t time_ns)
{
    return time_ns / SLOT_NS - (time_ns % SLOT_NS < 0);
}

static struct list *slot_of(struct wheel *w, int64_t tick)
{
    return &w->slots[(uint64_t)tick % WHEEL_SLOTS];
}

void wheel_init(struct wheel *w)
{
    for (unsigned i = 0; i < WHEEL_SLOTS; i++)
        list_init(&w->slots[i]);
    list_init(&w->due);
    w->now_tick = 0;
    w->started = false;
}

void wheel_disarm(struct wheel_timer *t)
{
    if (t->node.next)
        list_remove(&t->node);
    t->node.next = t->node.prev = NULL;
}

void wheel_arm(struct wheel *w, struct wheel_timer *t, int64_t due_ns)
{
    int64_t tick = tick_of(due_ns) + 1; /* never early */

    wheel_disarm(t);
    t->due_ns = due_ns;
    if (tick <= w->now_tick)
        tick = w->now_tick + 1;
    else if (tick >= w->now_tick + WHEEL_SLOTS)
        tick = w->now_tick + WHEEL_SLOTS - 1;
    list_add_last(slot_of(w, tick), &t->node);
}

static void move_all(struct list *from, struct list *to)
{
    if (list_empty(from))
        return;
    from->next->prev = to->prev;
    to->prev->next = from->next;
    from->prev->next = to;
    to->prev = from->prev;
    list_init(from);
}

static void pass_slots(struct wheel *w, int64_t now_tick)
{
    if (now_tick - w->now_tick > WHEEL_SLOTS)
        w->now_tick = now_tick - WHEEL_SLOTS;
    while (w->now_tick < now_tick)
        move_all(slot_of(w, ++w->now_tick), &w->due);
}

struct wheel_timer *wheel_take_due(struct wheel *w, int64_t now_ns)
{
    int64_t now_tick = tick_of(now_ns);

    if (!w->started) {
        w->started = true;
        w->now_tick = now_tick;
    }
    if (now_tick > w->now_tick)
        pass_slots(w, now_tick);
    while (!list_empty(&w->due)) {
        struct wheel_timer *t =
            CONTAINER_OF(w->due.next, struct wheel_timer, node);

        wheel_disarm(t);
        if (t->due_ns <= now_ns)
            return t;
        wheel_arm(w, t, t->due_ns);
    }
    return NULL;
}
