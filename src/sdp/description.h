/**
 * Session descriptions (RFC 8866): what offer and answer say of the media.
 */
#ifndef SIPTRAIL_SDP_DESCRIPTION_H
#define SIPTRAIL_SDP_DESCRIPTION_H

#include "base/anomaly.h"
#include "base/inet.h"

#define SDP_MEDIA_MAX 16
#define SDP_FORMATS_MAX 24

enum sdp_kind {
    SDP_KIND_OTHER, /* kind_name says which */
    SDP_KIND_AUDIO,
    SDP_KIND_VIDEO,
    SDP_KIND_TEXT,
    SDP_KIND_IMAGE,
    SDP_KIND_APPLICATION,
    SDP_KIND_MESSAGE
};

/** As the sender of the description says it (RFC 3264, 5.1). */
enum sdp_direction {
    SDP_SENDRECV, /* also where nothing is said */
    SDP_SENDONLY,
    SDP_RECVONLY,
    SDP_INACTIVE
};

struct sdp_format {
    struct span format;   /* as in the m= line, e.g. "8" or "t38" */
    struct span encoding; /* "PCMA": of rtpmap, else of RFC 3551's table;
                             empty where neither says */
    uint32_t clock_hz;    /* 0 where not known */
    uint8_t payload_type; /* 0 to 127; 255 where the format is no number */
};

struct sdp_media {
    enum sdp_kind kind;
    struct span kind_name;
    uint16_t port;      /* 0: refused or switched off */
    uint16_t rtcp_port; /* of a=rtcp (RFC 3605); else port + 1; 0 if none */
    struct span proto;  /* "RTP/AVP" */
    struct span address_text; /* its c=, else the session's; may be a name */
    struct address address;   /* family 0 where address_text is no address */
    enum sdp_direction direction; /* its own, else the session's */
    bool crypto; /* a=crypto, a=fingerprint, or a secured proto */
    bool rtcp_mux;
    uint32_t format_count;
    struct sdp_format formats[SDP_FORMATS_MAX];
};

struct sdp_description {
    struct {
        struct span username;
        struct span session_id;
        struct span version;
        struct span address;
    } origin;
    struct span session_name;
    uint32_t media_count;
    struct sdp_media media[SDP_MEDIA_MAX];
    struct anomaly_set anomalies; /* SDP_BAD */
};

/**
 * Read a description. Pure, bounded: more media or formats than there is room
 * for are left out.
 *
 * @param text  Borrowed as long as *description_out is used
 * @return false where there is nothing of it that could be read
 */
bool sdp_description_parse(struct span text,
                           struct sdp_description *description_out);

/**
 * Does the sender put the other side on hold with this medium: sendonly,
 * inactive, or the old c=0.0.0.0 (RFC 3264, 8.4; RFC 6337, 5.3)?
 */
bool sdp_media_holds(const struct sdp_media *media);

/** True where all media with a port hold, and there is one. */
bool sdp_description_holds(const struct sdp_description *d);

/** "audio", ...; "" for SDP_KIND_OTHER. Static storage. */
const char *sdp_kind_name(enum sdp_kind kind);
/** "sendrecv", ... Static storage. */
const char *sdp_direction_name(enum sdp_direction direction);

#endif
