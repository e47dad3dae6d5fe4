/**
 * A ladder before it is drawn: lifelines, events in time order, titles. Pure;
 * all text in it is clean (escape.h), and not yet cut to any width.
 */
#ifndef SIPTRAIL_LADDER_MODEL_H
#define SIPTRAIL_LADDER_MODEL_H

#include "base/arena.h"
#include "call/view.h"
#include "ladder/ladder.h"

/** More elements than this share the last lifeline. */
#define LADDER_LIFELINES_MAX 64

enum ladder_tone {
    TONE_REQUEST,
    TONE_PROVISIONAL,
    TONE_SUCCESS,
    TONE_REDIRECT,
    TONE_CLIENT_ERROR,
    TONE_FAILURE, /* 5xx, 6xx */
    TONE_COUNT
};

/** One element, in the order from left to right. */
struct ladder_lifeline {
    struct address element; /* its address, or that it uses most */
    struct span address;    /* "10.0.0.5:5060", or what the user calls it */
    struct span role;       /* "UAC", "proxy", ... as seen here; may be empty.
                               Behind the address where that has a name. */
    struct span product;    /* User-Agent or Server; may be empty */
};

enum ladder_event_kind {
    LADDER_MESSAGE,
    LADDER_PAUSE, /* nothing for a while: label says how long */
    LADDER_TALK   /* a pause while the call was answered */
};

struct ladder_event {
    enum ladder_event_kind kind;
    enum ladder_tone tone;
    /* Lifelines; equal for a message to oneself. Of a pause: how far it
     * reaches, from left to right. */
    uint16_t from;
    uint16_t to;
    uint16_t call; /* ordinal of its view */
    uint16_t note_count;
    bool pale;               /* retransmission or copy */
    uint32_t retransmission; /* 1 for the first, 0 for none */
    struct span label;
    struct span label_short;           /* without the Request-URI */
    const struct span *notes;          /* small print */
    struct span time;                  /* "14:03:07.120", UTC */
    struct span elapsed;               /* "+1.19 s" since the first message */
    const struct sip_message *message; /* borrowed from the view, or NULL */
};

/** One for each call. */
struct ladder_title {
    struct span mark;    /* "A" where there are several calls, else empty */
    struct span parties; /* "alice@10.0.0.5 to bob@example.com" */
    struct span outcome; /* "answered, 32.4 s, ended by callee" */
    const struct span *details; /* date, Call-ID, times */
    size_t detail_count;
    struct span verdict; /* the foot's sentence */
    enum ladder_tone tone;
};

struct ladder_model {
    struct arena arena; /* owns all below */
    struct ladder_lifeline *lifelines;
    size_t lifeline_count;
    struct ladder_event *events;
    size_t event_count;
    struct ladder_title *titles;
    size_t title_count;
    int64_t first_us; /* time of the first message */
};

/**
 * Build the model of one or several calls. Linear in the messages, but for
 * sorting them.
 *
 * @param model_out  Borrows from the views until ladder_model_fini(); needs
 *                   none where the result is not 0
 * @return 0, -EINVAL where no message is to be drawn, or -ENOMEM
 */
WARN_UNUSED int ladder_model_build(const struct call_view *const *views,
                                   size_t count, bool duplicates,
                                   struct ladder_model *model_out);
void ladder_model_fini(struct ladder_model *model);

/** "+0.3 ms", "+1.19 s", "+2 min 5 s" without the sign. */
size_t ladder_duration_write(int64_t us, char *text, size_t cap);

#endif
