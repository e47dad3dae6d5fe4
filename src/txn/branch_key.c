#include "txn/branch_key.h"

#include "base/hash.h"

void branch_key_of(const struct sip_message *m, uint64_t call_id,
                   struct branch_key *key_out)
{
    *key_out = (struct branch_key){
        .call_id = call_id,
        .cseq = m->cseq,
        .method = m->cseq_method,
        .via = m->via_hash,
    };
    if (m->cseq_method == SIP_UNKNOWN)
        key_out->via = hash_mix(key_out->via, hash_span(m->cseq_method_name));
    if (m->has_cookie)
        return;
    key_out->via = hash_mix(key_out->via, m->from_tag_hash);
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
