/**
 * A SIP message (RFC 3261, 7): located once, read when asked.
 *
 * The parser finds the start line, where each header is, and what correlation
 * needs of every message. All else is parsed on demand from the header index
 * (via.h, address.h, ...). Nothing is allocated; all spans lie in the text.
 */
#ifndef SIPTRAIL_SIP_MESSAGE_H
#define SIPTRAIL_SIP_MESSAGE_H

#include "base/anomaly.h"
#include "sip/header.h"
#include "sip/method.h"

enum sip_parse_status {
    SIP_PARSE_OK,      /* may still hold anomalies */
    SIP_PARSE_PARTIAL, /* cut off, or a mandatory header is unreadable */
    SIP_PARSE_BAD      /* start line recognised, little else */
};

/** Where the text came from: decides how its end is found (18.3). */
enum sip_source { SIP_FROM_DATAGRAM, SIP_FROM_STREAM };

/*
 * What correlation looks at of each message comes first: it is fetched, line
 * by line, from the cache of another processor.
 */
struct sip_message {
    enum sip_parse_status status;
    enum sip_method method; /* a request's own; a response's by its CSeq */
    enum sip_method cseq_method;
    bool is_request;
    bool has_cseq;
    bool has_cookie;      /* the top Via's branch has it, and more (8.1.1.7) */
    uint16_t status_code; /* 0 for a request */
    uint32_t cseq;        /* up to 2^32-1, so that a wrong one is kept */
    uint32_t via_count;   /* Via values, comma lists counted one by one */
    uint32_t header_count;
    struct sip_header *headers; /* in order of the text; the caller's array */
    uint64_t header_mask[SIP_HEADER_WORDS]; /* which ids are present */
    uint64_t odd_mask; /* of these, Via, From and To that are not plain.h's */
    struct anomaly_set anomalies;
    int64_t content_length; /* as said; -1 where absent or unreadable */

    /* hash_span() of what is compared, taken while it is at hand. */
    uint64_t call_id_hash;
    uint64_t from_tag_hash;
    uint64_t to_tag_hash;
    uint64_t via_hash; /* of the top Via's branch and sent-by; ":5060", which
                          is what no port means (18.2.2), left out */

    /* From the first header of each kind; empty where absent. */
    struct span call_id;
    struct span from_tag;
    struct span to_tag;
    struct span body; /* after the empty line */

    struct span text;          /* start line to the end of the body */
    struct span method_name;   /* as sent */
    struct span request_uri;   /* of a request, as sent */
    struct span reason_phrase; /* of a response, may be empty */
    struct span from;          /* whole value */
    struct span to;
    struct span cseq_method_name;
    struct span via_top;     /* whole first value */
    struct span via_sent_by; /* of the top Via: host[:port] */
    struct span via_branch;  /* of the top Via, without "branch=" */
};

#define SIP_HEADERS_MAX 1024
/* A Content-Length above this is none: no message can be that long. */
#define SIP_CONTENT_LENGTH_MAX INT32_MAX

/**
 * Does this begin with a SIP start line, empty lines before it allowed?
 *
 * @return 1 yes, 0 no, -1 too short to say
 */
int sip_sniff(struct span bytes);
/** Does a header line begin here, empty lines before it allowed? As above. */
int sip_sniff_header(struct span bytes);

/**
 * Parse the first message of @p text. Pure.
 *
 * @param text     Bytes that may begin with empty lines; borrowed, must stay
 *                 as long as *message_out is used
 * @param headers  Room for the index; kept by *message_out
 * @param header_cap  Room in @p headers, at most SIP_HEADERS_MAX used
 * @return Bytes of @p text the message takes, leading empty lines included;
 *         0 where no start line can be recognised (*message_out unset). More
 *         may follow in a datagram: see sip_sniff() on the rest
 */
size_t sip_message_parse(struct span text, enum sip_source source,
                         struct sip_header *headers, uint32_t header_cap,
                         struct sip_message *message_out);

/**
 * Say where a message is now: what it was parsed from was copied, and so was
 * its index.
 *
 * @param text     Copy of m->text
 * @param headers  Copy of m->headers; kept
 */
void sip_message_move(struct sip_message *m, const char *text,
                      struct sip_header *headers);

/** Name what is wrong with it. */
static inline void sip_message_note(struct sip_message *m, enum anomaly a)
{
    anomaly_set_add(&m->anomalies, a);
}

static inline bool sip_message_has(const struct sip_message *m,
                                   enum sip_header_id id)
{
    return m->header_mask[(unsigned)id / 64] >> ((unsigned)id % 64) & 1;
}

/** The value of this header of the message, as sip_message_value() has it. */
static inline struct span sip_header_value(const struct sip_message *m,
                                           const struct sip_header *h)
{
    return span_of(m->text.data + h->value_at, h->value_length);
}

/**
 * The value of the first header with this id, unfolded bytes as sent,
 * trimmed; an empty span where there is none.
 */
struct span sip_message_value(const struct sip_message *m,
                              enum sip_header_id id);

/**
 * Walk all header lines with this id: begin with *cursor 0.
 *
 * @return false at the end
 */
bool sip_message_next_value(const struct sip_message *m, enum sip_header_id id,
                            uint32_t *cursor, struct span *value_out);

/** The first header of this name, any case, for names without an id. */
struct span sip_message_value_named(const struct sip_message *m,
                                    struct span name);

#endif
