/**
 * Timers by packet time: a hashed wheel of one-second slots.
 *
 * A timer may fire up to one slot late, never early. One that lies beyond the
 * wheel's turn is looked at once a turn. Arming and disarming cost the same
 * however many there are.
 */
#ifndef SIPTRAIL_BASE_WHEEL_H
#define SIPTRAIL_BASE_WHEEL_H

#include <stdint.h>

#include "base/list.h"

#define WHEEL_SLOTS 1024

/** All zero is a timer that is not armed; lies in what it times. */
struct wheel_timer {
    struct list node;
    int64_t due_ns;
};

struct wheel {
    struct list slots[WHEEL_SLOTS];
    struct list due;  /* taken from passed slots, not yet looked at */
    int64_t now_tick; /* slots up to this one are in `due` */
    bool started;
};

void wheel_init(struct wheel *w);

/** Arm or move a timer. The first wheel_take_due() tells the wheel the time. */
void wheel_arm(struct wheel *w, struct wheel_timer *t, int64_t due_ns);
/** A timer that is not armed is left alone. */
void wheel_disarm(struct wheel_timer *t);

/**
 * Take the next timer due at @p now_ns, disarmed; NULL where there is none.
 * Time that runs backwards is taken for standing still.
 */
struct wheel_timer *wheel_take_due(struct wheel *w, int64_t now_ns);

#endif
