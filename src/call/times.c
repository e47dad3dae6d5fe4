#include "call/facts.h"

static int64_t earlier(int64_t a, int64_t b)
{
    if (a == TIME_NONE || b == TIME_NONE)
        return a == TIME_NONE ? b : a;
    return a < b ? a : b;
}

/* The first sign of the far side: a 101 to 199, else the final. */
static void set_delay(const struct call_facts *f, struct call_durations *d)
{
    int64_t at = f->progress_at;
    int64_t since = f->progress_round_at;

    if (at == TIME_NONE && f->status_code && f->status_code != 401 &&
        f->status_code != 407) {
        at = f->final_at;
        since = f->round_at;
    }
    d->pdd_ms = time_ms_between(since, at);
    d->pdd_total_ms = time_ms_between(f->invite_at, at);
}

void call_times_of(const struct call_facts *f, enum call_disposition d,
                   const struct call_end *end, struct call_times *times_out,
                   struct call_durations *durations_out)
{
    bool answered = d == CALL_ANSWERED && f->status_code;
    int64_t rung_until =
        answered ? f->final_at : earlier(f->final_at, f->cancel_at);

    *times_out = (struct call_times){
        .invite_at = f->invite_at,
        .trying_at = f->trying_at,
        .progress_at = f->progress_at,
        .ringing_at = f->ringing_at,
        .forwarded_at = f->forwarded_at,
        .queued_at = f->queued_at,
        .early_media_at = f->early_media_at,
        .answered_at = answered ? f->final_at : TIME_NONE,
        .ack_at = f->status_code < 300 ? f->ack_at : TIME_NONE,
        .ended_at = end->at,
        .last_message_at = f->last_message_at,
    };
    set_delay(f, durations_out);
    durations_out->ring_ms = time_ms_between(f->ringing_at, rung_until);
    durations_out->setup_ms =
        time_ms_between(f->round_at, times_out->answered_at);
    durations_out->talk_ms =
        time_ms_between(times_out->answered_at, times_out->ended_at);
    durations_out->total_ms =
        time_ms_between(f->invite_at, times_out->ended_at);
    durations_out->disconnect_ms =
        end->bye ? time_ms_between(end->bye->at, end->bye->ok_at) : TIME_NONE;
    durations_out->cancel_ms = time_ms_between(f->round_at, f->cancel_at);
    durations_out->auth_ms =
        f->auth_us == TIME_NONE ? TIME_NONE : time_ms_between(0, f->auth_us);
}
