/* SPDX-License-Identifier: MIT */
/*
 * What one thread sees of another in the middle of a call. The other is this
 * program's sched_yield (see the build file): whoever finds a half taken for a
 * moment yields, and then the other does its step. So each race has the outcome
 * that a test wants, every time.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../src/net/route.h"
#include "../../src/net/server.h"
#include "../../src/net/splice.h"
#include "../../src/stream/stream.h"
#include "../support/check.h"
#include "../support/clock.h"
#include "../support/peer.h"
#include "../support/scripted.h"

/* Its step, once: a sanitizer may yield, too, when all is over. */
static void (*other)(void *arg);
static void *other_arg;
static int yields;

int __wrap_sched_yield(void);

int
__wrap_sched_yield(void)
{
    void (*step)(void *arg) = other;
    yields++;
    other = NULL;
    if (step != NULL)
        step(other_arg);
    return 0;
}

static void
let(void (*step)(void *arg), void *arg)
{
    yields = 0;
    other = step;
    other_arg = arg;
}

/* ---- The steps */

static void
give_output_back(void *arg)
{
    rn_stream *s = arg;
    rni_end_write(s);
}

static void
start_sending(void *arg)
{
    rn_stream *s = arg;
    atomic_store(&s->out.claim, RNI_SENDING);
}

static void
close_and_give_back(void *arg)
{
    rn_stream *s = arg;
    atomic_store(&s->closing, true);
    rni_end_write(s);
}

static void
give_input_back(void *arg)
{
    rn_stream *s = arg;
    rni_end_read(s);
}

/* ---- What is seen */

static void
a_writer_waits_for_a_reader_that_flushes(void **state)
{
    (void)state;
    struct script *p = script_new();
    rn_stream *s = script_open(p, RN_UNBUFFERED, 0);
    atomic_store(&s->out.claim, RNI_LENT);
    let(give_output_back, s);
    assert_code(rn_write(s, "a", 1), RN_OK);
    assert_int_equal(yields, 1);
    assert_string_equal(p->out, "a");
    rn_free(s);
    free(p);
}

static void
a_half_that_is_taken_is_busy_at_once(void **state)
{
    (void)state;
    static const int taken[] = {RNI_CLAIMED, RNI_SENDING};
    struct script *p = script_new();
    rn_stream *s = script_open(p, RN_BUFFERED, 0);
    let(NULL, NULL);
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        atomic_store(&s->out.claim, taken[i]);
        assert_code(rn_write(s, "a", 1), RN_E_BUSY);
        assert_code(rn_flush(s), RN_E_BUSY);
        /* Calls that need both halves take neither. */
        assert_code(rn_set_newline(s, RN_NEWLINE_LF), RN_E_BUSY);
        assert_code(rn_close(s), RN_E_BUSY);
        assert_int_equal(atomic_load(&s->in.claim), RNI_FREE);
        assert_int_equal(atomic_load(&s->out.claim), taken[i]);
    }
    rni_end_write(s);
    atomic_store(&s->in.claim, RNI_CLAIMED);
    assert_int_equal(rn_eof(s), RN_E_BUSY);
    assert_code(rn_set_newline(s, RN_NEWLINE_LF), RN_E_BUSY);
    assert_code(rn_close(s), RN_E_BUSY);
    assert_int_equal(atomic_load(&s->out.claim), RNI_FREE);
    rni_end_read(s);
    assert_int_equal(yields, 0);
    rn_free(s);
    free(p);
}

/* Of a kind that cannot be called back: reading the rest ends with closing,
 * which is not possible then; everything stays. */
static void
the_rest_stays_while_a_writer_is_inside(void **state)
{
    (void)state;
    struct script *p = script_new();
    script_text(p, "a\nb");
    rn_stream *s = script_open(p, RN_BUFFERED, 0);
    char *data;
    size_t len;
    rn_lines lines;
    let(NULL, NULL);
    atomic_store(&s->out.claim, RNI_CLAIMED);
    assert_code(rn_read_all(s, &data, &len), RN_E_BUSY);
    assert_null(data);
    assert_code(rn_read_lines(s, &lines), RN_E_BUSY);
    assert_int_equal(lines.count, 0);
    assert_null(lines.line);
    assert_int_equal(p->closes, 0);
    assert_int_equal(atomic_load(&s->in.claim), RNI_FREE);
    rni_end_write(s);
    assert_code(rn_read_lines(s, &lines), RN_OK);
    assert_int_equal(lines.count, 2);
    assert_int_equal(p->closes, 1);
    rn_lines_free(&lines);
    rn_free(s);
    free(p);
}

static void
the_second_of_two_closers_leaves_it_to_the_first(void **state)
{
    (void)state;
    struct script *p = script_new();
    rn_stream *s = script_open(p, RN_BUFFERED, 0);
    atomic_store(&s->out.claim, RNI_LENT);
    let(close_and_give_back, s);
    assert_code(rn_close(s), RN_OK);
    assert_int_equal(yields, 1);
    assert_int_equal(p->closes, 0);
    assert_int_equal(atomic_load(&s->in.claim), RNI_FREE);
    assert_int_equal(atomic_load(&s->out.claim), RNI_FREE);
    atomic_store(&s->closing, false);

    /* The same while the rest is read: it is there, the closing is not ours. */
    script_text(p, "abc");
    char *data;
    size_t len;
    atomic_store(&s->out.claim, RNI_LENT);
    let(close_and_give_back, s);
    assert_code(rn_read_all(s, &data, &len), RN_OK);
    assert_int_equal(len, 3);
    assert_string_equal(data, "abc");
    assert_int_equal(p->closes, 0);
    assert_int_equal(atomic_load(&s->out.claim), RNI_FREE);
    rn_release(data);
    atomic_store(&s->closing, false);
    s->in.ended = false;

    rn_lines lines;
    script_text(p, "a\nb");
    atomic_store(&s->out.claim, RNI_LENT);
    let(close_and_give_back, s);
    assert_code(rn_read_lines(s, &lines), RN_OK);
    assert_int_equal(lines.count, 2);
    assert_int_equal(p->closes, 0);
    rn_lines_free(&lines);
    atomic_store(&s->closing, false);
    rn_free(s);
    assert_int_equal(p->closes, 1);
    free(p);
}

/* ---- A kind of stream that says what became of its calls */

struct kind {
    int reads;  /* so many say AGAIN first */
    int writes; /* likewise */
    int waits;
    int woken[3]; /* by direction */
    rn_stream *s;
    ptrdiff_t write_fails; /* for good, if not 0 */
    bool flush_in_read;
    bool write_again; /* in the middle of a write, as another thread would */
    int second;       /* what came of it */
};

static ptrdiff_t
kind_read(void *ctx, void *data, size_t n, const rn_wait *wait)
{
    struct kind *k = ctx;
    (void)n;
    (void)wait;
    if (k->flush_in_read) {
        k->flush_in_read = false;
        rn_flush(k->s); /* as another thread would */
    }
    if (k->reads-- > 0)
        return RN_E_AGAIN;
    memcpy(data, "\n", 1);
    return 1;
}

static ptrdiff_t
kind_write(void *ctx, const void *data, size_t n, const rn_wait *wait)
{
    struct kind *k = ctx;
    (void)data;
    (void)wait;
    if (k->write_again) {
        k->write_again = false;
        k->second = rn_write(k->s, "b", 1);
    }
    if (k->write_fails < 0)
        return k->write_fails;
    return k->writes-- > 0 ? RN_E_AGAIN : (ptrdiff_t)n;
}

static int
kind_wait(void *ctx, int directions, const rn_wait *wait)
{
    struct kind *k = ctx;
    (void)directions;
    (void)wait;
    k->waits++;
    return RN_OK;
}

static void
kind_wake(void *ctx, int direction)
{
    struct kind *k = ctx;
    k->woken[direction]++;
}

static const rn_stream_ops waiting_ops = {
    .read = kind_read, .write = kind_write, .wait = kind_wait};
static const rn_stream_ops plain_ops = {.read = kind_read, .write = kind_write};
static const rn_stream_ops waking_ops = {
    .read = kind_read, .write = kind_write, .wake = kind_wake};

/* It is the writer's own from then on, as if it had been free. */
static void
what_was_waited_for_is_claimed(void **state)
{
    (void)state;
    struct kind k = {.write_again = true};
    k.s = rn_stream_new(&plain_ops, &k, RN_UNBUFFERED, NULL);
    atomic_store(&k.s->out.claim, RNI_LENT);
    let(give_output_back, k.s);
    assert_code(rn_write(k.s, "a", 1), RN_OK);
    assert_int_equal(yields, 1);
    assert_code(k.second, RN_E_BUSY);
    assert_int_equal(atomic_load(&k.s->out.claim), RNI_FREE);
    rn_free(k.s);
}

/* A writer that only fills the buffer is through in a moment; then the reader
 * flushes what it left. One that begins to send takes all of it along. */
static void
a_reader_waits_for_a_writer_that_fills(void **state)
{
    (void)state;
    struct kind k = {.reads = 1};
    rn_stream *s = rn_stream_new(&waiting_ops, &k, RN_BUFFERED, NULL);
    assert_code(rn_write(s, "abc", 3), RN_OK);
    atomic_store(&s->out.claim, RNI_CLAIMED);
    let(give_output_back, s);
    assert_line(s, "");
    assert_int_equal(yields, 1);
    assert_int_equal(rn_unsent(s), 0);

    assert_code(rn_write(s, "abc", 3), RN_OK);
    atomic_store(&s->out.claim, RNI_CLAIMED);
    let(start_sending, s);
    k.reads = 1;
    assert_line(s, "");
    assert_int_equal(yields, 1);
    assert_int_equal(rn_unsent(s), 3);
    rni_end_write(s);
    rn_free(s);
}

static void
without_a_wait_of_its_own_a_full_peer_is_again(void **state)
{
    (void)state;
    struct kind k = {.reads = 1, .writes = 1};
    rn_stream *s = rn_stream_new(&plain_ops, &k, RN_BUFFERED, NULL);
    assert_code(rn_write(s, "abc", 3), RN_OK);
    assert_int_equal(rn_eof(s), RN_E_AGAIN);
    assert_int_equal(rn_wants(s), RN_BOTH);
    assert_int_equal(rn_eof(s), 0);
    assert_int_equal(rn_wants(s), RN_WRITABLE);
    assert_code(rn_flush(s), RN_OK);
    assert_int_equal(rn_wants(s), 0);
    rn_free(s);
}

static void
a_reader_goes_on_when_writing_breaks(void **state)
{
    (void)state;
    struct kind k = {.reads = 1, .write_fails = RN_E_RESET};
    k.s = rn_stream_new(&waiting_ops, &k, RN_BUFFERED, NULL);
    assert_code(rn_write(k.s, "abc", 3), RN_OK);
    k.flush_in_read = true; /* and so breaks between the reader's two looks */
    assert_line(k.s, "");
    assert_code(rn_flush(k.s), RN_E_RESET);
    assert_code(rn_write(k.s, "abc", 3), RN_E_RESET);
    assert_code(rn_shutdown_write(k.s), RN_E_UNSUPPORTED);
    rn_free(k.s);
}

static void
closing_calls_back_who_waits_and_nobody_else(void **state)
{
    (void)state;
    struct kind k = {0};
    rn_stream *s = rn_stream_new(&waking_ops, &k, RN_BUFFERED, NULL);
    atomic_store(&s->in.claim, RNI_CLAIMED);
    let(give_input_back, s);
    assert_code(rn_close(s), RN_OK);
    assert_int_equal(yields, 1);
    assert_int_equal(k.woken[RN_READABLE], 1);
    assert_int_equal(k.woken[RN_WRITABLE], 0);
    rn_free(s);

    s = rn_stream_new(&waking_ops, &k, RN_BUFFERED, NULL);
    atomic_store(&s->out.claim, RNI_CLAIMED); /* fills: not to be disturbed */
    let(give_output_back, s);
    assert_code(rn_close(s), RN_OK);
    assert_int_equal(k.woken[RN_WRITABLE], 0);
    rn_free(s);

    s = rn_stream_new(&waking_ops, &k, RN_BUFFERED, NULL);
    atomic_store(&s->out.claim, RNI_SENDING);
    let(give_output_back, s);
    assert_code(rn_close(s), RN_OK);
    assert_int_equal(k.woken[RN_WRITABLE], 1);
    assert_int_equal(k.woken[RN_READABLE], 1);
    rn_free(s);

    /* While it agrees on something, a call waits in either direction. */
    s = rn_stream_new(&waking_ops, &k, RN_BUFFERED, NULL);
    assert_code(rn_explain(s, RN_READABLE, RN_PHASE_TLS, 0, NULL), RN_OK);
    atomic_store(&s->in.claim, RNI_CLAIMED);
    let(give_input_back, s);
    assert_code(rn_close(s), RN_OK);
    assert_int_equal(k.woken[RN_WRITABLE], 2);
    assert_int_equal(k.woken[RN_READABLE], 2);
    rn_free(s);
}

/* ---- Servers */

static rn_server *served;

static void
leave_server(void *arg)
{
    rn_server *server = arg;
    atomic_store(&server->claim, RNI_FREE);
}

static void
a_server_has_one_thread_in_accept(void **state)
{
    (void)state;
    rn_error err;
    served = rn_listen(0, "127.0.0.1", &err);
    atomic_store(&served->claim, RNI_CLAIMED);
    assert_null(rn_accept(served, RN_BUFFERED, &err));
    assert_code(err.code, RN_E_BUSY);
    assert_int_equal(err.phase, RN_PHASE_ACCEPT);
    assert_int_equal(err.port, rn_server_port(served));
    assert_int_equal(atomic_load(&served->claim), RNI_CLAIMED);
    atomic_store(&served->closing, true);
    assert_null(rn_accept(served, RN_BUFFERED, &err));
    assert_code(err.code, RN_E_CLOSED);
    atomic_store(&served->closing, false);

    /* Closing waits for it to leave, and wakes it by shutting down. */
    int fd = dup(rn_server_fd(served));
    let(leave_server, served);
    assert_code(rn_server_close(served), RN_OK);
    assert_int_equal(yields, 1);
    assert_int_equal(atomic_load(&served->claim), RNI_FREE);
    assert_true(accept(fd, NULL, NULL) < 0);
    close(fd);
    rn_server_free(served);
}

/* Each look finds nothing, and each wait is over at once: a kind that would go
 * round for ever. */
static void
waits_that_are_over_at_once_keep_the_time(void **state)
{
    (void)state;
    struct kind k = {.reads = INT_MAX, .writes = INT_MAX};
    rn_stream *s = rn_stream_new(&waiting_ops, &k, RN_BUFFERED, NULL);
    assert_code(rn_write(s, "abc", 3), RN_OK);
    assert_code(rn_set_timeout(s, RN_READABLE, 30), RN_OK);
    rn_time start = rn_now();
    assert_int_equal(rn_eof(s), RN_E_TIMEOUT);
    assert_took(start, 30);
    assert_true(k.waits > 0);
    assert_int_equal(rn_unsent(s), 3);
    rn_abort(s);
    rn_free(s);
}

/* ---- Relays */

static void
stop_ringing(void *arg)
{
    struct rni_bell *bell = arg;
    atomic_store(&bell->ringing, false);
}

/* Else it would ring a token that is gone. */
static void
a_bell_is_not_taken_down_while_it_rings(void **state)
{
    (void)state;
    struct rni_bell bell = {.ringing = true};
    rn_cancel *token = rn_cancel_new(NULL);
    let(stop_ringing, &bell);
    rni_bell_hang(&bell, token);
    assert_int_equal(yields, 0);
    rni_bell_hang(&bell, NULL);
    assert_int_equal(yields, 1);
    assert_false(rni_bell_ring(&bell));
    assert_false(atomic_load(&bell.ringing));
    assert_int_equal(rn_cancel_is_set(token), 0);
    rni_bell_hang(&bell, token);
    assert_true(rni_bell_ring(&bell));
    assert_int_equal(rn_cancel_is_set(token), 1);
    assert_false(atomic_load(&bell.ringing));
    assert_int_equal(yields, 1);
    rn_cancel_free(token);
}

/* Else bytes that go through at once would be none, and a relay idle. */
static void
a_route_has_moved_what_came_and_what_went(void **state)
{
    (void)state;
    struct script *p = script_new();
    rn_stream *s = script_open(p, RN_BUFFERED, 0);
    const struct rni_route route = {.in = &s->in, .out = &s->out};
    assert_true(rni_route_moved(&route) == 0);
    atomic_store(&s->in.bytes, 5);
    assert_true(rni_route_moved(&route) == 5);
    atomic_store(&s->out.bytes, 5);
    assert_true(rni_route_moved(&route) == 10);
    rn_free(s);
    free(p);
}

static void
unlock(void *arg)
{
    struct rni_bypass *socket = arg;
    atomic_store(&socket->locked, false);
}

static bool
blocks(const rn_stream *s)
{
    return (fcntl(rn_fd(s), F_GETFL) & O_NONBLOCK) == 0;
}

/* Two relays of one socket, a half each: the mode is theirs together. */
static void
the_mode_of_a_socket_is_changed_in_turns(void **state)
{
    (void)state;
    int raw, ends[2], more[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(pipe2(more, O_CLOEXEC), 0);
    rn_socket *s = socket_to_raw(&raw, RN_BUFFERED);
    rn_stream *out = rn_from_fd(ends[1], RN_BUFFERED, NULL);
    rn_stream *in = rn_from_fd(more[0], RN_BUFFERED, NULL);
    struct rni_bypass *mode = rni_socket_bypass(s);
    struct rni_splice one, two;
    atomic_store(&mode->locked, true);
    let(unlock, mode);
    rni_splice_begin(&one, s, out);
    assert_int_equal(yields, 1);
    assert_true(one.on);
    assert_false(blocks(s));
    rni_splice_begin(&two, in, s);
    assert_int_equal(yields, 1);
    assert_true(two.on);
    assert_false(blocks(s));
    atomic_store(&mode->locked, true);
    let(unlock, mode);
    rni_splice_end(&one);
    assert_int_equal(yields, 1);
    assert_false(blocks(s)); /* the other one needs it so */
    rni_splice_end(&two);
    assert_int_equal(yields, 1);
    assert_true(blocks(s));
    assert_false(atomic_load(&mode->locked));
    rn_free(s);
    rn_free(out);
    rn_free(in);
    close(raw);
    close(ends[0]);
    close(more[1]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_writer_waits_for_a_reader_that_flushes),
        cmocka_unit_test(a_half_that_is_taken_is_busy_at_once),
        cmocka_unit_test(the_rest_stays_while_a_writer_is_inside),
        cmocka_unit_test(the_second_of_two_closers_leaves_it_to_the_first),
        cmocka_unit_test(what_was_waited_for_is_claimed),
        cmocka_unit_test(a_reader_waits_for_a_writer_that_fills),
        cmocka_unit_test(without_a_wait_of_its_own_a_full_peer_is_again),
        cmocka_unit_test(a_reader_goes_on_when_writing_breaks),
        cmocka_unit_test(closing_calls_back_who_waits_and_nobody_else),
        cmocka_unit_test(a_server_has_one_thread_in_accept),
        cmocka_unit_test(waits_that_are_over_at_once_keep_the_time),
        cmocka_unit_test(a_bell_is_not_taken_down_while_it_rings),
        cmocka_unit_test(a_route_has_moved_what_came_and_what_went),
        cmocka_unit_test(the_mode_of_a_socket_is_changed_in_turns),
    };
    return cmocka_run_group_tests_name("yield", tests, NULL, NULL);
}
