/* SPDX-License-Identifier: MIT */
/* Reading, on a scripted transport: portions, failures, what stays. */
#include <errno.h>
#include <stdlib.h>

#include "../support/check.h"
#include "../support/scripted.h"

static void
read_fills_whatever_the_portions(void **state)
{
    (void)state;
    for (int mode = RN_UNBUFFERED; mode <= RN_BUFFERED; mode++) {
        for (size_t step = 1; step < 12; step++) {
            struct script *p = script_new();
            script_text(p, "0123456789");
            p->read_step = step;
            rn_stream *s = script_open(p, (rn_buffering)mode, 4);
            assert_read(s, 0, "");
            assert_read(s, 3, "012");
            assert_read(s, 6, "345678");
            assert_read(s, 5, "9");
            assert_read(s, 5, "");
            assert_int_equal(rn_eof(s), 1);
            rn_free(s);
            free(p);
        }
    }
}

static void
unbuffered_read_takes_no_more_than_asked(void **state)
{
    (void)state;
    struct script *p = script_new();
    script_text(p, "0123456789");
    rn_stream *s = script_open(p, RN_UNBUFFERED, 0);
    assert_read(s, 3, "012");
    assert_int_equal(p->read_most, 3);
    assert_int_equal(p->read_at, 3);
    char data[4];
    assert_int_equal(rn_read_some(s, data, 4), 4);
    assert_int_equal(p->read_at, 7);
    rn_free(s);
    free(p);
}

static void
large_reads_go_straight_to_the_caller(void **state)
{
    (void)state;
    struct script *p = script_new();
    script_text(p, "a\n0123456789abcdefghij");
    rn_stream *s = script_open(p, RN_BUFFERED, 4);
    assert_line(s, "a");
    assert_read(s, 18, "0123456789abcdefgh");
    assert_int_equal(p->read_most, 16); /* two bytes were in the window */
    assert_int_equal(p->reads, 2);
    rn_free(s);
    free(p);
}

static void
read_some_gives_what_is_there(void **state)
{
    (void)state;
    struct script *p = script_new();
    script_text(p, "0123456789");
    p->read_step = 4;
    rn_stream *s = script_open(p, RN_BUFFERED, 100);
    char data[10];
    assert_int_equal(rn_read_some(s, data, 3), 3);
    assert_int_equal(rn_pending(s), 1);
    assert_int_equal(rn_read_some(s, data, 10), 1);
    assert_int_equal(p->reads, 1);
    assert_int_equal(rn_read_some(s, data, 0), 0);
    assert_int_equal(rn_read_some(s, data, 10), 4);
    assert_int_equal(rn_read_some(s, data, 10), 2);
    assert_int_equal(rn_read_some(s, data, 10), 0);
    rn_free(s);
    free(p);
}

static void
peek_never_asks_the_transport(void **state)
{
    (void)state;
    struct script *p = script_new();
    script_text(p, "ab\ncd");
    rn_stream *s = script_open(p, RN_BUFFERED, 100);
    const void *data;
    assert_int_equal(rn_peek(s, &data), 0);
    assert_non_null(data);
    assert_int_equal(p->reads, 0);
    assert_line(s, "ab");
    assert_int_equal(rn_peek(s, &data), 2);
    assert_memory_equal(data, "cd", 2);
    assert_int_equal(rn_pending(s), 2);
    assert_read(s, 2, "cd");
    rn_free(s);
    free(p);
}

static void
eof_finds_out_and_takes_nothing(void **state)
{
    (void)state;
    for (int mode = RN_UNBUFFERED; mode <= RN_BUFFERED; mode++) {
        struct script *p = script_new();
        script_text(p, "x");
        rn_stream *s = script_open(p, (rn_buffering)mode, 0);
        assert_int_equal(rn_eof(s), 0);
        assert_int_equal(rn_eof(s), 0);
        assert_read(s, 2, "x");
        assert_int_equal(rn_eof(s), 1);
        assert_int_equal(rn_eof(s), 1);
        rn_free(s);
        free(p);
    }
}

/* Every call that says AGAIN in the middle can be repeated, and nothing is lost
 * or doubled. */
static void
again_loses_nothing(void **state)
{
    (void)state;
    for (int mode = RN_UNBUFFERED; mode <= RN_BUFFERED; mode++) {
        for (size_t step = 1; step < 7; step++) {
            struct script *p = script_new();
            script_text(p, "one\r\ntwo\nrest of it all");
            p->read_step = step;
            p->again_first = true;
            rn_stream *s = script_open(p, (rn_buffering)mode, 3);
            const char *line;
            char data[8] = {0};
            char *all = NULL;
            int rc;
            ptrdiff_t n;
            while ((rc = rn_readln(s, &line, NULL)) == RN_E_AGAIN)
                continue;
            assert_int_equal(rc, 1);
            assert_string_equal(line, "one");
            while ((n = rn_read(s, data, 7)) == RN_E_AGAIN)
                continue;
            assert_int_equal(n, 7);
            assert_string_equal(data, "two\nres");
            while ((rc = rn_read_all(s, &all, NULL)) == RN_E_AGAIN)
                continue;
            assert_code(rc, RN_OK);
            assert_string_equal(all, "t of it all");
            rn_release(all);
            rn_free(s);
            free(p);
        }
    }
}

static void
a_failure_sticks_and_what_had_come_stays(void **state)
{
    (void)state;
    for (int mode = RN_UNBUFFERED; mode <= RN_BUFFERED; mode++) {
        for (size_t step = 1; step < 7; step++) {
            struct script *p = script_new();
            script_text(p, "line\npart");
            p->read_step = step;
            p->read_end = -ECONNRESET;
            rn_stream *s = script_open(p, (rn_buffering)mode, 3);
            const char *line;
            char data[16] = {0};
            char *all;
            assert_line(s, "line");
            assert_code(rn_readln(s, &line, NULL), RN_E_RESET);
            assert_code(rn_read(s, data, 9), RN_E_RESET);
            assert_code(rn_read_all(s, &all, NULL), RN_E_RESET);
            assert_null(all);
            size_t reads = p->reads;
            assert_code(rn_read(s, data, 9), RN_E_RESET);
            assert_int_equal(p->reads, reads);
            rn_error err;
            assert_code(rn_error_of(s, &err), RN_E_RESET);
            assert_int_equal(err.sys_errno, ECONNRESET);
            assert_int_equal(err.phase, RN_PHASE_READ);
            assert_int_equal(rn_read(s, data, 4), 4);
            assert_string_equal(data, "part");
            assert_code(rn_eof(s), RN_E_RESET);
            rn_free(s);
            free(p);
        }
    }
}

static void
read_lines_gives_the_complete_lines_before_a_failure(void **state)
{
    (void)state;
    struct script *p = script_new();
    script_text(p, "one\ntwo\r\ncut o");
    p->read_end = -ECONNRESET;
    rn_stream *s = script_open(p, RN_BUFFERED, 0);
    rn_lines lines;
    assert_code(rn_read_lines(s, &lines), RN_E_RESET);
    assert_int_equal(lines.count, 2);
    assert_string_equal(lines.line[1].text, "two");
    rn_error err;
    assert_code(rn_error_of(s, &err), RN_E_RESET);
    assert_int_equal(p->closes, 1);
    assert_code(rn_eof(s), RN_E_CLOSED);
    rn_lines_free(&lines);
    rn_free(s);
    free(p);
}

/* What can be repeated comes before a failure that was told already, and takes
 * nothing: the stream stays open, and its bytes are there. */
static void
a_limit_takes_nothing_of_a_broken_stream(void **state)
{
    (void)state;
    struct script *p = script_new();
    script_text(p, "one\ntwo\ncut");
    p->read_end = -ECONNRESET;
    rn_stream *s = script_open(p, RN_BUFFERED, 0);
    rn_lines lines;
    assert_line(s, "one");
    assert_code(rn_set_max_all(s, 3), RN_OK);
    assert_code(rn_read_lines(s, &lines), RN_E_LIMIT);
    assert_code(rn_set_max_all(s, 100), RN_OK);
    assert_code(rn_set_max_line(s, 2), RN_OK);
    assert_code(rn_read_lines(s, &lines), RN_E_LIMIT);
    assert_int_equal(lines.count, 0);
    assert_code(rn_set_max_all(s, 3), RN_OK);
    assert_code(rn_read_lines(s, &lines), RN_E_LIMIT);
    assert_int_equal(p->closes, 0);
    assert_code(rn_set_max_all(s, 100), RN_OK);
    assert_code(rn_set_max_line(s, 3), RN_OK);
    assert_code(rn_read_lines(s, &lines), RN_E_RESET);
    assert_int_equal(lines.count, 1);
    assert_string_equal(lines.line[0].text, "two");
    assert_int_equal(p->closes, 1);
    rn_lines_free(&lines);
    rn_free(s);
    free(p);
}

static void
reading_the_rest_closes(void **state)
{
    (void)state;
    struct script *p = script_new();
    script_text(p, "a\nrest\nof\0it");
    rn_stream *s = script_open(p, RN_BUFFERED, 0);
    char *all;
    size_t len;
    assert_line(s, "a");
    assert_code(rn_read_all(s, &all, &len), RN_OK);
    assert_string_equal(all, "rest\nof");
    assert_int_equal(len, 7);
    rn_release(all);
    assert_int_equal(p->closes, 1);
    assert_code(rn_read_all(s, &all, &len), RN_E_CLOSED);
    assert_code(rn_close(s), RN_OK);
    assert_int_equal(p->closes, 1);
    rn_free(s);

    script_text(p, "");
    s = script_open(p, RN_UNBUFFERED, 0);
    assert_code(rn_read_all(s, &all, &len), RN_OK);
    assert_string_equal(all, "");
    assert_int_equal(len, 0);
    rn_release(all);
    rn_free(s);

    rn_lines lines;
    s = script_open(p, RN_UNBUFFERED, 0);
    assert_code(rn_read_lines(s, &lines), RN_OK);
    assert_int_equal(lines.count, 0);
    rn_lines_free(&lines);
    rn_free(s);
    free(p);
}

static void
the_rest_can_be_bounded(void **state)
{
    (void)state;
    struct script *p = script_new();
    script_text(p, "0123456789");
    p->read_step = 2;
    rn_stream *s = script_open(p, RN_BUFFERED, 0);
    char *all;
    assert_code(rn_set_max_all(s, 0), RN_E_VALUE);
    assert_code(rn_set_max_all(s, 5), RN_OK);
    assert_code(rn_read_all(s, &all, NULL), RN_E_LIMIT);
    size_t reads = p->reads;
    assert_code(rn_read_all(s, &all, NULL), RN_E_LIMIT);
    assert_int_equal(p->reads, reads);
    assert_read(s, 10, "0123456789");
    rn_free(s);
    free(p);
}

static void
a_lying_transport_is_an_error_not_an_overrun(void **state)
{
    (void)state;
    struct script *p = script_new();
    p->read_end = 100000000;
    rn_stream *s = script_open(p, RN_BUFFERED, 0);
    char data[4];
    assert_code(rn_read(s, data, 4), RN_E_IO);
    rn_free(s);
    free(p);
}

static void
output_goes_out_before_a_read_waits(void **state)
{
    (void)state;
    struct script *p = script_new();
    script_text(p, "one\ntwo\n");
    p->again_first = true;
    p->read_step = 4;
    rn_stream *s = script_open(p, RN_BUFFERED, 100);
    assert_code(rn_write(s, "request", 7), RN_OK);
    assert_int_equal(p->out_len, 0);
    assert_line(s, "one");
    assert_int_equal(p->out_len, 7);

    /* What is buffered here needs no wait, so nothing is sent. */
    p->again_first = false;
    assert_code(rn_write(s, "more", 4), RN_OK);
    assert_line(s, "two");
    assert_int_equal(p->out_len, 7);
    assert_int_equal(rn_unsent(s), 4);
    rn_free(s);
    free(p);
}

static void
a_reader_hears_that_its_request_could_not_be_sent(void **state)
{
    (void)state;
    struct script *p = script_new();
    script_text(p, "late\n");
    p->again_first = true;
    p->write_room = 3;
    p->write_end = -EPIPE;
    rn_stream *s = script_open(p, RN_BUFFERED, 100);
    const char *line;
    rn_error err;
    assert_code(rn_write(s, "request", 7), RN_OK);
    assert_code(rn_readln(s, &line, NULL), RN_E_RESET);
    rn_error_of(s, &err);
    assert_int_equal(err.phase, RN_PHASE_WRITE);
    /* Only writing is broken: what the peer had sent can still be read. */
    assert_line(s, "late");
    assert_code(rn_write(s, "x", 1), RN_E_RESET);
    assert_code(rn_close(s), RN_E_RESET);
    assert_code(rn_close(s), RN_OK);
    rn_free(s);
    free(p);
}

static void
bad_arguments_are_value_and_take_nothing(void **state)
{
    (void)state;
    struct script *p = script_new();
    script_text(p, "abc");
    rn_stream *s = script_open(p, RN_BUFFERED, 0);
    char data[4];
    assert_code(rn_read(s, NULL, 1), RN_E_VALUE);
    assert_code(rn_read(s, data, SIZE_MAX), RN_E_VALUE);
    assert_code(rn_read_some(s, NULL, 1), RN_E_VALUE);
    assert_code(rn_readln(s, NULL, NULL), RN_E_VALUE);
    assert_code(rn_read_all(s, NULL, NULL), RN_E_VALUE);
    assert_code(rn_read_lines(s, NULL), RN_E_VALUE);
    assert_code(rn_peek(s, NULL), RN_E_VALUE);
    assert_code(rn_set_max_line(s, 0), RN_E_VALUE);
    assert_code(rn_read(NULL, data, 1), RN_E_VALUE);
    assert_code(rn_readln(NULL, NULL, NULL), RN_E_VALUE);
    assert_code(rn_eof(NULL), RN_E_VALUE);
    assert_code(rn_pending(NULL), RN_E_VALUE);
    rn_error err;
    assert_code(rn_error_of(NULL, NULL), RN_E_VALUE);
    assert_code(rn_error_of(NULL, &err), RN_E_VALUE);
    assert_ours(err, RN_E_VALUE);
    assert_int_equal(err.phase, RN_PHASE_NONE);
    assert_int_equal(p->reads, 0);
    assert_read(s, 4, "abc");
    rn_free(s);
    free(p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_fills_whatever_the_portions),
        cmocka_unit_test(unbuffered_read_takes_no_more_than_asked),
        cmocka_unit_test(large_reads_go_straight_to_the_caller),
        cmocka_unit_test(read_some_gives_what_is_there),
        cmocka_unit_test(peek_never_asks_the_transport),
        cmocka_unit_test(eof_finds_out_and_takes_nothing),
        cmocka_unit_test(again_loses_nothing),
        cmocka_unit_test(a_failure_sticks_and_what_had_come_stays),
        cmocka_unit_test(read_lines_gives_the_complete_lines_before_a_failure),
        cmocka_unit_test(a_limit_takes_nothing_of_a_broken_stream),
        cmocka_unit_test(reading_the_rest_closes),
        cmocka_unit_test(the_rest_can_be_bounded),
        cmocka_unit_test(a_lying_transport_is_an_error_not_an_overrun),
        cmocka_unit_test(output_goes_out_before_a_read_waits),
        cmocka_unit_test(a_reader_hears_that_its_request_could_not_be_sent),
        cmocka_unit_test(bad_arguments_are_value_and_take_nothing),
    };
    return cmocka_run_group_tests_name("read", tests, NULL, NULL);
}
