/**
 * Dialogs: Call-ID and both tags, each fork one of its own (RFC 3261, 12).
 *
 * "Caller" is the side that sent the request which made the dialog, "callee"
 * the other, whoever sends later requests.
 */
#ifndef SIPTRAIL_DIALOG_DIALOG_H
#define SIPTRAIL_DIALOG_DIALOG_H

#include "base/list.h"
#include "base/pool.h"
#include "base/table.h"
#include "base/texts.h"
#include "dialog/usage.h"
#include "sip/observation.h"

/** What one side of a dialog was seen to send. */
struct dialog_half {
    bool has_cseq;
    uint16_t via_count; /* of the request that has it */
    uint32_t cseq;      /* highest number in its requests */
    int64_t request_at; /* last request of it, ACK too; TIME_NONE */
};

struct dialog {
    /* What each message needs comes first: DIALOG_HOT_BYTES. */
    struct table_node node;
    struct dialog *next; /* of its owner, in order of appearance */
    void *owner;
    void *detail;                      /* the owner's own */
    uint64_t seen_by;                  /* likewise: a set of small numbers */
    uint64_t caller_hash, callee_hash; /* of the tags */
    int64_t request_at;  /* last request but ACK, either side; TIME_NONE */
    int64_t last_at;     /* anything but an ACK */
    bool answered;       /* a request in it was answered 2xx */
    bool routes_settled; /* by a 2xx */
    uint16_t texts_kept; /* of targets and routes */
    struct dialog_times invite; /* the INVITE usage */
    struct dialog_half halves[DIALOG_SIDE_COUNT];
    struct span remote_target;          /* the callee's Contact */
    struct span route_set;              /* the caller's (12.1.2) */
    struct span caller_tag, callee_tag; /* kept by the owner's texts */
    const void *scope;                  /* stands for the Call-ID */
    struct session_timer timer;
    struct dialog_rare *rare; /* NULL where there is nothing of it */
};
#define DIALOG_HOT_BYTES offsetof(struct dialog, route_set)

struct dialog_table {
    struct table table;
    struct pool pool;
};

WARN_UNUSED int dialog_table_init(struct dialog_table *t, size_t cap);
void dialog_table_fini(struct dialog_table *t);

/**
 * The dialog of this message, whichever side sent it. Tags are told apart by
 * hash_span(): both make 128 bits with the run's seed.
 *
 * @param scope  What stands for the message's Call-ID, by its hash
 */
struct dialog *dialog_find(const struct dialog_table *t, const void *scope,
                           uint64_t scope_hash, uint64_t from_tag,
                           uint64_t to_tag);

/** Are these its tags, whichever is whose? */
bool dialog_is_between(const struct dialog *d, uint64_t tag, uint64_t other);

struct dialog_tags {
    struct span caller; /* stay as long as the dialog */
    struct span callee;
};
/** @return NULL where the table is full or there is no memory */
struct dialog *dialog_add(struct dialog_table *t, const void *scope,
                          uint64_t scope_hash, const struct dialog_tags *tags);
void dialog_remove(struct dialog_table *t, struct dialog *d);

/** Made where it is not there; NULL where there is no memory. */
struct dialog_rare *dialog_rare_of(struct dialog *d, struct texts_pool *pool,
                                   struct texts *texts);

/** Which side sent a request whose From tag has this hash. */
enum dialog_side dialog_side_of(const struct dialog *d, uint64_t from_tag);

/**
 * Note a request in the dialog: CSeq order, who spoke last, target refresh.
 *
 * @param is_again  It is a copy, a retransmission or the same on a next hop
 * @return Is its CSeq number lower than this side's before (12.2.2)? Never
 *         for ACK and CANCEL, which repeat their INVITE's
 */
bool dialog_observe_request(struct dialog *d, const struct observation *seen,
                            bool is_again);

/** Is this the first INVITE with its CSeq number from its side? Notes it. */
bool dialog_note_reinvite(struct dialog *d, enum dialog_side side,
                          uint32_t cseq, struct texts_pool *pool,
                          struct texts *texts);

/**
 * An INVITE inside the dialog, its first transmission on a hop.
 *
 * @return Is another of this side's still open (RFC 3261, 14.1)?
 */
bool dialog_open_invite(struct dialog *d, const struct sip_message *m,
                        int64_t at, struct texts_pool *pool,
                        struct texts *texts);
/** A first 2xx to it, by a side with one of its own open (RFC 3261, 14.2)? */
bool dialog_has_glare(const struct dialog *d, const struct sip_message *m,
                      int64_t at);
/** A final response to an INVITE inside the dialog, or the ACK. */
void dialog_close_invite(struct dialog *d, const struct sip_message *m);

/** Of targets and route sets that are kept; later changes are not. */
#define DIALOG_TEXTS_MAX 64

/**
 * Keep the target and route set of a message that makes or confirms a dialog,
 * in the caller's order: a response's Record-Route backwards (12.1.2), a
 * request's as it stands (12.1.1). A 2xx overrules the provisional before it
 * (13.2.2.4).
 */
void dialog_keep_route(struct dialog *d, const struct sip_message *m,
                       struct texts_pool *pool, struct texts *texts);

/** May this method change the target (12.2; RFC 3311, 3515, 6665)? */
bool dialog_refreshes_target(enum sip_method method);
/** A request inside the dialog: what target it asks for, if the callee's. */
void dialog_ask_target(struct dialog *d, const struct sip_message *m,
                       struct texts_pool *pool, struct texts *texts);
/** The final response to it: a 2xx grants it, or names the callee's own. */
void dialog_refresh_target(struct dialog *d, const struct sip_message *m,
                           struct texts_pool *pool, struct texts *texts);

#endif
