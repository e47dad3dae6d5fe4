#include "store/session.h"

#include <errno.h>
#include <libpq-fe.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/log.h"
#include "store/source.h"

#define WAIT_FIRST_MS 100
#define WAIT_MOST_MS 5000
#define SLICE_MS 50

/* A setting stronger than on stays; off would lose what we let go of. */
static const char setup_sql[] =
    "SET lock_timeout = '10s'; SET statement_timeout = '5min'; "
    "SET idle_in_transaction_session_timeout = '5min'; "
    "SELECT set_config('synchronous_commit', CASE current_setting("
    "'synchronous_commit') WHEN 'off' THEN 'local' "
    "ELSE current_setting('synchronous_commit') END, false)";

void outage_init(struct outage *o)
{
    memset(o, 0, sizeof(*o));
    (void)pthread_mutex_init(&o->lock, NULL);
    o->away[0] = true; /* the others connect when there is work for them */
}

void outage_fini(struct outage *o)
{
    (void)pthread_mutex_destroy(&o->lock);
}

bool outage_is_over(struct outage *o)
{
    bool over = true;

    (void)pthread_mutex_lock(&o->lock);
    for (int i = 0; i < SESSION_MAX; i++)
        over &= !o->away[i];
    (void)pthread_mutex_unlock(&o->lock);
    return over;
}

void session_init(struct session *s, struct outage *outage, int number,
                  const char *db)
{
    *s = (struct session){.outage = outage,
                          .number = number,
                          .db = db,
                          .wait_ms = WAIT_FIRST_MS,
                          .fd = -1};
    (void)pthread_mutex_init(&s->lock, NULL);
}

static void set_fd(struct session *s, int fd)
{
    (void)pthread_mutex_lock(&s->lock);
    s->fd = fd;
    (void)pthread_mutex_unlock(&s->lock);
}

static void disconnect(struct session *s)
{
    set_fd(s, -1);
    store_close(&s->store);
}

void session_fini(struct session *s)
{
    disconnect(s);
    (void)pthread_mutex_destroy(&s->lock);
}

int session_open(struct session *s, struct error *err)
{
    int rc;

    if (s->store.conn)
        return 0;
    rc = store_open(s->db, s->known ? STORE_REJOIN : STORE_WRITE, &s->store,
                    err);
    if (rc)
        return rc;
    set_fd(s, PQsocket(s->store.conn));
    rc = store_run(s->store.conn, setup_sql, err);
    if (rc == 0)
        rc = source_announce(s->store.conn, err);
    if (rc)
        disconnect(s);
    s->known = true;
    return rc;
}

static enum database_trouble trouble_of(int rc)
{
    switch (-rc) {
    case EACCES:
        return TROUBLE_LOGIN;
    case ENOSPC:
    case ENOBUFS:
    case ENOMEM:
        return TROUBLE_RESOURCES;
    case EBUSY:
    case EEXIST:
        return TROUBLE_LOCK;
    case EPROTO:
    case ENOENT:
    case EROFS:
    case EILSEQ:
        return TROUBLE_REFUSED;
    default:
        return TROUBLE_CONNECTION;
    }
}

/* Without the advice to run again: it goes on by itself. */
static int said_length(const char *text)
{
    const char *advice = strstr(text, "; what was committed stays");

    if (!advice)
        advice = strstr(text, "; make room there and run again");
    return (int)(advice ? (size_t)(advice - text) : strlen(text));
}

void session_failed(struct session *s, int rc, const struct error *err)
{
    struct outage *o = s->outage;
    enum database_trouble trouble = trouble_of(rc);
    bool say;

    disconnect(s);
    (void)pthread_mutex_lock(&o->lock);
    o->troubles[trouble]++;
    /* Of the others nobody knows until something goes through again. */
    for (int i = 0; i < SESSION_MAX; i++)
        o->away[i] = true;
    say = o->said != (int)trouble + 1 && !atomic_load(&o->ending);
    if (say)
        o->said = (int)trouble + 1;
    (void)pthread_mutex_unlock(&o->lock);
    if (say)
        log_line(LOG_WARNING, "%.*s; records wait in the spool",
                 said_length(err->text), err->text);
}

void session_worked(struct session *s)
{
    struct outage *o = s->outage;
    bool say = false;
    bool over = true;

    s->wait_ms = WAIT_FIRST_MS;
    (void)pthread_mutex_lock(&o->lock);
    o->away[s->number] = false;
    for (int i = 0; i < SESSION_MAX; i++)
        over &= !o->away[i];
    if (over && o->said) {
        say = true;
        o->said = 0;
        o->returns++;
    }
    (void)pthread_mutex_unlock(&o->lock);
    if (say)
        log_line(LOG_WARNING, "the database is back; the spool drains");
}

bool session_wait(struct session *s)
{
    const struct timespec slice = {0, SLICE_MS * 1000000L};
    long waited = 0;

    while (waited < s->wait_ms && !atomic_load(&s->outage->ending)) {
        (void)nanosleep(&slice, NULL);
        waited += SLICE_MS;
    }
    s->wait_ms = s->wait_ms * 2 < WAIT_MOST_MS ? s->wait_ms * 2 : WAIT_MOST_MS;
    return !atomic_load(&s->outage->ending);
}

bool session_cut(struct session *s)
{
    bool connected;

    (void)pthread_mutex_lock(&s->lock);
    connected = s->fd >= 0;
    if (connected)
        (void)shutdown(s->fd, SHUT_RDWR);
    (void)pthread_mutex_unlock(&s->lock);
    return connected;
}
