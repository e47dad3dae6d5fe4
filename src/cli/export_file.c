/*
 * Original packets of calls. A message is named by the frame that completed
 * it; what else it needs is found by the datagram's fragments and by the
 * stream it came in.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/grow.h"
#include "capture/capture.h"
#include "cli/export.h"
#include "decode/layers.h"

#define SECOND_NS INT64_C(1000000000)
/* Segments so long before a message's last one may be its first. */
#define STREAM_BEFORE_NS (5 * SECOND_NS)
#define STREAM_AFTER_NS SECOND_NS
/* RFC 8200, 4.5: how long fragments of one datagram may be apart. */
#define FRAGMENTS_NS (60 * SECOND_NS)

/* Both directions of a TCP connection or SCTP association, while it carries a
   call. */
struct stream_window {
    struct endpoint a;
    struct endpoint b;
    int64_t from_ns;
    int64_t until_ns;
};

struct datagram {
    struct address src;
    struct address dst;
    uint32_t id;
    int64_t time_ns;
};

struct selection {
    uint64_t *frames; /* sorted */
    size_t frame_count;
    struct stream_window *streams;
    size_t stream_count;
    bool in_parts; /* some messages came over several packets */
    struct datagram *datagrams;
    size_t datagram_count;
    size_t datagram_room;
    struct capture_writer *writer;
    uint64_t written;
};

static int compare_frames(const void *a, const void *b)
{
    const uint64_t *x = a;
    const uint64_t *y = b;

    return *x < *y ? -1 : *x > *y;
}

static bool has_frame(const struct selection *sel, uint64_t frame)
{
    return sel->frame_count && bsearch(&frame, sel->frames, sel->frame_count,
                                       sizeof(frame), compare_frames);
}

static bool same_stream(const struct stream_window *w, const struct endpoint *a,
                        const struct endpoint *b)
{
    return (endpoint_equal(&w->a, a) && endpoint_equal(&w->b, b)) ||
           (endpoint_equal(&w->a, b) && endpoint_equal(&w->b, a));
}

static void add_stream(struct selection *sel, const struct endpoint *src,
                       const struct endpoint *dst, int64_t time_ns)
{
    int64_t from = time_ns - STREAM_BEFORE_NS;
    int64_t until = time_ns + STREAM_AFTER_NS;
    struct stream_window *w;

    for (size_t i = 0; i < sel->stream_count; i++) {
        w = &sel->streams[i];
        if (!same_stream(w, src, dst))
            continue;
        w->from_ns = from < w->from_ns ? from : w->from_ns;
        w->until_ns = until > w->until_ns ? until : w->until_ns;
        return;
    }
    sel->streams[sel->stream_count++] =
        (struct stream_window){*src, *dst, from, until};
}

static bool is_stream(const struct layers *l)
{
    return l->outcome == DECODE_TCP || l->outcome == DECODE_SCTP;
}

static bool over_stream(enum transport t)
{
    return t != TRANSPORT_UDP && t != TRANSPORT_SCTP;
}

static int select_messages(const struct picked *picked, struct selection *sel)
{
    size_t count = 0;

    for (size_t v = 0; v < picked->count; v++)
        count += picked->views[v].message_count;
    sel->frames = calloc(count + 1, sizeof(*sel->frames));
    sel->streams = calloc(2 * count + 1, sizeof(*sel->streams));
    if (!sel->frames || !sel->streams)
        return -ENOMEM;
    for (size_t v = 0; v < picked->count; v++) {
        for (size_t i = 0; i < picked->views[v].message_count; i++) {
            const struct arrival *a =
                &picked->views[v].messages[i].seen->arrival;

            sel->frames[sel->frame_count++] = a->frame;
            sel->in_parts |=
                a->fragmented || a->sensor || a->transport == TRANSPORT_SCTP;
            if (over_stream(a->transport))
                add_stream(sel, &a->src, &a->dst, a->time_ns);
        }
    }
    qsort(sel->frames, sel->frame_count, sizeof(*sel->frames), compare_frames);
    return 0;
}

typedef int (*packet_fn)(struct selection *sel, const struct packet *packet,
                         struct error *err);

static int each_packet(const struct settings *s, struct selection *sel,
                       packet_fn fn, struct error *err)
{
    const char *path = s->value[OPTION_FILE];
    const struct capture_options options = {.filter = s->value[OPTION_FILTER]};
    struct capture *capture = NULL;
    struct packet packet;
    enum capture_result result = CAPTURE_PACKET;
    int rc = capture_open_files(&path, 1, &options, &capture, err);

    while (!rc && result != CAPTURE_END) {
        result = capture_read(capture, &packet, err);
        if (result == CAPTURE_PACKET)
            rc = fn(sel, &packet, err);
        else if (result == CAPTURE_FAILED)
            rc = err->code ? err->code : -EIO;
    }
    capture_free(capture);
    return rc;
}

/* The last part of a message says where the others are: fragments of its
   datagram, or other packets of the stream that HEP or SCTP came in. */
static int note_parts(struct selection *sel, const struct packet *packet,
                      struct error *err)
{
    struct datagram *datagrams;
    struct layers l;

    if (!has_frame(sel, packet->frame))
        return 0;
    layers_decode(packet, &l);
    if (is_stream(&l))
        add_stream(sel, &l.src, &l.dst, packet->time_ns);
    if (l.outcome != DECODE_FRAGMENT)
        return 0;
    datagrams = grow_for_one(sel->datagrams, &sel->datagram_room,
                             sel->datagram_count, sizeof(*datagrams));
    if (!datagrams)
        return error_set(err, -ENOMEM, "out of memory");
    sel->datagrams = datagrams;
    sel->datagrams[sel->datagram_count++] = (struct datagram){
        l.src.address, l.dst.address, l.fragment.id, packet->time_ns};
    return 0;
}

static bool of_datagram(const struct selection *sel, const struct layers *l,
                        int64_t time_ns)
{
    for (size_t i = 0; i < sel->datagram_count; i++) {
        const struct datagram *d = &sel->datagrams[i];

        if (d->id == l->fragment.id && d->time_ns - time_ns < FRAGMENTS_NS &&
            time_ns - d->time_ns < FRAGMENTS_NS &&
            address_equal(&d->src, &l->src.address) &&
            address_equal(&d->dst, &l->dst.address))
            return true;
    }
    return false;
}

static bool of_stream(const struct selection *sel, const struct layers *l,
                      int64_t time_ns)
{
    for (size_t i = 0; i < sel->stream_count; i++) {
        const struct stream_window *w = &sel->streams[i];

        if (time_ns >= w->from_ns && time_ns <= w->until_ns &&
            same_stream(w, &l->src, &l->dst))
            return true;
    }
    return false;
}

static bool is_selected(const struct selection *sel,
                        const struct packet *packet)
{
    struct layers l;

    if (has_frame(sel, packet->frame))
        return true;
    if (!sel->datagram_count && !sel->stream_count)
        return false;
    layers_decode(packet, &l);
    if (l.outcome == DECODE_FRAGMENT)
        return of_datagram(sel, &l, packet->time_ns);
    return is_stream(&l) && of_stream(sel, &l, packet->time_ns);
}

static int write_selected(struct selection *sel, const struct packet *packet,
                          struct error *err)
{
    if (!is_selected(sel, packet))
        return 0;
    sel->written++;
    return capture_writer_push(sel->writer, packet, err);
}

int export_original(const struct picked *picked, const struct settings *s,
                    struct capture_writer *writer, uint64_t *count_out,
                    struct error *err)
{
    struct selection sel = {.writer = writer};
    int rc = select_messages(picked, &sel);

    if (rc)
        rc = error_set(err, rc, "out of memory");
    if (!rc && sel.in_parts)
        rc = each_packet(s, &sel, note_parts, err);
    if (!rc)
        rc = each_packet(s, &sel, write_selected, err);
    *count_out = sel.written;
    free(sel.frames);
    free(sel.streams);
    free(sel.datagrams);
    return rc;
}
