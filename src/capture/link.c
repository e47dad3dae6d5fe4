#include "capture/link.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define ANSWER_BYTES 32768

struct question {
    struct nlmsghdr header;
    struct ifinfomsg link;
    struct rtattr name;
    char text[IFNAMSIZ];
};

int link_open(void)
{
    struct timeval second = {.tv_sec = 1};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

    if (fd < 0)
        return -errno;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
    return fd;
}

/* What counts as dropped by an interface: packets for which the host had no
   room, in the device and behind it. rx_fifo_errors and its like tell the
   same packets again with some drivers. */
static void read_counters(const uint8_t *data, size_t length,
                          struct link_state *state)
{
    struct rtnl_link_stats64 counters = {0};

    if (length > sizeof(counters))
        length = sizeof(counters);
    memcpy(&counters, data, length);
    state->dropped = counters.rx_dropped + counters.rx_missed_errors;
}

static void read_attributes(const uint8_t *at, size_t length,
                            struct link_state *state)
{
    struct rtattr head;

    while (length >= sizeof(head)) {
        size_t step;

        memcpy(&head, at, sizeof(head));
        if (head.rta_len < sizeof(head) || head.rta_len > length)
            return;
        if (head.rta_type == IFLA_STATS64)
            read_counters(at + sizeof(head), head.rta_len - sizeof(head),
                          state);
        if (head.rta_type == IFLA_CARRIER_CHANGES &&
            head.rta_len >= sizeof(head) + sizeof(state->changes))
            memcpy(&state->changes, at + sizeof(head), sizeof(state->changes));
        step = RTA_ALIGN(head.rta_len);
        if (step > length)
            return;
        at += step;
        length -= step;
    }
}

int link_parse(const void *message, size_t length, struct link_state *state_out)
{
    const uint8_t *at = message;
    struct nlmsghdr header;
    struct ifinfomsg link;
    struct nlmsgerr failed;

    *state_out = (struct link_state){0};
    if (length < sizeof(header))
        return -EBADMSG;
    memcpy(&header, at, sizeof(header));
    if (header.nlmsg_len < sizeof(header) || header.nlmsg_len > length)
        return -EBADMSG;
    at += sizeof(header);
    length = header.nlmsg_len - sizeof(header);
    if (header.nlmsg_type == NLMSG_ERROR && length >= sizeof(failed)) {
        memcpy(&failed, at, sizeof(failed));
        return failed.error == -ENODEV ? -ENODEV : -EBADMSG;
    }
    if (header.nlmsg_type != RTM_NEWLINK || length < sizeof(link))
        return -EBADMSG;
    memcpy(&link, at, sizeof(link));
    state_out->exists = true;
    state_out->index = (unsigned)link.ifi_index;
    state_out->type = link.ifi_type;
    state_out->up =
        (link.ifi_flags & (IFF_UP | IFF_RUNNING)) == (IFF_UP | IFF_RUNNING);
    read_attributes(at + sizeof(link), length - sizeof(link), state_out);
    return 0;
}

static int ask(int fd, const char *name, uint32_t number)
{
    struct question q = {
        .header = {.nlmsg_len = sizeof(q),
                   .nlmsg_type = RTM_GETLINK,
                   .nlmsg_flags = NLM_F_REQUEST,
                   .nlmsg_seq = number},
        .name = {.rta_len = sizeof(q.name) + sizeof(q.text),
                 .rta_type = IFLA_IFNAME},
    };
    size_t length = strlen(name);

    if (length >= sizeof(q.text))
        return -ENODEV;
    memcpy(q.text, name, length);
    return send(fd, &q, sizeof(q), 0) < 0 ? -errno : 0;
}

int link_ask(int fd, const char *name, struct link_state *state_out)
{
    static uint32_t asked;
    _Alignas(struct nlmsghdr) uint8_t answer[ANSWER_BYTES];
    struct nlmsghdr header;
    uint32_t number = ++asked;
    int rc = ask(fd, name, number);

    *state_out = (struct link_state){0};
    while (rc == 0) {
        ssize_t got = recv(fd, answer, sizeof(answer), 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < (ssize_t)sizeof(header))
            return got < 0 ? -errno : -EBADMSG;
        memcpy(&header, answer, sizeof(header));
        if (header.nlmsg_seq != number) /* of a question given up before */
            continue;
        rc = link_parse(answer, (size_t)got, state_out);
        break;
    }
    return rc == -ENODEV ? 0 : rc;
}
