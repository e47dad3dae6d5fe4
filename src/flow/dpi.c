#include "flow/dpi.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include <ndpi_api.h>

#include "decode/plain.h"
#include "flow/tuple.h"

#define SHOWN_BYTES 1400 /* of a payload */
#define TAIL_BYTES 64    /* zeros, should a dissector look too far */
#define NAME_BYTES 32
#define NS_PER_MS 1000000
#define TCP_PUSH 8

_Static_assert(DPI_HTTP == NDPI_PROTOCOL_HTTP, "nDPI renumbered HTTP");
_Static_assert(DPI_DTLS == NDPI_PROTOCOL_DTLS, "nDPI renumbered DTLS");
_Static_assert(DPI_SCTP == NDPI_PROTOCOL_IP_SCTP, "nDPI renumbered SCTP");
_Static_assert(DPI_TLS == NDPI_PROTOCOL_TLS, "nDPI renumbered TLS");
_Static_assert(DPI_SIP == NDPI_PROTOCOL_SIP, "nDPI renumbered SIP");

struct dpi {
    struct ndpi_detection_module_struct *module; /* NULL before it is needed */
    bool failed;
    uint8_t packet[PLAIN_HEADER_BYTES + SHOWN_BYTES + TAIL_BYTES];
};

/* Names outlive the module they come from. */
static char names[DPI_PROTOCOLS][NAME_BYTES];
static pthread_mutex_t names_lock = PTHREAD_MUTEX_INITIALIZER;

/* One module at a time may be set up in a process. */
static pthread_mutex_t init_lock = PTHREAD_MUTEX_INITIALIZER;

struct dpi *dpi_new(void)
{
    return calloc(1, sizeof(struct dpi));
}

void dpi_free(struct dpi *d)
{
    if (!d)
        return;
    if (d->module)
        ndpi_exit_detection_module(d->module);
    free(d);
}

static int set_up(struct dpi *d)
{
    NDPI_PROTOCOL_BITMASK all;

    if (d->module)
        return 0;
    if (d->failed)
        return -ENOMEM;
    (void)pthread_mutex_lock(&init_lock);
    d->module = ndpi_init_detection_module(ndpi_dont_load_tor_hosts);
    if (d->module) {
        NDPI_BITMASK_SET_ALL(all);
        ndpi_set_protocol_detection_bitmask2(d->module, &all);
        ndpi_finalize_initialization(d->module);
    }
    (void)pthread_mutex_unlock(&init_lock);
    d->failed = !d->module;
    return d->failed ? -ENOMEM : 0;
}

/* nDPI looks at what is pushed. */
static size_t put_packet(struct dpi *d, const struct layers *l,
                         struct span payload)
{
    uint8_t protocol = l->outcome == DECODE_UDP ? TUPLE_UDP : TUPLE_TCP;
    struct span shown = span_part(payload, 0, SHOWN_BYTES);
    size_t length = plain_write(l, protocol, shown, d->packet);

    if (protocol == TUPLE_TCP)
        d->packet[length - shown.length - 20 + 13] |= TCP_PUSH;
    memset(d->packet + length, 0, TAIL_BYTES);
    return length;
}

static struct dpi_answer answer_of(ndpi_protocol p)
{
    struct dpi_answer a = {.protocol = p.app_protocol};

    if (!a.protocol)
        a.protocol = p.master_protocol;
    if (a.protocol >= DPI_PROTOCOLS)
        a.protocol = DPI_UNKNOWN;
    a.tls = p.app_protocol == NDPI_PROTOCOL_TLS ||
            p.master_protocol == NDPI_PROTOCOL_TLS ||
            p.app_protocol == NDPI_PROTOCOL_DTLS ||
            p.master_protocol == NDPI_PROTOCOL_DTLS;
    return a;
}

int dpi_ask(struct dpi *d, struct dpi_flow **flow, const struct layers *layers,
            struct span payload, int64_t time_ns, struct dpi_answer *answer_out)
{
    struct ndpi_flow_struct *f = (void *)*flow;
    struct dpi_answer answer;
    size_t length;

    if (set_up(d))
        return -ENOMEM;
    if (!f) {
        f = ndpi_calloc(1, ndpi_detection_get_sizeof_ndpi_flow_struct());
        if (!f)
            return -ENOMEM;
        *flow = (void *)f;
    }
    length = put_packet(d, layers, payload);
    answer = answer_of(ndpi_detection_process_packet(
        d->module, f, d->packet, (unsigned short)length,
        (uint64_t)time_ns / NS_PER_MS));
    if (answer.protocol == DPI_UNKNOWN)
        return 0;
    *answer_out = answer;
    return 1;
}

struct dpi_answer dpi_give_up(struct dpi *d, struct dpi_flow **flow)
{
    struct ndpi_flow_struct *f = (void *)*flow;
    struct dpi_answer answer = {0};
    uint8_t guessed;

    if (!f)
        return answer;
    *flow = NULL;
    answer = answer_of(ndpi_detection_giveup(d->module, f, 0, &guessed));
    ndpi_free_flow(f);
    return answer;
}

const char *dpi_name(const struct dpi *d, uint16_t protocol)
{
    char *name;

    if (protocol == DPI_TLS)
        return "TLS";
    if (protocol == DPI_DTLS)
        return "DTLS";
    if (protocol == DPI_SCTP)
        return "SCTP";
    if (protocol == DPI_UNKNOWN || protocol >= DPI_PROTOCOLS || !d->module)
        return "Unknown";
    name = names[protocol];
    (void)pthread_mutex_lock(&names_lock);
    if (!name[0])
        (void)snprintf(name, NAME_BYTES, "%s",
                       ndpi_get_proto_name(d->module, protocol));
    (void)pthread_mutex_unlock(&names_lock);
    return name;
}
