#include "report/progress.h"

#define SECOND_NS INT64_C(1000000000)
#define BAR_COLUMNS 24

void progress_init(struct progress *p, FILE *stream, size_t width,
                   int64_t now_ns)
{
    *p =
        (struct progress){.stream = stream, .width = width, .begun_ns = now_ns};
    text_init(&p->text);
}

void progress_fini(struct progress *p)
{
    progress_clear(p);
    text_fini(&p->text);
}

static void add_bar(struct text *text, uint64_t position, uint64_t size)
{
    uint64_t done =
        position >= size
            ? BAR_COLUMNS
            : (uint64_t)((double)position / (double)size * BAR_COLUMNS);

    text_add_byte(text, '[');
    for (uint64_t i = 0; i < BAR_COLUMNS; i++)
        text_add_byte(text, i < done ? '#' : '.');
    text_add_format(text, "] %3.0f%%  ",
                    position >= size ? 100.0
                                     : 100.0 * (double)position / (double)size);
}

static void add_time_left(struct text *text, const struct progress_state *s,
                          int64_t elapsed_ns)
{
    double rest;
    uint64_t seconds;

    if (!s->size_bytes || !s->position_bytes || elapsed_ns < SECOND_NS / 2)
        return;
    rest = s->position_bytes >= s->size_bytes
               ? 0.0
               : (double)(s->size_bytes - s->position_bytes);
    rest *= (double)elapsed_ns / (double)SECOND_NS / (double)s->position_bytes;
    seconds = rest > 1e9 ? UINT64_C(1000000000) : (uint64_t)(rest + 0.5);
    text_add_string(text, "  ");
    text_add_number(text, (int64_t)(seconds / 60));
    text_add_byte(text, ':');
    text_add_padded(text, seconds % 60, 2);
    text_add_string(text, " left");
}

void progress_line(const struct progress_state *state, int64_t elapsed_ns,
                   size_t width, struct text *text)
{
    double seconds = (double)(elapsed_ns > 0 ? elapsed_ns : 1) / 1e9;

    if (state->size_bytes)
        add_bar(text, state->position_bytes, state->size_bytes);
    text_add_grouped(text, state->packets);
    text_add_string(text, " packets  ");
    text_add_grouped(text, (uint64_t)((double)state->packets / seconds));
    text_add_string(text, "/s  ");
    text_add_grouped(text, state->calls);
    text_add_string(text, " calls");
    add_time_left(text, state, elapsed_ns);
    if (text->length > width)
        text->length = width;
}

void progress_draw(struct progress *p, int64_t now_ns,
                   const struct progress_state *state)
{
    if (!p->stream || (p->drawn_ns && now_ns - p->drawn_ns < SECOND_NS / 10))
        return;
    p->drawn_ns = now_ns;
    text_clear(&p->text);
    text_add_byte(&p->text, '\r');
    /* One column less than the terminal has, or some of them wrap. */
    progress_line(state, now_ns - p->begun_ns, p->width, &p->text);
    text_add_string(&p->text, "\033[K");
    if (!text_flush(&p->text, p->stream))
        (void)fflush(p->stream);
}

void progress_clear(struct progress *p)
{
    if (!p->stream || !p->drawn_ns)
        return;
    p->drawn_ns = 0;
    (void)fputs("\r\033[K", p->stream);
    (void)fflush(p->stream);
}
