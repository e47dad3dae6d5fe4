#include "capture/capture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "capture/file.h"
#include "capture/filter.h"
#include "capture/live.h"

#define BLOCK_BYTES ((size_t)1 << 18)
/* With many files the blocks get smaller, and files beyond these wait closed
 * until their first packet's time has come: most sets of files are one
 * capture cut in turns. */
#define BLOCK_BYTES_MIN ((size_t)64 << 10)
#define BLOCK_BYTES_ALL ((size_t)16 << 20)
#define FILES_OPEN 8

struct input {
    struct file file;
    struct capture_source source;
    enum file_result head_result; /* of the packet that comes next */
    struct packet head;
    uint32_t ordinal;
    bool open;
    char *path;
};

struct capture {
    struct filter *filter; /* or NULL */
    struct live *live;     /* interfaces; then there are no inputs */
    struct input *inputs;
    size_t input_count;
    struct input **heap; /* by time of the next packet; the first is next */
    size_t heap_count;
    bool lent; /* the first of the heap has lent its packet */
    bool unmatched_too;
    bool no_fingerprint;
    size_t block_bytes;
};

static bool comes_before(const struct input *a, const struct input *b)
{
    if (a->head.time_ns != b->head.time_ns)
        return a->head.time_ns < b->head.time_ns;
    return a->ordinal < b->ordinal;
}

static void heap_sink(struct capture *c, size_t at)
{
    struct input *moved = c->heap[at];

    for (;;) {
        size_t child = 2 * at + 1;

        if (child >= c->heap_count)
            break;
        if (child + 1 < c->heap_count &&
            comes_before(c->heap[child + 1], c->heap[child]))
            child++;
        if (!comes_before(c->heap[child], moved))
            break;
        c->heap[at] = c->heap[child];
        at = child;
    }
    c->heap[at] = moved;
}

static void heap_remove_first(struct capture *c)
{
    c->heap[0] = c->heap[--c->heap_count];
    if (c->heap_count > 0)
        heap_sink(c, 0);
}

static void update_source(struct input *in)
{
    if (!in->open)
        return;
    in->source.size_bytes = in->file.bytes.size_bytes;
    in->source.position_bytes = in->file.bytes.read_bytes;
    in->source.fingerprint = bytes_fingerprint(&in->file.bytes);
}

static void input_close(struct input *in)
{
    update_source(in);
    if (in->open)
        file_close(&in->file);
    in->open = false;
}

static void read_head(struct input *in)
{
    in->head_result = file_next(&in->file, &in->head);
    in->head.source = in->ordinal;
}

static int input_open(struct capture *c, struct input *in, struct error *err)
{
    int result = file_open(&in->file, in->path, c->block_bytes, err);

    if (result < 0)
        return result;
    in->open = true;
    if (c->no_fingerprint)
        bytes_forgo_fingerprint(&in->file.bytes);
    read_head(in);
    update_source(in);
    return 0;
}

/* Read the file that waited from its start again. */
static void input_wake(struct capture *c, struct input *in)
{
    struct error err;
    int64_t time_ns = in->head.time_ns;

    if (input_open(c, in, &err) < 0) {
        in->head_result = FILE_DAMAGED;
        (void)snprintf(in->file.damage, sizeof(in->file.damage),
                       "cannot be read again: %.200s", err.text);
    } else if (in->head_result == FILE_PACKET && in->head.time_ns != time_ns) {
        in->head_result = FILE_DAMAGED;
        (void)snprintf(in->file.damage, sizeof(in->file.damage),
                       "was changed while it waited for its turn");
    }
}

static int open_inputs(struct capture *c, const char *const *paths,
                       struct error *err)
{
    for (size_t i = 0; i < c->input_count; i++) {
        struct input *in = &c->inputs[i];
        int result;

        in->ordinal = (uint32_t)i;
        in->path = strdup(paths[i]);
        if (!in->path)
            return error_set(err, -ENOMEM, "out of memory");
        in->source.name = in->path;
        result = input_open(c, in, err);
        if (result < 0)
            return result;
        if (c->filter)
            result = filter_prepare(
                c->filter,
                in->head_result == FILE_PACKET ? in->head.link_type : 1, err);
        if (result < 0)
            return result;
        c->heap[c->heap_count++] = in;
        if (i >= FILES_OPEN && in->head_result == FILE_PACKET &&
            in->file.bytes.regular) {
            input_close(in);
            in->source.position_bytes = 0;
        }
    }
    for (size_t at = c->heap_count / 2; at-- > 0;)
        heap_sink(c, at);
    return 0;
}

int capture_open_files(const char *const *paths, size_t path_count,
                       const struct capture_options *options,
                       struct capture **capture_out, struct error *err)
{
    struct capture *c = calloc(1, sizeof(*c));
    int result = -ENOMEM;

    if (!c || path_count == 0 || path_count > UINT32_MAX) {
        free(c);
        return c ? error_set(err, -EINVAL, "no capture file is named")
                 : error_set(err, -ENOMEM, "out of memory");
    }
    c->inputs = calloc(path_count, sizeof(*c->inputs));
    c->heap = calloc(path_count, sizeof(struct input *));
    if (!c->inputs || !c->heap) {
        result = error_set(err, -ENOMEM, "out of memory");
        goto out;
    }
    c->input_count = path_count;
    c->block_bytes = BLOCK_BYTES_ALL / path_count;
    if (c->block_bytes > BLOCK_BYTES)
        c->block_bytes = BLOCK_BYTES;
    if (c->block_bytes < BLOCK_BYTES_MIN)
        c->block_bytes = BLOCK_BYTES_MIN;
    c->unmatched_too = options && options->unmatched_too;
    c->no_fingerprint = options && options->no_fingerprint;
    result = options && options->filter
                 ? filter_new(options->filter, &c->filter, err)
                 : 0;
    if (result == 0)
        result = open_inputs(c, paths, err);
out:
    if (result < 0)
        capture_free(c);
    else
        *capture_out = c;
    return result;
}

int capture_open_live(const struct capture_live_options *options,
                      struct capture **capture_out, struct error *err)
{
    struct capture *c = calloc(1, sizeof(*c));
    const char *text = options->packets.filter;
    int result;

    if (!c)
        return error_set(err, -ENOMEM, "out of memory");
    c->unmatched_too = options->packets.unmatched_too;
    result = text ? filter_new(text, &c->filter, err) : 0;
    if (result == 0)
        result = live_new(options, &c->live, err);
    if (result < 0)
        capture_free(c);
    else
        *capture_out = c;
    return result;
}

void capture_free(struct capture *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->input_count; i++) {
        input_close(&c->inputs[i]);
        free(c->inputs[i].path);
    }
    free(c->inputs);
    free(c->heap);
    live_free(c->live);
    filter_free(c->filter);
    free(c);
}

static inline void count_packet(struct capture_source *s,
                                const struct packet *p)
{
    if (s->packets == 0)
        s->first_time_ns = s->last_time_ns = p->time_ns;
    else if (p->time_ns > s->last_time_ns)
        s->last_time_ns = p->time_ns;
    s->packets++;
    s->bytes += p->length;
    s->truncated += p->length < p->wire_length;
}

/* An input leaves for good: at its end, or where it broke off. */
static enum capture_result leave(struct capture *c, struct input *in,
                                 struct error *err)
{
    heap_remove_first(c);
    if (in->head_result == FILE_DAMAGED) {
        in->source.damaged = true;
        (void)snprintf(in->source.damage, sizeof(in->source.damage), "%s",
                       in->file.damage);
    }
    input_close(in);
    if (in->head_result == FILE_FAILED) {
        (void)error_set(err, -ENOMEM, "%s: out of memory", in->path);
        return CAPTURE_FAILED;
    }
    if (in->head_result != FILE_DAMAGED)
        return CAPTURE_PACKET;
    (void)error_set(err, -EIO, "%s: %s", in->path, in->source.damage);
    return CAPTURE_DAMAGED;
}

/* Make the next packet of all the first of the heap: read on in the file that
 * lent the last one. */
static void advance(struct capture *c)
{
    struct input *in = c->heap[0];

    if (c->lent) {
        c->lent = false;
        read_head(in);
        if (in->head_result == FILE_PACKET && c->heap_count > 1)
            heap_sink(c, 0);
    }
    if (!c->heap[0]->open)
        input_wake(c, c->heap[0]);
}

static bool is_wanted(struct capture *c, struct packet *packet)
{
    if (!c->unmatched_too)
        return filter_pass(c->filter, packet);
    packet->unmatched = !filter_matches(c->filter, packet);
    return true;
}

bool capture_matches_inside(struct capture *c, const struct packet *inside)
{
    return !c->filter || filter_matches_inside(c->filter, inside);
}

static struct capture_source *source_of(struct capture *c, size_t index)
{
    return c->live ? live_source(c->live, index) : &c->inputs[index].source;
}

void capture_reject(struct capture *c, const struct packet *packet)
{
    struct capture_source *s = source_of(c, packet->source);

    s->packets--;
    s->bytes -= packet->length;
    s->truncated -= packet->length < packet->wire_length;
    s->filtered++;
}

static enum capture_result read_live(struct capture *c,
                                     struct packet *packet_out)
{
    for (;;) {
        enum capture_result result = live_read(c->live, packet_out);
        struct capture_source *s;

        if (result != CAPTURE_PACKET)
            return result;
        s = live_source(c->live, packet_out->source);
        packet_out->unmatched = false;
        if (c->filter && !is_wanted(c, packet_out)) {
            s->filtered++;
            continue;
        }
        count_packet(s, packet_out);
        return CAPTURE_PACKET;
    }
}

enum capture_result capture_read(struct capture *c, struct packet *packet_out,
                                 struct error *err)
{
    if (c->live)
        return read_live(c, packet_out);
    while (c->heap_count > 0) {
        struct input *in = c->heap[0];

        if (c->heap_count == 1 && c->lent && !c->filter) {
            in->head_result = file_next(&in->file, packet_out);
            packet_out->source = in->ordinal;
            if (in->head_result == FILE_PACKET) {
                packet_out->unmatched = false;
                count_packet(&in->source, packet_out);
                return CAPTURE_PACKET;
            }
            c->lent = false;
        } else {
            advance(c);
            in = c->heap[0];
        }
        if (in->head_result != FILE_PACKET) {
            enum capture_result result = leave(c, in, err);

            if (result != CAPTURE_PACKET)
                return result;
            continue;
        }
        c->lent = true;
        in->head.unmatched = false;
        if (c->filter && !is_wanted(c, &in->head)) {
            in->source.filtered++;
            continue;
        }
        count_packet(&in->source, &in->head);
        *packet_out = in->head;
        return CAPTURE_PACKET;
    }
    return CAPTURE_END;
}

int64_t capture_now(const struct capture *c)
{
    return live_now(c->live);
}

void capture_settle(struct capture *c, bool all_read)
{
    if (c->live)
        live_settle(c->live, all_read);
}

bool capture_take_drop(struct capture *c, struct capture_drop *drop_out)
{
    return c->live && live_take_drop(c->live, drop_out);
}

size_t capture_source_count(const struct capture *c)
{
    return c->live ? live_count(c->live) : c->input_count;
}

const struct capture_source *capture_source_at(const struct capture *c,
                                               size_t index)
{
    if (c->live)
        return live_source(c->live, index);
    update_source(&c->inputs[index]);
    return &c->inputs[index].source;
}
