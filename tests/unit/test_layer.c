/* SPDX-License-Identifier: MIT */
/* Streams over streams: what goes through both, what is taken over from the one
 * below and given back to it, and closing both. */
#include <pthread.h>
#include <stdlib.h>

#include "../../src/stream/stream.h"
#include "../support/check.h"
#include "../support/peer.h"
#include "../support/scripted.h"
#include "../support/turning.h"

static void
bytes_go_through_both_and_what_was_read_ahead_first(void **state)
{
    (void)state;
    struct script *p = script_new();
    script_text(p, "plain\r\nAhead\nTHEN\n");
    rn_stream *below = script_open(p, RN_BUFFERED, 0);
    struct turner t;
    assert_line(below, "plain");
    assert_code(rn_write(below, "first ", 6), RN_OK);
    rn_stream *s = turner_over(&t, below);
    assert_line(s, "aHEAD");
    assert_line(s, "then");
    assert_code(rn_writeln(s, "Next", 4), RN_OK);
    assert_int_equal(p->out_len, 0); /* buffered, as below was */
    assert_code(rn_close(s), RN_OK);
    rn_free(s);
    assert_memory_equal(p->out, "first nEXT\n!", 12);
    assert_int_equal(p->out_len, 12);
    assert_int_equal(t.closes, 1);
    assert_int_equal(t.aborts, 0);
    assert_int_equal(t.frees, 1);
    assert_int_equal(p->closes, 1);
    free(p);
}

static void
an_unbuffered_write_call_is_one_send(void **state)
{
    (void)state;
    struct script *p = script_new();
    struct turner t;
    rn_stream *s = turner_over(&t, script_open(p, RN_UNBUFFERED, 0));
    struct iovec pieces[] = {PIECE("A"), PIECE("b"), PIECE("C")};
    assert_code(rn_writev(s, pieces, 3), RN_OK);
    assert_int_equal(p->writes, 1);
    assert_memory_equal(p->out, "aBc", 3);
    assert_code(rn_abort(s), RN_OK);
    rn_free(s);
    assert_int_equal(p->out_len, 3);
    assert_int_equal(t.closes, 0);
    assert_int_equal(t.aborts, 1);
    assert_int_equal(p->aborts, 1);
    free(p);
}

static void
pending_counts_what_the_kind_has(void **state)
{
    (void)state;
    struct script *p = script_new();
    script_text(p, "abcdef");
    struct turner t;
    char data[2];
    rn_stream *s = turner_over(&t, script_open(p, RN_UNBUFFERED, 0));
    assert_int_equal(rn_pending(s), 0);
    assert_int_equal(rn_read(s, data, 2), 2);
    assert_int_equal(rn_pending(s), 4);
    assert_read(s, 4, "CDEF");
    assert_int_equal(rn_pending(s), 0);
    rn_free(s);
    /* And what is read ahead of each, where there are three of them. */
    struct turner u;
    script_text(p, "ab\ncdef");
    rn_stream *below = script_open(p, RN_BUFFERED, 0);
    assert_line(below, "ab");
    s = turner_over(&t, below);
    assert_int_equal(rn_pending(s), 4);
    t.ready[0] = 'x';
    t.ready_len = 1;
    assert_read(s, 1, "X");
    t.ready[0] = 'y';
    t.ready_len = 1;
    s = turner_over(&u, s);
    assert_read(s, 1, "y");
    assert_int_equal(rn_pending(s), 4);
    assert_read(s, 4, "cdef");
    assert_int_equal(rn_pending(s), 0);
    rn_free(s);
    free(p);
}

static void
addresses_settings_and_figures_are_those_below(void **state)
{
    (void)state;
    rn_socket *a;
    rn_socket *b;
    tcp_pair(&a, &b, RN_LINE_BUFFERED);
    int port = rn_remote_port(a);
    struct turner t;
    rn_stats stats;
    assert_code(rn_set_newline(a, RN_NEWLINE_CRLF), RN_OK);
    assert_code(rn_set_timeout(a, RN_READABLE, 30), RN_OK);
    rn_stream *s = turner_over(&t, a);
    assert_string_equal(rn_remote_address(s), "127.0.0.1");
    assert_int_equal(rn_remote_port(s), port);
    assert_string_equal(rn_name(s), "127.0.0.1");
    assert_true(rn_fd(s) >= 0);
    assert_code(rn_set_nodelay(s, 0), RN_OK);
    assert_code(rn_set_liveness(s, 5), RN_OK);
    assert_code(rn_get_stats(s, &stats), RN_OK);
    assert_true(stats.connect >= 0);
    assert_code(rn_eof(s), RN_E_TIMEOUT);
    assert_code(rn_writeln(s, "Hi", 2), RN_OK);
    assert_read(b, 4, "hI\r\n");
    assert_code(rn_close(s), RN_OK);
    assert_string_equal(rn_remote_address(s), "127.0.0.1");
    assert_ptr_equal(rn_stream_ctx(s, &turner_ops), &t);
    rn_free(s);
    rn_free(b);
}

static void
taken_apart_the_lower_one_is_as_before(void **state)
{
    (void)state;
    struct script *p = script_new();
    script_text(p, "a\nb\n");
    rn_stream *below = script_open(p, RN_BUFFERED, 0);
    struct turner t;
    rn_stream *s = turner_over(&t, below);
    assert_ptr_equal(rn_stream_undo(s), below);
    assert_int_equal(t.frees + t.closes + t.aborts, 0);
    assert_code(rn_write(below, "x", 1), RN_OK);
    assert_int_equal(p->out_len, 0);
    assert_line(below, "a");
    assert_null(rn_stream_undo(below));
    assert_null(rn_stream_undo(NULL));
    s = turner_over(&t, below);
    rn_close(s);
    assert_null(rn_stream_undo(s)); /* closed, so its own for good */
    rn_free(s);
    below = script_open(p, RN_BUFFERED, 0);
    rn_close(below);
    assert_null(rn_stream_over(&turner_ops, &t, below, NULL));
    rn_free(below);
    free(p);
}

static void *
read_one(void *arg)
{
    char data[1];
    return (void *)(intptr_t)rn_read(arg, data, 1);
}

/* A closing thread wakes one that waits in the stream below. */
static void
closing_calls_back_a_reader_below(void **state)
{
    (void)state;
    rn_socket *a;
    rn_socket *b;
    tcp_pair(&a, &b, RN_UNBUFFERED);
    struct turner t;
    rn_stream *s = turner_over(&t, a);
    pthread_t reader;
    void *got;
    pthread_create(&reader, NULL, read_one, s);
    assert_code(rn_close(s), RN_OK);
    pthread_join(reader, &got);
    assert_code((intptr_t)got, RN_E_CLOSED);
    rn_free(s);
    rn_free(b);
}

static void
bad_arguments_are_told(void **state)
{
    (void)state;
    rn_error err;
    struct turner t;
    assert_null(rn_stream_over(&turner_ops, &t, NULL, &err));
    assert_ours(err, RN_E_VALUE);
    assert_string_equal(err.message, "the stream below is NULL");
    assert_null(rn_stream_over(NULL, &t, NULL, &err));
    assert_ours(err, RN_E_VALUE);
    assert_code(rn_below_read(NULL, &t, 1, NULL), RN_E_VALUE);
    assert_code(rn_below_write(NULL, &t, 1, NULL), RN_E_VALUE);
    assert_code(rn_below_flush(NULL, NULL), RN_E_VALUE);
    assert_code(rn_below_farewell(NULL, &t, 1, NULL), RN_E_VALUE);
    assert_null(rn_stream_ctx(NULL, &turner_ops));
    assert_string_equal(rn_name(NULL), "");
}

/* All that was set of the one below holds for the one over it. */
static void
every_limit_is_taken_over(void **state)
{
    (void)state;
    struct script *p = script_new();
    struct turner t;
    const char *line;
    char *rest;
    script_text(p, "abcdefg\nh");
    rn_stream *below = script_open(p, RN_BUFFERED, 16);
    rn_time soon = rn_in(100000);
    rn_time later = rn_in(200000);
    assert_code(rn_set_max_line(below, 3), RN_OK);
    assert_code(rn_set_max_all(below, 5), RN_OK);
    assert_code(rn_set_newline(below, RN_NEWLINE_STRICT), RN_OK);
    assert_code(rn_set_deadline(below, RN_READABLE, soon), RN_OK);
    assert_code(rn_set_deadline(below, RN_WRITABLE, later), RN_OK);
    assert_code(rn_set_unlocked(below, 1), RN_OK);
    rn_stream *s = turner_over(&t, below);
    assert_true(s->unlocked);
    assert_int_equal(s->buffer_size, 16);
    assert_int_equal(s->in.ahead, 16);
    assert_true(s->out.fill > 0);
    assert_true(rn_until(s, RN_READABLE) == soon);
    assert_true(rn_until(s, RN_WRITABLE) == later);
    assert_code(rn_readln(s, &line, NULL), RN_E_LIMIT);
    assert_code(rn_read_all(s, &rest, NULL), RN_E_LIMIT);
    assert_code(rn_set_max_line(s, 10), RN_OK);
    assert_code(rn_readln(s, &line, NULL), RN_E_NEWLINE); /* a bare LF */
    assert_code(rn_write(s, "0123456789abcde", 15), RN_OK);
    assert_int_equal(p->out_len, 0);
    assert_code(rn_write(s, "f", 1), RN_OK); /* 16: full */
    assert_int_equal(p->out_len, 16);
    assert_code(rn_writeln(s, NULL, 0), RN_OK);
    assert_code(rn_flush(s), RN_OK);
    assert_memory_equal(p->out + 16, "\r\n", 2);
    rn_free(s);
    free(p);

    rn_socket *a, *b;
    rn_cancel *token = rn_cancel_new(NULL);
    tcp_pair(&a, &b, RN_UNBUFFERED);
    assert_code(rn_set_cancel(a, token), RN_OK);
    assert_code(rn_set_timeout(a, RN_BOTH, 20000), RN_OK);
    s = turner_over(&t, a);
    rn_cancel_set(token);
    assert_code(rn_eof(s), RN_E_CANCELED);
    rn_abort(s);
    rn_free(s);
    rn_free(b);
    rn_cancel_free(token);
}

static void
taken_apart_it_is_by_lines_again(void **state)
{
    (void)state;
    struct script *p = script_new();
    struct turner t;
    rn_stream *below = script_open(p, RN_LINE_BUFFERED, 0);
    rn_stream *s = turner_over(&t, below);
    assert_code(rn_write(s, "A", 1), RN_OK);
    assert_int_equal(p->out_len, 0);
    assert_code(rn_write(s, "B\n", 2), RN_OK);
    assert_int_equal(p->out_len, 3);
    assert_ptr_equal(rn_stream_undo(s), below);
    assert_code(rn_write(below, "C", 1), RN_OK);
    assert_int_equal(p->out_len, 3);
    assert_code(rn_write(below, "D\n", 2), RN_OK);
    assert_int_equal(p->out_len, 6);
    assert_memory_equal(p->out, "ab\nCD\n", 6);
    rn_free(below);
    /* With a buffer of its own again; what was unsent is thrown away. */
    below = script_open(p, RN_BUFFERED, 16);
    s = turner_over(&t, below);
    assert_int_equal(below->in.ahead, 0);
    assert_int_equal(below->out.fill, 0);
    assert_code(rn_write(s, "E", 1), RN_OK);
    assert_ptr_equal(rn_stream_undo(s), below);
    assert_int_equal(below->in.ahead, 16);
    assert_true(below->out.fill > 0);
    assert_code(rn_close(below), RN_OK);
    assert_int_equal(p->out_len, 6);
    rn_free(below);
    free(p);
}

/* What closing lost below, closing says. */
static void
a_loss_below_is_told_by_closing(void **state)
{
    (void)state;
    struct script *p = script_new();
    struct turner t;
    rn_error err;
    rn_stream *s = turner_over(&t, script_open(p, RN_BUFFERED, 0));
    p->close_result = RN_E_RESET;
    assert_code(rn_close(s), RN_E_RESET);
    assert_code(rn_error_of(s, &err), RN_E_RESET);
    assert_int_equal(err.phase, RN_PHASE_CLOSE);
    assert_int_equal(p->closes, 1);
    rn_free(s);
    free(p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_go_through_both_and_what_was_read_ahead_first),
        cmocka_unit_test(an_unbuffered_write_call_is_one_send),
        cmocka_unit_test(pending_counts_what_the_kind_has),
        cmocka_unit_test(addresses_settings_and_figures_are_those_below),
        cmocka_unit_test(taken_apart_the_lower_one_is_as_before),
        cmocka_unit_test(every_limit_is_taken_over),
        cmocka_unit_test(taken_apart_it_is_by_lines_again),
        cmocka_unit_test(closing_calls_back_a_reader_below),
        cmocka_unit_test(a_loss_below_is_told_by_closing),
        cmocka_unit_test(bad_arguments_are_told),
    };
    return cmocka_run_group_tests_name("layer", tests, NULL, NULL);
}
