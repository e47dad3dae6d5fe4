#include "report/account.h"

#define ANOMALIES_TOLD 12
#define QUOTES_TOLD 8
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The parts' words are plurals whose first word takes the s: "1 call". */
static void add_count(struct text *text, const struct account_part *part)
{
    struct span words = span_of_string(part->what);
    size_t first = span_find_byte(words, ' ');

    text_add_grouped(text, part->count);
    text_add_byte(text, ' ');
    if (part->count == 1 && first > 2 && words.data[first - 1] == 's') {
        bool copies = first > 3 && !memcmp(words.data + first - 3, "ies", 3);

        text_add_bytes(text, span_part(words, 0, first - (copies ? 3 : 1)));
        text_add_string(text, copies ? "y" : "");
        words = span_from(words, first);
    }
    text_add_bytes(text, words);
}

bool report_account_sum(struct text *text, const char *what, uint64_t total,
                        const struct account_part *parts, size_t part_count)
{
    uint64_t sum = 0;
    bool first = true;

    text_add_string(text, what);
    text_add_string(text, ": ");
    text_add_grouped(text, total);
    for (size_t i = 0; i < part_count; i++) {
        if (!parts[i].count)
            continue;
        text_add_string(text, first ? " = " : " + ");
        add_count(text, &parts[i]);
        sum += parts[i].count;
        first = false;
    }
    if (sum != total) {
        text_add_string(text, "; does not balance: ");
        text_add_grouped(text, sum < total ? total - sum : sum - total);
        text_add_string(text, sum < total ? " not accounted for"
                                          : " accounted for twice");
    }
    text_add_byte(text, '\n');
    return sum == total;
}

/* "what: 3 this, 4 that", or nothing where all are zero. */
static void add_list(struct text *text, const char *what,
                     const struct account_part *parts, size_t part_count)
{
    bool first = true;

    for (size_t i = 0; i < part_count; i++) {
        if (!parts[i].count)
            continue;
        text_add_string(text, first ? what : ", ");
        text_add_string(text, first ? ": " : "");
        add_count(text, &parts[i]);
        first = false;
    }
    if (!first)
        text_add_byte(text, '\n');
}

static uint64_t filtered_of(const struct pipeline_result *r)
{
    uint64_t filtered = 0;

    for (size_t i = 0; r->capture && i < capture_source_count(r->capture); i++)
        filtered += capture_source_at(r->capture, i)->filtered;
    return filtered;
}

static uint64_t truncated_of(const struct pipeline_result *r)
{
    uint64_t truncated = 0;

    for (size_t i = 0; r->capture && i < capture_source_count(r->capture); i++)
        truncated += capture_source_at(r->capture, i)->truncated;
    return truncated;
}

/* The most frequent that is left, or ANOMALY_COUNT. */
static unsigned take_greatest(uint64_t counts[ANOMALY_COUNT])
{
    unsigned found = ANOMALY_COUNT;

    for (unsigned i = 0; i < ANOMALY_COUNT; i++)
        if (counts[i] && (found == ANOMALY_COUNT || counts[i] > counts[found]))
            found = i;
    return found;
}

/* The most frequent first, under their public names. */
static void add_kinds(struct text *text, const char *heading,
                      uint64_t counts[ANOMALY_COUNT])
{
    unsigned told = 0, more = 0, kind;

    for (; (kind = take_greatest(counts)) < ANOMALY_COUNT; counts[kind] = 0) {
        if (told == ANOMALIES_TOLD) {
            more++;
            continue;
        }
        text_add_string(text, told++ ? ", " : heading);
        text_add_grouped(text, counts[kind]);
        text_add_byte(text, ' ');
        text_add_string(text, anomaly_name((enum anomaly)kind));
    }
    if (more) {
        text_add_string(text, " and ");
        text_add_number(text, more);
        text_add_string(text, more > 1 ? " kinds more" : " kind more");
    }
    text_add_string(text, told ? "\n" : "");
}

/* What was wrong with links, IP and tunnels, whatever they carried. */
static void add_packet_anomalies(const struct flow_counters *f,
                                 struct text *text)
{
    uint64_t counts[ANOMALY_COUNT];

    memcpy(counts, f->anomalies, sizeof(counts));
    for (unsigned i = 0; i < ANOMALY_COUNT; i++)
        if (strcmp(anomaly_layer((enum anomaly)i), "decode") != 0)
            counts[i] = 0;
    counts[ANOMALY_FRAGMENTS_EXPIRED] = 0; /* told of the fragments */
    add_kinds(text, "anomalies of packets: ", counts);
}

/* "ICMP errors that quote SIP: 5 = 4 port unreachable, of 192.0.2.1:5060 >
   192.0.2.2:5060 + 1 of other flows" */
static void add_quotes(const struct flow_quotes *q, struct text *text)
{
    uint64_t others = q->total;
    char side[ENDPOINT_TEXT_BYTES];

    if (!q->total)
        return;
    text_add_string(text, "ICMP errors that quote SIP: ");
    text_add_grouped(text, q->total);
    for (size_t i = 0; i < q->count && i < QUOTES_TOLD; i++) {
        const struct flow_quote *one = &q->items[i];

        text_add_string(text, i ? " + " : " = ");
        text_add_grouped(text, one->count);
        text_add_byte(text, ' ');
        text_add_string(text, flow_quote_name(one));
        text_add_string(text, ", of ");
        text_add_bytes(text, span_of(side, endpoint_write(&one->src, side)));
        text_add_string(text, " > ");
        text_add_bytes(text, span_of(side, endpoint_write(&one->dst, side)));
        others -= one->count;
    }
    if (others) {
        text_add_string(text, " + ");
        text_add_grouped(text, others);
        text_add_string(text, " of other flows");
    }
    text_add_byte(text, '\n');
}

/* Not among the packets read: nobody here has seen them. */
static void add_drops(const struct pipeline_result *r, struct text *text)
{
    struct account_part parts[] = {
        {0, "packets in the ring of the kernel"},
        {0, "packets by the interface"},
    };

    for (size_t i = 0; r->capture && i < capture_source_count(r->capture);
         i++) {
        const struct capture_source *s = capture_source_at(r->capture, i);

        parts[0].count += s->dropped_kernel;
        parts[1].count += s->dropped_interface;
    }
    add_list(text, "dropped before they were read", parts, COUNT(parts));
}

static bool add_packets(const struct pipeline_result *r, struct text *text)
{
    const struct flow_counters *f = &r->flow;
    uint64_t filtered = filtered_of(r);
    const struct account_part parts[] = {
        {f->datagrams, "datagrams"},
        {f->segments, "segments of TCP"},
        {f->fragments, "fragments of IP"},
        {f->sctp_packets, "packets of SCTP"},
        {f->not_sip_packets, "of flows that are not SIP"},
        {f->icmp, "ICMP"},
        {f->other_ip, "of other IP protocols"},
        {f->not_ip, "not IP"},
        {f->malformed, "malformed"},
        {filtered + f->unwanted, "not passed by the filter"},
    };
    const struct account_part faults[] = {
        {truncated_of(r), "packets cut by the snap length"},
        {f->fragments_expired, "fragments of datagrams never completed"},
        {f->tcp_gaps, "gaps in TCP streams"},
        {f->tcp_gap_bytes, "bytes missing in them"},
        {f->sctp_gaps, "messages of SCTP with a fragment missing"},
        {f->sctp_dropped, "directions of SCTP dropped by the limit"},
        {f->flows_dropped, "flows dropped by the limit"},
        {f->tls_packets, "packets of TLS, which cannot be read"},
        {f->esp_packets, "packets of ESP, which cannot be read"},
    };
    bool ok = report_account_sum(text, "packets read", r->packets + filtered,
                                 parts, COUNT(parts));

    add_drops(r, text);
    add_list(text, "not whole", faults, COUNT(faults));
    add_packet_anomalies(f, text);
    add_quotes(&r->quotes, text);
    return ok;
}

static bool add_messages(const struct pipeline_result *r, bool correlated,
                         struct text *text)
{
    const struct pipeline_counters *c = &r->counters;
    const struct correlator_counters *k = &r->correlator;
    const struct account_part parts[] = {
        {k->messages - k->duplicates, "in records"},
        {k->duplicates, "copies of the same message"},
        {c->messages_dropped, "dropped because correlation was behind"},
        {c->messages_lost, "lost for want of memory"},
    };
    const struct account_part listed[] = {
        {c->messages, "listed"},
        {c->messages_lost, "lost for want of memory"},
    };
    const struct account_part notes[] = {
        {c->messages_partial, "cut off or hardly readable"},
        {k->messages_without_ids, "without Call-ID or CSeq"},
        {c->too_late, "behind the reorder window"},
        {c->streams_dropped, "streams cut off by the limit"},
        {c->keepalives, "keep-alives"},
        {c->hep_packets, "packets of HEP"},
        {c->hep_other, "of HEP without SIP"},
        {c->hep_bad, "of HEP that cannot be read"},
        {c->sensors_refused, "of HEP by agents beyond the limit"},
        {c->not_sip, "other datagrams of SIP flows"},
        {c->unreadable, "messages of WebSocket that cannot be inflated"},
        {c->junk_bytes, "bytes between messages of streams"},
    };
    uint64_t seen = c->messages + c->messages_lost;
    bool ok;

    if (correlated)
        ok = report_account_sum(text, "SIP messages seen", seen, parts,
                                COUNT(parts));
    else
        ok = report_account_sum(text, "SIP messages seen", seen, listed,
                                COUNT(listed));
    add_list(text, "of SIP flows", notes, COUNT(notes));
    return ok;
}

static void add_records(const struct pipeline_result *r, struct text *text)
{
    const struct correlator_counters *k = &r->correlator;
    const struct binding_counters *b = &k->bindings;
    const struct account_part parts[] = {
        {k->calls, "calls"},
        {k->exchanges - k->calls, "exchanges without call"},
        {k->dialogs, "dialogs"},
        {b->registrations - b->failed, "registrations"},
        {b->failed, "failed registrations"},
        {k->subscriptions, "subscriptions"},
        {k->retransmissions, "retransmissions"},
        {k->exchanges_dropped, "exchanges ended early by the limit"},
        {k->links_dropped, "names that join calls forgotten by the limit"},
        {k->transactions_dropped, "transactions ended early by the limit"},
        {b->dropped, "registrations ended early by the limit"},
        {k->subscriptions_dropped, "subscriptions not kept: the limit"},
        {k->endpoints_dropped, "addresses handed on early by the limit"},
        {b->aggregated, "failed REGISTERs counted together"},
        {b->unreadable, "Contacts of REGISTERs not readable"},
        {k->copies_unsure, "messages too many to look for copies of"},
    };

    add_list(text, "found", parts, COUNT(parts));
}

/* What was wrong with the messages. */
static void add_anomalies(const struct pipeline_result *r, struct text *text)
{
    uint64_t counts[ANOMALY_COUNT];

    memcpy(counts, r->correlator.anomalies, sizeof(counts));
    add_kinds(text, "anomalies: ", counts);
}

static bool add_stored(const struct pipeline_result *r,
                       const struct account_store *store, struct text *text)
{
    const struct account_part parts[] = {
        {store->stored, "stored"},
        {store->duplicates, "stored before"},
        {r->correlator.duplicates, "copies of the same message"},
        {store->quarantined, "set aside in quarantine"},
        {store->spooled, "in the spool"},
        {store->dropped, "dropped from the spool"},
        {r->counters.messages_dropped,
         "dropped because correlation was behind"},
        {r->counters.messages_lost, "lost for want of memory"},
    };

    return report_account_sum(text, "SIP messages to store",
                              r->counters.messages + r->counters.messages_lost,
                              parts, COUNT(parts));
}

/* A capture without a message: what was in it instead? */
static void add_why_none(const struct pipeline_result *r, struct text *text)
{
    text_add_string(text, "no SIP message found");
    if (r->packets == r->flow.unwanted) {
        text_add_string(text, filtered_of(r) + r->flow.unwanted
                                  ? ": no packet passed the filter\n"
                                  : ": there are no packets\n");
        return;
    }
    for (size_t i = 0; i < r->protocol_count && i < 6; i++) {
        text_add_string(text, i ? ", " : "; the flows are ");
        text_add_string(text, r->protocols[i].name);
        text_add_string(text, " (");
        text_add_grouped(text, r->protocols[i].packets);
        text_add_string(text, " packets)");
    }
    text_add_byte(text, '\n');
}

/* "41 flows of TLS on port 5061 (192.0.2.1 and 12 others) cannot be read" */
static void add_opaque_port(const struct opaque_port *p, struct text *text)
{
    char address[ADDRESS_TEXT_BYTES];

    text_add_grouped(text, p->flows);
    text_add_string(text, p->flows == 1 ? " flow of " : " flows of ");
    text_add_string(text, p->dtls ? "DTLS" : "TLS");
    text_add_string(text, " on port ");
    text_add_padded(text, p->port, 1);
    if (p->servers) {
        (void)address_write(&p->first, address);
        text_add_string(text, " (");
        text_add_string(text, address);
        if (p->servers > 1) {
            text_add_string(text, " and ");
            text_add_grouped(text, p->servers - 1);
            text_add_string(text, p->servers == 2 ? " other" : " others");
        }
        text_add_string(text, ")");
    }
    text_add_string(text, " cannot be read\n");
}

/* Of SIP's ports and hosts a line each; of the rest, the web's most likely,
   one for all. */
static void add_opaque(const struct pipeline_result *r, struct text *text)
{
    size_t rows =
        r->opaque_count < COUNT(r->opaque) ? r->opaque_count : COUNT(r->opaque);
    uint64_t rest = r->flow.flows_tls;

    for (size_t i = 0; i < rows && r->opaque[i].sip; i++) {
        add_opaque_port(&r->opaque[i], text);
        rest -= r->opaque[i].flows < rest ? r->opaque[i].flows : rest;
    }
    if (!rest)
        return;
    text_add_grouped(text, rest);
    text_add_string(text, rest == 1 ? " flow of TLS" : " flows of TLS");
    text_add_string(text, " elsewhere, not on a port or host known for SIP\n");
}

bool report_account(const struct pipeline_result *result, bool correlated,
                    const struct account_store *store, struct text *text)
{
    bool ok = add_packets(result, text);

    ok &= add_messages(result, correlated, text);
    if (correlated) {
        add_records(result, text);
        add_anomalies(result, text);
    }
    if (store->used)
        ok &= add_stored(result, store, text);
    add_opaque(result, text);
    if (result->counters.messages == 0)
        add_why_none(result, text);
    return ok;
}
