/* A session description: spans inside, counts within their room. */
#include <stdlib.h>

#include "sdp/description.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void require_inside(struct span inner, struct span outer)
{
    if (inner.length)
        require(inner.data >= outer.data &&
                inner.data + inner.length <= outer.data + outer.length);
}

static void check_media(const struct sdp_media *m, struct span text)
{
    require_inside(m->kind_name, text);
    require_inside(m->proto, text);
    require_inside(m->address_text, text);
    require(m->format_count <= SDP_FORMATS_MAX);
    require((unsigned)m->direction <= SDP_INACTIVE);
    for (uint32_t i = 0; i < m->format_count; i++) {
        require(m->formats[i].format.length > 0);
        require_inside(m->formats[i].format, text);
    }
    (void)sdp_media_holds(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sdp_description d;
    struct span text = span_of(data, size);
    bool readable = sdp_description_parse(text, &d);

    require(readable || anomaly_set_has(&d.anomalies, ANOMALY_SDP_BAD));
    require(d.media_count <= SDP_MEDIA_MAX);
    require_inside(d.origin.address, text);
    require_inside(d.session_name, text);
    for (uint32_t i = 0; i < d.media_count; i++)
        check_media(&d.media[i], text);
    (void)sdp_description_holds(&d);
    return 0;
}
