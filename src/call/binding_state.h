/**
 * What binding.c, binding_row.c and binding_spelling.c share: bindings as they
 * are kept, and their rows.
 */
#ifndef SIPTRAIL_CALL_BINDING_STATE_H
#define SIPTRAIL_CALL_BINDING_STATE_H

#include "base/list.h"
#include "base/pool.h"
#include "base/table.h"
#include "base/texts.h"
#include "base/wheel.h"
#include "call/binding.h"
#include "call/binding_key.h"
#include "call/contact.h"
#include "call/failing.h"

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

/* --- rows come and go: binding_row.c -------------------------------------- */

static inline bool binding_is_over(const struct binding *b, int64_t at)
{
    return b->r.state == REGISTRATION_REGISTERED &&
           b->r.expires_at != TIME_NONE && b->r.expires_at <= at;
}

/** NULL where there is none. */
struct binding *binding_oldest(const struct binding_table *t);
struct binding *binding_find(const struct binding_table *t,
                             const struct binding_identity *id, uint64_t hash);
/** @return NULL where there is no memory */
struct binding *binding_add(struct binding_table *t,
                            const struct binding_identity *id, uint64_t hash,
                            int64_t at);
void binding_note_change(struct binding_table *t, struct binding *b);
/** Where it has changed. */
void binding_hand_on(struct binding_table *t, struct binding *b);
/** See to it that it is looked at when it is due. */
void binding_plan(struct binding_table *t, struct binding *b);
void binding_look_at(struct binding_table *t, struct binding *b);
/** Its source is charged for it no longer. */
void binding_discharge(struct binding_table *t, struct binding *b);
/** Hand it on as ended, and drop it. */
void binding_finish(struct binding_table *t, struct binding *b,
                    enum registration_state state, int64_t at);
void binding_drop(struct binding_table *t, struct binding *b);

/* --- as it was written before: binding_spelling.c ------------------------- */

/**
 * The row of a REGISTER written as the one before was, the usual renewal:
 * nothing of it need be read to know that. NULL where it is to be read.
 */
struct binding *binding_find_spelled(const struct binding_table *t,
                                     const struct register_fact *f,
                                     struct span contact);
/** The row says what contact_parse() would, but for the parts of the URI. */
struct contact binding_contact(const struct binding *b);
/** @param contact  NULL: it is to be read again */
void binding_keep_spelling(struct binding_table *t, struct binding *b,
                           const struct register_fact *f,
                           const struct contact *contact);
void binding_forget_spelling(struct binding_table *t, struct binding *b);

#endif
