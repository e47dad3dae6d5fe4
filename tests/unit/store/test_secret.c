#include "../test.h"

#include "store/secret.h"

#define HEAD                                                                   \
    "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n"  \
    "To: <sip:c@d>\r\nCall-ID: x\r\nMax-Forwards: 70\r\n"

static const struct {
    const char *name;
    const char *input;
    const char *expected; /* NULL: as the input */
} cases[] = {
    {"nothing secret",
     "OPTIONS sip:a SIP/2.0\r\n" HEAD "CSeq: 1 OPTIONS\r\n\r\n", NULL},
    {"digest response, quoted",
     "REGISTER sip:a SIP/2.0\r\n" HEAD "CSeq: 1 REGISTER\r\nAuthorization: "
     "Digest username=\"bob\", nonce=\"n\", response=\"0123456789abcdef\", "
     "uri=\"sip:a\"\r\n\r\n",
     "REGISTER sip:a SIP/2.0\r\n" HEAD "CSeq: 1 REGISTER\r\nAuthorization: "
     "Digest username=\"bob\", nonce=\"n\", response=\"xxxxxxxxxxxxxxxx\", "
     "uri=\"sip:a\"\r\n\r\n"},
    {"two proxies",
     "INVITE sip:a SIP/2.0\r\n" HEAD "CSeq: 1 INVITE\r\nProxy-Authorization: "
     "Digest response=\"aa\"\r\nProxy-Authorization: Digest "
     "response=\"bb\"\r\n\r\n",
     "INVITE sip:a SIP/2.0\r\n" HEAD "CSeq: 1 INVITE\r\nProxy-Authorization: "
     "Digest response=\"xx\"\r\nProxy-Authorization: Digest "
     "response=\"xx\"\r\n\r\n"},
    {"Basic is all password",
     "REGISTER sip:a SIP/2.0\r\n" HEAD "CSeq: 1 REGISTER\r\nAuthorization: "
     "Basic Ym9iOnNlY3JldA==\r\n\r\n",
     "REGISTER sip:a SIP/2.0\r\n" HEAD "CSeq: 1 REGISTER\r\nAuthorization: "
     "Basic xxxxxxxxxxxxxxxx\r\n\r\n"},
    {"SDP keys",
     "INVITE sip:a SIP/2.0\r\n" HEAD
     "CSeq: 1 INVITE\r\nContent-Type: application/sdp\r\n"
     "\r\nv=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 "
     "inline:d0RmdmcmVCspeEc3|2^20;inline:QQQQ\r\na=rtpmap:0 PCMU\r\n",
     "INVITE sip:a SIP/2.0\r\n" HEAD
     "CSeq: 1 INVITE\r\nContent-Type: application/sdp\r\n"
     "\r\nv=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 "
     "inline:xxxxxxxxxxxxxxxx|2^20;inline:xxxx\r\na=rtpmap:0 PCMU\r\n"},
    {"body of MESSAGE",
     "MESSAGE sip:a SIP/2.0\r\n" HEAD
     "CSeq: 1 MESSAGE\r\nContent-Type: text/plain\r\nContent-Length: "
     "5\r\n\r\nhello",
     "MESSAGE sip:a SIP/2.0\r\n" HEAD
     "CSeq: 1 MESSAGE\r\nContent-Type: text/plain\r\nContent-Length: "
     "5\r\n\r\n"},
    {"digits in INFO",
     "INFO sip:a SIP/2.0\r\n" HEAD
     "CSeq: 1 INFO\r\nContent-Type: application/dtmf-relay\r\n"
     "Content-Length: 8\r\n\r\nSignal=5",
     "INFO sip:a SIP/2.0\r\n" HEAD
     "CSeq: 1 INFO\r\nContent-Type: application/dtmf-relay\r\n"
     "Content-Length: 8\r\n\r\n"},
    {"other INFO stays",
     "INFO sip:a SIP/2.0\r\n" HEAD
     "CSeq: 1 INFO\r\nContent-Type: application/media_control+xml\r\n"
     "Content-Length: 4\r\n\r\n<x/>",
     NULL},
};

static void test_kept_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct span text = span_of_string(cases[i].input);
        struct span expected = span_of_string(
            cases[i].expected ? cases[i].expected : cases[i].input);
        struct sip_header headers[32];
        struct sip_message m;
        char copy[2048];
        size_t length;
        bool masked;

        print_message("# %s\n", cases[i].name);
        assert_int_not_equal(
            sip_message_parse(text, SIP_FROM_DATAGRAM, headers, 32, &m), 0);
        length = secret_keep(&m);
        memcpy(copy, text.data, length);
        masked = secret_mask(&m, copy, length);
        assert_int_equal(length, expected.length);
        assert_memory_equal(copy, expected.data, length);
        assert_int_equal(masked || length < text.length,
                         cases[i].expected != NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_kept_out)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
