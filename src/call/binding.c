#include "call/binding.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/fetch.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/pool.h"
#include "base/table.h"
#include "base/texts.h"
#include "base/wheel.h"
#include "call/binding_key.h"
#include "call/contact.h"
#include "call/failing.h"
#include "sip/address.h"
#include "sip/number.h"
#include "sip/via.h"

#define SECOND_US INT64_C(1000000)
#define HOUR_US (3600 * SECOND_US)
/* Of texts that stand side by side: as much as a renewal compares. */
#define TEXTS_NEAR_BYTES 192

/** How it was written last: what is written so again has that identity. */
struct spelling {
    struct table_node node;
    bool is_known;
    bool has_expires; /* of the Contact */
    uint32_t expires_s;
    struct span request_uri; /* in texts, as are these */
    struct span to;
    struct span contact;
};

struct binding {
    struct table_node node;     /* by identity */
    struct table_node aor_node; /* by its begin, up to the AOR */
    struct list age;            /* longest without a word first */
    struct wheel_timer timer;
    struct texts texts;
    struct span identity; /* in texts */
    size_t aor_length;    /* of identity */
    struct spelling spelling;
    bool accepted;
    bool names_sender;    /* as last described: contact_names_sender() */
    struct list changing; /* those changed, longest first */
    bool changed;         /* since it was handed on */
    bool counted;
    int64_t changed_at;      /* since then, the first time */
    struct failing *failing; /* whom its row is charged to, or NULL */
    struct registration_record r;
};

struct binding_table {
    struct table table;
    struct table aors;
    struct table spellings;
    struct failing_table failing;
    struct pool pool;
    struct texts_pool texts_pool;
    struct wheel wheel;
    struct list age;
    struct list changed;
    registration_fn fn;
    void *arg;
    int64_t now_us;
    int failure;
    struct binding_counters counters;
};

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

/* --- rows come and go ----------------------------------------------------- */

static void discharge(struct binding_table *t, struct binding *b)
{
    if (b->failing)
        failing_discharge(&t->failing, b->failing);
    b->failing = NULL;
}

static void forget_spelling(struct binding_table *t, struct binding *b)
{
    if (b->spelling.is_known)
        table_remove(&t->spellings, &b->spelling.node);
    b->spelling.is_known = false;
}

static void free_binding(struct binding_table *t, struct binding *b)
{
    discharge(t, b);
    forget_spelling(t, b);
    table_remove(&t->table, &b->node);
    table_remove(&t->aors, &b->aor_node);
    wheel_disarm(&b->timer);
    list_remove(&b->age);
    list_remove(&b->changing);
    texts_release(&t->texts_pool, &b->texts);
    pool_give(&t->pool, b);
}

static struct binding *oldest(const struct binding_table *t)
{
    return list_empty(&t->age) ? NULL
                               : CONTAINER_OF(t->age.next, struct binding, age);
}

void binding_table_free(struct binding_table *t)
{
    struct binding *b;

    if (!t)
        return;
    while ((b = oldest(t)) != NULL)
        free_binding(t, b);
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

/* The key without a time names the binding, the one with it this row. */
static void make_keys(struct binding *b)
{
    key_of_parts(b->r.first_at, &b->identity, 1, &b->r.registration_key);
    b->r.binding_key = b->r.registration_key;
    memset(b->r.binding_key.bytes, 0, 6);
}

static void hand_on(struct binding_table *t, struct binding *b)
{
    int rc;

    if (!b->changed)
        return;
    b->changed = false;
    list_remove(&b->changing);
    if (!b->counted) {
        make_keys(b);
        b->counted = true;
        t->counters.registrations++;
        t->counters.failed += b->r.state == REGISTRATION_FAILED;
    }
    rc = t->fn(t->arg, &b->r);
    if (rc && !t->failure)
        t->failure = rc;
}

static void note_change(struct binding_table *t, struct binding *b)
{
    if (b->changed)
        return;
    b->changed = true;
    list_add_last(&t->changed, &b->changing);
    b->changed_at = t->now_us;
}

static void end(struct binding_table *t, struct binding *b,
                enum registration_state state, int64_t at)
{
    note_change(t, b);
    b->r.state = state;
    b->r.ended_at = at;
    t->counters.expired += state == REGISTRATION_EXPIRED;
    hand_on(t, b);
    free_binding(t, b);
}

static bool is_over(const struct binding *b, int64_t at)
{
    return b->r.state == REGISTRATION_REGISTERED &&
           b->r.expires_at != TIME_NONE && b->r.expires_at <= at;
}

/* When it is to be looked at. */
static int64_t due_at(const struct binding *b)
{
    int64_t due = INT64_MAX;

    if (b->r.state != REGISTRATION_REGISTERED)
        return b->r.last_at + HOUR_US;
    if (b->r.expires_at != TIME_NONE)
        due = b->r.expires_at;
    if (b->changed && b->changed_at + HOUR_US < due)
        due = b->changed_at + HOUR_US;
    return due;
}

static void plan(struct binding_table *t, struct binding *b)
{
    int64_t due = due_at(b);
    int64_t due_ns = due > INT64_MAX / 1000 ? INT64_MAX : due * 1000;

    if (!b->timer.node.next || due_ns < b->timer.due_ns)
        wheel_arm(&t->wheel, &b->timer, due_ns);
}

static void look_at(struct binding_table *t, struct binding *b)
{
    if (is_over(b, t->now_us)) {
        end(t, b, REGISTRATION_EXPIRED, b->r.expires_at);
        return;
    }
    if (due_at(b) <= t->now_us) {
        hand_on(t, b);
        if (b->r.state != REGISTRATION_REGISTERED) {
            free_binding(t, b);
            return;
        }
    }
    plan(t, b);
}

static struct binding *find(const struct binding_table *t,
                            const struct binding_identity *id, uint64_t hash)
{
    struct table_node *n = table_first(&t->table, hash);

    for (; n; n = table_next(n)) {
        struct binding *b = CONTAINER_OF(n, struct binding, node);

        if (span_equal(b->identity, binding_identity_span(id)))
            return b;
    }
    return NULL;
}

static void make_room(struct binding_table *t)
{
    while (table_full(&t->table) && oldest(t)) {
        t->counters.dropped++;
        hand_on(t, oldest(t));
        free_binding(t, oldest(t));
    }
}

static struct binding *add(struct binding_table *t,
                           const struct binding_identity *id, uint64_t hash,
                           int64_t at)
{
    struct span bytes = binding_identity_span(id);
    struct binding *b;

    make_room(t);
    b = pool_take(&t->pool);
    if (!b)
        return NULL;
    b->identity = texts_keep(&t->texts_pool, &b->texts, bytes);
    if (b->identity.length != bytes.length) {
        pool_give(&t->pool, b);
        return NULL;
    }
    b->aor_length = id->aor_length;
    list_init(&b->changing);
    b->r.first_at = b->r.last_at = at;
    b->r.expires_at = b->r.ended_at = b->r.expires_s = b->r.min_expires_s =
        b->r.register_ms = b->r.register_auth_ms = TIME_NONE;
    table_add(&t->table, &b->node, hash);
    table_add(&t->aors, &b->aor_node, hash_bytes(bytes.data, id->aor_length));
    list_add_last(&t->age, &b->age);
    return b;
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

/* --- as it was written before --------------------------------------------- */

uint64_t binding_table_seek(const struct binding_table *t,
                            const struct register_request *q)
{
    uint64_t hash = binding_spelling_hash(q, q->contacts[0]);

    __builtin_prefetch(table_place(&t->spellings, hash));
    return hash;
}

/* Where it looks as if there were one: its hash is not compared. */
static struct binding *likely_row(const struct binding_table *t,
                                  uint64_t spelling)
{
    struct table_node *n = table_likely(&t->spellings, spelling);

    return n ? CONTAINER_OF(n, struct binding, spelling.node) : NULL;
}

void binding_table_fetch_row(const struct binding_table *t, uint64_t spelling)
{
    struct binding *b = likely_row(t, spelling);

    if (b)
        fetch_lines(b, sizeof(*b));
}

void binding_table_fetch_texts(const struct binding_table *t, uint64_t spelling)
{
    const struct binding *b = likely_row(t, spelling);

    if (!b)
        return;
    fetch_lines(b->identity.data, TEXTS_NEAR_BYTES);
    fetch_lines(b->spelling.request_uri.data, TEXTS_NEAR_BYTES);
}

/* The identity begins with the sensor, behind its length. */
static bool is_of_sensor(const struct binding *b, struct span sensor)
{
    const uint8_t *length = (const uint8_t *)b->identity.data;

    return b->identity.length >= 2 &&
           sensor.length == ((size_t)length[0] << 8 | length[1]) &&
           span_equal(span_part(b->identity, 2, sensor.length), sensor);
}

/* The row of a REGISTER written as the one before was, the usual renewal:
 * nothing of it need be read to know that. NULL where it is to be read. */
static struct binding *find_spelled(const struct binding_table *t,
                                    const struct register_fact *f,
                                    struct span contact)
{
    const struct register_request *q = f->request;
    struct table_node *n =
        contact.length
            ? table_first(&t->spellings, binding_spelling_hash(q, contact))
            : NULL;

    for (; n; n = table_next(n)) {
        struct binding *b = CONTAINER_OF(n, struct binding, spelling.node);

        if (span_equal(b->spelling.contact, contact) &&
            span_equal(b->spelling.to, q->to) &&
            span_equal(b->spelling.request_uri, q->request_uri) &&
            is_of_sensor(b, f->sensor))
            return is_over(b, f->request_at) ? NULL : b;
    }
    return NULL;
}

/* The row says what contact_parse() would, but for the parts of the URI. */
static struct contact contact_of_row(const struct binding *b)
{
    return (struct contact){
        .text = b->spelling.contact,
        .is_brief = true,
        .uri_text = b->r.contact_uri,
        .host = b->r.contact_host,
        .instance = b->r.instance_id,
        .has_reg_id = b->r.has_reg_id,
        .reg_id = b->r.reg_id,
        .has_expires = b->spelling.has_expires,
        .expires_s = b->spelling.expires_s,
    };
}

static void keep_spelling(struct binding_table *t, struct binding *b,
                          const struct register_fact *f,
                          const struct contact *contact)
{
    forget_spelling(t, b);
    if (!contact)
        return;
    b->spelling.is_known = true;
    b->spelling.has_expires = contact->has_expires;
    b->spelling.expires_s = contact->expires_s;
    table_add(&t->spellings, &b->spelling.node,
              binding_spelling_hash(f->request, contact->text));
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

    note_change(t, b);
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
        discharge(t, b);
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
    struct binding *b = find(t, id, hash);
    struct failing *source;

    if (b && is_over(b, f->request_at)) {
        end(t, b, REGISTRATION_EXPIRED, b->r.expires_at);
        b = NULL;
    }
    if (b)
        return b;
    if (f->status_code >= 200 && f->status_code < 300)
        return add(t, id, hash, f->first_at);
    source = failing_get(&t->failing, &f->src.address);
    if (source && failing_charge(&t->failing, source)) {
        b = add(t, id, hash, f->first_at);
        if (b)
            b->failing = source;
        else
            failing_discharge(&t->failing, source);
        return b;
    }
    binding_identity_of_failures(f, source != NULL, id);
    t->counters.aggregated++;
    hash = hash_span(binding_identity_span(id));
    b = find(t, id, hash);
    return b ? b : add(t, id, hash, f->first_at);
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
            keep_spelling(t, b, f, its);
    }
    if (!accepted) {
        note_failure(b, f);
    } else if (expires_s == 0) {
        end(t, b, REGISTRATION_UNREGISTERED, f->done_at);
        return;
    } else {
        note_accepted(t, b, f, expires_s);
    }
    plan(t, b);
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
        if (is_over(b, f->request_at)) {
            end(t, b, REGISTRATION_EXPIRED, b->r.expires_at);
            continue;
        }
        touch(t, b, f);
        if (f->status_code >= 200 && f->status_code < 300)
            end(t, b, REGISTRATION_UNREGISTERED, f->done_at);
        else
            note_failure(b, f);
    }
}

static int observe_contact(struct binding_table *t,
                           const struct register_fact *f, struct span value)
{
    struct binding *b = find_spelled(t, f, value);
    struct binding_identity id;
    struct contact contact;

    if (b) {
        contact = contact_of_row(b);
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
        look_at(t, CONTAINER_OF(timer, struct binding, timer));
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
    if (!key_equal(&key, &r->binding_key) || find(t, &id, hash))
        return -ENOENT;
    b = add(t, &id, hash, r->first_at);
    if (!b)
        return -ENOMEM;
    b->r = *r;
    b->accepted = b->counted = true;
    take_texts(t, b);
    if (!t->wheel.started)
        (void)wheel_take_due(&t->wheel, b->r.last_at * 1000);
    plan(t, b);
    return 0;
}

int binding_table_tell(struct binding_table *t)
{
    while (!list_empty(&t->changed))
        hand_on(t, CONTAINER_OF(t->changed.next, struct binding, changing));
    return take_failure(t, 0);
}

int binding_table_end(struct binding_table *t)
{
    struct binding *b;

    while ((b = oldest(t)) != NULL) {
        if (is_over(b, t->now_us)) {
            end(t, b, REGISTRATION_EXPIRED, b->r.expires_at);
            continue;
        }
        hand_on(t, b);
        free_binding(t, b);
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
