/* SPDX-License-Identifier: MIT */
/* A stream's life, on a scripted transport: making, closing, afterwards, and
 * two threads at once. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
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

/* ---- Two threads. A reader that is held inside the transport must make a
 * second reader BUSY, and leave a writer alone. */

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool inside;
    bool open;
    size_t written;
};

static ptrdiff_t
gate_read(void *ctx, void *data, size_t n, const rn_wait *wait)
{
    struct gate *g = ctx;
    (void)n;
    (void)wait;
    pthread_mutex_lock(&g->lock);
    g->inside = true;
    pthread_cond_broadcast(&g->changed);
    while (!g->open)
        pthread_cond_wait(&g->changed, &g->lock);
    pthread_mutex_unlock(&g->lock);
    memcpy(data, "x", 1);
    return 1;
}

static ptrdiff_t
gate_write(void *ctx, const void *data, size_t n, const rn_wait *wait)
{
    struct gate *g = ctx;
    (void)data;
    (void)wait;
    g->written += n;
    return (ptrdiff_t)n;
}

static void *
read_one(void *arg)
{
    char c;
    return rn_read(arg, &c, 1) == 1 ? arg : NULL;
}

static void
a_second_reader_is_busy_and_a_writer_is_not(void **state)
{
    (void)state;
    static const rn_stream_ops gated = {.read = gate_read, .write = gate_write};
    struct gate g = {.lock = PTHREAD_MUTEX_INITIALIZER,
                     .changed = PTHREAD_COND_INITIALIZER};
    rn_stream *s = rn_stream_new(&gated, &g, RN_UNBUFFERED, NULL);
    pthread_t thread;
    void *result = NULL;
    char c;
    assert_int_equal(pthread_create(&thread, NULL, read_one, s), 0);
    pthread_mutex_lock(&g.lock);
    while (!g.inside)
        pthread_cond_wait(&g.changed, &g.lock);
    pthread_mutex_unlock(&g.lock);

    assert_code(rn_read(s, &c, 1), RN_E_BUSY);
    assert_code(rn_eof(s), RN_E_BUSY);
    assert_code(rn_close(s), RN_E_BUSY);
    assert_code(rn_abort(s), RN_E_BUSY);
    assert_code(rn_set_newline(s, RN_NEWLINE_CRLF), RN_E_BUSY);
    assert_code(rn_write(s, "abc", 3), RN_OK);
    assert_int_equal(g.written, 3);

    pthread_mutex_lock(&g.lock);
    g.open = true;
    pthread_cond_broadcast(&g.changed);
    pthread_mutex_unlock(&g.lock);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, s);
    assert_code(rn_close(s), RN_OK);
    rn_free(s);
}

/* A stream whose functions call the stream itself. */
struct selfish {
    rn_stream *s;
    int read;
    int write;
    int close;
};

static ptrdiff_t
selfish_read(void *ctx, void *data, size_t n, const rn_wait *wait)
{
    struct selfish *self = ctx;
    const char *line;
    (void)wait;
    (void)n;
    self->read = rn_readln(self->s, &line, NULL);
    self->close = rn_close(self->s);
    memcpy(data, "\n", 1);
    return 1;
}

static ptrdiff_t
selfish_write(void *ctx, const void *data, size_t n, const rn_wait *wait)
{
    struct selfish *self = ctx;
    (void)wait;
    self->write = rn_write(self->s, data, n);
    return (ptrdiff_t)n;
}

static void
a_call_from_inside_is_busy_with_and_without_locks(void **state)
{
    (void)state;
    static const rn_stream_ops ops = {.read = selfish_read,
                                      .write = selfish_write};
    for (int unlocked = 0; unlocked < 2; unlocked++) {
        struct selfish self = {0};
        self.s = rn_stream_new(&ops, &self, RN_UNBUFFERED, NULL);
        assert_code(rn_set_unlocked(self.s, unlocked), RN_OK);
        assert_line(self.s, "");
        assert_code(self.read, RN_E_BUSY);
        assert_code(self.close, RN_E_BUSY);
        assert_code(rn_write(self.s, "x", 1), RN_OK);
        assert_code(self.write, RN_E_BUSY);
        assert_code(rn_close(self.s), RN_OK);
        assert_code(rn_set_unlocked(self.s, 1), RN_E_CLOSED);
        rn_free(self.s);
    }
    assert_code(rn_set_unlocked(NULL, 1), RN_E_VALUE);
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

/* ---- A reader must not wait for a writer that is held inside the transport:
 * what is unsent is on its way already. */

static ptrdiff_t
held_write(void *ctx, const void *data, size_t n, const rn_wait *wait)
{
    char c;
    (void)data;
    (void)gate_read(ctx, &c, 1, wait);
    return (ptrdiff_t)n;
}

static ptrdiff_t
second_time_read(void *ctx, void *data, size_t n, const rn_wait *wait)
{
    struct gate *g = ctx;
    (void)n;
    (void)wait;
    if (g->written++ == 0)
        return RN_E_AGAIN;
    memcpy(data, "x\n", 2);
    return 2;
}

static int
no_wait_needed(void *ctx, int directions, const rn_wait *wait)
{
    (void)ctx;
    (void)directions;
    (void)wait;
    return RN_OK;
}

static void *
flush_it(void *arg)
{
    return rn_flush(arg) == RN_OK ? arg : NULL;
}

static void
a_reader_passes_a_writer_that_is_held(void **state)
{
    (void)state;
    static const rn_stream_ops held = {
        .read = second_time_read, .write = held_write, .wait = no_wait_needed};
    struct gate g = {.lock = PTHREAD_MUTEX_INITIALIZER,
                     .changed = PTHREAD_COND_INITIALIZER};
    rn_stream *s = rn_stream_new(&held, &g, RN_BUFFERED, NULL);
    pthread_t thread;
    void *result = NULL;
    assert_code(rn_write(s, "abc", 3), RN_OK);
    assert_int_equal(pthread_create(&thread, NULL, flush_it, s), 0);
    pthread_mutex_lock(&g.lock);
    while (!g.inside)
        pthread_cond_wait(&g.changed, &g.lock);
    pthread_mutex_unlock(&g.lock);

    assert_line(s, "x"); /* the time limit of the test is the check */

    pthread_mutex_lock(&g.lock);
    g.open = true;
    pthread_cond_broadcast(&g.changed);
    pthread_mutex_unlock(&g.lock);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, s);
    assert_code(rn_close(s), RN_OK);
    rn_free(s);
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
        cmocka_unit_test(a_second_reader_is_busy_and_a_writer_is_not),
        cmocka_unit_test(a_call_from_inside_is_busy_with_and_without_locks),
        cmocka_unit_test(a_success_leaves_no_error),
        cmocka_unit_test(a_success_keeps_an_earlier_error),
        cmocka_unit_test(absurd_buffer_sizes_are_value),
        cmocka_unit_test(the_first_loss_is_the_one_told),
        cmocka_unit_test(reading_the_rest_tells_what_closing_lost),
        cmocka_unit_test(a_reader_passes_a_writer_that_is_held),
    };
    return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
