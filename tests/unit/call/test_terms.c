/* What is remembered of descriptions changes nothing of what is read. */
#include "test.h"

#include "call/terms.h"

#define AUDIO " RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"
#define HEAD "v=0\r\no=- 1 1 IN IP4 h\r\ns=-\r\n"

static struct terms read_alone(struct span sdp)
{
    static struct terms_memory memory;

    memset(&memory, 0, sizeof(memory));
    return *terms_read(&memory, sdp);
}

static void assert_terms_equal(const char *name, const struct terms *a,
                               const struct terms *b)
{
    ROW_ASSERT(name, a->holds == b->holds);
    ROW_ASSERT(name, a->is_plain == b->is_plain);
    ROW_ASSERT(name, span_equal(span_of(a->codecs, a->codecs_length),
                                span_of(b->codecs, b->codecs_length)));
    ROW_ASSERT(name, span_equal(span_of(a->kinds, a->kinds_length),
                                span_of(b->kinds, b->kinds_length)));
}

static const struct {
    const char *text;
    const char *codecs;
    const char *kinds;
    bool holds;
    bool same_shape; /* as the row before */
} rows[] = {
    {HEAD "c=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 6000" AUDIO,
     "PCMA PCMU telephone-event", "audio", false, false},
    {"v=0\r\no=x 7 8 IN IP6 ::1\r\ns=-\r\nc=IN IP4 7.0.0.0\r\nt=0 0\r\n"
     "m=audio 65535" AUDIO,
     "PCMA PCMU telephone-event", "audio", false, true},
    {HEAD "c=IN IP4 0.0.0.0\r\nt=0 0\r\nm=audio 6000" AUDIO,
     "PCMA PCMU telephone-event", "audio", true, false},
    {HEAD "c=IN IP4 1.1.1.1\r\nt=0 0\r\nm=audio 0" AUDIO, "", "", false, false},
    {HEAD "c=IN IP4 1.1.1.1\r\nt=0 0\r\nm=audio 65536" AUDIO, "", "", false,
     false},
    {HEAD "c=IN IP4 1.1.1.1\r\nt=0 0\r\nm=audio 00" AUDIO, "", "", false,
     false},
    {HEAD "c=IN IP4 1.1.1.1\r\nt=0 0\r\nm=video 6000" AUDIO,
     "PCMA PCMU telephone-event", "video", false, false},
    {HEAD "c=IN IP4 1.1.1.1\nt=0 0\nm=audio 1 RTP/AVP 0\na=sendonly", "PCMU",
     "audio", true, false},
    {HEAD "c=IN IP4 1.1.1.2/127\nt=0 0\nm=audio 2 RTP/AVP 0\na=sendonly",
     "PCMU", "audio", true, true},
    {HEAD "t=0 0\r\nm=image 5000 udptl t38\r\nm=audio 5002 RTP/AVP 0\r\n",
     "t38 PCMU", "image audio", false, false},
    {HEAD "t=0 0\r\nm=image 5000 udptl t38\r\nm=audio 0 RTP/AVP 0\r\n", "t38",
     "image", false, false},
    {HEAD "t=0 0\r\nm=image 0 udptl t38\r\nm=audio 5002 RTP/AVP 0\r\n", "PCMU",
     "audio", false, false},
    {"", "", "", false, false},
    {"m=", "", "", false, false},
};

static void terms_are_read_and_remembered(void **state)
{
    static struct terms_memory memory;
    uint64_t before = 0;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct span sdp = span_of_string(rows[i].text);
        const struct terms *t = terms_read(&memory, sdp);
        struct terms alone = read_alone(sdp);

        assert_terms_equal(rows[i].text, t, &alone);
        ROW_ASSERT(rows[i].text, t->holds == rows[i].holds);
        ROW_ASSERT(rows[i].text,
                   span_equal(span_of(t->codecs, t->codecs_length),
                              span_of_string(rows[i].codecs)));
        ROW_ASSERT(rows[i].text, span_equal(span_of(t->kinds, t->kinds_length),
                                            span_of_string(rows[i].kinds)));
        ROW_ASSERT(rows[i].text, (t->shape == before) == rows[i].same_shape);
        before = t->shape;
    }
}

/* Each byte of each row replaced: the memory, by then full of the others,
 * never says what that one does not. */
static void what_is_near_is_told_apart(void **state)
{
    static const char tried[] = "0159 .\r\n=aocmx/";
    static struct terms_memory memory;
    char text[256];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        size_t length = strlen(rows[i].text);

        for (size_t at = 0; at < length; at++) {
            memcpy(text, rows[i].text, length);
            for (size_t k = 0; k < sizeof(tried); k++) {
                struct terms alone;

                text[at] = tried[k];
                alone = read_alone(span_of(text, length));
                assert_terms_equal(rows[i].text,
                                   terms_read(&memory, span_of(text, length)),
                                   &alone);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terms_are_read_and_remembered),
        cmocka_unit_test(what_is_near_is_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
