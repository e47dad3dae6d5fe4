/*
 * The messages of RFC 4475 and RFC 5118, and the PROTOS suite's malformed
 * INVITEs, where they are at hand: each is read as far as it can be read, and
 * what is wrong with it is named.
 */
#include "test.h"

#include <dirent.h>

#include "guard.h"
#include "sip/check.h"
#include "sip/message.h"

#define SHARED "../shared/"
#define TORTURE SHARED "torture/"
#define PROTOS SHARED "malformed/protos-c07-sip/"
#define TEXT_MAX 200000
#define NO_CSEQ (-1)

struct row {
    const char *name;
    const char *method; /* of a request; NULL for a response */
    uint16_t status_code;
    const char *call_id;
    int64_t cseq;
    const char *cseq_method;
    const char *anomalies; /* in order of anomaly.def */
};

static const struct row rows[] = {
    {"rfc4475-badaspec", "OPTIONS", 0,
     "badaspec.sdf0234n2nds0a099u23h3hnnw009cdkne3", 3923239, "OPTIONS",
     "to_bad"},
    {"rfc4475-badbranch", "OPTIONS", 0, "badbranch.sadonfo23i420jv0as0derf3j3n",
     8, "OPTIONS", "branch_empty"},
    {"rfc4475-baddate", "INVITE", 0, "baddate.239423mnsadf3j23lj42--sedfnm234",
     1392934, "INVITE", "date_bad"},
    {"rfc4475-baddn", "OPTIONS", 0, "baddn.31415@c.example.com", 3923239,
     "OPTIONS", "display_name_bad"},
    {"rfc4475-badinv01", "INVITE", 0, "badinv01.0ha0isndaksdjasdf3234nas", 8,
     "INVITE", "via_bad contact_bad branch_missing"},
    {"rfc4475-badvers", "OPTIONS", 0, "badvers.31417@c.example.com", 1,
     "OPTIONS", "version_bad"},
    {"rfc4475-bcast", NULL, 200, "bcast.0384840201234ksdfak3j2erwedfsASdf", 35,
     "INVITE", ""},
    {"rfc4475-bext01", "OPTIONS", 0, "bext01.0ha0isndaksdj", 8, "OPTIONS", ""},
    {"rfc4475-bigcode", NULL, 0,
     "bigcode.asdof3uj203asdnf3429uasdhfas3ehjasdfas9i", 353494, "INVITE",
     "status_code_bad"},
    {"rfc4475-clerr", "INVITE", 0, "clerr.0ha0isndaksdjweiafasdk3", 8, "INVITE",
     "content_length_long"},
    {"rfc4475-cparam01", "REGISTER", 0, "cparam01.70710@saturn.example.com", 2,
     "REGISTER", ""},
    {"rfc4475-cparam02", "REGISTER", 0, "cparam02.70710@saturn.example.com", 3,
     "REGISTER", ""},
    {"rfc4475-dblreq", "REGISTER", 0, "dblreq.0ha0isndaksdj99sdfafnl3lk233412",
     8, "REGISTER", "content_length_short"},
    {"rfc4475-esc01", "INVITE", 0, "esc01.239409asdfakjkn23onasd0-3234", 234234,
     "INVITE", ""},
    {"rfc4475-esc02", "RE%47IST%45R", 0,
     "esc02.asdfnqwo34rq23i34jrjasdcnl23nrlknsdf", 29344, "RE%47IST%45R", ""},
    {"rfc4475-escnull", "REGISTER", 0,
     "escnull.39203ndfvkjdasfkq3w4otrq0adsfdfnavd", 14398234, "REGISTER", ""},
    {"rfc4475-escruri", "INVITE", 0,
     "escruri.23940-asdfhj-aje3br-234q098w-fawerh2q-h4n5", 149209342, "INVITE",
     "request_uri_bad"},
    {"rfc4475-insuf", "INVITE", 0, "", 193942, "INVITE",
     "call_id_missing from_missing to_missing max_forwards_missing "
     "contact_missing"},
    {"rfc4475-intmeth", "!interesting-Method0123456789_*+`.%indeed'~", 0,
     "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{", 139122385,
     "!interesting-Method0123456789_*+`.%indeed'~", "nul_in_header"},
    {"rfc4475-inv2543", "INVITE", 0, "inv2543.1717@ift.client.example.com", 56,
     "INVITE",
     "max_forwards_missing from_tag_missing branch_missing contact_missing "
     "record_route_strict"},
    {"rfc4475-invut", "INVITE", 0, "invut.0ha0isndaksdjadsfij34n23d", 235448,
     "INVITE", ""},
    {"rfc4475-longreq", "INVITE", 0,
     "longreq."
     "onereallyreallyreallyreallyreallyreallyreallyreallyreallyreallyreallyreal"
     "lyreallyreallyreallyreallyreallyreallyreallyreallylongcallid",
     3882340, "INVITE", "branch_missing"},
    {"rfc4475-ltgtruri", "INVITE", 0, "ltgtruri.1@192.0.2.5", 1, "INVITE",
     "request_uri_bad branch_missing"},
    {"rfc4475-lwsdisp", "OPTIONS", 0, "lwsdisp.1234abcd@funky.example.com", 60,
     "OPTIONS", ""},
    {"rfc4475-lwsruri", "INVITE", 0,
     "lwsruri.asdfasdoeoi2323-asdfwrn23-asd834rk423", 2130706432, "INVITE",
     "request_uri_bad"},
    {"rfc4475-lwsstart", "INVITE", 0,
     "lwsstart.dfknq234oi243099adsdfnawe3@example.com", 1893884, "INVITE",
     "start_line_spaces"},
    {"rfc4475-mcl01", "OPTIONS", 0, "mcl01.fhn2323orihawfdoa3o4r52o3irsdf",
     15932, "OPTIONS",
     "content_length_short content_length_conflict header_repeated"},
    {"rfc4475-mismatch01", "OPTIONS", 0, "mismatch01.dj0234sxdfl3", 8, "INVITE",
     "cseq_method_mismatch"},
    {"rfc4475-mismatch02", "NEWMETHOD", 0, "mismatch02.dj0234sxdfl3", 8,
     "INVITE", "cseq_method_mismatch"},
    {"rfc4475-mpart01", "MESSAGE", 0,
     "3d9485ad0c49859b@Zmx1ZmZ5LW1hYy0xNi5sb2NhbA..", 1, "MESSAGE", ""},
    {"rfc4475-multi01", "INVITE", 0, "multi01.98asdh@192.0.2.1", 5, "INVITE",
     "header_repeated"},
    {"rfc4475-ncl", "INVITE", 0, "ncl.0ha0isndaksdj2193423r542w35", 0, "INVITE",
     "content_length_bad"},
    {"rfc4475-noreason", NULL, 100, "noreason.asndj203insdf99223ndf", 35,
     "INVITE", ""},
    {"rfc4475-novelsc", "OPTIONS", 0, "novelsc.asdfasser0q239nwsdfasdkl34",
     3923423, "OPTIONS", ""},
    {"rfc4475-quotbal", "INVITE", 0, "quotbal.aksdj", 8, "INVITE",
     "to_bad display_name_bad"},
    {"rfc4475-regaut01", "REGISTER", 0, "regaut01.0ha0isndaksdj", 9338,
     "REGISTER", ""},
    {"rfc4475-regbadct", "REGISTER", 0, "regbadct.k345asrl3fdbv@10.0.0.1", 1,
     "REGISTER", "contact_bad"},
    {"rfc4475-regescrt", "REGISTER", 0, "regescrt.k345asrl3fdbv@192.0.2.1",
     14398234, "REGISTER", ""},
    {"rfc4475-scalar02", "REGISTER", 0,
     "scalar02.23o0pd9vanlq3wnrlnewofjas9ui32", NO_CSEQ, "REGISTER",
     "max_forwards_bad cseq_bad number_range"},
    {"rfc4475-scalarlg", NULL, 503,
     "scalarlg.noase0of0234hn2qofoaf0232aewf2394r", NO_CSEQ, "OPTIONS",
     "cseq_bad number_range"},
    {"rfc4475-sdp01", "INVITE", 0, "sdp01.ndaksdj9342dasdd", 8, "INVITE", ""},
    {"rfc4475-semiuri", "OPTIONS", 0, "semiuri.0ha0isndaksdj", 8, "OPTIONS",
     ""},
    {"rfc4475-transports", "OPTIONS", 0, "transports.kijh4akdnaqjkwendsasfdj",
     60, "OPTIONS", ""},
    {"rfc4475-trws", "OPTIONS", 0, "trws.oicu34958239neffasdhr2345r", 238923,
     "OPTIONS", "start_line_spaces"},
    {"rfc4475-unkscm", "OPTIONS", 0, "unkscm.nasdfasser0q239nwsdfasdkl34",
     3923423, "OPTIONS", ""},
    {"rfc4475-unksm2", "REGISTER", 0,
     "unksm2.daksdj@hyphenated-host.example.com", 234902, "REGISTER", ""},
    {"rfc4475-unreason", NULL, 200, "unreason.1234ksdfak3j2erwedfsASdf", 35,
     "INVITE", ""},
    {"rfc4475-wsinv", "INVITE", 0, "wsinv.ndaksdj@192.0.2.1", 9, "INVITE",
     "branch_cookie_missing"},
    {"rfc4475-zeromf", "OPTIONS", 0, "zeromf.jfasdlfnm2o2l43r5u0asdfas",
     39234321, "OPTIONS", "max_forwards_zero"},
    {"rfc5118-ipv4-mapped-ipv6", "INVITE", 0, "SSG9559905523997077@hlau_4100",
     612, "INVITE", "content_length_short"},
    {"rfc5118-ipv6-bad", "REGISTER", 0, "SSG9559905523997077@hlau_4100", 98176,
     "REGISTER", "request_uri_bad"},
    {"rfc5118-ipv6-bug-abnf-3-colons", "OPTIONS", 0,
     "G9559905523997077@hlau_4100", 689, "OPTIONS", ""},
    {"rfc5118-ipv6-correct-abnf-2-colons", "OPTIONS", 0,
     "G9559905523997077@hlau_4100", 689, "OPTIONS", ""},
    {"rfc5118-ipv6-good", "REGISTER", 0, "SSG9559905523997077@hlau_4100", 98176,
     "REGISTER", ""},
    {"rfc5118-ipv6-in-sdp", "INVITE", 0, "SSG9559905523997077@hlau_4100", 8612,
     "INVITE", "content_length_short"},
    {"rfc5118-mult-ip-in-header", "BYE", 0, "997077@lau_4100", 89187, "BYE",
     ""},
    {"rfc5118-mult-ip-in-sdp", "INVITE", 0, "SSG9559905523997077@hlau_4100",
     8912, "INVITE", "content_length_short"},
    {"rfc5118-port-ambiguous", "REGISTER", 0, "SSG9559905523997077@hlau_4100",
     98176, "REGISTER", ""},
    {"rfc5118-port-unambiguous", "REGISTER", 0, "SSG9559905523997077@hlau_4100",
     98176, "REGISTER", ""},
    {"rfc5118-via-received-param-no-delim", "OPTIONS", 0,
     "SSG95523997077@hlau_4100", 921, "OPTIONS", ""},
    {"rfc5118-via-received-param-with-delim", "BYE", 0,
     "SSG9559905523997077@hlau_4100", 321, "BYE", ""},
};

static size_t read_file(const char *path, char *text)
{
    FILE *file = fopen(path, "rb");
    size_t length;

    if (!file)
        return 0;
    length = fread(text, 1, TEXT_MAX, file);
    (void)fclose(file);
    return length;
}

static void write_anomalies(const struct anomaly_set *set, char text[512])
{
    text[0] = '\0';
    for (unsigned a = 0; a < ANOMALY_COUNT; a++) {
        if (!anomaly_set_has(set, (enum anomaly)a))
            continue;
        if (text[0])
            strcat(text, " ");
        strcat(text, anomaly_name((enum anomaly)a));
    }
}

static void check_row(const struct row *row, struct span text)
{
    struct sip_header headers[256];
    struct sip_message m;
    char anomalies[512];

    ROW_ASSERT(row->name, sip_sniff(text) == 1);
    ROW_ASSERT(row->name, sip_message_parse(text, SIP_FROM_DATAGRAM, headers,
                                            256, &m) > 0);
    sip_message_check(&m, NULL, &m.anomalies);
    ROW_ASSERT(row->name, m.is_request == (row->method != NULL));
    ROW_ASSERT(row->name,
               !row->method ||
                   span_equal(m.method_name, span_of_string(row->method)));
    ROW_ASSERT(row->name, m.status_code == row->status_code);
    ROW_ASSERT(row->name, span_equal(m.call_id, span_of_string(row->call_id)));
    ROW_ASSERT(row->name,
               (m.has_cseq ? (int64_t)m.cseq : NO_CSEQ) == row->cseq);
    ROW_ASSERT(row->name, span_equal(m.cseq_method_name,
                                     span_of_string(row->cseq_method)));
    write_anomalies(&m.anomalies, anomalies);
    if (strcmp(anomalies, row->anomalies) != 0)
        fail_msg("%s: %s", row->name, anomalies);
}

static void torture_is_read(void **state)
{
    struct guard g = guard_new(TEXT_MAX);
    char *text = malloc(TEXT_MAX);
    size_t read = 0;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char path[256];
        size_t length;

        (void)snprintf(path, sizeof(path), TORTURE "%s.sip", rows[i].name);
        length = read_file(path, text);
        if (!length)
            continue;
        read++;
        check_row(&rows[i], span_of(guard_copy(&g, text, length), length));
    }
    free(text);
    guard_free(&g);
    if (!read)
        skip();
    assert_int_equal(read, COUNT_OF(rows));
}

/* Every cut of every message, as datagram and as stream. */
static void cut_torture_is_survived(void **state)
{
    struct guard g = guard_new(TEXT_MAX);
    char *text = malloc(TEXT_MAX);
    size_t read = 0;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char path[256];
        size_t length;

        (void)snprintf(path, sizeof(path), TORTURE "%s.sip", rows[i].name);
        length = read_file(path, text);
        read += length > 0;
        for (size_t n = 0; n <= length; n++) {
            struct span cut = span_of(guard_copy(&g, text, n), n);
            struct sip_header headers[256];
            struct sip_message m;

            for (int s = SIP_FROM_DATAGRAM; s <= SIP_FROM_STREAM; s++) {
                size_t taken = sip_message_parse(cut, (enum sip_source)s,
                                                 headers, 256, &m);

                assert_true(taken <= n);
                if (taken)
                    sip_message_check(&m, NULL, &m.anomalies);
            }
        }
    }
    free(text);
    guard_free(&g);
    if (!read)
        skip();
}

/* A person would call every one of them SIP. */
static void protos_is_recognised(void **state)
{
    struct guard g = guard_new(TEXT_MAX);
    char *text = malloc(TEXT_MAX);
    DIR *folder = opendir(PROTOS);
    struct dirent *entry;

    (void)state;
    while (folder && (entry = readdir(folder))) {
        struct sip_header headers[256];
        struct sip_message m;
        char path[512];
        size_t length;
        struct span bytes;

        (void)snprintf(path, sizeof(path), PROTOS "%s", entry->d_name);
        if (entry->d_name[0] == '.' || !(length = read_file(path, text)))
            continue;
        bytes = span_of(guard_copy(&g, text, length), length);
        if (length < 65000) /* what a datagram can hold */
            ROW_ASSERT(entry->d_name, sip_sniff(bytes) == 1);
        if (sip_message_parse(bytes, SIP_FROM_DATAGRAM, headers, 256, &m))
            sip_message_check(&m, NULL, &m.anomalies);
    }
    free(text);
    guard_free(&g);
    if (!folder)
        skip();
    (void)closedir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(torture_is_read),
        cmocka_unit_test(cut_torture_is_survived),
        cmocka_unit_test(protos_is_recognised),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
