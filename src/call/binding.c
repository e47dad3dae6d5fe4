#include "call/binding.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/hash.h"
#include "call/binding_state.h"
#include "sip/address.h"
#include "sip/number.h"

#define SECOND_US INT64_C(1000000)

int binding_table_new(size_t cap, registration_fn fn, void *arg,
                      struct binding_table **table_out)
{
    struct binding_table *t = calloc(1, sizeof(*t));
    int rc;

    if (!t)
        return -ENOMEM;
    t->fn = fn;
    t->arg = arg;
    t->now_us = INT64_MIN;
    pool_init(&t->pool, sizeof(struct binding));
    texts_pool_init(&t->texts_pool);
    wheel_init(&t->wheel);
    list_init(&t->age);
    list_init(&t->changed);
    rc = table_init(&t->table, cap);
    if (!rc)
        rc = table_init(&t->aors, cap);
    if (!rc)
        rc = table_init(&t->spellings, cap);
    if (!rc)
        rc = failing_table_init(&t->failing);
    if (rc)
        binding_table_free(t);
    else
        *table_out = t;
    return rc;
}

void binding_table_free(struct binding_table *t)
{
    struct binding *b;

    if (!t)
        return;
    while ((b = binding_oldest(t)) != NULL)
        binding_drop(t, b);
    pool_fini(&t->pool);
    failing_table_fini(&t->failing);
    texts_pool_fini(&t->texts_pool);
    if (t->table.lines)
        table_fini(&t->table);
    if (t->aors.lines)
        table_fini(&t->aors);
    if (t->spellings.lines)
        table_fini(&t->spellings);
    free(t);
}

/* --- what a fact says ----------------------------------------------------- */

/* What a row says of the last REGISTER, where the Contact, To and Request-URI
 * may have been another before. */
static void describe_anew(struct binding_table *t, struct binding *b,
                          const struct register_fact *f,
                          const struct binding_identity *id,
                          const struct contact *contact)
{
    const struct register_request *q = f->request;
    struct registration_record *r = &b->r;
    char registrant[BINDING_TEXT_MAX];
    const struct texts_row rows[] = {
        {&b->identity, b->identity},
        {&r->sensor, f->sensor_name},
        {&r->registrar, id->registrar},
        {&r->aor, id->aor},
        {&r->registrant, binding_registrant(q, id->aor, registrant)},
        {&r->contact_uri, contact ? contact->uri_text : SPAN_NONE},
        {&r->contact_host, contact ? contact->host : SPAN_NONE},
        {&r->call_id, f->call_id},
        {&r->user_agent, q->agent},
        {&r->auth_user, q->auth_user},
        {&r->realm, q->realm},
        {&r->instance_id, contact ? contact->instance : SPAN_NONE},
        {&b->spelling.request_uri, q->request_uri},
        {&b->spelling.to, q->to},
        {&b->spelling.contact, contact ? contact->text : SPAN_NONE},
    };

    texts_replace(&t->texts_pool, &b->texts, rows,
                  sizeof(rows) / sizeof(rows[0]));
}

/* The same where these are written as before: the rest is mostly as long as it
 * was, and takes its place. */
static bool describe_again(struct binding *b, const struct register_fact *f)
{
    const struct register_request *q = f->request;
    struct registration_record *r = &b->r;
    char registrant[BINDING_TEXT_MAX];
    const struct texts_row rows[] = {
        {&r->sensor, f->sensor_name},
        {&r->registrant, binding_registrant(q, r->aor, registrant)},
        {&r->call_id, f->call_id},
        {&r->user_agent, q->agent},
        {&r->auth_user, q->auth_user},
        {&r->realm, q->realm},
    };

    return texts_overwrite(rows, sizeof(rows) / sizeof(rows[0]));
}

/* Whoever comes from the same place and says the same of it is judged once. */
static void judge_nat(struct binding *b, const struct register_fact *f,
                      const struct contact *contact)
{
    bool names_sender = contact_names_sender(contact, f);
    bool is_judged = contact->is_brief && names_sender && b->names_sender &&
                     address_equal(&b->r.src.address, &f->src.address);

    b->names_sender = names_sender;
    if (is_judged)
        return;
    switch (contact_behind_nat(contact, f)) {
    case 0:
        b->r.behind_nat = NAT_FALSE;
        break;
    case 1:
        b->r.behind_nat = NAT_TRUE;
        break;
    default:
        b->r.behind_nat = NAT_NULL;
        break;
    }
}

static void describe(struct binding_table *t, struct binding *b,
                     const struct register_fact *f,
                     const struct binding_identity *id,
                     const struct contact *contact)
{
    struct registration_record *r = &b->r;

    if (contact) /* while its texts are there, which may be the row's */
        judge_nat(b, f, contact);
    if (!contact || !contact->is_brief || !describe_again(b, f))
        describe_anew(t, b, f, id, contact);
    r->src = f->src;
    r->dst = f->dst;
    r->transport = f->transport;
    r->source = f->source;
    if (!contact)
        return;
    r->has_reg_id = contact->has_reg_id;
    r->reg_id = contact->reg_id;
}

/* --- what came of it ------------------------------------------------------ */

static bool is_ineffective(const struct register_fact *f)
{
    uint16_t s = f->status_code;

    return f->timed_out || (s >= 400 && s != 401 && s != 402 && s != 407);
}

static void touch(struct binding_table *t, struct binding *b,
                  const struct register_fact *f)
{
    int64_t at = f->status_code ? f->done_at : f->request_at;

    binding_note_change(t, b);
    b->r.attempts++;
    b->r.challenges += f->challenges;
    if (f->status_code)
        b->r.status_code = f->status_code;
    if (at > b->r.last_at)
        b->r.last_at = at;
    /* One given up late began before one that was answered. */
    if (!b->counted && f->first_at < b->r.first_at)
        b->r.first_at = f->first_at;
    list_remove(&b->age);
    list_add_last(&t->age, &b->age);
}

static void note_failure(struct binding *b, const struct register_fact *f)
{
    uint32_t seconds;

    if (f->status_code >= 300 || f->timed_out)
        b->r.failures++;
    b->r.ineffective += is_ineffective(f);
    b->r.timeouts += f->timed_out;
    if (!b->accepted && b->r.failures)
        b->r.state = REGISTRATION_FAILED;
    if (f->status_code == 423 && f->final &&
        sip_message_has(f->final, SIP_HEADER_MIN_EXPIRES) &&
        sip_seconds_parse(sip_message_value(f->final, SIP_HEADER_MIN_EXPIRES),
                          &seconds))
        b->r.min_expires_s = seconds;
}

static void note_accepted(struct binding_table *t, struct binding *b,
                          const struct register_fact *f, int64_t expires_s)
{
    if (b->accepted) {
        b->r.renewals++;
    } else {
        b->accepted = true;
        binding_discharge(t, b);
        b->r.register_ms = time_ms_between(f->first_at, f->done_at);
        b->r.register_auth_ms = f->auth_us == TIME_NONE
                                    ? TIME_NONE
                                    : time_ms_between(0, f->auth_us);
    }
    b->r.state = REGISTRATION_REGISTERED;
    b->r.expires_s = expires_s;
    b->r.expires_at =
        expires_s == TIME_NONE ? TIME_NONE : f->done_at + expires_s * SECOND_US;
}

/* --- one contact ---------------------------------------------------------- */

/* Its row; where it is to be a new one of a failure, whose that is. */
static struct binding *row_of(struct binding_table *t,
                              struct binding_identity *id,
                              const struct register_fact *f)
{
    uint64_t hash = hash_span(binding_identity_span(id));
    struct binding *b = binding_find(t, id, hash);
    struct failing *source;

    if (b && binding_is_over(b, f->request_at)) {
        binding_finish(t, b, REGISTRATION_EXPIRED, b->r.expires_at);
        b = NULL;
    }
    if (b)
        return b;
    if (f->status_code >= 200 && f->status_code < 300)
        return binding_add(t, id, hash, f->first_at);
    source = failing_get(&t->failing, &f->src.address);
    if (source && failing_charge(&t->failing, source)) {
        b = binding_add(t, id, hash, f->first_at);
        if (b)
            b->failing = source;
        else
            failing_discharge(&t->failing, source);
        return b;
    }
    binding_identity_of_failures(f, source != NULL, id);
    t->counters.aggregated++;
    hash = hash_span(binding_identity_span(id));
    b = binding_find(t, id, hash);
    return b ? b : binding_add(t, id, hash, f->first_at);
}

static void observe_row(struct binding_table *t, struct binding *b,
                        const struct register_fact *f,
                        const struct binding_identity *id,
                        const struct contact *contact)
{
    bool accepted = f->status_code >= 200 && f->status_code < 300;
    int64_t expires_s = accepted ? contact_expires(contact, f) : TIME_NONE;

    touch(t, b, f);
    if (accepted || !b->accepted) {
        const struct contact *its = id->aor.length ? contact : NULL;

        describe(t, b, f, id, its);
        if (!contact->is_brief)
            binding_keep_spelling(t, b, f, its);
    }
    if (!accepted) {
        note_failure(b, f);
    } else if (expires_s == 0) {
        binding_finish(t, b, REGISTRATION_UNREGISTERED, f->done_at);
        return;
    } else {
        note_accepted(t, b, f, expires_s);
    }
    binding_plan(t, b);
}

/* "Contact: *" with Expires 0 (10.2.2) ends all bindings of the AOR. */
static void observe_any(struct binding_table *t, const struct register_fact *f,
                        const struct binding_identity *id)
{
    struct span aor = span_of(id->bytes, id->aor_length);
    struct table_node *n = table_first(&t->aors, hash_span(aor));

    while (n) {
        struct binding *b = CONTAINER_OF(n, struct binding, aor_node);

        n = table_next(n);
        if (!b->accepted || b->aor_length != aor.length ||
            !span_equal(span_part(b->identity, 0, b->aor_length), aor))
            continue;
        if (binding_is_over(b, f->request_at)) {
            binding_finish(t, b, REGISTRATION_EXPIRED, b->r.expires_at);
            continue;
        }
        touch(t, b, f);
        if (f->status_code >= 200 && f->status_code < 300)
            binding_finish(t, b, REGISTRATION_UNREGISTERED, f->done_at);
        else
            note_failure(b, f);
    }
}

static int observe_contact(struct binding_table *t,
                           const struct register_fact *f, struct span value)
{
    struct binding *b = binding_find_spelled(t, f, value);
    struct binding_identity id;
    struct contact contact;

    if (b) {
        contact = binding_contact(b);
        id.registrar = b->r.registrar;
        id.aor = b->r.aor;
        observe_row(t, b, f, &id, &contact);
        return 0;
    }
    if (!contact_parse(value, &contact) ||
        !binding_identity_make(f, &contact, &id)) {
        t->counters.unreadable++;
        return 0;
    }
    if (contact.any) {
        observe_any(t, f, &id);
        return 0;
    }
    b = row_of(t, &id, f);
    if (!b)
        return -ENOMEM;
    observe_row(t, b, f, &id, &contact);
    return 0;
}

static int take_failure(struct binding_table *t, int rc)
{
    rc = t->failure ? t->failure : rc;
    t->failure = 0;
    return rc;
}

int binding_table_observe(struct binding_table *t,
                          const struct register_fact *f)
{
    int rc = 0;

    if (f->done_at > t->now_us)
        t->now_us = f->done_at;
    for (uint32_t i = 0; i < f->request->contact_count && !rc; i++)
        rc = observe_contact(t, f, f->request->contacts[i]);
    return take_failure(t, rc);
}

int binding_table_advance(struct binding_table *t, int64_t now_ns)
{
    struct wheel_timer *timer;

    if (time_us_of_ns(now_ns) > t->now_us)
        t->now_us = time_us_of_ns(now_ns);
    while ((timer = wheel_take_due(&t->wheel, now_ns)) != NULL)
        binding_look_at(t, CONTAINER_OF(timer, struct binding, timer));
    return take_failure(t, 0);
}

/* --- taken up ------------------------------------------------------------- */

static void take_texts(struct binding_table *t, struct binding *b)
{
    struct span *const texts[] = {
        &b->r.sensor,     &b->r.registrar,   &b->r.aor,
        &b->r.registrant, &b->r.contact_uri, &b->r.contact_host,
        &b->r.call_id,    &b->r.user_agent,  &b->r.auth_user,
        &b->r.realm,      &b->r.instance_id,
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        *texts[i] = texts_keep(&t->texts_pool, &b->texts, *texts[i]);
}

int binding_table_take_up(struct binding_table *t,
                          const struct registration_record *r,
                          struct span sensor)
{
    struct binding_identity id;
    struct binding *b;
    struct key key;
    struct span bytes;
    uint64_t hash;

    if (!binding_identity_of_row(r, sensor, &id))
        return -ENOENT;
    bytes = binding_identity_span(&id);
    key_of_parts(0, &bytes, 1, &key);
    memset(key.bytes, 0, 6);
    hash = hash_span(bytes);
    if (!key_equal(&key, &r->binding_key) || binding_find(t, &id, hash))
        return -ENOENT;
    b = binding_add(t, &id, hash, r->first_at);
    if (!b)
        return -ENOMEM;
    b->r = *r;
    b->accepted = b->counted = true;
    take_texts(t, b);
    if (!t->wheel.started)
        (void)wheel_take_due(&t->wheel, b->r.last_at * 1000);
    binding_plan(t, b);
    return 0;
}

int binding_table_tell(struct binding_table *t)
{
    while (!list_empty(&t->changed))
        binding_hand_on(
            t, CONTAINER_OF(t->changed.next, struct binding, changing));
    return take_failure(t, 0);
}

int binding_table_end(struct binding_table *t)
{
    struct binding *b;

    while ((b = binding_oldest(t)) != NULL) {
        if (binding_is_over(b, t->now_us)) {
            binding_finish(t, b, REGISTRATION_EXPIRED, b->r.expires_at);
            continue;
        }
        binding_hand_on(t, b);
        binding_drop(t, b);
    }
    return take_failure(t, 0);
}

const struct binding_counters *
binding_counters_of(const struct binding_table *t)
{
    return &t->counters;
}

const char *registration_state_name(enum registration_state s)
{
    static const char *const names[REGISTRATION_STATE_COUNT] = {
        "", "registered", "expired", "unregistered", "failed"};

    assert((unsigned)s < REGISTRATION_STATE_COUNT);
    return names[s];
}
