#include "store/query.h"

#include <stdarg.h>
#include <stdio.h>

#include "store/clean.h"

void query_init(struct query *q)
{
    memset(q, 0, sizeof(*q));
    arena_init(&q->arena, 4096);
}

void query_fini(struct query *q)
{
    arena_fini(&q->arena);
}

void query_add(struct query *q, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(q->sql + q->used, sizeof(q->sql) - q->used, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof(q->sql) - q->used)
        q->failed = true;
    else
        q->used += (size_t)n;
}

/* A parameter; returns its number. */
int query_param(struct query *q, struct span text)
{
    char *copy = arena_take(&q->arena, CLEAN_TEXT_MAX + 1);

    if (!copy || q->count == QUERY_PARAMS_MAX) {
        q->failed = true;
        return 0;
    }
    copy[clean_write(text, copy, CLEAN_TEXT_MAX)] = 0;
    q->values[q->count++] = copy;
    return q->count;
}

static int query_number(struct query *q, int64_t value)
{
    char text[24];

    (void)snprintf(text, sizeof(text), "%lld", (long long)value);
    return query_param(q, span_of_string(text));
}

int query_time(struct query *q, int64_t time_us)
{
    char text[TIME_TEXT_BYTES];

    (void)time_write(time_us, text);
    return query_param(q, span_of_string(text));
}

/* For LIKE: %, _ and \ stand for themselves; reversed for a suffix. */
static int query_pattern(struct query *q, struct span text, bool reversed)
{
    char *copy = arena_take(&q->arena, 2 * text.length + 2);
    size_t used = 0;

    if (!copy) {
        q->failed = true;
        return 0;
    }
    for (size_t i = 0; i < text.length; i++) {
        char c = text.data[reversed ? text.length - 1 - i : i];

        if (c == '%' || c == '_' || c == '\\')
            copy[used++] = '\\';
        copy[used++] = c;
    }
    copy[used++] = '%';
    return query_param(q, span_of(copy, used));
}

static bool is_digits(struct span text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return text.length > 0;
}

static bool is_number(struct span text)
{
    return text.length > 0 &&
           is_digits(text.data[0] == '+' ? span_from(text, 1) : text);
}

/* The columns of one party: From and P-Asserted-Identity, or To and the
 * Request-URI. The condition is that of the second user's partial index. */
struct party {
    const char *user;
    const char *number;
    const char *host;
    const char *other_user;
    const char *other_host;
    const char *other_known;
};

static const struct party caller = {"caller_user", "caller_number",
                                    "caller_host", "pai_user",
                                    "pai_host",    "pai_user IS NOT NULL"};
static const struct party callee = {
    "callee_user",  "callee_number",
    "callee_host",  "request_user",
    "request_host", "request_user IS DISTINCT FROM callee_user"};

/* A pattern or a whole value, and the host where one is asked for. */
static void add_like(struct query *q, const struct party *p, int n,
                     const char *op, struct span text, int host)
{
    char same[64] = "";
    char same_other[64] = "";

    if (host) {
        (void)snprintf(same, sizeof(same), " AND lower(%s) = lower($%d)",
                       p->host, host);
        (void)snprintf(same_other, sizeof(same_other),
                       " AND lower(%s) = lower($%d)", p->other_host, host);
    }
    query_add(q, "((%s %s $%d%s)", p->user, op, n, same);
    if (is_number(text))
        query_add(q, " OR (%s %s $%d%s)", p->number, op, n, same);
    if (is_digits(text))
        query_add(q, " OR (%s %s '+' || $%d%s)", p->number, op, n, same);
    query_add(q, " OR (%s AND %s %s $%d%s))", p->other_known, p->other_user, op,
              n, same_other);
}

static void add_suffix(struct query *q, const struct party *p,
                       struct span suffix)
{
    int n = query_pattern(q, suffix, true);

    query_add(q, "reverse(%s) LIKE $%d",
              is_digits(suffix) ? p->number : p->user, n);
}

static void add_party(struct query *q, const struct party *p, struct span text)
{
    size_t at = span_find_byte(text, '@');
    struct span user = span_part(text, 0, at);
    int host = 0;

    if (at < text.length)
        host = query_param(q, span_from(text, at + 1));
    if (user.length > 1 && user.data[user.length - 1] == '*') {
        user.length--;
        add_like(q, p, query_pattern(q, user, false), "LIKE", user, host);
    } else if (user.length > 1 && user.data[0] == '*') {
        add_suffix(q, p, span_from(user, 1));
        if (host)
            query_add(q, " AND lower(%s) = lower($%d)", p->host, host);
    } else {
        add_like(q, p, query_param(q, user), "=", user, host);
    }
}

static void add_parties(struct query *q, const struct call_filter *f)
{
    if (f->from.length) {
        query_add(q, " AND ");
        add_party(q, &caller, f->from);
    }
    if (f->to.length) {
        query_add(q, " AND ");
        add_party(q, &callee, f->to);
    }
    if (f->number.length) {
        query_add(q, " AND (");
        add_party(q, &caller, f->number);
        query_add(q, " OR ");
        add_party(q, &callee, f->number);
        query_add(q, ")");
    }
}

static void add_dispositions(struct query *q, uint32_t set)
{
    bool more = false;

    if (!set)
        return;
    query_add(q, " AND disposition IN (");
    for (int i = 0; i < CALL_DISPOSITION_COUNT; i++) {
        if (!(set >> i & 1))
            continue;
        query_add(q, "%s'%s'", more ? ", " : "",
                  call_disposition_name((enum call_disposition)i));
        more = true;
    }
    query_add(q, "%s)", more ? "" : "NULL");
}

static void add_numbers(struct query *q, const struct call_filter *f)
{
    if (f->status_high)
        query_add(q, " AND status_code BETWEEN %u AND %u",
                  (unsigned)f->status_low, (unsigned)f->status_high);
    if (f->min_pdd_ms != TIME_NONE)
        query_add(q, " AND pdd_ms >= $%d::bigint",
                  query_number(q, f->min_pdd_ms));
    if (f->min_duration_ms != TIME_NONE)
        query_add(q, " AND talk_ms >= $%d::bigint",
                  query_number(q, f->min_duration_ms));
    if (f->max_duration_ms != TIME_NONE)
        query_add(q, " AND talk_ms <= $%d::bigint",
                  query_number(q, f->max_duration_ms));
}

/* Of a live capture: what changed, or what came of those that ran. */
static void add_live(struct query *q, const struct call_filter *f)
{
    if (f->live)
        query_add(q, " AND live");
    if (f->live_since_us != TIME_NONE)
        query_add(q, " AND last_message_at >= $%d::timestamptz",
                  query_time(q, f->live_since_us));
    if (!f->ended)
        return;
    query_add(q, " AND NOT live AND call_key IN (NULL");
    for (size_t i = 0; i < f->ended_count; i++) {
        char key[KEY_TEXT_BYTES];

        key_write(&f->ended[i], key);
        query_add(q, ", '%s'", key);
    }
    query_add(q, ")");
}

static void add_captures(struct query *q, const struct call_filter *f)
{
    if (!f->capture_keys)
        return;
    query_add(q, " AND capture_key IN (NULL");
    for (size_t i = 0; i < f->capture_count; i++) {
        char key[KEY_TEXT_BYTES];

        key_write(&f->capture_keys[i], key);
        query_add(q, ", '%s'", key);
    }
    query_add(q, ")");
}

void query_add_filter(struct query *q, const struct call_filter *f)
{
    query_add(q, " WHERE true");
    if (f->since_us != TIME_NONE)
        query_add(q, " AND first_at >= $%d::timestamptz",
                  query_time(q, f->since_us));
    if (f->until_us != TIME_NONE)
        query_add(q, " AND first_at < $%d::timestamptz",
                  query_time(q, f->until_us));
    if (f->call_id.length)
        query_add(q, " AND call_id = $%d", query_param(q, f->call_id));
    if (f->sensor.length)
        query_add(q, " AND sensor = $%d", query_param(q, f->sensor));
    if (f->ip.family) {
        char text[ADDRESS_TEXT_BYTES];
        size_t length = address_write(&f->ip, text);
        int n = query_param(q, span_of(text, length));

        query_add(q, " AND (src_ip = $%d::inet OR dst_ip = $%d::inet)", n, n);
    }
    add_parties(q, f);
    add_dispositions(q, f->dispositions);
    add_numbers(q, f);
    add_captures(q, f);
    add_live(q, f);
    if (!f->all)
        query_add(q, " AND NOT 'no_start' = ANY (evidence)");
}
