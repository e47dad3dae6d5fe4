#include "test.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <unistd.h>

#include "capture/link.h"

struct answer {
    struct nlmsghdr header;
    struct ifinfomsg link;
    struct rtattr changes_head;
    uint32_t changes;
    struct rtattr name_head; /* of an odd length */
    char name[8];
    struct rtattr counters_head;
    struct rtnl_link_stats64 counters;
};

static struct answer whole_answer(void)
{
    struct answer a = {
        .header = {.nlmsg_len = sizeof(a), .nlmsg_type = RTM_NEWLINK},
        .link = {.ifi_index = 7,
                 .ifi_type = 1,
                 .ifi_flags = IFF_UP | IFF_RUNNING | IFF_BROADCAST},
        .changes_head = {sizeof(struct rtattr) + 4, IFLA_CARRIER_CHANGES},
        .changes = 3,
        .name_head = {sizeof(struct rtattr) + 5, IFLA_IFNAME},
        .name = "eth1",
        .counters_head = {sizeof(struct rtattr) +
                              sizeof(struct rtnl_link_stats64),
                          IFLA_STATS64},
        .counters = {.rx_packets = 1000,
                     .rx_dropped = 40,
                     .rx_missed_errors = 2,
                     .rx_fifo_errors = 2},
    };

    return a;
}

/* In memory of exactly that length, so that a read beyond it is seen. */
static int parse(const void *message, size_t length, struct link_state *s)
{
    void *copy = malloc(length ? length : 1);
    int rc;

    assert_non_null(copy);
    memcpy(copy, message, length);
    rc = link_parse(copy, length, s);
    free(copy);
    return rc;
}

static void an_answer_tells_the_state(void **state)
{
    struct answer a = whole_answer();
    struct link_state s;

    (void)state;
    assert_int_equal(parse(&a, sizeof(a), &s), 0);
    assert_true(s.exists);
    assert_true(s.up);
    assert_int_equal(s.index, 7);
    assert_int_equal(s.type, 1);
    assert_int_equal(s.changes, 3);
    assert_int_equal(s.dropped, 42);
    a.link.ifi_flags = IFF_UP; /* no carrier */
    assert_int_equal(parse(&a, sizeof(a), &s), 0);
    assert_true(s.exists);
    assert_false(s.up);
}

static void an_error_tells_that_there_is_none(void **state)
{
    struct {
        struct nlmsghdr header;
        struct nlmsgerr failed;
    } a = {.header = {.nlmsg_len = sizeof(a), .nlmsg_type = NLMSG_ERROR},
           .failed = {.error = -ENODEV}};
    struct link_state s;

    (void)state;
    assert_int_equal(parse(&a, sizeof(a), &s), -ENODEV);
    assert_false(s.exists);
    a.failed.error = -EPERM;
    assert_int_equal(parse(&a, sizeof(a), &s), -EBADMSG);
}

/* Cut anywhere, any length in it anything: what is there is read. */
static void bad_answers_are_read_as_far_as_they_go(void **state)
{
    struct answer a = whole_answer();
    struct link_state s;

    (void)state;
    for (size_t length = 0; length < sizeof(a); length++) {
        struct answer cut = a;

        assert_int_equal(parse(&a, length, &s), -EBADMSG);
        cut.header.nlmsg_len = (uint32_t)length;
        if (length < sizeof(a.header) + sizeof(a.link))
            assert_int_equal(parse(&cut, length, &s), -EBADMSG);
        else
            assert_int_equal(parse(&cut, length, &s), 0);
    }
    for (unsigned length = 0; length < UINT16_MAX; length += 7) {
        struct answer odd = a;

        odd.name_head.rta_len = (uint16_t)length;
        assert_int_equal(parse(&odd, sizeof(odd), &s), 0);
        assert_int_equal(s.index, 7);
    }
}

static void this_machine_answers(void **state)
{
    struct link_state s;
    int fd = link_open();

    (void)state;
    if (fd < 0)
        skip();
    assert_int_equal(link_ask(fd, "lo", &s), 0);
    assert_true(s.exists);
    assert_true(s.index > 0);
    assert_int_equal(link_ask(fd, "st-none", &s), 0);
    assert_false(s.exists);
    assert_int_equal(link_ask(fd, "a-name-that-no-link-can-have", &s), 0);
    assert_false(s.exists);
    (void)close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_tells_the_state),
        cmocka_unit_test(an_error_tells_that_there_is_none),
        cmocka_unit_test(bad_answers_are_read_as_far_as_they_go),
        cmocka_unit_test(this_machine_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
