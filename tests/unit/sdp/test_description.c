#include "test.h"

#include "guard.h"
#include "sdp/description.h"

static bool is(struct span s, const char *text)
{
    return span_equal(s, span_of_string(text));
}

static const char offer[] = "v=0\r\n"
                            "o=alice 2890844526 2 IN IP4 host.example.com\r\n"
                            "s=A talk\r\n"
                            "c=IN IP4 192.0.2.5\r\n"
                            "t=0 0\r\n"
                            "a=sendonly\r\n"
                            "m=audio 49170/2 RTP/AVP 0 8 96 101\r\n"
                            "a=rtpmap:96 opus/48000/2\r\n"
                            "a=rtpmap:101 telephone-event/8000\r\n"
                            "a=rtcp:50000 IN IP4 192.0.2.5\r\n"
                            "m=video 51372 UDP/TLS/RTP/SAVPF 99\r\n"
                            "c=IN IP6 2001:db8::1\r\n"
                            "a=recvonly\r\n"
                            "a=rtcp-mux\r\n"
                            "a=rtpmap:99 h263-1998/90000\r\n"
                            "m=image 0 udptl t38\r\n";

static void an_offer_is_read(void **state)
{
    static const uint8_t v4[4] = {192, 0, 2, 5};
    struct address expected = address_v4(v4);
    struct sdp_description d;

    (void)state;
    assert_true(sdp_description_parse(SPAN_LITERAL(""), &d) == false);
    assert_true(sdp_description_parse(span_of(offer, sizeof(offer) - 1), &d));
    assert_true(anomaly_set_empty(&d.anomalies));
    assert_true(is(d.origin.username, "alice"));
    assert_true(is(d.origin.session_id, "2890844526"));
    assert_true(is(d.origin.version, "2"));
    assert_true(is(d.origin.address, "host.example.com"));
    assert_true(is(d.session_name, "A talk"));
    assert_int_equal(d.media_count, 3);

    assert_int_equal(d.media[0].kind, SDP_KIND_AUDIO);
    assert_int_equal(d.media[0].port, 49170);
    assert_int_equal(d.media[0].rtcp_port, 50000);
    assert_true(address_equal(&d.media[0].address, &expected));
    assert_int_equal(d.media[0].direction, SDP_SENDONLY);
    assert_false(d.media[0].crypto);
    assert_int_equal(d.media[0].format_count, 4);
    assert_true(is(d.media[0].formats[0].encoding, "PCMU"));
    assert_int_equal(d.media[0].formats[1].clock_hz, 8000);
    assert_true(is(d.media[0].formats[2].encoding, "opus"));
    assert_int_equal(d.media[0].formats[2].clock_hz, 48000);
    assert_int_equal(d.media[0].formats[3].payload_type, 101);

    assert_int_equal(d.media[1].kind, SDP_KIND_VIDEO);
    assert_int_equal(d.media[1].direction, SDP_RECVONLY);
    assert_int_equal(d.media[1].address.family, 6);
    assert_int_equal(d.media[1].rtcp_port, 51372);
    assert_true(d.media[1].crypto);

    assert_true(is(d.media[2].formats[0].format, "t38"));
    assert_true(is(d.media[2].formats[0].encoding, ""));
    assert_int_equal(d.media[2].formats[0].payload_type, 255);
    assert_int_equal(d.media[2].port, 0);
}

#define HEAD "v=0\r\no=- 1 1 IN IP4 h\r\ns=-\r\n"

static void holds_are_seen(void **state)
{
    static const struct {
        const char *text;
        bool holds;
    } rows[] = {
        {HEAD "c=IN IP4 192.0.2.1\r\nm=audio 4 RTP/AVP 0\r\n", false},
        {HEAD "c=IN IP4 192.0.2.1\r\nm=audio 4 RTP/AVP 0\r\na=sendonly\r\n",
         true},
        {HEAD "c=IN IP4 192.0.2.1\r\na=inactive\r\nm=audio 4 RTP/AVP 0\r\n",
         true},
        {HEAD "c=IN IP4 192.0.2.1\r\na=inactive\r\nm=audio 4 RTP/AVP 0\r\n"
              "a=sendrecv\r\n",
         false},
        {HEAD "c=IN IP4 0.0.0.0\r\nm=audio 4 RTP/AVP 0\r\n", true},
        {HEAD "c=IN IP4 192.0.2.1\r\nm=audio 4 RTP/AVP 0\r\na=recvonly\r\n",
         false},
        {HEAD "c=IN IP4 192.0.2.1\r\nm=audio 4 RTP/AVP 0\r\na=sendonly\r\n"
              "m=video 6 RTP/AVP 99\r\n",
         false},
        {HEAD "c=IN IP4 192.0.2.1\r\nm=audio 4 RTP/AVP 0\r\na=sendonly\r\n"
              "m=video 0 RTP/AVP 99\r\n",
         true},
        {HEAD "c=IN IP4 0.0.0.0\r\nm=audio 0 RTP/AVP 0\r\n", false},
        {HEAD, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sdp_description d;

        assert_true(sdp_description_parse(span_of_string(rows[i].text), &d));
        ROW_ASSERT(rows[i].text, sdp_description_holds(&d) == rows[i].holds);
    }
}

static void faults_are_named(void **state)
{
    static const struct {
        const char *text;
        bool readable;
    } rows[] = {
        {"", false},
        {"hello", false},
        {HEAD "nonsense\r\n", true},
        {HEAD "c=IN IP5 x\r\n", true},
        {HEAD "c=\r\n", true},
        {HEAD "m=audio port RTP/AVP 0\r\n", true},
        {HEAD "m=audio 99999 RTP/AVP 0\r\n", true},
        {HEAD "m=audio 4 RTP/AVP\r\n", true},
        {HEAD "m=\r\n", true},
        {HEAD "m=audio 4 RTP/AVP 96\r\na=rtpmap:96 x\r\n", true},
        {"v=0\r\no=short\r\n", true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sdp_description d;

        ROW_ASSERT(rows[i].text,
                   sdp_description_parse(span_of_string(rows[i].text), &d) ==
                       rows[i].readable);
        ROW_ASSERT(rows[i].text,
                   anomaly_set_has(&d.anomalies, ANOMALY_SDP_BAD));
    }
}

static void more_than_there_is_room_for(void **state)
{
    char text[8192];
    struct sdp_description d;
    int at = sprintf(text, "%s", HEAD);

    (void)state;
    for (int i = 0; i < SDP_MEDIA_MAX + 3; i++) {
        at += sprintf(text + at, "m=audio %d RTP/AVP", 1000 + i);
        for (int k = 0; k < SDP_FORMATS_MAX + 5; k++)
            at += sprintf(text + at, " %d", 90 + k);
        at += sprintf(text + at, "\r\n");
    }
    assert_true(sdp_description_parse(span_of(text, (size_t)at), &d));
    assert_int_equal(d.media_count, SDP_MEDIA_MAX);
    assert_int_equal(d.media[SDP_MEDIA_MAX - 1].format_count, SDP_FORMATS_MAX);
    assert_int_equal(d.media[SDP_MEDIA_MAX - 1].port, 1000 + SDP_MEDIA_MAX - 1);
}

static void every_cut_is_survived(void **state)
{
    struct guard g = guard_new(sizeof(offer));
    struct sdp_description d;

    (void)state;
    for (size_t n = 0; n < sizeof(offer); n++)
        assert_int_equal(
            sdp_description_parse(span_of(guard_copy(&g, offer, n), n), &d),
            n >= 2);
    guard_free(&g);
}

static void names_are_those_of_the_rfc(void **state)
{
    (void)state;
    assert_string_equal(sdp_kind_name(SDP_KIND_AUDIO), "audio");
    assert_string_equal(sdp_kind_name(SDP_KIND_OTHER), "");
    assert_string_equal(sdp_direction_name(SDP_INACTIVE), "inactive");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_offer_is_read),
        cmocka_unit_test(holds_are_seen),
        cmocka_unit_test(faults_are_named),
        cmocka_unit_test(more_than_there_is_room_for),
        cmocka_unit_test(every_cut_is_survived),
        cmocka_unit_test(names_are_those_of_the_rfc),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
