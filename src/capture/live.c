#include "capture/live.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "capture/port.h"

#define MS_NS INT64_C(1000000)
#define SECOND_NS (1000 * MS_NS)
/* What is not there now is younger than this: twice the time of a block. */
#define HOLD_NS (150 * MS_NS)
#define IDLE_MS 100
#define CHECK_NS SECOND_NS
/* The clocks are looked at each time nothing is there, and after so many
   packets. */
#define PACKETS_PER_LOOK 256
#define INTERFACES_MAX 64

struct live {
    struct port *ports;
    size_t port_count;
    struct pollfd *polls;
    struct steady steady;
    int link_fd;        /* or a negative errno: nobody to ask */
    int64_t checked_ns; /* the even clock at the last check */
    unsigned packets_till_look;
    bool gaps; /* a port has some to tell of */
};

static int64_t clock_ns(clockid_t id)
{
    struct timespec now = {0};

    (void)clock_gettime(id, &now);
    return (int64_t)now.tv_sec * SECOND_NS + now.tv_nsec;
}

/* Both clocks at one moment, as far as nobody comes between. */
static void read_clocks(int64_t *system_ns, int64_t *even_ns)
{
    int64_t width_ns = INT64_MAX;

    for (int i = 0; i < 5 && width_ns > MS_NS; i++) {
        int64_t before_ns = clock_ns(CLOCK_BOOTTIME);
        int64_t between_ns = clock_ns(CLOCK_REALTIME);
        int64_t after_ns = clock_ns(CLOCK_BOOTTIME);

        if (after_ns - before_ns >= width_ns)
            continue;
        width_ns = after_ns - before_ns;
        *system_ns = between_ns;
        *even_ns = before_ns + width_ns / 2;
    }
}

int64_t live_now(const struct live *l)
{
    return steady_now(&l->steady, clock_ns(CLOCK_REALTIME));
}

/* Where netlink is not to be had only the kernel's drops are known. */
static void ask_first(struct live *l)
{
    int rc = 0;

    l->link_fd = link_open();
    for (size_t i = 0; i < l->port_count && l->link_fd >= 0 && !rc; i++)
        if (!l->ports[i].any) {
            rc = link_ask(l->link_fd, l->ports[i].name, &l->ports[i].link);
            l->ports[i].dropped_from = l->ports[i].link.dropped;
        }
    if (l->link_fd >= 0 && !rc)
        return;
    log_line(LOG_WARNING,
             "nobody tells of the state of interfaces (%s): what they drop is "
             "not counted, and one made again is not found",
             strerror(rc ? -rc : -l->link_fd));
    if (l->link_fd >= 0)
        (void)close(l->link_fd);
    l->link_fd = -1;
}

static int open_ports(struct live *l,
                      const struct capture_live_options *options,
                      struct error *err)
{
    int64_t system_ns = 0;
    int64_t even_ns = 0;
    int rc = 0;

    for (size_t i = 0; i < options->interface_count && !rc; i++) {
        struct port *p = &l->ports[l->port_count++];

        p->ordinal = (uint32_t)i;
        rc = port_open(p, options->interfaces[i], options, err);
    }
    ask_first(l);
    read_clocks(&system_ns, &even_ns);
    steady_init(&l->steady, system_ns, even_ns);
    l->checked_ns = even_ns;
    for (size_t i = 0; i < l->port_count; i++) {
        l->ports[i].checked_ns = system_ns;
        l->ports[i].empty_till_ns = system_ns - HOLD_NS;
        l->ports[i].stamp.last_ns = system_ns - HOLD_NS;
    }
    return rc;
}

int live_new(const struct capture_live_options *options, struct live **live_out,
             struct error *err)
{
    size_t count = options->interface_count;
    struct live *l;
    int rc;

    if (!count || count > INTERFACES_MAX)
        return error_set(err, -EINVAL, "from 1 to %d interfaces can be watched",
                         INTERFACES_MAX);
    l = calloc(1, sizeof(*l));
    if (l) {
        l->link_fd = -1;
        l->ports = calloc(count, sizeof(*l->ports));
        l->polls = calloc(count, sizeof(*l->polls));
    }
    if (!l || !l->ports || !l->polls) {
        live_free(l);
        return error_set(err, -ENOMEM, "out of memory");
    }
    rc = open_ports(l, options, err);
    if (rc)
        live_free(l);
    else
        *live_out = l;
    return rc;
}

void live_free(struct live *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < l->port_count; i++)
        port_close(&l->ports[i]);
    if (l->link_fd >= 0)
        (void)close(l->link_fd);
    free(l->ports);
    free(l->polls);
    free(l);
}

/* --- drops and interfaces that come and go ---------------------------------
 */

static void note_drop(struct live *l, struct port *p, bool by_interface,
                      int64_t now_ns, uint64_t packets)
{
    struct capture_drop *d = by_interface ? &p->interface : &p->kernel;
    uint64_t *total =
        by_interface ? &p->source.dropped_interface : &p->source.dropped_kernel;

    if (!d->waits)
        *d = (struct capture_drop){.source = p->ordinal,
                                   .by_interface = by_interface,
                                   .from_ns = p->checked_ns};
    d->waits = true;
    d->to_ns = now_ns > d->from_ns ? now_ns : d->from_ns;
    d->packets += packets;
    *total += packets;
    l->gaps = true;
}

static bool all_down(const struct live *l)
{
    for (size_t i = 0; i < l->port_count; i++)
        if (!l->ports[i].down)
            return false;
    return true;
}

static void goes_down(struct live *l, struct port *p, int64_t now_ns,
                      const char *how)
{
    p->down = p->source.down = true;
    p->down_since_ns = now_ns;
    log_line(LOG_WARNING, "%s: %s; waiting for it%s", p->name, how,
             all_down(l) ? ", no interface is left to watch" : "");
}

static void comes_back(struct port *p, int64_t now_ns)
{
    p->down = p->source.down = false;
    log_line(LOG_WARNING, "%s: is back after %.1f s", p->name,
             (double)(now_ns - p->down_since_ns) / 1e9);
}

/* Another interface has the name now. */
static void take_over(struct port *p, const struct link_state *state)
{
    int rc = state->type == p->link.type ? port_rebind(p, state->index)
                                         : -EMEDIUMTYPE;

    p->broken = rc != 0;
    p->stacked = p->dropped_told = 0;
    p->dropped_from = state->dropped;
    if (rc)
        log_line(LOG_ERROR,
                 "%s: was made again, but cannot be watched: %s: restart",
                 p->name, strerror(-rc));
}

/*
 * How many the interface dropped since it was told of last. Its count leads
 * what is read: packets in both are left out by its count of a check before.
 */
static uint64_t more_dropped(struct port *p, const struct link_state *state)
{
    uint64_t count = p->stacked ? p->link.dropped : state->dropped;
    uint64_t seen = p->dropped_from + p->stacked + p->dropped_told;
    uint64_t more = count > seen ? count - seen : 0;

    p->dropped_told += more;
    return more;
}

static void follow(struct live *l, struct port *p,
                   const struct link_state *state, int64_t now_ns)
{
    bool was_down = p->down;
    uint64_t dropped = 0;
    bool flapped = state->exists && state->index == p->link.index &&
                   state->changes != p->link.changes;
    bool up;

    if (state->exists && state->index != p->link.index)
        take_over(p, state);
    else if (state->exists && state->up && was_down)
        p->broken = false; /* libpcap may have given it up */
    up = state->exists && state->up && !p->broken;
    if (!up && !was_down)
        goes_down(l, p, now_ns, state->exists ? "is down" : "is there no more");
    else if (up && was_down)
        comes_back(p, now_ns);
    if (was_down || p->down || flapped)
        note_drop(l, p, true, now_ns, 0);
    if (state->exists && state->index == p->link.index)
        dropped = more_dropped(p, state);
    if (dropped)
        note_drop(l, p, true, now_ns, dropped);
    if (state->exists)
        p->link = *state;
}

static void check_port(struct live *l, struct port *p, int64_t now_ns)
{
    uint64_t kernel = port_take_kernel_drops(p);
    struct link_state state;

    if (kernel)
        note_drop(l, p, false, now_ns, kernel);
    if (!p->any && l->link_fd >= 0 && !link_ask(l->link_fd, p->name, &state))
        follow(l, p, &state, now_ns);
    p->checked_ns = now_ns;
}

static void check_ports(struct live *l)
{
    int64_t now_ns = live_now(l);

    for (size_t i = 0; i < l->port_count; i++)
        check_port(l, &l->ports[i], now_ns);
    l->checked_ns = clock_ns(CLOCK_BOOTTIME);
}

void live_settle(struct live *l, bool all_read)
{
    for (size_t i = 0; i < l->port_count && !all_read; i++) {
        struct port *p = &l->ports[i];
        uint64_t unread = port_unread(p);

        /* From what was read last on. */
        if (p->stamp.last_ns < p->checked_ns)
            p->checked_ns = p->stamp.last_ns;
        if (unread)
            note_drop(l, p, false, live_now(l), unread);
    }
    check_ports(l);
}

bool live_take_drop(struct live *l, struct capture_drop *drop_out)
{
    for (size_t i = 0; i < l->port_count && l->gaps; i++) {
        struct port *p = &l->ports[i];
        struct capture_drop *d = p->kernel.waits ? &p->kernel : &p->interface;

        if (!d->waits)
            continue;
        *drop_out = *d;
        *d = (struct capture_drop){0};
        return true;
    }
    l->gaps = false;
    return false;
}

/* The clocks first: what is told of a drop is the time of the run. */
static void look_around(struct live *l)
{
    int64_t system_ns = 0;
    int64_t even_ns = 0;
    int64_t step_ns;

    l->packets_till_look = PACKETS_PER_LOOK;
    read_clocks(&system_ns, &even_ns);
    step_ns = steady_look(&l->steady, system_ns, even_ns);
    if (step_ns) {
        int64_t now_ns = steady_now(&l->steady, system_ns);

        log_line(LOG_WARNING,
                 "the clock was set %s by %.3f s: times go on as before and "
                 "come near it by 1 ms a second; a restart takes it as it is",
                 step_ns < 0 ? "back" : "forward",
                 (double)(step_ns < 0 ? -step_ns : step_ns) / 1e9);
        for (size_t i = 0; i < l->port_count; i++)
            steady_stamp_step(&l->ports[i].stamp, step_ns, now_ns);
    }
    if (even_ns - l->checked_ns >= CHECK_NS)
        check_ports(l);
}

/* --- packets ----------------------------------------------------------------
 */

static void fill(struct live *l, struct port *p)
{
    struct error err = {0};

    if (p->full || p->broken)
        return;
    if (port_fill(p, &err)) {
        p->broken = true; /* until it is seen to be up again */
        if (!p->down)
            goes_down(l, p, live_now(l), err.text);
    } else if (p->full) {
        p->head.time_ns = steady_time(&l->steady, &p->stamp, p->head.time_ns);
    }
}

/* Likewise; where there is none, note till when that is so. What is younger
   may still lie in a block that the kernel keeps. */
static void look(struct live *l, struct port *p)
{
    int64_t till_ns;

    fill(l, p);
    if (p->full)
        return;
    till_ns = live_now(l) - HOLD_NS;
    fill(l, p);
    if (p->full)
        return;
    steady_stamp_empty(&p->stamp, till_ns);
    if (till_ns > p->empty_till_ns)
        p->empty_till_ns = till_ns;
}

static struct port *earliest(const struct live *l)
{
    struct port *first = NULL;

    for (size_t i = 0; i < l->port_count; i++) {
        struct port *p = &l->ports[i];

        if (p->full && (!first || p->head.time_ns < first->head.time_ns))
            first = p;
    }
    return first;
}

/* The port whose packet comes next; NULL where none has come, or where another
   port may still bring an earlier one. */
static struct port *choose(struct live *l)
{
    struct port *first = earliest(l);

    for (size_t i = 0; i < l->port_count; i++) {
        struct port *p = &l->ports[i];

        if (p->full || (first && p->empty_till_ns >= first->head.time_ns))
            continue;
        look(l, p);
        if (p->full && (!first || p->head.time_ns < first->head.time_ns))
            first = p;
    }
    for (size_t i = 0; first && l->port_count > 1 && i < l->port_count; i++)
        if (!l->ports[i].full &&
            l->ports[i].empty_till_ns < first->head.time_ns)
            return NULL;
    return first;
}

/* Nothing older comes. */
static int64_t watermark(const struct live *l)
{
    int64_t till_ns = INT64_MAX;

    for (size_t i = 0; i < l->port_count; i++) {
        const struct port *p = &l->ports[i];
        int64_t own_ns = p->full ? p->head.time_ns : p->empty_till_ns;

        if (own_ns < till_ns)
            till_ns = own_ns;
    }
    return till_ns;
}

/* Until something happens on a port that is empty, or the packet held back on
   another is old enough. */
static void wait_for_more(struct live *l)
{
    const struct port *first = earliest(l);
    nfds_t count = 0;
    int64_t ms = IDLE_MS;

    for (size_t i = 0; i < l->port_count; i++) {
        if (l->ports[i].full || l->ports[i].broken)
            continue;
        l->polls[count++] = (struct pollfd){.fd = port_descriptor(&l->ports[i]),
                                            .events = POLLIN};
    }
    if (first)
        ms = (first->head.time_ns + HOLD_NS - live_now(l)) / MS_NS + 1;
    if (ms < 1)
        ms = 1;
    (void)poll(l->polls, count, ms > IDLE_MS ? IDLE_MS : (int)ms);
}

enum capture_result live_read(struct live *l, struct packet *packet_out)
{
    struct port *p;

    if (!l->packets_till_look)
        look_around(l);
    p = choose(l);
    if (!p) {
        wait_for_more(l);
        look_around(l);
        p = choose(l);
    }
    if (!p) {
        *packet_out = (struct packet){.time_ns = watermark(l)};
        return CAPTURE_IDLE;
    }
    l->packets_till_look--;
    p->full = false;
    *packet_out = p->head;
    return CAPTURE_PACKET;
}

size_t live_count(const struct live *l)
{
    return l->port_count;
}

struct capture_source *live_source(struct live *l, size_t index)
{
    return &l->ports[index].source;
}
