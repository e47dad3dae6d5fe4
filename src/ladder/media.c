#include "ladder/media.h"

#define CODECS_MAX 6
#define NAME_BYTES_MAX 40

static void put_kind(const struct sdp_media *media, struct text_buffer *b)
{
    if (media->kind != SDP_KIND_OTHER)
        text_put_string(b, sdp_kind_name(media->kind));
    else
        escape_put_clean(b, media->kind_name, ESCAPE_ONE_LINE, NAME_BYTES_MAX);
}

static struct span format_name(const struct sdp_format *f)
{
    return f->encoding.length ? f->encoding : f->format;
}

/* telephone-event comes at several clocks; once is enough. */
static bool named_before(const struct sdp_media *media, uint32_t at)
{
    for (uint32_t i = 0; i < at; i++)
        if (span_equal_nocase(format_name(&media->formats[i]),
                              format_name(&media->formats[at])))
            return true;
    return false;
}

static void put_formats(const struct sdp_media *media, struct text_buffer *b)
{
    unsigned shown = 0;
    unsigned left = 0;

    for (uint32_t i = 0; i < media->format_count; i++) {
        if (named_before(media, i))
            continue;
        if (shown == CODECS_MAX) {
            left++;
            continue;
        }
        text_put_string(b, shown++ ? " " : "");
        escape_put_clean(b, format_name(&media->formats[i]), ESCAPE_ONE_LINE,
                         NAME_BYTES_MAX);
    }
    if (left)
        text_put_format(b, " +%u", left);
}

void media_put_codecs(const struct sdp_media *media, bool with_kind,
                      struct text_buffer *b)
{
    if (with_kind || !media->port) {
        put_kind(media, b);
        text_put_string(b, media->port ? " " : " refused");
    }
    if (media->port)
        put_formats(media, b);
    if (media->port && media->crypto)
        text_put_string(b, " (SRTP)");
}

void media_put_main_codec(const struct sdp_description *d,
                          struct text_buffer *b)
{
    for (uint32_t i = 0; i < d->media_count; i++) {
        const struct sdp_media *media = &d->media[i];

        if (!media->port || !media->format_count)
            continue;
        escape_put_clean(b, format_name(&media->formats[0]), ESCAPE_ONE_LINE,
                         NAME_BYTES_MAX);
        return;
    }
}

void media_put_state(const struct sdp_description *d, struct text_buffer *b)
{
    for (uint32_t i = 0; i < d->media_count; i++) {
        const struct sdp_media *media = &d->media[i];
        bool holds = sdp_media_holds(media);

        if (!media->port || (!holds && media->direction == SDP_SENDRECV))
            continue;
        if (holds)
            text_put_format(b, "hold (%s)",
                            media->direction == SDP_SENDRECV
                                ? "address 0.0.0.0"
                                : sdp_direction_name(media->direction));
        else
            text_put_string(b, sdp_direction_name(media->direction));
        return;
    }
}

void media_put_address(const struct sdp_media *media, struct text_buffer *b)
{
    bool brackets = media->address.family == 6;

    if (!media->port || !media->address_text.length)
        return;
    put_kind(media, b);
    text_put_string(b, brackets ? " [" : " ");
    escape_put_clean(b, media->address_text, ESCAPE_ONE_LINE, NAME_BYTES_MAX);
    text_put_format(b, "%s:%u", brackets ? "]" : "", (unsigned)media->port);
}
