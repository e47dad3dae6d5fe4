#include "test.h"

#include "sip/needs.h"

#define NO_ANOMALY ANOMALY_COUNT
#define VIA "Via: SIP/2.0/UDP h;branch=z9hG4bKx\r\n"
#define REQUEST(method) method " sip:a@b SIP/2.0\r\n" VIA
#define ANSWER(status, method)                                                 \
    "SIP/2.0 " status " X\r\n" VIA "CSeq: 1 " method "\r\n"

/* Each kind of message with what it must carry, and without. */
static const struct {
    const char *text;
    enum anomaly expected; /* and no other */
} rows[] = {
    {REQUEST("INVITE") "m: <sip:a@b>\r\n\r\n", NO_ANOMALY},
    {REQUEST("INVITE") "\r\n", ANOMALY_CONTACT_MISSING},
    {REQUEST("BYE") "\r\n", NO_ANOMALY},
    {ANSWER("200", "INVITE") "m: <sip:a@b>\r\n\r\n", NO_ANOMALY},
    {ANSWER("200", "INVITE") "\r\n", ANOMALY_CONTACT_MISSING},
    {ANSWER("302", "INVITE") "\r\n", ANOMALY_CONTACT_MISSING},
    {ANSWER("180", "INVITE") "\r\n", NO_ANOMALY},
    {ANSWER("486", "INVITE") "\r\n", NO_ANOMALY},
    {ANSWER("200", "BYE") "\r\n", NO_ANOMALY},
    {ANSWER("401", "INVITE") "WWW-Authenticate: Digest realm=\"r\"\r\n\r\n",
     NO_ANOMALY},
    {ANSWER("401", "INVITE") "Proxy-Authenticate: Digest realm=\"r\"\r\n\r\n",
     ANOMALY_CHALLENGE_MISSING},
    {ANSWER("407", "INVITE") "Proxy-Authenticate: Digest realm=\"r\"\r\n\r\n",
     NO_ANOMALY},
    {ANSWER("407", "REGISTER") "\r\n", ANOMALY_CHALLENGE_MISSING},
    {ANSWER("405", "INFO") "Allow: INVITE\r\n\r\n", NO_ANOMALY},
    {ANSWER("405", "INFO") "\r\n", ANOMALY_ALLOW_MISSING},
    {ANSWER("420", "INVITE") "Unsupported: foo\r\n\r\n", NO_ANOMALY},
    {ANSWER("420", "INVITE") "\r\n", ANOMALY_UNSUPPORTED_MISSING},
    {ANSWER("422", "INVITE") "Min-SE: 120\r\n\r\n", NO_ANOMALY},
    {ANSWER("422", "INVITE") "\r\n", ANOMALY_MIN_SE_MISSING},
    {ANSWER("423", "REGISTER") "Min-Expires: 60\r\n\r\n", NO_ANOMALY},
    {ANSWER("423", "REGISTER") "\r\n", ANOMALY_MIN_EXPIRES_MISSING},
    {REQUEST("SUBSCRIBE") "o: presence\r\n\r\n", NO_ANOMALY},
    {REQUEST("SUBSCRIBE") "\r\n", ANOMALY_EVENT_MISSING},
    {REQUEST("PUBLISH") "\r\n", ANOMALY_EVENT_MISSING},
    {REQUEST("NOTIFY") "o: refer\r\nSubscription-State: active\r\n\r\n",
     NO_ANOMALY},
    {REQUEST("NOTIFY") "Subscription-State: active\r\n\r\n",
     ANOMALY_EVENT_MISSING},
    {REQUEST("NOTIFY") "o: refer\r\n\r\n", ANOMALY_SUBSCRIPTION_STATE_MISSING},
    {REQUEST("BENOTIFY") "\r\n", NO_ANOMALY},
    {ANSWER("200", "SUBSCRIBE") "Expires: 60\r\n\r\n", NO_ANOMALY},
    {ANSWER("202", "SUBSCRIBE") "\r\n", ANOMALY_SUBSCRIPTION_EXPIRES_MISSING},
    {ANSWER("481", "SUBSCRIBE") "\r\n", NO_ANOMALY},
    {REQUEST("REFER") "r: <sip:c@d>\r\n\r\n", NO_ANOMALY},
    {REQUEST("REFER") "\r\n", ANOMALY_REFER_TO_MISSING},
    {REQUEST("PRACK") "RAck: 7 1 INVITE\r\n\r\n", NO_ANOMALY},
    {REQUEST("PRACK") "RAck: 7\r\n\r\n", ANOMALY_RACK_MISSING},
    {REQUEST("PRACK") "\r\n", ANOMALY_RACK_MISSING},
    {ANSWER("183", "INVITE") "Require: x, 100REL\r\nRSeq: 1\r\n\r\n",
     NO_ANOMALY},
    {ANSWER("183", "INVITE") "Require: x, 100REL\r\n\r\n",
     ANOMALY_RSEQ_MISSING},
    {ANSWER("183", "INVITE") "Require: x\r\n\r\n", NO_ANOMALY},
    {REQUEST("CANCEL") "\r\n", NO_ANOMALY},
    {REQUEST("CANCEL") "Require: timer\r\n\r\n", ANOMALY_CANCEL_REQUIRES},
    {REQUEST("CANCEL") "Proxy-Require: foo\r\n\r\n", ANOMALY_CANCEL_REQUIRES},
    {REQUEST("UPDATE") "x: 90\r\n\r\n", NO_ANOMALY},
    {REQUEST("UPDATE") "x: 89\r\n\r\n", ANOMALY_SESSION_EXPIRES_LOW},
    {REQUEST("UPDATE") "x: 300\r\nMin-SE: 600\r\n\r\n",
     ANOMALY_SESSION_EXPIRES_LOW},
    {REQUEST("MESSAGE") "c: text/plain\r\nl: 2\r\n\r\nhi", NO_ANOMALY},
    {REQUEST("MESSAGE") "l: 2\r\n\r\nhi", ANOMALY_CONTENT_TYPE_MISSING},
    {REQUEST("MESSAGE") "l: 0\r\n\r\n", NO_ANOMALY},
    /* Cut off: what is missing may have been there. */
    {REQUEST("INVITE"), NO_ANOMALY},
};

static void lacks_are_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct anomaly_set found = {0}, expected = {0};
        struct sip_header headers[16];
        struct sip_message m;

        assert_true(sip_message_parse(span_of_string(rows[i].text),
                                      SIP_FROM_DATAGRAM, headers, 16, &m) > 0);
        if (rows[i].expected != NO_ANOMALY)
            anomaly_set_add(&expected, rows[i].expected);
        sip_message_check_needs(&m, &found);
        ROW_ASSERT(rows[i].text, memcmp(&found, &expected, sizeof(found)) == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lacks_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
