#include "flow/decide.h"

#include <errno.h>
#include <stdlib.h>

/* Payloads nDPI is shown before a flow is left as unknown. */
#define ASK_PACKETS 8
/* The shortest beginning of a cut-off message that is believed. */
#define CUT_BYTES 8
#define PORT_SIPS 5061
#define TLS_RECORD_BYTES (16384 + 2048)

static void release(struct flow_table *t, struct undecided *u)
{
    u->flow->undecided = NULL;
    list_remove(&u->node);
    t->undecided_count--;
    free(u);
}

static void tally(struct flow_table *t, struct flow *f)
{
    t->protocol_flows[f->protocol]++;
    t->protocol_packets[f->protocol] += f->packets;
}

bool decide_watch(struct flow_table *t, struct flow *f)
{
    struct undecided *u;

    if (f->undecided)
        return true;
    while (t->undecided_count && t->undecided_count >= t->limits.undecided) {
        struct flow *oldest =
            CONTAINER_OF(t->undecided.next, struct undecided, node)->flow;

        decide_other(t, oldest, (struct dpi_answer){0});
        stream_free(t, oldest);
    }
    u = calloc(1, sizeof(*u));
    if (!u) {
        t->error = -ENOMEM;
        return false;
    }
    u->flow = f;
    f->undecided = u;
    list_add_last(&t->undecided, &u->node);
    t->undecided_count++;
    return true;
}

void decide_ask(struct flow_table *t, struct flow *f, const struct passage *p,
                struct span payload, size_t least_bytes)
{
    struct dpi_answer answer = {0};
    struct undecided *u;
    int rc = 0;

    if (!decide_watch(t, f))
        return;
    u = f->undecided;
    if (u->asked < ASK_PACKETS) {
        u->asked++;
        rc = dpi_ask(t->dpi, &u->dpi, p->layers, payload, p->packet->time_ns,
                     &answer);
    }
    if (rc < 0)
        t->error = rc;
    u->bytes += payload.length;
    if (rc > 0 || (u->asked >= ASK_PACKETS && u->bytes >= least_bytes))
        decide_other(t, f, answer);
}

static void forget(struct flow_table *t, struct flow *f,
                   struct dpi_answer *answer)
{
    struct dpi_answer given_up = dpi_give_up(t->dpi, &f->undecided->dpi);

    if (answer && answer->protocol == DPI_UNKNOWN)
        *answer = given_up;
    release(t, f->undecided);
}

/* Who began it is the client; else SIP's port is the server's, or the lower
   one. */
static struct endpoint server_of(const struct flow *f)
{
    struct endpoint ends[2] = {tuple_endpoint(&f->tuple, 0),
                               tuple_endpoint(&f->tuple, 1)};

    if (f->client)
        return ends[f->client == 1];
    for (unsigned i = 0; i < 2; i++)
        if (ends[i].port == PORT_SIPS)
            return ends[i];
    return ends[ends[1].port < ends[0].port];
}

void decide_sip(struct flow_table *t, struct flow *f)
{
    if (f->undecided)
        forget(t, f, NULL);
    f->kind = FLOW_SIP;
    f->tls = false;
    for (unsigned i = 0; i < 2; i++) {
        struct endpoint end = tuple_endpoint(&f->tuple, i);

        opaque_note_sip(t->opaque, &end.address);
    }
    if (!flow_is_udp(f)) {
        t->counters->not_sip_packets -= f->packets;
        t->counters->segments += f->packets;
    }
    f->packets = 0;
}

void decide_other(struct flow_table *t, struct flow *f,
                  struct dpi_answer answer)
{
    if (f->undecided)
        forget(t, f, &answer);
    f->kind = FLOW_OTHER;
    f->protocol = answer.protocol;
    f->tls = answer.tls;
    f->told_tick = t->tick - OPAQUE_TICKS;
    if (answer.tls) {
        struct endpoint server = server_of(f);

        opaque_add(t->opaque, &server, flow_is_udp(f));
        t->counters->flows_tls++;
        t->counters->tls_packets += f->packets;
    }
    tally(t, f);
    f->packets = 0;
}

void decide_forget(struct flow_table *t, struct flow *f)
{
    struct dpi_answer answer = {0};

    if (!f->undecided)
        return;
    forget(t, f, &answer);
    f->protocol = answer.protocol;
    tally(t, f);
}

static bool is_blank(struct span s)
{
    for (size_t i = 0; i < s.length; i++)
        if (s.data[i] != '\r' && s.data[i] != '\n')
            return false;
    return true;
}

enum flow_probe decide_probe(struct flow_table *t, struct span payload,
                             bool truncated)
{
    enum flow_probe probe = t->sink.probe_fn(t->sink.arg, payload);

    if (probe == FLOW_PROBE_MAYBE && truncated && payload.length >= CUT_BYTES &&
        !is_blank(payload))
        return FLOW_PROBE_YES;
    return probe;
}

bool decide_is_tls(struct span bytes)
{
    const uint8_t *b = (const uint8_t *)bytes.data;
    unsigned length;

    if (bytes.length < 6 || b[0] < 20 || b[0] > 23 || b[1] != 3 || b[2] > 4)
        return false;
    length = (unsigned)b[3] << 8 | b[4];
    return length > 0 && length <= TLS_RECORD_BYTES;
}

/* type 1 | version 2 | epoch 2 | sequence 6 | length 2 | handshake type 1 */
#define DTLS_HEADER_BYTES 13
enum { TLS_HANDSHAKE = 22, TLS_CLIENT_HELLO = 1, TLS_SERVER_HELLO = 2 };

bool decide_is_dtls(struct span bytes)
{
    const uint8_t *b = (const uint8_t *)bytes.data;
    unsigned length;

    if (bytes.length <= DTLS_HEADER_BYTES || b[0] < 20 || b[0] > 25 ||
        b[1] != 0xfe || b[2] < 0xfc)
        return false;
    length = (unsigned)b[11] << 8 | b[12];
    return length > 0 && length <= TLS_RECORD_BYTES;
}

void decide_note_client(struct flow *f, unsigned back, struct span bytes)
{
    const uint8_t *b = (const uint8_t *)bytes.data;
    size_t at = flow_is_udp(f) ? DTLS_HEADER_BYTES : 5;

    if (f->client || bytes.length <= at || b[0] != TLS_HANDSHAKE)
        return;
    if (b[at] == TLS_CLIENT_HELLO)
        f->client = (uint8_t)(1 + back);
    else if (b[at] == TLS_SERVER_HELLO)
        f->client = (uint8_t)(1 + !back);
}
