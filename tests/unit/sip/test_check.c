#include "test.h"

#include "sip/check.h"

#define NO_ANOMALY ANOMALY_COUNT
#define VIA "Via: SIP/2.0/UDP h;branch=z9hG4bKx\r\n"
#define PARTIES "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\n"
#define REQUEST "OPTIONS sip:a@b SIP/2.0\r\n"
#define RESPONSE "SIP/2.0 503 X\r\n"

static void faults_in_values_are_named(void **state)
{
    static const struct {
        const char *text;
        enum anomaly expected; /* and no other */
    } rows[] = {
        {REQUEST VIA PARTIES, NO_ANOMALY},
        {REQUEST "v: SIP/2.0/UDP h;rport;branch=z9hG4bKx;received=1.2.3.4,\r\n"
                 " SIP/2.0/TCP [::1]:5\r\n" PARTIES,
         NO_ANOMALY},
        {REQUEST VIA
         "f: Bob B. Name <sip:a@b>\r\nt: \"\xc3\xbc\"<tel:1>;x=\"y\""
         "\r\nm: *\r\n",
         NO_ANOMALY},
        {REQUEST VIA "t: http://x\r\nm: <mailto:x>;expires=60;q=0.5\r\n",
         NO_ANOMALY},
        {"OPTIONS sip:a@b?x=y SIP/2.0\r\n" VIA, ANOMALY_REQUEST_URI_BAD},
        {"OPTIONS sip:a@b:x SIP/2.0\r\n" VIA, ANOMALY_REQUEST_URI_BAD},
        {"OPTIONS nothing SIP/2.0\r\n" VIA, ANOMALY_REQUEST_URI_BAD},
        {REQUEST "v: SIP/2.0/UDP h:x\r\n", ANOMALY_VIA_BAD},
        {REQUEST "v: SIP/2.0/UDP h;;branch=1\r\n", ANOMALY_VIA_BAD},
        {REQUEST "v: SIP/2.0/UDP h;a=1;A=2\r\n", ANOMALY_PARAMETER_REPEATED},
        {REQUEST VIA "f: <sip:a@b>;tag=1;tag=2\r\n",
         ANOMALY_PARAMETER_REPEATED},
        {REQUEST VIA "f: <sip:a@b> x\r\n", ANOMALY_FROM_BAD},
        {REQUEST VIA "t: < sip:a@b>\r\n", ANOMALY_TO_BAD},
        {REQUEST VIA "t: <sip:a@b>;;x\r\n", ANOMALY_TO_BAD},
        {REQUEST VIA "t: Bell, Inc <sip:a@b>\r\n", ANOMALY_DISPLAY_NAME_BAD},
        {REQUEST VIA "t: \"a\" b <sip:a@b>\r\n", ANOMALY_DISPLAY_NAME_BAD},
        {REQUEST VIA "t: <sip:a@b@c>\r\n", ANOMALY_URI_BAD},
        {REQUEST VIA "m: <sip:a@b>, sip:a@b?x=y\r\n", ANOMALY_CONTACT_BAD},
        {REQUEST VIA "m: <sip:a@b>, < sip:c@d>\r\n", ANOMALY_CONTACT_BAD},
        {REQUEST VIA "m: <sip:a@b>;expires=99999999999\r\n",
         ANOMALY_NUMBER_RANGE},
        {REQUEST VIA "Expires: 4294967296\r\n", ANOMALY_NUMBER_RANGE},
        {REQUEST VIA "Expires: soon\r\n", ANOMALY_NUMBER_RANGE},
        {RESPONSE VIA "Retry-After: 99999999999 (x)\r\n", ANOMALY_NUMBER_RANGE},
        {RESPONSE VIA "Retry-After: 60 (x);duration=5\r\n", NO_ANOMALY},
        {RESPONSE VIA "Warning: 1812 h \"x\", 399 h \"y\"\r\n",
         ANOMALY_NUMBER_RANGE},
        {REQUEST VIA "Date: Sat, 13 Nov 2010 23:29:00 GMT\r\n", NO_ANOMALY},
        {REQUEST VIA "Date: Sat, 13 Nov 2010 23:29:00 EST\r\n",
         ANOMALY_DATE_BAD},
        {REQUEST VIA "WWW-Authenticate: Digest realm=x\r\n",
         ANOMALY_HEADER_NOT_ALLOWED},
        {RESPONSE VIA "Record-Route: <sip:p;lr>, <sip:q;LR=on;x>\r\n",
         NO_ANOMALY},
        {RESPONSE VIA "Record-Route: <sip:p;lr>, <sip:q;lrx>\r\n",
         ANOMALY_RECORD_ROUTE_STRICT},
        {RESPONSE VIA "Max-Forwards: 70\r\n", ANOMALY_HEADER_NOT_ALLOWED},
    };

    static struct sip_check_memory memory;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct anomaly_set found = {0}, expected = {0};
        struct sip_header headers[16];
        struct sip_message m;

        assert_true(sip_message_parse(span_of_string(rows[i].text),
                                      SIP_FROM_DATAGRAM, headers, 16, &m) > 0);
        if (rows[i].expected != NO_ANOMALY)
            anomaly_set_add(&expected, rows[i].expected);
        sip_message_check(&m, NULL, &found);
        ROW_ASSERT(rows[i].text, memcmp(&found, &expected, sizeof(found)) == 0);
        /* what is remembered of this and the rows before changes nothing */
        for (int again = 0; again < 2; again++) {
            found = (struct anomaly_set){0};
            sip_message_check(&m, &memory, &found);
            ROW_ASSERT(rows[i].text,
                       memcmp(&found, &expected, sizeof(found)) == 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_in_values_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
