/* SPDX-License-Identifier: MIT */
/* Writing, on a scripted transport: when it goes out, in how many sends, and
 * what a failure leaves. */
#include <errno.h>
#include <stdlib.h>

#include "../../src/stream/stream.h"
#include "../support/check.h"
#include "../support/scripted.h"

static void
unbuffered_every_call_is_one_send(void **state)
{
    (void)state;
    struct script *p = script_new();
    rn_stream *s = script_open(p, RN_UNBUFFERED, 0);
    struct iovec v[3] = {PIECE("ab"), PIECE(""), PIECE("cd")};
    assert_code(rn_write(s, "x", 1), RN_OK);
    assert_code(rn_writeln(s, "line", 4), RN_OK);
    assert_code(rn_writev(s, v, 3), RN_OK);
    assert_code(rn_printf(s, "%d-%s", 7, "y"), RN_OK);
    assert_int_equal(p->writes, 4);
    assert_out(p, "xline\nabcd7-y");
    assert_code(rn_write(s, "", 0), RN_OK);
    assert_code(rn_writev(s, v + 1, 1), RN_OK);
    assert_code(rn_writev(s, NULL, 0), RN_OK);
    assert_int_equal(p->writes, 4);
    rn_free(s);
    free(p);
}

static void
a_refusal_is_wanted_and_a_timeout_is_not(void **state)
{
    (void)state;
    struct script *p = script_new();
    rn_stream *s = script_open(p, RN_UNBUFFERED, 0);
    p->write_room = 0;
    p->write_end = RN_E_AGAIN;
    assert_code(rn_write(s, "a", 1), RN_E_AGAIN);
    assert_int_equal(rn_wants(s), RN_WRITABLE);
    p->write_end = RN_E_TIMEOUT;
    assert_code(rn_write(s, "a", 1), RN_E_TIMEOUT);
    assert_int_equal(rn_wants(s), 0);
    p->write_end = RN_E_AGAIN;
    assert_code(rn_write(s, "a", 1), RN_E_AGAIN);
    p->write_room = 1;
    assert_code(rn_write(s, "a", 1), RN_OK);
    assert_int_equal(rn_wants(s), 0);
    rn_free(s);
    free(p);
}

static void
line_buffered_goes_out_with_a_line_feed(void **state)
{
    (void)state;
    struct script *p = script_new();
    rn_stream *s = script_open(p, RN_LINE_BUFFERED, 100);
    assert_code(rn_write(s, "ab", 2), RN_OK);
    assert_code(rn_write(s, "cd", 2), RN_OK);
    assert_int_equal(p->writes, 0);
    assert_int_equal(rn_unsent(s), 4);
    assert_code(rn_writeln(s, "ef", 2), RN_OK);
    assert_int_equal(p->writes, 1);
    assert_out(p, "abcdef\n");
    assert_code(rn_write(s, "x\ny", 3), RN_OK);
    assert_int_equal(p->writes, 2);
    assert_int_equal(rn_unsent(s), 0);
    rn_free(s);
    free(p);
}

static void
buffered_goes_out_when_full(void **state)
{
    (void)state;
    struct script *p = script_new();
    rn_stream *s = script_open(p, RN_BUFFERED, 8);
    assert_code(rn_writeln(s, "abc", 3), RN_OK);
    assert_code(rn_write(s, "def", 3), RN_OK);
    assert_int_equal(p->writes, 0);
    assert_code(rn_write(s, "g", 1), RN_OK); /* 8 bytes: full */
    assert_int_equal(p->writes, 1);
    assert_out(p, "abc\ndefg");
    assert_code(rn_write(s, "h", 1), RN_OK);
    assert_code(rn_write(s, "0123456789", 10), RN_OK);
    assert_int_equal(p->writes, 2); /* what waited and what came, in one */
    assert_int_equal(p->write_sizes[1], 11);
    rn_free(s);
    free(p);
}

static void
flush_and_close_send_what_is_buffered(void **state)
{
    (void)state;
    struct script *p = script_new();
    rn_stream *s = script_open(p, RN_BUFFERED, 100);
    assert_code(rn_flush(s), RN_OK);
    assert_int_equal(p->writes, 0);
    assert_code(rn_write(s, "ab", 2), RN_OK);
    assert_code(rn_flush(s), RN_OK);
    assert_code(rn_flush(s), RN_OK);
    assert_int_equal(p->writes, 1);
    assert_code(rn_write(s, "cd", 2), RN_OK);
    assert_code(rn_close(s), RN_OK);
    assert_out(p, "abcd");
    assert_int_equal(p->closes, 1);
    rn_free(s);
    assert_int_equal(p->closes, 1);
    free(p);
}

static void
short_writes_lose_nothing(void **state)
{
    (void)state;
    for (int mode = RN_UNBUFFERED; mode <= RN_BUFFERED; mode++) {
        for (size_t step = 1; step < 14; step++) {
            struct script *p = script_new();
            p->write_step = step;
            rn_stream *s = script_open(p, (rn_buffering)mode, 5);
            struct iovec v[4] = {PIECE("gh"), PIECE("i"), PIECE(""),
                                 PIECE("jkl")};
            assert_code(rn_write(s, "abc", 3), RN_OK);
            assert_code(rn_writeln(s, "def", 3), RN_OK);
            assert_code(rn_writev(s, v, 4), RN_OK);
            assert_code(rn_close(s), RN_OK);
            assert_out(p, "abcdef\nghijkl");
            rn_free(s);
            free(p);
        }
    }
}

/* Repeating what was refused, and only that, gives every byte once. */
static void
a_refused_write_is_refused_whole(void **state)
{
    (void)state;
    for (int mode = RN_UNBUFFERED; mode <= RN_BUFFERED; mode++) {
        for (size_t room = 0; room < 16; room++) {
            struct script *p = script_new();
            p->write_room = room;
            p->write_end = -EAGAIN;
            rn_stream *s = script_open(p, (rn_buffering)mode, 4);
            const char *words[] = {"abc", "de\n", "fghij", "k"};
            for (int i = 0; i < 4; i++) {
                int rc = rn_write(s, words[i], strlen(words[i]));
                if (rc == RN_E_AGAIN) {
                    assert_code(rn_error_of(s, NULL), RN_E_AGAIN);
                    p->write_room = room + 1;
                    rc = rn_write(s, words[i], strlen(words[i]));
                }
                if (rc == RN_E_AGAIN) {
                    p->write_room = SIZE_MAX;
                    rc = rn_write(s, words[i], strlen(words[i]));
                }
                assert_code(rc, RN_OK);
            }
            p->write_room = SIZE_MAX;
            assert_code(rn_close(s), RN_OK);
            assert_out(p, "abcde\nfghijk");
            rn_free(s);
            free(p);
        }
    }
}

static void
a_failure_sticks_to_writing(void **state)
{
    (void)state;
    for (int mode = RN_UNBUFFERED; mode <= RN_BUFFERED; mode++) {
        struct script *p = script_new();
        script_text(p, "in\n");
        p->write_room = 2;
        p->write_end = -EPIPE;
        rn_stream *s = script_open(p, (rn_buffering)mode, 4);
        rn_error err;
        assert_code(rn_write(s, "0123456789", 10), RN_E_RESET);
        size_t writes = p->writes;
        assert_code(rn_write(s, "0123456789", 10), RN_E_RESET);
        assert_code(rn_flush(s), RN_E_RESET);
        assert_code(rn_shutdown_write(s), RN_E_RESET);
        assert_int_equal(p->writes, writes);
        assert_int_equal(p->shutdowns, 0);
        assert_code(rn_error_of(s, &err), RN_E_RESET);
        assert_int_equal(err.phase, RN_PHASE_WRITE);
        assert_int_equal(err.sys_errno, EPIPE);
        assert_int_equal(rn_unsent(s), 0);
        assert_line(s, "in");
        assert_code(rn_close(s), RN_E_RESET);
        assert_code(rn_close(s), RN_OK);
        rn_free(s);
        free(p);
    }
}

static void
a_transport_that_writes_nothing_is_an_error_not_a_loop(void **state)
{
    (void)state;
    struct script *p = script_new();
    p->write_room = 0;
    p->write_end = 0;
    rn_stream *s = script_open(p, RN_UNBUFFERED, 0);
    assert_code(rn_write(s, "x", 1), RN_E_IO);
    rn_free(s);
    p->write_end = 100;
    s = script_open(p, RN_UNBUFFERED, 0);
    assert_code(rn_write(s, "x", 1), RN_E_IO);
    rn_free(s);
    free(p);
}

static void
shutdown_flushes_and_ends_writing(void **state)
{
    (void)state;
    struct script *p = script_new();
    script_text(p, "in");
    rn_stream *s = script_open(p, RN_BUFFERED, 100);
    rn_error err;
    assert_code(rn_write(s, "ab", 2), RN_OK);
    assert_code(rn_shutdown_write(s), RN_OK);
    assert_out(p, "ab");
    assert_code(rn_shutdown_write(s), RN_OK);
    assert_int_equal(p->shutdowns, 1);
    assert_code(rn_write(s, "c", 1), RN_E_CLOSED);
    rn_error_of(s, &err);
    assert_non_null(strstr(err.message, "shut down"));
    assert_code(rn_flush(s), RN_OK);
    assert_read(s, 3, "in");
    assert_code(rn_close(s), RN_OK);
    rn_free(s);
    s = script_open_simple(p, RN_BUFFERED, 100);
    assert_code(rn_shutdown_write(s), RN_E_UNSUPPORTED);
    rn_free(s);
    free(p);
}

static void
long_formats_go_out_whole(void **state)
{
    (void)state;
    struct script *p = script_new();
    rn_stream *s = script_open(p, RN_UNBUFFERED, 0);
    for (int n = 500; n < 520; n++) {
        p->out_len = 0;
        assert_code(rn_printf(s, "%*d", n, 42), RN_OK);
        assert_int_equal(p->out_len, n);
        assert_memory_equal(p->out + n - 3, " 42", 3);
    }
    rn_free(s);
    free(p);
}

static void
bad_arguments_are_value_and_send_nothing(void **state)
{
    (void)state;
    struct script *p = script_new();
    rn_stream *s = script_open(p, RN_UNBUFFERED, 0);
    struct iovec v[2] = {PIECE("a"), {NULL, 1}};
    struct iovec huge[2] = {{v, PTRDIFF_MAX}, PIECE("a")};
    assert_code(rn_write(s, NULL, 1), RN_E_VALUE);
    assert_code(rn_writeln(s, NULL, 1), RN_E_VALUE);
    assert_code(rn_writev(s, v, 2), RN_E_VALUE);
    assert_code(rn_writev(s, v, -1), RN_E_VALUE);
    assert_code(rn_writev(s, NULL, 1), RN_E_VALUE);
    assert_code(rn_writev(s, huge, 2), RN_E_VALUE);
    assert_code(rn_set_buffer_size(s, 0), RN_E_VALUE);
    assert_code(rn_write(NULL, "a", 1), RN_E_VALUE);
    assert_code(rn_printf(NULL, "a"), RN_E_VALUE);
    assert_code(rn_flush(NULL), RN_E_VALUE);
    assert_code(rn_unsent(NULL), RN_E_VALUE);
    assert_int_equal(p->writes, 0);
    rn_free(s);
    free(p);
}

/* Around the lengths where a line is copied in pieces, by a call, or where the
 * stream's own memory ends. */
static void
lines_of_every_length_are_buffered_whole(void **state)
{
    (void)state;
    char text[200];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)('a' + i % 26);
    for (size_t len = 0; len < sizeof text; len++)
        for (int crlf = 0; crlf < 2; crlf++) {
            struct script *p = script_new();
            rn_stream *s = script_open(p, RN_BUFFERED, 4096);
            if (crlf)
                rn_set_newline(s, RN_NEWLINE_CRLF);
            for (size_t i = 1; i <= 3; i++) {
                assert_code(rn_writeln(s, text, len), RN_OK);
                assert_int_equal(rn_unsent(s), i * (len + 1 + (size_t)crlf));
            }
            assert_code(rn_close(s), RN_OK);
            assert_int_equal(p->writes, 1);
            for (size_t i = 0; i < 3; i++) {
                const char *line = p->out + i * (len + 1 + (size_t)crlf);
                assert_memory_equal(line, text, len);
                assert_memory_equal(line + len, crlf ? "\r\n" : "\n",
                                    crlf ? 2 : 1);
            }
            rn_free(s);
            free(p);
        }
}

/* The short way of a small write, with nothing to look at: it is open wherever
 * bytes are only put into the buffer, and nowhere else. */
static void
the_short_way_is_open_where_it_leads(void **state)
{
    (void)state;
    struct script *p = script_new();
    rn_stream *s = script_open(p, RN_UNBUFFERED, 0);
    assert_int_equal(s->out.fill, 0);
    rn_free(s);
    s = script_open(p, RN_LINE_BUFFERED, 0);
    assert_int_equal(s->out.fill, 0);
    rn_free(s);
    s = script_open(p, RN_BUFFERED, 0);
    assert_true(s->out.fill > 0); /* from the start */
    rn_free(s);
    s = script_open(p, RN_BUFFERED, 4096);
    assert_int_equal(s->out.fill, RNI_OWN + 1);
    assert_code(rn_set_buffer_size(s, 5), RN_OK);
    assert_int_equal(s->out.fill, 5);
    p->write_room = 0;
    p->write_end = RN_E_AGAIN;
    assert_code(rn_write(s, "abcdef", 6), RN_E_AGAIN);
    assert_int_equal(s->out.fill, 0); /* rn_wants has to be told */
    p->write_room = SIZE_MAX;
    assert_code(rn_write(s, "ab", 2), RN_OK);
    assert_int_equal(s->out.fill, 5);
    assert_code(rn_shutdown_write(s), RN_OK);
    assert_int_equal(s->out.fill, 0);
    rn_free(s);
    s = script_open(p, RN_BUFFERED, 5);
    p->write_room = 0;
    p->write_end = RN_E_RESET;
    assert_code(rn_write(s, "abcdef", 6), RN_E_RESET);
    assert_int_equal(s->out.fill, 0);
    rn_free(s);
    free(p);
    static const rn_stream_ops none = {0};
    s = rn_stream_new(&none, NULL, RN_BUFFERED, NULL);
    assert_int_equal(s->out.fill, 0);
    rn_free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unbuffered_every_call_is_one_send),
        cmocka_unit_test(a_refusal_is_wanted_and_a_timeout_is_not),
        cmocka_unit_test(line_buffered_goes_out_with_a_line_feed),
        cmocka_unit_test(buffered_goes_out_when_full),
        cmocka_unit_test(flush_and_close_send_what_is_buffered),
        cmocka_unit_test(short_writes_lose_nothing),
        cmocka_unit_test(a_refused_write_is_refused_whole),
        cmocka_unit_test(a_failure_sticks_to_writing),
        cmocka_unit_test(
            a_transport_that_writes_nothing_is_an_error_not_a_loop),
        cmocka_unit_test(shutdown_flushes_and_ends_writing),
        cmocka_unit_test(long_formats_go_out_whole),
        cmocka_unit_test(bad_arguments_are_value_and_send_nothing),
        cmocka_unit_test(lines_of_every_length_are_buffered_whole),
        cmocka_unit_test(the_short_way_is_open_where_it_leads),
    };
    return cmocka_run_group_tests_name("write", tests, NULL, NULL);
}
