/**
 * A connection that comes back: for a sender that never gives up.
 */
#ifndef SIPTRAIL_STORE_SESSION_H
#define SIPTRAIL_STORE_SESSION_H

#include <pthread.h>
#include <stdatomic.h>

#include "store/connection.h"
#include "store/writer.h"

#define SESSION_MAX 2

/** What the sessions of one writer share. */
struct outage {
    pthread_mutex_t lock;
    bool away[SESSION_MAX]; /* by session */
    int said;               /* enum database_trouble and 1; 0: nothing */
    uint64_t troubles[TROUBLE_COUNT];
    uint64_t returns;
    atomic_bool ending; /* no more waiting */
};

void outage_init(struct outage *o);
void outage_fini(struct outage *o);
/** All sessions connected. */
bool outage_is_over(struct outage *o);

struct session {
    struct outage *outage;
    int number;     /* below SESSION_MAX */
    const char *db; /* as store_open() takes it; borrowed */
    struct store store;
    bool known; /* it was connected before */
    long wait_ms;
    pthread_mutex_t lock; /* for fd */
    int fd;               /* of the connection, or -1 */
};

void session_init(struct session *s, struct outage *outage, int number,
                  const char *db);
void session_fini(struct session *s);

/**
 * Connect, unless it is, and set up: what is committed is durable, locks are
 * waited for 10 s, and an audit knows of it. Where the private server has
 * died it is started again; one that was stopped stays so.
 */
WARN_UNUSED int session_open(struct session *s, struct error *err);

/** What was tried failed: close the connection, count why, say it once. */
void session_failed(struct session *s, int rc, const struct error *err);
/** Something went through: say it where it had not. */
void session_worked(struct session *s);

/** Wait before the next try: 0.1 s, doubling, 5 s at most. False: ending. */
bool session_wait(struct session *s);

/**
 * Cut the connection under whoever waits on it. Another thread's.
 *
 * @return false where there is none
 */
bool session_cut(struct session *s);

#endif
