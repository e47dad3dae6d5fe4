#include "capture/port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "capture/prefilter.h"

#define RING_BYTES ((size_t)64 << 20)
#define SNAP_BYTES 262144

#define LINKTYPE_RAW 101

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

static int set_stamps(const struct port *p, const char *name, struct error *err)
{
    int type = name ? pcap_tstamp_type_name_to_val(name) : PCAP_TSTAMP_HOST;

    /* The hosts's own clock is what all else goes by. */
    if (type == PCAP_TSTAMP_HOST || type == PCAP_TSTAMP_HOST_LOWPREC)
        name = NULL;
    if (type < 0 || type == PCAP_TSTAMP_ADAPTER_UNSYNCED)
        return error_set(err, -EINVAL,
                         "%s: no time stamps of the type '%s': host or adapter",
                         p->name, name);
    if (name && pcap_set_tstamp_type(p->pcap, type))
        return error_set(err, -EINVAL,
                         "%s: the interface gives no time stamps of the type "
                         "'%s'",
                         p->name, name);
    return 0;
}

static int activate(struct port *p, const struct capture_live_options *o,
                    struct error *err)
{
    size_t ring = o->ring_bytes ? o->ring_bytes : RING_BYTES;
    char why[PCAP_ERRBUF_SIZE] = "";
    int status;

    p->pcap = pcap_create(p->name, why);
    if (!p->pcap)
        return error_set(err, -ENODEV, "%s: cannot be watched: %s", p->name,
                         why);
    (void)pcap_set_snaplen(p->pcap, (int)p->buffer_bytes);
    (void)pcap_set_promisc(p->pcap, p->promiscuous);
    (void)pcap_set_timeout(p->pcap, PORT_BLOCK_MS);
    (void)pcap_set_buffer_size(p->pcap,
                               ring > INT32_MAX ? INT32_MAX : (int)ring);
    (void)pcap_set_tstamp_precision(p->pcap, PCAP_TSTAMP_PRECISION_NANO);
    status = set_stamps(p, o->time_stamps, err);
    if (status)
        return status;
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

int port_open(struct port *p, const char *name,
              const struct capture_live_options *options, struct error *err)
{
    int rc;

    p->any = strcmp(name, "any") == 0;
    p->promiscuous = !p->any && !options->no_promiscuous;
    p->buffer_bytes = options->snap_length ? options->snap_length : SNAP_BYTES;
    p->buffer = malloc(p->buffer_bytes);
    p->name = strdup(name);
    if (!p->buffer || !p->name)
        return error_set(err, -ENOMEM, "out of memory");
    p->source.name = p->name;
    rc = activate(p, options, err);
    /* Of the two kinds of cooked packets it is the older one in which libpcap
       puts VLAN tags back, so the newer is not asked for. */
    if (!rc)
        p->link_type = link_type_of(pcap_datalink(p->pcap));
    return rc ? rc : set_filter(p, options->packets.filter, err);
}

void port_close(struct port *p)
{
    if (p->pcap)
        pcap_close(p->pcap);
    free(p->buffer);
    free(p->name);
}

/*
 * Behind a tag that the kernel took off: a protocol that it has no use for. It
 * counts such a packet as dropped by the interface, although it was seen.
 */
static bool is_stacked(const struct port *p, const uint8_t *bytes,
                       uint32_t length)
{
    if (p->link_type != DLT_EN10MB || length < 18 ||
        (bytes[12] != 0x81 && bytes[12] != 0x88) ||
        (bytes[12] == 0x81 ? bytes[13] != 0x00 : bytes[13] != 0xa8))
        return false;
    return !(bytes[16] == 0x08 && (bytes[17] == 0x00 || bytes[17] == 0x06)) &&
           !(bytes[16] == 0x86 && bytes[17] == 0xdd);
}

static void on_packet(u_char *arg, const struct pcap_pkthdr *h,
                      const u_char *bytes)
{
    struct port *p = (struct port *)(void *)arg;
    uint32_t length = h->caplen;

    if (length > p->buffer_bytes)
        length = (uint32_t)p->buffer_bytes;
    memcpy(p->buffer, bytes, length);
    p->stacked += is_stacked(p, p->buffer, length);
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

int port_fill(struct port *p, struct error *err)
{
    int got = p->full ? 1 : pcap_dispatch(p->pcap, 1, on_packet, (u_char *)p);

    if (got < 0)
        return error_set(err, -EIO, "%s", pcap_geterr(p->pcap));
    return 0;
}

int port_descriptor(const struct port *p)
{
    return pcap_get_selectable_fd(p->pcap);
}

uint64_t port_take_kernel_drops(struct port *p)
{
    struct pcap_stat now;
    unsigned more;

    if (pcap_stats(p->pcap, &now))
        return 0;
    more = now.ps_drop - p->drops; /* libpcap's counter wraps */
    p->drops = now.ps_drop;
    return more;
}

uint64_t port_unread(const struct port *p)
{
    struct pcap_stat now;

    if (pcap_stats(p->pcap, &now))
        return 0;
    /* ps_recv has what was dropped, too; both wrap. */
    return (unsigned)(now.ps_recv - now.ps_drop - (unsigned)p->frames);
}

int port_rebind(struct port *p, unsigned index)
{
    const struct sockaddr_ll to = {.sll_family = AF_PACKET,
                                   .sll_protocol = htons(ETH_P_ALL),
                                   .sll_ifindex = (int)index};
    const struct packet_mreq membership = {.mr_ifindex = (int)index,
                                           .mr_type = PACKET_MR_PROMISC};
    int fd = pcap_fileno(p->pcap);
    int pending;
    socklen_t length = sizeof(pending);

    if (bind(fd, (const struct sockaddr *)(const void *)&to, sizeof(to)))
        return -errno;
    if (p->promiscuous && setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP,
                                     &membership, sizeof(membership)))
        return -errno;
    /* That the one before is gone is known. */
    (void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &pending, &length);
    return 0;
}
