#include "test.h"

#include "txn/copy.h"

#define MS INT64_C(1000000)

struct sighting_row {
    double ms;
    char from; /* a letter stands for an address */
    char to;
    unsigned view; /* hundreds: of that file */
    unsigned id;
    const char *expected;
};

struct sequence {
    const char *name;
    bool paired;
    enum transport transport;
    struct sighting_row rows[8];
};

static const struct sequence sequences[] = {
    {"NAT: each transmission has its copy",
     false,
     TRANSPORT_UDP,
     {{0, 'a', 'p', 0, 1, "none"},
      {1, 'n', 'p', 0, 2, "other_address"},
      {500, 'a', 'p', 0, 3, "none"},
      {501, 'n', 'p', 0, 4, "other_address"}}},
    {"two transmissions at once, then both copies",
     false,
     TRANSPORT_UDP,
     {{0, 'a', 'p', 0, 1, "none"},
      {1, 'a', 'p', 0, 2, "none"},
      {2, 'n', 'p', 0, 3, "other_address"},
      {3, 'n', 'p', 0, 4, "other_address"},
      {4, 'n', 'p', 0, 5, "none"}}},
    {"the same packet on two interfaces",
     false,
     TRANSPORT_UDP,
     {{0, 'a', 'p', 1, 1, "none"},
      {0.1, 'a', 'p', 2, 1, "other_view"},
      {0.2, 'a', 'p', 3, 1, "other_view"}}},
    {"the same packet twice on one",
     false,
     TRANSPORT_UDP,
     {{0, 'a', 'p', 1, 7, "none"},
      {0.1, 'a', 'p', 1, 7, "same_packet"},
      {0.2, 'a', 'p', 1, 8, "none"},
      {0.3, 'a', 'p', 1, 7, "same_packet"},
      {0.4, 'a', 'p', 1, 8, "same_packet"}}},
    {"the same packet in two files",
     false,
     TRANSPORT_UDP,
     {{0, 'a', 'p', 1, 0, "none"},
      {0.1, 'a', 'p', 101, 0, "other_view"},
      {100, 'a', 'p', 1, 0, "none"},
      {100.1, 'a', 'p', 101, 0, "other_view"}}},
    {"three places, sent twice, the places in another order",
     false,
     TRANSPORT_UDP,
     {{0, 'a', 'p', 1, 1, "none"},
      {0.1, 'a', 'p', 2, 1, "other_view"},
      {0.2, 'n', 'p', 1, 1, "other_address"},
      {100, 'n', 'p', 1, 2, "none"},
      {100.1, 'a', 'p', 1, 2, "other_address"}}},
    {"one identification for all, sent again",
     false,
     TRANSPORT_UDP,
     {{0, 'a', 'p', 1, 7, "none"}, {500, 'a', 'p', 1, 7, "none"}}},
    {"the window slides, then closes",
     false,
     TRANSPORT_UDP,
     {{0, 'a', 'p', 1, 7, "none"},
      {200, 'n', 'p', 1, 8, "other_address"},
      {401, 'n', 'p', 1, 9, "none"}}},
    {"no identification",
     false,
     TRANSPORT_UDP,
     {{0, 'a', 'p', 1, 0, "none"}, {0.1, 'a', 'p', 1, 0, "none"}}},
    {"no identification, all in pairs",
     true,
     TRANSPORT_UDP,
     {{0, 'a', 'p', 1, 0, "none"},
      {0.1, 'a', 'p', 1, 0, "same_packet"},
      {1, 'a', 'p', 1, 0, "none"},
      {1.1, 'a', 'p', 1, 0, "same_packet"}}},
    {"TCP: a message sent again is one",
     false,
     TRANSPORT_TCP,
     {{0, 'a', 'p', 1, 7, "none"},
      {0.1, 'a', 'p', 1, 7, "none"},
      {0.2, 'n', 'p', 1, 7, "other_address"}}},
};

static void play(const struct sequence *s)
{
    struct copy_window *w;

    assert_int_equal(copy_window_new(200 * MS, &w), 0);
    for (size_t i = 0; i < COUNT_OF(s->rows) && s->rows[i].expected; i++) {
        const struct sighting_row *r = &s->rows[i];
        const uint8_t from[4] = {10, 0, 0, (uint8_t)r->from};
        const uint8_t to[4] = {10, 0, 0, (uint8_t)r->to};
        struct arrival a = {
            .time_ns = (int64_t)(r->ms * 1e6) + 1000 * MS,
            .src = {address_v4(from), 5060},
            .dst = {address_v4(to), 5060},
            .transport = s->transport,
            .ip_id = (uint16_t)r->id,
            .link_view = r->view % 100,
            .source = r->view / 100,
            .paired = s->paired,
        };
        const char *got = copy_verdict_name(copy_window_observe(w, 42, &a));

        if (strcmp(got, r->expected))
            fail_msg("%s: row %zu is %s", s->name, i, got);
        /* Other bytes at the same time stay what they are. */
        assert_int_equal(copy_window_observe(w, 1000 + i, &a), COPY_NONE);
    }
    copy_window_free(w);
}

static void copies_by_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(sequences); i++)
        play(&sequences[i]);
}

static void many_messages_forget_the_oldest(void **state)
{
    struct copy_window *w;
    struct arrival a = {.time_ns = 1, .ip_id = 5};

    (void)state;
    assert_int_equal(copy_window_new(200 * MS, &w), 0);
    for (uint64_t i = 0; i < 100000; i++) {
        a.time_ns++;
        assert_int_equal(copy_window_observe(w, i * 0x9e3779b97f4a7c15, &a),
                         COPY_NONE);
        assert_int_equal(copy_window_observe(w, i * 0x9e3779b97f4a7c15, &a),
                         COPY_SAME_PACKET);
    }
    assert_in_range(copy_window_dropped(w), 100000 - 8192, 100000);
    copy_window_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_by_place),
        cmocka_unit_test(many_messages_forget_the_oldest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
