/* SPDX-License-Identifier: MIT */
/* A stream's life, on a scripted transport: making it, closing it, what its
 * error says meanwhile, and every call afterwards. */
#include <errno.h>
#include <stdlib.h>

#include "../support/check.h"
#include "../support/scripted.h"

static void
closing_is_done_once_and_again_is_fine(void **state)
{
    (void)state;
    struct script *p = script_new();
    p->close_result = -EIO;
    rn_stream *s = script_open(p, RN_BUFFERED, 0);
    rn_error err;
    assert_code(rn_close(s), RN_E_IO);
    assert_code(rn_error_of(s, &err), RN_E_IO);
    assert_int_equal(err.phase, RN_PHASE_CLOSE);
    assert_code(rn_close(s), RN_OK);
    assert_code(rn_abort(s), RN_OK);
    assert_int_equal(p->closes, 1);
    rn_free(s);
    assert_int_equal(p->closes, 1);
    free(p);
}

static void
after_close_every_call_is_closed(void **state)
{
    (void)state;
    struct script *p = script_new();
    script_text(p, "ab\ncd");
    rn_stream *s = script_open(p, RN_BUFFERED, 0);
    char data[4];
    char *all;
    const char *line;
    const void *seen;
    rn_lines lines;
    struct iovec v = PIECE("x");
    assert_line(s, "ab");
    assert_code(rn_close(s), RN_OK);
    assert_code(rn_write(s, "x", 1), RN_E_CLOSED);
    assert_code(rn_writeln(s, "x", 1), RN_E_CLOSED);
    assert_code(rn_writev(s, &v, 1), RN_E_CLOSED);
    assert_code(rn_printf(s, "x"), RN_E_CLOSED);
    assert_code(rn_flush(s), RN_E_CLOSED);
    assert_code(rn_shutdown_write(s), RN_E_CLOSED);
    assert_code(rn_read(s, data, 1), RN_E_CLOSED);
    assert_code(rn_read_some(s, data, 1), RN_E_CLOSED);
    assert_code(rn_readln(s, &line, NULL), RN_E_CLOSED);
    assert_code(rn_skip_line(s), RN_E_CLOSED);
    memset(&all, 0xff, sizeof all);
    memset(&lines, 0xff, sizeof lines);
    assert_code(rn_read_all(s, &all, NULL), RN_E_CLOSED);
    assert_null(all);
    assert_code(rn_read_lines(s, &lines), RN_E_CLOSED);
    assert_null(lines.line);
    assert_int_equal(lines.count, 0);
    assert_code(rn_peek(s, &seen), RN_E_CLOSED);
    assert_code(rn_pending(s), RN_E_CLOSED);
    assert_code(rn_eof(s), RN_E_CLOSED);
    assert_code(rn_fd(s), RN_E_CLOSED);
    assert_code(rn_set_max_line(s, 1), RN_E_CLOSED);
    assert_code(rn_set_newline(s, RN_NEWLINE_LF), RN_E_CLOSED);
    assert_code(rn_set_buffer_size(s, 1), RN_E_CLOSED);
    rn_error err;
    assert_code(rn_error_of(s, &err), RN_E_CLOSED);
    assert_non_null(strstr(err.message, "closed"));
    rn_free(s);
    free(p);
}

static void
abort_throws_away(void **state)
{
    (void)state;
    struct script *p = script_new();
    rn_stream *s = script_open(p, RN_BUFFERED, 100);
    assert_code(rn_write(s, "lost", 4), RN_OK);
    assert_code(rn_abort(s), RN_OK);
    assert_int_equal(p->out_len, 0);
    assert_int_equal(p->aborts, 1);
    assert_int_equal(p->closes, 0);
    assert_code(rn_write(s, "x", 1), RN_E_CLOSED);
    assert_code(rn_close(s), RN_OK);
    rn_free(s);
    s = script_open_simple(p, RN_BUFFERED, 100);
    assert_code(rn_abort(s), RN_OK);
    assert_int_equal(p->closes, 1);
    rn_free(s);
    free(p);
}

static void
free_sends_what_goes_at_once_and_closes(void **state)
{
    (void)state;
    struct script *p = script_new();
    p->write_room = 2;
    p->write_end = RN_E_AGAIN;
    rn_stream *s = script_open(p, RN_BUFFERED, 100);
    assert_code(rn_write(s, "abcd", 4), RN_OK);
    rn_free(s);
    assert_int_equal(p->out_len, 2);
    assert_int_equal(p->closes, 1);
    rn_free(NULL);
    free(p);
}

static void
one_way_streams_say_so(void **state)
{
    (void)state;
    static const rn_stream_ops none = {.read = NULL};
    rn_error err;
    rn_stream *s = rn_stream_new(&none, NULL, RN_BUFFERED, &err);
    char data[1];
    assert_non_null(s);
    assert_code(rn_read(s, data, 1), RN_E_UNSUPPORTED);
    rn_error_of(s, &err);
    assert_non_null(strstr(err.message, "for writing only"));
    assert_code(rn_write(s, "x", 1), RN_E_UNSUPPORTED);
    rn_error_of(s, &err);
    assert_non_null(strstr(err.message, "for reading only"));
    assert_code(rn_fd(s), RN_E_UNSUPPORTED);
    assert_code(rn_shutdown_write(s), RN_E_UNSUPPORTED);
    assert_code(rn_set_nodelay(s, 1), RN_E_UNSUPPORTED);
    assert_code(rn_local_port(s), RN_E_UNSUPPORTED);
    assert_code(rn_remote_port(s), RN_E_UNSUPPORTED);
    assert_string_equal(rn_local_address(s), "");
    assert_string_equal(rn_remote_address(s), "");
    assert_code(rn_close(s), RN_OK);
    rn_free(s);
}

static void
bad_makers_are_value(void **state)
{
    (void)state;
    static const rn_stream_ops none = {.read = NULL};
    rn_error err;
    assert_null(rn_stream_new(NULL, NULL, RN_BUFFERED, &err));
    assert_ours(err, RN_E_VALUE);
    assert_null(rn_stream_new(&none, NULL, 3, &err));
    assert_ours(err, RN_E_VALUE);
    assert_non_null(strstr(err.message, "buffering 3"));
    assert_null(rn_stream_new(&none, NULL, -1, NULL));
    assert_code(rn_close(NULL), RN_E_VALUE);
    assert_code(rn_abort(NULL), RN_E_VALUE);
    assert_code(rn_fd(NULL), RN_E_VALUE);
    assert_code(rn_wait_fd(NULL, 0, RN_READABLE), RN_E_VALUE);
}

static void
a_new_stream_has_no_error(void **state)
{
    (void)state;
    struct script *p = script_new();
    rn_stream *s = script_open(p, RN_BUFFERED, 0);
    rn_error err;
    memset(&err, 1, sizeof err);
    assert_code(rn_error_of(s, &err), RN_OK);
    assert_int_equal(err.code, RN_OK);
    assert_string_equal(err.message, "");
    rn_free(s);
    free(p);
}

/* What a call looked at on the way is no failure of its. */
static void
a_success_leaves_no_error(void **state)
{
    (void)state;
    struct script *p = script_new();
    script_text(p, "answer\n");
    p->again_first = true;
    rn_stream *s = script_open(p, RN_BUFFERED, 100);
    assert_code(rn_write(s, "question", 8), RN_OK);
    assert_line(s, "answer");
    assert_code(rn_error_of(s, NULL), RN_OK);
    p->write_room = 3;
    p->write_end = RN_E_AGAIN;
    assert_code(rn_set_buffer_size(s, 1), RN_OK);
    assert_code(rn_write(s, "in part", 7), RN_OK);
    assert_code(rn_error_of(s, NULL), RN_OK);
    rn_free(s);
    free(p);
}

/* Nor does a success hide the failure before it. */
static void
a_success_keeps_an_earlier_error(void **state)
{
    (void)state;
    struct script *p = script_new();
    script_text(p, "line\n");
    rn_stream *s = script_open(p, RN_BUFFERED, 100);
    assert_code(rn_set_max_line(s, 0), RN_E_VALUE);
    assert_code(rn_set_newline(s, RN_NEWLINE_LF), RN_OK);
    assert_code(rn_set_buffer_size(s, 50), RN_OK);
    assert_code(rn_set_name(s, "a"), RN_OK);
    assert_line(s, "line");
    assert_code(rn_write(s, "x", 1), RN_OK);
    assert_code(rn_flush(s), RN_OK);
    assert_code(rn_error_of(s, NULL), RN_E_VALUE);
    rn_free(s);
    free(p);
}

static void
absurd_buffer_sizes_are_value(void **state)
{
    (void)state;
    struct script *p = script_new();
    rn_stream *s = script_open(p, RN_BUFFERED, 8);
    char data[1000] = {0};
    assert_code(rn_write(s, "abc", 3), RN_OK);
    assert_code(rn_set_buffer_size(s, SIZE_MAX), RN_E_VALUE);
    assert_code(rn_set_buffer_size(s, PTRDIFF_MAX), RN_E_VALUE);
    assert_code(rn_write(s, data, sizeof data), RN_OK);
    assert_code(rn_close(s), RN_OK);
    assert_int_equal(p->out_len, 1003);
    rn_free(s);
    rn_error err;
    rn_connect_options o = {
        .host = "127.0.0.1", .port = 1, .buffer_size = SIZE_MAX};
    rn_listen_options l = {.buffer_size = SIZE_MAX};
    assert_null(rn_connect_with(&o, &err));
    assert_ours(err, RN_E_VALUE);
    assert_null(rn_listen_with(&l, &err));
    assert_ours(err, RN_E_VALUE);
    free(p);
}

static void
the_first_loss_is_the_one_told(void **state)
{
    (void)state;
    struct script *p = script_new();
    rn_error err;
    p->write_room = 0;
    p->write_end = -ENOSPC;
    p->close_result = -EDQUOT;
    rn_stream *s = script_open(p, RN_BUFFERED, 100);
    assert_code(rn_write(s, "abc", 3), RN_OK);
    assert_code(rn_close(s), RN_E_IO);
    rn_error_of(s, &err);
    assert_int_equal(err.sys_errno, ENOSPC);
    rn_free(s);

    s = script_open(p, RN_BUFFERED, 100);
    assert_code(rn_write(s, "abc", 3), RN_OK);
    assert_code(rn_shutdown_write(s), RN_E_IO);
    rn_error_of(s, &err);
    assert_int_equal(err.sys_errno, ENOSPC);
    rn_free(s);

    rn_lines lines;
    script_text(p, "one\ntwo");
    p->read_end = -EIO;
    s = script_open(p, RN_BUFFERED, 100);
    assert_code(rn_read_lines(s, &lines), RN_E_IO);
    assert_int_equal(lines.count, 1);
    rn_lines_free(&lines);
    rn_error_of(s, &err);
    assert_int_equal(err.sys_errno, EIO);
    rn_free(s);
    free(p);
}

static void
reading_the_rest_tells_what_closing_lost(void **state)
{
    (void)state;
    struct script *p = script_new();
    char *all;
    rn_lines lines;
    script_text(p, "all of it\n");
    p->write_room = 0;
    p->write_end = -EPIPE;
    rn_stream *s = script_open(p, RN_BUFFERED, 100);
    assert_code(rn_write(s, "lost", 4), RN_OK);
    assert_code(rn_read_all(s, &all, NULL), RN_E_RESET);
    assert_string_equal(all, "all of it\n");
    rn_release(all);
    rn_free(s);
    script_text(p, "all of it\n");
    s = script_open(p, RN_BUFFERED, 100);
    assert_code(rn_write(s, "lost", 4), RN_OK);
    assert_code(rn_read_lines(s, &lines), RN_E_RESET);
    assert_int_equal(lines.count, 1);
    rn_lines_free(&lines);
    rn_free(s);
    free(p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closing_is_done_once_and_again_is_fine),
        cmocka_unit_test(after_close_every_call_is_closed),
        cmocka_unit_test(abort_throws_away),
        cmocka_unit_test(free_sends_what_goes_at_once_and_closes),
        cmocka_unit_test(one_way_streams_say_so),
        cmocka_unit_test(bad_makers_are_value),
        cmocka_unit_test(a_new_stream_has_no_error),
        cmocka_unit_test(a_success_leaves_no_error),
        cmocka_unit_test(a_success_keeps_an_earlier_error),
        cmocka_unit_test(absurd_buffer_sizes_are_value),
        cmocka_unit_test(the_first_loss_is_the_one_told),
        cmocka_unit_test(reading_the_rest_tells_what_closing_lost),
    };
    return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
