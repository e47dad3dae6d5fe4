#include "txn/branch_key.h"

#include "base/hash.h"

static bool has_cookie(struct span branch)
{
    static const struct span cookie = {"z9hG4bK", 7};

    if (branch.length <= cookie.length)
        return false;
    return !memcmp(branch.data, cookie.data, cookie.length) ||
           span_starts_nocase(branch, cookie);
}

/* A sent-by without port means 5060 (RFC 3261, 18.2.2): some clients say it in
 * the INVITE and not in its CANCEL. */
static struct span without_default_port(struct span sent_by)
{
    static const struct span port = {":5060", 5};

    if (sent_by.length > port.length &&
        !memcmp(sent_by.data + sent_by.length - port.length, port.data,
                port.length))
        sent_by.length -= port.length;
    return sent_by;
}

void branch_key_of(const struct sip_message *m, uint64_t call_id,
                   struct branch_key *key_out)
{
    *key_out = (struct branch_key){
        .call_id = call_id,
        .cseq = m->cseq,
        .method = m->cseq_method,
        .via = hash_mix(hash_span(m->via_branch),
                        hash_span(without_default_port(m->via_sent_by))),
    };
    if (m->cseq_method == SIP_UNKNOWN)
        key_out->via = hash_mix(key_out->via, hash_span(m->cseq_method_name));
    if (has_cookie(m->via_branch))
        return;
    key_out->via = hash_mix(key_out->via, hash_span(m->from_tag));
    if (m->is_request)
        key_out->uri = hash_span(m->request_uri) | 1;
}

struct branch_key branch_key_for(const struct branch_key *key,
                                 enum sip_method method)
{
    struct branch_key other = *key;

    other.method = method;
    return other;
}

uint64_t branch_key_hash(const struct branch_key *key)
{
    return hash_mix(hash_mix(key->call_id, key->via),
                    (uint64_t)key->cseq << 8 | (unsigned)key->method);
}

bool branch_key_match(const struct branch_key *a, const struct branch_key *b)
{
    return a->call_id == b->call_id && a->via == b->via && a->cseq == b->cseq &&
           a->method == b->method && (a->uri == b->uri || !a->uri || !b->uri);
}
