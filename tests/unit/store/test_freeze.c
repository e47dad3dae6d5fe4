#include "../test.h"

#include <errno.h>
#include <stdlib.h>

#include "store/freeze.h"
#include "store/note.h"
#include "store/spooled.h"

/* A row whose first field is a key, and so many fields in all. */
static void add_row(struct copy *c, const char *columns, uint8_t n)
{
    struct key key = {{n}};
    int fields = 1;

    for (; *columns; columns++)
        fields += *columns == ',';
    copy_row(c, fields);
    copy_key(c, &key);
    for (int i = 1; i < fields; i++) {
        if (i % 3)
            copy_i32(c, i);
        else
            copy_null(c);
    }
}

static void fill(struct batch *b)
{
    static const char *const run[] = {"01", "capture", "1", "host", "s", NULL};
    const struct note_target to = {NULL, &b->notes};
    const struct batch_part part = {.no = 3, .lo = 2, .hi = 5, .stored = 4};
    const struct batch_source source = {.stored = 4};
    const struct batch_tally tally = {.stored = 4, .duplicates = 2};
    const struct capture_gap gap = {.kind = GAP_SPOOL, .packets = 9};
    const struct key keys[] = {{{1}}, {{2}}};
    struct batch_exchange *e = batch_exchange(b, &keys[0], EXCHANGE_CALL, true);
    struct error err;

    assert_non_null(e);
    e->count = 4;
    add_row(&b->blocks, block_columns, 7);
    add_row(&b->texts, block_text_columns, 7);
    assert_int_equal(batch_add_part(b, &part), 0);
    assert_int_equal(batch_add_source(b, &source), 0);
    assert_int_equal(batch_add_tally(b, &tally), 0);
    assert_int_equal(batch_add_tally(b, &tally), 0);
    assert_int_equal(batch_add_gap(b, &gap), 0);
    assert_int_equal(batch_set_captures(b, keys, 2), 0);
    assert_int_equal(note_enter(&to, NOTE_RUN, run, &err), 0);
    b->run_key = keys[1];
    b->number = 12;
    b->messages = 4;
    b->duplicates = 2;
    b->clock_ns = 77;
}

static void test_there_and_back(void **state)
{
    struct batch *b = batch_new();
    struct batch *back = batch_new();
    struct copy bytes = {0};
    struct copy again = {0};

    (void)state;
    fill(b);
    assert_int_equal(freeze_batch(b, &bytes), 0);
    assert_int_equal(freeze_thaw(bytes.data, bytes.used, back), 0);
    assert_int_equal(back->number, 12);
    assert_int_equal(back->clock_ns, 77);
    assert_int_equal(back->exchange_count, 1);
    assert_int_equal(back->parts[0].hi, 5);
    assert_int_equal(back->tally_count, 1);
    assert_int_equal(back->tallies[0].stored, 8);
    assert_int_equal(back->capture_count, 2);
    assert_int_equal(note_kind_of(&back->notes, 0), NOTE_RUN);
    assert_int_equal(freeze_counts(back).of[SPOOL_MESSAGES], 4);
    assert_int_equal(freeze_counts(back).of[SPOOL_GAPS], 1);
    assert_int_equal(freeze_batch(back, &again), 0);
    assert_int_equal(again.used, bytes.used);
    assert_memory_equal(again.data, bytes.data, bytes.used);
    copy_fini(&bytes);
    copy_fini(&again);
    batch_free(b);
    batch_free(back);
}

/* Cut anywhere or with one byte more it is none. */
static void test_every_length(void **state)
{
    struct batch *b = batch_new();
    struct batch *back = batch_new();
    struct copy bytes = {0};

    (void)state;
    fill(b);
    assert_int_equal(freeze_batch(b, &bytes), 0);
    for (size_t length = 0; length < bytes.used; length++) {
        char *exact = test_malloc(length + 1);

        memcpy(exact, bytes.data, length);
        assert_int_equal(freeze_thaw(exact, length, back), -EILSEQ);
        batch_reset(back);
        test_free(exact);
    }
    assert_non_null(copy_take(&bytes, 1));
    bytes.data[bytes.used - 1] = 0;
    assert_int_equal(freeze_thaw(bytes.data, bytes.used, back), -EILSEQ);
    copy_fini(&bytes);
    batch_free(b);
    batch_free(back);
}

/* Whatever byte is wrong: refused, or a batch that can be walked. */
static void test_every_byte(void **state)
{
    static const int16_t ids[ANOMALY_COUNT] = {5};
    struct batch *b = batch_new();
    struct batch *back = batch_new();
    struct copy bytes = {0};
    size_t refused = 0;

    (void)state;
    fill(b);
    assert_int_equal(freeze_batch(b, &bytes), 0);
    for (size_t at = 0; at < bytes.used; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            int rc;

            bytes.data[at] = (char)(bytes.data[at] ^ 1 << bit);
            rc = freeze_thaw(bytes.data, bytes.used, back);
            if (rc == 0)
                spooled_translate(back, ids);
            refused += rc != 0;
            batch_reset(back);
            bytes.data[at] = (char)(bytes.data[at] ^ 1 << bit);
        }
    assert_true(refused > bytes.used);
    copy_fini(&bytes);
    batch_free(b);
    batch_free(back);
}

static void expect_refused(struct batch *b)
{
    struct batch *back = batch_new();
    struct copy bytes = {0};

    assert_int_equal(freeze_batch(b, &bytes), 0);
    assert_int_equal(freeze_thaw(bytes.data, bytes.used, back), -EILSEQ);
    copy_fini(&bytes);
    batch_free(back);
    batch_reset(b);
    fill(b);
}

static void test_what_points_nowhere(void **state)
{
    struct batch *b = batch_new();

    (void)state;
    fill(b);
    b->parts[0].block = 1;
    expect_refused(b);
    b->parts[0].exchange = 1;
    expect_refused(b);
    b->parts[0].lo = 0;
    expect_refused(b);
    b->sources[0].block = 1;
    expect_refused(b);
    b->exchanges[0].has_call = true; /* there is no row of it */
    expect_refused(b);
    b->exchanges[0].kind = EXCHANGE_KIND_COUNT;
    expect_refused(b);
    b->gaps[0].kind = GAP_KIND_COUNT;
    expect_refused(b);
    b->gaps[0].src.family = 5;
    expect_refused(b);
    add_row(&b->texts, block_text_columns, 1);
    expect_refused(b);
    b->blocks.data[1]++; /* a field more than columns */
    expect_refused(b);
    b->notes.data[7]++; /* another kind of note has other values */
    expect_refused(b);
    batch_free(b);
}

/* The field stands where the columns say; numbers become ids, once. */
static void test_anomalies(void **state)
{
    int16_t ids[ANOMALY_COUNT] = {0};
    struct batch *b = batch_new();
    const char *columns = block_columns;
    struct key key = {{1}};
    size_t at = 0;

    (void)state;
    copy_row(&b->blocks, 3);
    for (const char *c = columns;; c++) {
        bool here = strncmp(c, "x_anomaly", 9) == 0;

        if (here) {
            size_t start = copy_array(&b->blocks, OID_INT2, 2);

            at = b->blocks.used;
            copy_i16(&b->blocks, 2);
            copy_i16(&b->blocks, 30000);
            copy_array_end(&b->blocks, start);
            break;
        }
        if (c == columns)
            copy_key(&b->blocks, &key);
        else if (*c == ',' && strncmp(c, ", x_anomaly", 11) != 0)
            copy_null(&b->blocks);
    }
    ids[1] = 258;
    spooled_translate(b, ids);
    assert_memory_equal(b->blocks.data + at, "\0\0\0\2\1\2\0\0\0\2\0\0", 12);
    spooled_translate(b, ids);
    assert_memory_equal(b->blocks.data + at, "\0\0\0\2\1\2\0\0\0\2\0\0", 12);
    batch_free(b);
}

static void test_notes(void **state)
{
    static const char *const values[] = {"1", "", "x", NULL, "y", "z"};
    struct copy notes = {0};
    struct copy more = {0};
    const struct note_target to = {NULL, &notes};
    struct error err;

    (void)state;
    assert_int_equal(note_enter(&to, NOTE_RUN, values, &err), 0);
    assert_int_equal(note_kind_of(&notes, 0), NOTE_RUN);
    assert_true(note_comes_first(NOTE_RUN));
    assert_false(note_comes_first(NOTE_CAPTURE_END));
    assert_int_equal(copy_append(&more, &notes), 0);
    assert_int_equal(copy_append(&more, &notes), 0);
    assert_int_equal(more.row_count, 2);
    assert_int_equal(note_kind_of(&more, 1), NOTE_RUN);
    notes.data[notes.used - 1] = 'x'; /* no NUL */
    assert_int_equal(note_kind_of(&notes, 0), NOTE_KIND_COUNT);
    copy_fini(&notes);
    copy_fini(&more);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_every_length),
        cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_what_points_nowhere),
        cmocka_unit_test(test_anomalies),
        cmocka_unit_test(test_notes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
