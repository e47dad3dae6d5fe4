/**
 * A time line that goes on evenly while the system's clock is set.
 *
 * Packets bear the time of the system's clock. Where it is set forward, every
 * timer of a run would fire at once; where it is set back, none would for as
 * long, and messages would come before those they answer. So what a step adds
 * or takes is left out of the times of packets, of those stamped after it
 * alone, and given back by a thousandth of the time that passes: no record's
 * duration is wrong by more than that. A restart takes the clock as it is.
 *
 * Pure: the caller reads the clocks. Internal to src/capture.
 */
#ifndef SIPTRAIL_CAPTURE_STEADY_H
#define SIPTRAIL_CAPTURE_STEADY_H

#include <stdbool.h>
#include <stdint.h>

struct steady {
    int64_t offset_ns; /* the system's clock less the even one */
    int64_t shift_ns;  /* from a packet's time to that of the run */
    int64_t looked_ns; /* the even clock then */
};

/** Of one source of packets: by which clock are those stamped it gives? */
struct steady_stamp {
    int64_t owed_ns;  /* they may still bear the time before such a step; 0:
                         they do not */
    int64_t since_ns; /* time of the run when it was noticed */
    int64_t last_ns;  /* highest time given so far */
};

/**
 * @param system_ns  CLOCK_REALTIME
 * @param even_ns    CLOCK_BOOTTIME, read at the same moment
 */
void steady_init(struct steady *s, int64_t system_ns, int64_t even_ns);

/**
 * Look at both clocks, at least once a second.
 *
 * @return By how much the system's clock was set; 0 where it was not
 */
int64_t steady_look(struct steady *s, int64_t system_ns, int64_t even_ns);

/** The time of the run, by the system's clock as it was looked at last. */
static inline int64_t steady_now(const struct steady *s, int64_t system_ns)
{
    return system_ns + s->shift_ns;
}

/** The clock was set: what waits to be read was stamped before, or after. */
void steady_stamp_step(struct steady_stamp *stamp, int64_t step_ns,
                       int64_t now_ns);

/** Nothing stamped before @p till_ns (of the run) is still to be read. */
void steady_stamp_empty(struct steady_stamp *stamp, int64_t till_ns);

/** The slow way of steady_time(). */
int64_t steady_choose(const struct steady *s, struct steady_stamp *stamp,
                      int64_t packet_ns);

/** A packet's time on the even line. */
static inline int64_t steady_time(const struct steady *s,
                                  struct steady_stamp *stamp, int64_t packet_ns)
{
    int64_t time_ns = packet_ns + s->shift_ns;

    if (stamp->owed_ns)
        time_ns = steady_choose(s, stamp, packet_ns);
    if (time_ns > stamp->last_ns)
        stamp->last_ns = time_ns;
    return time_ns;
}

#endif
