/**
 * Which transaction a message belongs to (RECORDS.md, R3; RFC 3261, 17.1.3
 * and 17.2.3).
 */
#ifndef SIPTRAIL_TXN_BRANCH_KEY_H
#define SIPTRAIL_TXN_BRANCH_KEY_H

#include "base/hash.h"
#include "sip/message.h"

struct branch_key {
    uint64_t call_id; /* hash */
    uint64_t via;     /* hash of branch and sent-by; see branch_key_of() */
    uint64_t uri;     /* of a request under RFC 2543's rule; else 0 */
    uint32_t cseq;
    enum sip_method method; /* CSeq's; an unknown one's name is in `via` */
};

/**
 * The key of a message that has Call-ID and CSeq. Texts stand in it as 64-bit
 * hashes with the run's seed: Call-ID and Via together make 128 bits.
 *
 * Where the top Via's branch lacks the cookie, or is nothing but the cookie,
 * From tag and Request-URI come in (RFC 2543; 17.2.3). A response says no
 * Request-URI: it matches any.
 */
void branch_key_of(const struct sip_message *m, uint64_t call_id,
                   struct branch_key *key_out);

/** The same hop's key for another method: a CANCEL's INVITE, an ACK's. */
static inline struct branch_key branch_key_for(const struct branch_key *key,
                                               enum sip_method method)
{
    struct branch_key other = *key;

    other.method = method;
    return other;
}

static inline uint64_t branch_key_hash(const struct branch_key *key)
{
    return hash_mix(hash_mix(key->call_id, key->via),
                    (uint64_t)key->cseq << 8 | (unsigned)key->method);
}

static inline bool branch_key_match(const struct branch_key *a,
                                    const struct branch_key *b)
{
    return a->call_id == b->call_id && a->via == b->via && a->cseq == b->cseq &&
           a->method == b->method && (a->uri == b->uri || !a->uri || !b->uri);
}

#endif
