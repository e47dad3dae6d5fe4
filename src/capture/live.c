#include "capture/live.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "capture/prefilter.h"

#define MS_NS INT64_C(1000000)
#define RING_BYTES ((size_t)64 << 20)
#define SNAP_BYTES 262144
/* The kernel hands a block of its ring on when it is full, or after this time,
 * of which it may take twice. */
#define BLOCK_MS 40
/* So what is not there now is younger than this. */
#define HOLD_NS (150 * MS_NS)
#define IDLE_MS 100
#define INTERFACES_MAX 64

#define LINKTYPE_RAW 101

/* One interface. */
struct port {
    struct capture_source source;
    char *name;
    pcap_t *pcap;
    uint8_t *buffer; /* the ring's bytes are the kernel's once they are read */
    size_t buffer_bytes;
    uint32_t ordinal;
    int link_type;
    uint64_t frames;
    bool full;             /* head waits */
    struct packet head;    /* its bytes are in the buffer */
    int64_t empty_till_ns; /* nothing older than that comes any more */
};

struct live {
    struct port *ports;
    size_t port_count;
    struct pollfd *polls;
};

static int64_t clock_now_ns(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Files store LINKTYPE_ values, libpcap tells DLT_ ones. */
static int link_type_of(int dlt)
{
    return dlt == DLT_RAW ? LINKTYPE_RAW : dlt;
}

static int open_error(const struct port *p, int status, struct error *err)
{
    const char *name = p->name;

    switch (status) {
    case PCAP_ERROR_NO_SUCH_DEVICE:
        return error_set(err, -ENODEV,
                         "%s: no such interface: `ip link` lists them", name);
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
        return error_set(err, -EPERM,
                         "%s: may not be watched: run as root, or give the "
                         "program cap_net_raw",
                         name);
    case PCAP_ERROR_IFACE_NOT_UP:
        return error_set(err, -ENETDOWN, "%s: is down: ip link set %s up", name,
                         name);
    default:
        return error_set(err, -EIO, "%s: cannot be watched: %s (%s)", name,
                         pcap_geterr(p->pcap), pcap_statustostr(status));
    }
}

static int set_filter(const struct port *p, const char *text, struct error *err)
{
    struct bpf_program program;
    int rc;

    if (!text)
        return 0;
    rc = prefilter_compile(p->pcap, text, &program, err);
    if (rc)
        return rc;
    if (pcap_setfilter(p->pcap, &program))
        rc = error_set(err, -EIO, "%s: filter '%s': %s", p->name, text,
                       pcap_geterr(p->pcap));
    pcap_freecode(&program);
    return rc;
}

static int activate(struct port *p, const struct capture_live_options *o,
                    struct error *err)
{
    size_t ring = o->ring_bytes ? o->ring_bytes : RING_BYTES;
    bool any = strcmp(p->name, "any") == 0;
    char why[PCAP_ERRBUF_SIZE] = "";
    int status;

    p->pcap = pcap_create(p->name, why);
    if (!p->pcap)
        return error_set(err, -ENODEV, "%s: cannot be watched: %s", p->name,
                         why);
    (void)pcap_set_snaplen(p->pcap, (int)p->buffer_bytes);
    (void)pcap_set_promisc(p->pcap, !any && !o->no_promiscuous);
    (void)pcap_set_timeout(p->pcap, BLOCK_MS);
    (void)pcap_set_buffer_size(p->pcap,
                               ring > INT32_MAX ? INT32_MAX : (int)ring);
    (void)pcap_set_tstamp_precision(p->pcap, PCAP_TSTAMP_PRECISION_NANO);
    status = pcap_activate(p->pcap);
    if (status < 0)
        return open_error(p, status, err);
    if (status > 0)
        log_line(LOG_WARNING, "%s: %s", p->name,
                 status == PCAP_WARNING ? pcap_geterr(p->pcap)
                                        : pcap_statustostr(status));
    if (pcap_setnonblock(p->pcap, 1, why))
        return error_set(err, -EIO, "%s: %s", p->name, why);
    return 0;
}

static int port_open(struct port *p, const struct capture_live_options *o,
                     struct error *err)
{
    int rc;

    p->buffer_bytes = o->snap_length ? o->snap_length : SNAP_BYTES;
    p->buffer = malloc(p->buffer_bytes);
    if (!p->buffer)
        return error_set(err, -ENOMEM, "out of memory");
    rc = activate(p, o, err);
    /* Of the two kinds of cooked packets the one that names interfaces. */
    if (!rc && pcap_datalink(p->pcap) == DLT_LINUX_SLL)
        (void)pcap_set_datalink(p->pcap, DLT_LINUX_SLL2);
    if (!rc)
        p->link_type = link_type_of(pcap_datalink(p->pcap));
    return rc ? rc : set_filter(p, o->packets.filter, err);
}

int live_new(const struct capture_live_options *options, struct live **live_out,
             struct error *err)
{
    size_t count = options->interface_count;
    struct live *l;
    int rc = 0;

    if (!count || count > INTERFACES_MAX)
        return error_set(err, -EINVAL, "from 1 to %d interfaces can be watched",
                         INTERFACES_MAX);
    l = calloc(1, sizeof(*l));
    if (l) {
        l->ports = calloc(count, sizeof(*l->ports));
        l->polls = calloc(count, sizeof(*l->polls));
    }
    if (!l || !l->ports || !l->polls) {
        live_free(l);
        return error_set(err, -ENOMEM, "out of memory");
    }
    for (size_t i = 0; i < count && !rc; i++) {
        struct port *p = &l->ports[l->port_count++];

        p->ordinal = (uint32_t)i;
        p->empty_till_ns = INT64_MIN;
        p->name = strdup(options->interfaces[i]);
        p->source.name = p->name;
        rc = p->name ? port_open(p, options, err)
                     : error_set(err, -ENOMEM, "out of memory");
    }
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
    for (size_t i = 0; i < l->port_count; i++) {
        if (l->ports[i].pcap)
            pcap_close(l->ports[i].pcap);
        free(l->ports[i].buffer);
        free(l->ports[i].name);
    }
    free(l->ports);
    free(l->polls);
    free(l);
}

static void on_packet(u_char *arg, const struct pcap_pkthdr *h,
                      const u_char *bytes)
{
    struct port *p = (struct port *)(void *)arg;
    uint32_t length = h->caplen;

    if (length > p->buffer_bytes)
        length = (uint32_t)p->buffer_bytes;
    memcpy(p->buffer, bytes, length);
    p->head = (struct packet){
        .data = p->buffer,
        .length = length,
        .wire_length = h->len > length ? h->len : length,
        /* tv_usec counts nanoseconds, as was asked for */
        .time_ns = (int64_t)h->ts.tv_sec * 1000000000 + h->ts.tv_usec,
        .frame = ++p->frames,
        .source = p->ordinal,
        .link_type = p->link_type,
    };
    p->full = true;
}

/* Read a packet of it, where there is one. */
static int fill(struct port *p, struct error *err)
{
    int got = p->full ? 1 : pcap_dispatch(p->pcap, 1, on_packet, (u_char *)p);

    if (got < 0)
        return error_set(err, -EIO, "%s: %s", p->name, pcap_geterr(p->pcap));
    return 0;
}

/* Likewise; where there is none, note till when that is so. What is younger
   may still lie in a block that the kernel keeps. */
static int look(struct port *p, struct error *err)
{
    int rc = fill(p, err);
    int64_t till_ns;

    if (rc || p->full)
        return rc;
    till_ns = clock_now_ns() - HOLD_NS;
    rc = fill(p, err);
    if (!rc && !p->full && till_ns > p->empty_till_ns)
        p->empty_till_ns = till_ns;
    return rc;
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
static int choose(struct live *l, struct port **port_out, struct error *err)
{
    struct port *first = earliest(l);
    bool safe = true;

    for (size_t i = 0; i < l->port_count; i++) {
        struct port *p = &l->ports[i];
        int rc;

        if (p->full || (first && p->empty_till_ns >= first->head.time_ns))
            continue;
        rc = look(p, err);
        if (rc)
            return rc;
        if (p->full && (!first || p->head.time_ns < first->head.time_ns))
            first = p;
    }
    for (size_t i = 0; first && i < l->port_count; i++)
        safe &= l->ports[i].full ||
                l->ports[i].empty_till_ns >= first->head.time_ns;
    *port_out = safe || l->port_count == 1 ? first : NULL;
    return 0;
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
        if (l->ports[i].full)
            continue;
        l->polls[count++] = (struct pollfd){
            .fd = pcap_get_selectable_fd(l->ports[i].pcap), .events = POLLIN};
    }
    if (first)
        ms = (first->head.time_ns + HOLD_NS - clock_now_ns()) / MS_NS + 1;
    (void)poll(l->polls, count, ms < 1 ? 1 : ms > IDLE_MS ? IDLE_MS : (int)ms);
}

enum capture_result live_read(struct live *l, struct packet *packet_out,
                              struct error *err)
{
    struct port *p = NULL;
    int rc = choose(l, &p, err);

    if (!rc && !p) {
        wait_for_more(l);
        rc = choose(l, &p, err);
    }
    if (rc)
        return CAPTURE_FAILED;
    if (!p) {
        *packet_out = (struct packet){.time_ns = watermark(l)};
        return CAPTURE_IDLE;
    }
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
