#include "capture/steady.h"

#define MS INT64_C(1000000)
/* A clock that is slewed gains or loses a hundredth at most; what two readings
   that do not meet the same moment differ by is less than this. */
#define JITTER_NS (10 * MS)
#define SLEWED_PART 100
#define GIVEN_BACK_PART 1000

void steady_init(struct steady *s, int64_t system_ns, int64_t even_ns)
{
    *s =
        (struct steady){.offset_ns = system_ns - even_ns, .looked_ns = even_ns};
}

static int64_t size_of(int64_t ns)
{
    return ns < 0 ? -ns : ns;
}

static void give_back(struct steady *s, int64_t passed_ns)
{
    int64_t part = passed_ns / GIVEN_BACK_PART;

    if (size_of(s->shift_ns) <= part)
        s->shift_ns = 0;
    else
        s->shift_ns -= s->shift_ns < 0 ? -part : part;
}

int64_t steady_look(struct steady *s, int64_t system_ns, int64_t even_ns)
{
    int64_t passed_ns = even_ns - s->looked_ns;
    int64_t moved_ns = system_ns - even_ns - s->offset_ns;

    if (passed_ns < 0)
        passed_ns = 0;
    s->looked_ns = even_ns;
    s->offset_ns += moved_ns;
    give_back(s, passed_ns);
    if (size_of(moved_ns) <= JITTER_NS + passed_ns / SLEWED_PART)
        return 0;
    s->shift_ns -= moved_ns;
    return moved_ns;
}

void steady_stamp_step(struct steady_stamp *stamp, int64_t step_ns,
                       int64_t now_ns)
{
    stamp->owed_ns += step_ns;
    stamp->since_ns = now_ns;
}

void steady_stamp_empty(struct steady_stamp *stamp, int64_t till_ns)
{
    if (till_ns > stamp->last_ns)
        stamp->last_ns = till_ns;
    if (till_ns >= stamp->since_ns)
        stamp->owed_ns = 0;
}

/* Of its two times the one that goes on from the packet before. */
int64_t steady_choose(const struct steady *s, struct steady_stamp *stamp,
                      int64_t packet_ns)
{
    int64_t after_ns = packet_ns + s->shift_ns;
    int64_t before_ns = after_ns + stamp->owed_ns;

    if (size_of(before_ns - stamp->last_ns) <=
        size_of(after_ns - stamp->last_ns))
        return before_ns;
    stamp->owed_ns = 0;
    return after_ns;
}
