/**
 * From packets to records: reads captures, and owns every table and limit.
 *
 * The caller's thread reads, decodes and parses; others correlate (shards.h)
 * and hand records to the sink, one at a time. A reader of files waits when the
 * correlator is behind, one of interfaces drops messages and says so.
 */
#ifndef SIPTRAIL_PIPELINE_PIPELINE_H
#define SIPTRAIL_PIPELINE_PIPELINE_H

#include <signal.h>

#include "call/correlator.h"
#include "capture/capture.h"
#include "flow/flow.h"

struct shards_state; /* pipeline/shards.h */

struct pipeline_progress {
    uint64_t packets;
    uint64_t messages;
    uint64_t position_bytes; /* of all files */
    uint64_t size_bytes;     /* of all files; 0 where not known */
    int64_t clock_ns;        /* highest packet time so far */
    /* Live only; borrowed for the call: */
    const struct capture *capture;
    const struct pipeline_counters *counters;
    const struct flow_counters *flow;
    struct table_fill flows[FLOW_FILLS];
    struct table_fill queue;          /* to correlation, in batches */
    const struct shards_state *shard; /* of half a second ago; NULL for none */
};

struct pipeline_options {
    const char *const *paths; /* borrowed for the run */
    size_t path_count;
    struct capture *capture; /* opened already, in place of paths; taken over,
                                whatever is returned */
    bool live; /* it watches interfaces: time goes on where no packet comes,
                  records are handed on as they end, and where the sink has a
                  live_fn, as they change */
    const char *filter;                  /* BPF text or NULL; it is asked of
                                            what is in tunnels, tags and
                                            fragments too */
    bool no_fingerprint;                 /* of paths: nobody asks for it */
    bool read_before;                    /* paths: what is damaged was said */
    uint64_t packet_cap;                 /* stop after as many; 0 for all */
    size_t shards;                       /* threads that correlate, up to
                                            SHARDS_MAX; 0: by processors */
    int64_t reorder_ns;                  /* R1: 500 ms where 0 */
    uint64_t memory_bytes;               /* for all tables; 0: 1 GiB live,
                                            4 GiB for files */
    struct correlator_limits correlator; /* all zero: the defaults */
    struct flow_limits flow;             /* all zero: the defaults */

    /** Records; NULL: no correlation at all. Another thread calls it. */
    const struct record_sink *sink;
    /**
     * Before the first message is correlated, on the thread of the sink, or
     * NULL: what an earlier run left open is taken up here (call/take_up.h).
     * Packets are read meanwhile, as far as the queue between takes them.
     */
    int (*begin_fn)(void *arg, struct correlator *c);
    void *begin_arg;
    /**
     * Each message in the order of the packets, on the caller's thread, or
     * NULL. Return a negative errno to stop the run.
     */
    int (*message_fn)(void *arg, const struct observation *seen);
    void *message_arg;
    /**
     * Each packet with its layers, before anything else is done with it, on
     * the caller's thread, or NULL.
     */
    int (*packet_fn)(void *arg, const struct packet *packet,
                     const struct layers *layers);
    void *packet_arg;
    /** Now and then, on the caller's thread, or NULL. */
    void (*progress_fn)(void *arg, const struct pipeline_progress *progress);
    void *progress_arg;
    /** Set from a signal handler to stop early, or NULL. */
    const volatile sig_atomic_t *stop;
};

/** What stood in datagrams and streams of SIP flows. */
struct pipeline_counters {
    uint64_t messages;         /* SIP messages seen */
    uint64_t messages_partial; /* of those: cut off or hardly readable */
    uint64_t keepalives;       /* CRLF, NUL and the like */
    uint64_t not_sip;          /* other datagrams of SIP flows */
    uint64_t junk_bytes;       /* of streams, between messages */
    uint64_t messages_lost;    /* no memory for them */
    uint64_t messages_dropped; /* live: correlation was too far behind */
    uint64_t too_late;         /* behind the reorder window */
    uint64_t streams_dropped;  /* what they held of a message was cut off to
                                  make room */
    uint64_t unreadable;       /* compressed, and not to be inflated */
    uint64_t hep_packets;      /* of HEP, and of those: */
    uint64_t hep_other;        /* hold no SIP: RTCP, logs, keep-alives */
    uint64_t hep_bad;          /* cannot be read */
    uint64_t sensors_refused;  /* came from agents beyond the limit: taken for
                                  what the run itself saw */
};

/** What happened while packets of one source were taken. */
struct pipeline_source {
    uint64_t not_sip;           /* packets and datagrams that hold no SIP */
    uint64_t opaque;            /* packets of TLS and ESP */
    uint64_t fragments_expired; /* fragments of datagrams never completed */
    uint64_t tcp_gaps;
    uint64_t messages_lost; /* no memory for them */
    uint64_t dropped_queue; /* messages: correlation was too far behind */
    uint64_t unwanted; /* fragments the filter refused once they were whole */
};

struct pipeline_result {
    struct capture *capture;         /* its sources: caller frees */
    struct pipeline_source *sources; /* one each, in the capture's order */
    struct pipeline_counters counters;
    struct flow_counters flow;
    struct correlator_counters correlator;
    struct flow_quotes quotes; /* ICMP errors that answer SIP */
    struct flow_protocol protocols[16];
    size_t protocol_count;
    struct opaque_port opaque[16]; /* flows that cannot be read, by port */
    size_t opaque_count;           /* ports there are; 16 at most are set */
    uint64_t packets;
    uint64_t matched_inside; /* packets and datagrams that passed the filter
                                only by what was inside */
    int64_t clock_ns;
    uint32_t damaged; /* sources that broke off; capture says how */
    bool interrupted; /* by stop, or by packet_cap */
};

/**
 * Read all sources to the end, or until told to stop.
 *
 * @param result_out  Set even on failure, as far as it went; result_fini() it
 * @return 0, or a negative errno with @p err saying what and where
 */
WARN_UNUSED int pipeline_run(const struct pipeline_options *options,
                             struct pipeline_result *result_out,
                             struct error *err);

void pipeline_result_fini(struct pipeline_result *r);

#endif
