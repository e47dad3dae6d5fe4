/**
 * A session description in a few words.
 */
#ifndef SIPTRAIL_LADDER_MEDIA_H
#define SIPTRAIL_LADDER_MEDIA_H

#include "ladder/escape.h"
#include "sdp/description.h"

/** The codecs of one medium: "audio PCMA PCMU", "video refused". */
void media_put_codecs(const struct sdp_media *media, bool with_kind,
                      struct text_buffer *b);
/** The codec likely to be in use: "PCMA"; nothing where none is. */
void media_put_main_codec(const struct sdp_description *d,
                          struct text_buffer *b);
/** "hold (sendonly)", "recvonly"; nothing where all flows both ways. */
void media_put_state(const struct sdp_description *d, struct text_buffer *b);
/** Where one medium is wanted: "media 10.0.0.5:4000"; nothing for port 0. */
void media_put_address(const struct sdp_media *media, struct text_buffer *b);

#endif
