/*
 * Packets made anew around stored messages.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/grow.h"
#include "cli/export.h"
#include "cli/frame.h"

#define LINKTYPE_ETHERNET 1
/* Of a TCP segment, so that frames stay of a size any tool takes. */
#define SEGMENT_BYTES 1400

/* Where one direction of a TCP connection stands. */
struct direction {
    struct endpoint src;
    struct endpoint dst;
    uint32_t next;
};

struct rebuilding {
    struct capture_writer *writer;
    struct direction *directions;
    size_t direction_count;
    size_t direction_room;
    uint64_t written;
    uint8_t buffer[FRAME_HEADERS_MAX + FRAME_PAYLOAD_MAX];
};

/* A message in the list that is sorted by time. */
struct entry {
    const struct observation *seen;
};

static int compare_entries(const void *a, const void *b)
{
    const struct observation *x = ((const struct entry *)a)->seen;
    const struct observation *y = ((const struct entry *)b)->seen;

    if (x->arrival.time_ns != y->arrival.time_ns)
        return x->arrival.time_ns < y->arrival.time_ns ? -1 : 1;
    if (x->arrival.frame != y->arrival.frame)
        return x->arrival.frame < y->arrival.frame ? -1 : 1;
    return x->ordinal < y->ordinal ? -1 : x->ordinal > y->ordinal;
}

/* The direction from src to dst, made where it is new; NULL: no memory. */
static struct direction *direction_of(struct rebuilding *r,
                                      const struct endpoint *src,
                                      const struct endpoint *dst)
{
    struct direction *directions;

    for (size_t i = 0; i < r->direction_count; i++)
        if (endpoint_equal(&r->directions[i].src, src) &&
            endpoint_equal(&r->directions[i].dst, dst))
            return &r->directions[i];
    directions = grow_for_one(r->directions, &r->direction_room,
                              r->direction_count, sizeof(*directions));
    if (!directions)
        return NULL;
    r->directions = directions;
    r->directions[r->direction_count] = (struct direction){*src, *dst, 1};
    return &r->directions[r->direction_count++];
}

static int write_frame(struct rebuilding *r, const struct frame *frame,
                       int64_t time_ns, struct error *err)
{
    size_t n = frame_write(frame, r->buffer);
    const struct packet packet = {.data = r->buffer,
                                  .length = (uint32_t)n,
                                  .wire_length = (uint32_t)n,
                                  .time_ns = time_ns,
                                  .link_type = LINKTYPE_ETHERNET};

    if (!n)
        return 0;
    r->written++;
    return capture_writer_push(r->writer, &packet, err);
}

static int write_segments(struct rebuilding *r, struct frame *frame,
                          int64_t time_ns, struct error *err)
{
    struct direction *back = direction_of(r, &frame->dst, &frame->src);
    uint32_t expected = back ? back->next : 0;
    struct direction *there = direction_of(r, &frame->src, &frame->dst);
    struct span rest = frame->payload;
    int rc = 0;

    if (!back || !there)
        return error_set(err, -ENOMEM, "out of memory");
    while (rest.length && !rc) {
        frame->payload = span_part(rest, 0, SEGMENT_BYTES);
        rest = span_from(rest, SEGMENT_BYTES);
        frame->seq = there->next;
        frame->ack = expected;
        frame->push = rest.length == 0;
        there->next += (uint32_t)frame->payload.length;
        rc = write_frame(r, frame, time_ns, err);
    }
    return rc;
}

static int write_message(struct rebuilding *r, const struct observation *seen,
                         struct error *err)
{
    const struct arrival *a = &seen->arrival;
    struct frame frame = {
        .src = a->src,
        .dst = a->dst,
        .vlan = a->vlan,
        .tcp = a->transport != TRANSPORT_UDP && a->transport != TRANSPORT_SCTP,
        .payload = seen->message.text,
    };

    if (frame.tcp)
        return write_segments(r, &frame, a->time_ns, err);
    return write_frame(r, &frame, a->time_ns, err);
}

/* Messages of all calls in the order of time, each once; NULL: no memory. */
static struct entry *gather(const struct picked *picked, size_t *count_out,
                            uint64_t *missing_out)
{
    struct entry *all;
    size_t room = 0;

    *count_out = 0;
    for (size_t v = 0; v < picked->count; v++)
        room += picked->views[v].message_count;
    all = calloc(room + 1, sizeof(*all));
    for (size_t v = 0; all && v < picked->count; v++) {
        for (size_t i = 0; i < picked->views[v].message_count; i++) {
            const struct message_record *m = &picked->views[v].messages[i];

            if (m->seen->message.text.length)
                all[(*count_out)++].seen = m->seen;
            else if (!m->duplicate)
                (*missing_out)++;
        }
    }
    if (all)
        qsort(all, *count_out, sizeof(*all), compare_entries);
    return all;
}

int export_rebuilt(const struct picked *picked, struct capture_writer *writer,
                   uint64_t *count_out, uint64_t *missing_out,
                   struct error *err)
{
    struct rebuilding *r = calloc(1, sizeof(*r));
    size_t count = 0;
    struct entry *all = gather(picked, &count, missing_out);
    int rc = 0;

    if (!r || !all) {
        free(r);
        free(all);
        return error_set(err, -ENOMEM, "out of memory");
    }
    r->writer = writer;
    for (size_t i = 0; i < count && !rc; i++)
        rc = write_message(r, all[i].seen, err);
    *count_out = r->written;
    free(r->directions);
    free(r);
    free(all);
    return rc;
}
