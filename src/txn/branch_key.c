#include "txn/branch_key.h"

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
