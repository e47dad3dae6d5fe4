#include "capture/filter.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define LINK_TYPES_MAX 32

/* The first that compiles for a link type: not every one knows VLAN tags. A
 * program of its own, for `vlan` in a filter shifts all that stands after. */
static const char *const fragment_filters[] = {
    "ip[6:2] & 0x1fff != 0 or ip6 proto 44 or "
    "(vlan and (ip[6:2] & 0x1fff != 0 or ip6 proto 44 or "
    "(vlan and (ip[6:2] & 0x1fff != 0 or ip6 proto 44))))",
    "ip[6:2] & 0x1fff != 0 or ip6 proto 44",
};

struct programs {
    int link_type;
    bool filter_set;
    bool fragments_set;
    struct bpf_program filter;
    struct bpf_program fragments;
};

struct filter {
    char *text;
    struct programs programs[LINK_TYPES_MAX];
    size_t program_count;
    bool warned_full;
};

int filter_new(const char *text, struct filter **filter_out, struct error *err)
{
    struct filter *f = calloc(1, sizeof(*f));

    if (f)
        f->text = strdup(text);
    if (!f || !f->text) {
        filter_free(f);
        return error_set(err, -ENOMEM, "filter: out of memory");
    }
    *filter_out = f;
    return 0;
}

void filter_free(struct filter *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < f->program_count; i++) {
        if (f->programs[i].filter_set)
            pcap_freecode(&f->programs[i].filter);
        if (f->programs[i].fragments_set)
            pcap_freecode(&f->programs[i].fragments);
    }
    free(f->text);
    free(f);
}

/* Files store LINKTYPE_ values, libpcap compiles for DLT_ ones. */
static int dlt_of(int link_type)
{
    return link_type == 101 || link_type == 14 ? DLT_RAW : link_type;
}

static struct programs *find_programs(struct filter *f, int link_type)
{
    for (size_t i = 0; i < f->program_count; i++)
        if (f->programs[i].link_type == link_type)
            return &f->programs[i];
    return NULL;
}

static int compile(struct filter *f, struct programs *p, struct error *err)
{
    pcap_t *pcap = pcap_open_dead(dlt_of(p->link_type), 262144);
    size_t count = sizeof(fragment_filters) / sizeof(fragment_filters[0]);
    int result = 0;

    if (!pcap)
        return error_set(err, -ENOMEM, "filter: out of memory");
    if (pcap_compile(pcap, &p->filter, f->text, 1, PCAP_NETMASK_UNKNOWN) == 0)
        p->filter_set = true;
    else
        result = error_set(err, -EINVAL, "filter '%s': %s", f->text,
                           pcap_geterr(pcap));
    for (size_t i = 0; p->filter_set && !p->fragments_set && i < count; i++)
        p->fragments_set =
            pcap_compile(pcap, &p->fragments, fragment_filters[i], 1,
                         PCAP_NETMASK_UNKNOWN) == 0;
    pcap_close(pcap);
    return result;
}

int filter_prepare(struct filter *f, int link_type, struct error *err)
{
    struct programs *p = find_programs(f, link_type);

    if (p)
        return 0;
    if (f->program_count == LINK_TYPES_MAX)
        return error_set(err, -EINVAL,
                         "filter '%s': more than %d kinds of links", f->text,
                         LINK_TYPES_MAX);
    p = &f->programs[f->program_count];
    *p = (struct programs){.link_type = link_type};
    f->program_count++;
    return compile(f, p, err);
}

static struct programs *programs_of(struct filter *f, int link_type)
{
    struct programs *p = find_programs(f, link_type);
    struct error err;

    if (p || f->warned_full)
        return p;
    if (filter_prepare(f, link_type, &err) < 0) {
        log_line(LOG_WARNING,
                 "%s: packets of link type %d are left out from here on",
                 err.text, link_type);
        f->warned_full = f->program_count == LINK_TYPES_MAX;
    }
    return find_programs(f, link_type);
}

static struct programs *programs_for(struct filter *f,
                                     const struct packet *packet)
{
    return f->program_count > 0 && f->programs[0].link_type == packet->link_type
               ? &f->programs[0]
               : programs_of(f, packet->link_type);
}

static bool matches(const struct bpf_program *program,
                    const struct packet *packet)
{
    struct pcap_pkthdr header = {.caplen = packet->length,
                                 .len = packet->wire_length};

    return pcap_offline_filter(program, &header, packet->data) != 0;
}

bool filter_matches(struct filter *f, const struct packet *packet)
{
    const struct programs *p = programs_for(f, packet);

    return p && p->filter_set && matches(&p->filter, packet);
}

bool filter_pass(struct filter *f, const struct packet *packet)
{
    const struct programs *p = programs_for(f, packet);

    return p && p->filter_set &&
           (matches(&p->filter, packet) ||
            (p->fragments_set && matches(&p->fragments, packet)));
}

bool filter_matches_inside(struct filter *f, const struct packet *packet)
{
    const struct programs *p = find_programs(f, packet->link_type);
    struct error err;

    if (!p) {
        if (filter_prepare(f, packet->link_type, &err) < 0)
            log_line(LOG_INFO, "%s: it is not asked of what is in tunnels",
                     err.text);
        p = find_programs(f, packet->link_type);
    }
    return p && p->filter_set && matches(&p->filter, packet);
}
