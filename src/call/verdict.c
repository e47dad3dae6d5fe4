#include "call/verdict.h"

#include "sip/reason.h"
#include "sip/status.h"

#define PHRASE_BYTES 60
#define TARGET_BYTES 100
/* Cleared as it should be: not worth a word. */
#define Q850_NORMAL 16

struct sentence {
    char *text;
    size_t length;
};

static void put_byte(struct sentence *s, char byte)
{
    if (s->length < VERDICT_BYTES)
        s->text[s->length++] = byte;
}

static void put(struct sentence *s, const char *words)
{
    for (; *words; words++)
        put_byte(s, *words);
}

static void put_number(struct sentence *s, uint64_t number)
{
    char digits[20];
    unsigned n = 0;

    do
        digits[n++] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    while (n)
        put_byte(s, digits[--n]);
}

static void put_signed(struct sentence *s, int64_t number)
{
    if (number < 0)
        put_byte(s, '-');
    put_number(s, number < 0 ? -(uint64_t)number : (uint64_t)number);
}

/* Tenths of a second, rounded half up. */
static void put_seconds(struct sentence *s, int64_t ms)
{
    uint64_t tenths = ms > 0 ? ((uint64_t)ms + 50) / 100 : 0;

    put_number(s, tenths / 10);
    put_byte(s, '.');
    put_byte(s, (char)('0' + tenths % 10));
    put(s, " s");
}

static void put_after(struct sentence *s, int64_t ms)
{
    if (ms == TIME_NONE)
        return;
    put(s, " after ");
    put_seconds(s, ms);
}

static bool is_printable(char c)
{
    return c >= 0x20 && c < 0x7f;
}

static void put_clean(struct sentence *s, struct span wire, size_t most)
{
    for (size_t i = 0; i < wire.length && i < most; i++)
        put_byte(s, is_printable(wire.data[i]) ? wire.data[i] : '?');
    if (wire.length > most)
        put(s, "...");
}

static void put_address(struct sentence *s, const struct address *a)
{
    char text[ADDRESS_TEXT_BYTES];

    if (a->family)
        put_clean(s, span_of(text, address_write(a, text)), sizeof(text));
    else
        put(s, "an address not seen");
}

static bool is_clean(struct span wire)
{
    for (size_t i = 0; i < wire.length; i++)
        if (!is_printable(wire.data[i]))
            return false;
    return wire.length && wire.length <= PHRASE_BYTES;
}

/* With the phrase it came with, or, where that is not fit, its own. */
static void put_status(struct sentence *s, uint16_t status, struct span phrase)
{
    put_number(s, status);
    if (is_clean(phrase)) {
        put_byte(s, ' ');
        put_clean(s, phrase, PHRASE_BYTES);
    } else if (*sip_status_reason(status)) {
        put_byte(s, ' ');
        put(s, sip_status_reason(status));
    }
}

static void put_final(struct sentence *s, const struct call_record *r)
{
    put_status(s, r->status_code, r->reason_phrase);
}

static void put_q850(struct sentence *s, const struct call_record *r)
{
    if (!r->has_reason_q850 || r->reason_q850 == Q850_NORMAL)
        return;
    put(s, ", Q.850 cause ");
    put_signed(s, r->reason_q850);
    if (*sip_reason_q850_name(r->reason_q850)) {
        put(s, " (");
        put(s, sip_reason_q850_name(r->reason_q850));
        put_byte(s, ')');
    }
}

static void put_times(struct sentence *s, const char *what, uint32_t times)
{
    put(s, what);
    if (times < 2)
        return;
    put(s, " sent ");
    put_number(s, times);
    put(s, " times");
}

/* --- answered ------------------------------------------------------------ */

static void put_no_ack(struct sentence *s, const struct call_record *r,
                       const struct verdict_facts *f)
{
    put_final(s, r);
    put_times(s, "", f->final_sent);
    put(s, ", never acknowledged: the callee's answer does not reach ");
    put_address(s, &f->caller);
}

static void put_lost(struct sentence *s, const struct call_record *r,
                     const struct verdict_facts *f)
{
    put(s, "answered, but lost");
    put_after(s, r->durations.talk_ms);
    put(s, ": ");
    put_address(s, &f->lost_by);
    put(s, f->lost_status == 408 ? " did not answer" : " no longer knew");
    put(s, f->lost_status == 408 ? " within the dialog (" : " the dialog (");
    put_number(s, f->lost_status);
    put(s, " to ");
    put(s, sip_method_name(f->lost_method));
    put_byte(s, ')');
}

static void put_timer(struct sentence *s, const struct call_record *r,
                      const struct verdict_facts *f)
{
    put(s, "answered, session timer ran out");
    put_after(s, r->durations.talk_ms);
    put(s, f->timer_of_caller ? ": the caller" : ": the callee");
    put(s, " did not refresh it within ");
    put_number(s, f->timer_s);
    put(s, " s, and no BYE was seen");
}

static const char *party_words(enum call_ended_by by)
{
    static const char *const words[ENDED_BY_COUNT] = {
        "",          "the caller",       "the callee", "the network",
        "a timeout", "a party not known"};

    return words[by];
}

static void put_bye(struct sentence *s, const struct call_record *r,
                    const struct verdict_facts *f)
{
    put(s, "answered, ended by ");
    put(s, party_words(r->ended_by));
    put_after(s, r->durations.talk_ms);
    put_q850(s, r);
    if (r->end_cause != END_BYE_UNCONFIRMED)
        return;
    put(s, "; the BYE to ");
    put_address(s, &f->bye_to);
    put(s, " was never answered");
}

static void put_answered(struct sentence *s, const struct call_record *r,
                         const struct verdict_facts *f)
{
    if (r->end_cause == END_NO_ACK) {
        put_no_ack(s, r, f);
    } else if (r->end_cause == END_DIALOG_LOST) {
        put_lost(s, r, f);
    } else if (r->end_cause == END_SESSION_TIMER) {
        put_timer(s, r, f);
    } else if (r->end_cause == END_IDLE) {
        put(s, "answered, and not a word since");
        put_after(s, r->durations.talk_ms);
        put(s, ": no BYE was seen");
    } else if (r->ended_by == ENDED_BY_NONE) {
        put(s, "answered, still running at the end of the capture");
    } else {
        put_bye(s, r, f);
    }
    if (r->evidence >> EVIDENCE_ANSWER_NOT_SEEN & 1)
        put(s, "; the answer itself was not captured");
    if (r->evidence >> EVIDENCE_CANCEL_CROSSED & 1)
        put(s, "; the caller's CANCEL came too late");
    if (f->sent_after_ack) {
        put(s, "; ");
        put_final(s, r);
        put_times(s, "", f->final_sent);
        put(s, " though acknowledged: the ACK does not reach ");
        put_address(s, &f->callee);
    }
}

/* --- not answered -------------------------------------------------------- */

static void put_cancelled(struct sentence *s, const struct call_record *r,
                          const struct verdict_facts *f)
{
    if (r->evidence >> EVIDENCE_CANCEL_NOT_SEEN & 1) {
        put_final(s, r);
        put(s, ", though no CANCEL was seen");
        return;
    }
    put(s, "given up by the caller");
    if (r->times.ringing_at != TIME_NONE && r->durations.ring_ms != TIME_NONE) {
        put_after(s, r->durations.ring_ms);
        put(s, " of ringing");
    } else {
        put_after(s, r->durations.cancel_ms);
        put(s, f->rang ? ", before an answer" : ", before it rang");
    }
    put_q850(s, r);
    if (!f->cancel_answered)
        put(s, "; the CANCEL was not followed by a 487");
}

static void put_timeout(struct sentence *s, const struct call_record *r,
                        const struct verdict_facts *f)
{
    if (r->times.trying_at == TIME_NONE && r->times.progress_at == TIME_NONE) {
        put(s, "no answer at all from ");
        put_address(s, &f->callee);
        put(s, ": ");
        put_times(s, f->invite_sent > 1 ? "INVITE" : "one INVITE",
                  f->invite_sent);
        return;
    }
    put(s, f->rang ? "rang, but never a final response from "
                   : "never more than 100 Trying from ");
    put_address(s, &f->callee);
}

static void put_auth(struct sentence *s, const struct call_record *r)
{
    put(s, "authentication failed: ");
    if (r->counts.auth_challenges > 1) {
        put_final(s, r);
        put(s, " again in answer to the caller's credentials");
    } else {
        put(s, "the caller did not answer the challenge (");
        put_final(s, r);
        put_byte(s, ')');
    }
}

static void put_redirected(struct sentence *s, const struct call_record *r)
{
    put(s, "redirected");
    for (uint32_t i = 0; i < r->redirect_to_count && i < 2; i++) {
        put(s, i ? ", " : " to ");
        put_clean(s, r->redirect_to[i], TARGET_BYTES);
    }
    put(s, " (");
    put_final(s, r);
    put(s, "), where the caller did not call");
}

static void put_unknown(struct sentence *s, const struct call_record *r,
                        const struct verdict_facts *f)
{
    if (r->evidence >> EVIDENCE_ONE_DIRECTION & 1 &&
        r->evidence >> EVIDENCE_NO_START & 1) {
        put(s, "only one direction was captured: what the caller sent went "
               "another way");
    } else if (r->evidence >> EVIDENCE_ONE_DIRECTION & 1) {
        put(s, "only one direction was captured: what ");
        put_address(s, &f->callee);
        put(s, " answered went another way");
    } else if (r->end_cause == END_BYE || r->end_cause == END_BYE_UNCONFIRMED) {
        put(s, "given up by a BYE before an answer");
    } else if (f->rang) {
        put(s, "still ringing at the end of the capture");
    } else if (r->times.trying_at != TIME_NONE) {
        put(s, "no more than 100 Trying by the end of the capture");
    } else if (r->status_code) {
        put(s, "outcome unknown: ");
        put_final(s, r);
    } else {
        put(s, "no answer yet at the end of the capture");
    }
}

static const char *failure_words(enum call_disposition d)
{
    static const char *const words[CALL_DISPOSITION_COUNT] = {
        [CALL_BUSY] = "busy",
        [CALL_NOT_FOUND] = "not found",
        [CALL_DECLINED] = "declined",
        [CALL_NO_ANSWER] = "no answer",
        [CALL_UNAVAILABLE] = "unavailable",
        [CALL_REJECTED] = "rejected",
        [CALL_SERVER_ERROR] = "server error",
        [CALL_GLOBAL_FAILURE] = "rejected everywhere",
    };

    return words[d] ? words[d] : "failed";
}

static void put_failed(struct sentence *s, const struct call_record *r,
                       const struct verdict_facts *f)
{
    put(s, failure_words(r->disposition));
    put(s, ": ");
    put_final(s, r);
    if (f->callee.family) {
        put(s, " from ");
        put_address(s, &f->callee);
    }
    put_after(s, r->durations.total_ms);
    put_q850(s, r);
    if (f->hop) {
        put(s, "; hop ");
        put_number(s, f->hop);
        put(s, " got ");
        put_status(s, f->hop_status, SPAN_NONE);
        put(s, " from ");
        put_address(s, &f->hop_from);
    } else if (f->silent.family) {
        put(s, "; the INVITE sent on to ");
        put_address(s, &f->silent);
        put(s, " was never answered");
    }
}

/* --- begun before the capture --------------------------------------------- */

static void put_no_start(struct sentence *s, const struct call_record *r,
                         const struct verdict_facts *f)
{
    put(s, "begun before the capture");
    if (r->end_cause == END_BYE) {
        put(s, ", ended by a BYE");
        put_q850(s, r);
    } else if (r->end_cause == END_BYE_UNCONFIRMED) {
        put(s, ", ended by a BYE that ");
        put_address(s, &f->bye_to);
        put(s, " never answered");
    } else if (r->status_code) {
        put(s, "; its INVITE was not seen, its answer was ");
        put_final(s, r);
    } else if (r->ended_by == ENDED_BY_NONE) {
        put(s, ", still running at its end");
    }
}

/* --- goes on -------------------------------------------------------------- */

static void put_running(struct sentence *s, const struct call_record *r,
                        const struct verdict_facts *f)
{
    put(s, "in progress: ");
    if (r->evidence >> EVIDENCE_NO_START & 1)
        put(s, "begun before the capture");
    else if (r->disposition == CALL_ANSWERED)
        put(s, "answered");
    else if (f->rang)
        put(s, "rings");
    else
        put(s, "no answer yet");
}

static void put_outcome(struct sentence *s, const struct call_record *r,
                        const struct verdict_facts *f)
{
    if (f->runs)
        put_running(s, r, f);
    else if (r->disposition == CALL_ANSWERED)
        put_answered(s, r, f);
    else if (r->disposition == CALL_UNKNOWN &&
             (r->evidence >> EVIDENCE_NO_START & 1))
        put_no_start(s, r, f);
    else if (r->disposition == CALL_UNKNOWN)
        put_unknown(s, r, f);
    else if (r->disposition == CALL_ANSWERED_ELSEWHERE)
        put(s, "answered by another phone");
    else if (r->disposition == CALL_CANCELLED)
        put_cancelled(s, r, f);
    else if (r->disposition == CALL_TIMEOUT)
        put_timeout(s, r, f);
    else if (r->disposition == CALL_AUTH_FAILED)
        put_auth(s, r);
    else if (r->disposition == CALL_REDIRECTED)
        put_redirected(s, r);
    else
        put_failed(s, r, f);
}

size_t call_verdict_write(const struct call_record *r,
                          const struct verdict_facts *f,
                          char text[VERDICT_BYTES])
{
    struct sentence s = {text, 0};

    put_outcome(&s, r, f);
    if (f->deaf.family && r->end_cause != END_NO_ACK) {
        put(&s, "; what ");
        put_address(&s, &f->unheard);
        put(&s, " answers does not reach ");
        put_address(&s, &f->deaf);
    }
    return s.length;
}
