/* SPDX-License-Identifier: MIT */
/* Streams over streams: a kind that turns every byte's case and holds back what
 * it wrote until it is flushed. */
#include <ctype.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/peer.h"
#include "../support/scripted.h"

struct turner {
    rn_stream *self;
    rn_stream *below;
    char held[4096];
    size_t len;
    char ready[64]; /* read, and not yet given */
    size_t ready_len;
    int closes;
    int aborts;
    int frees;
    ptrdiff_t fails; /* what read says instead */
};

static char
turn(char c)
{
    return (char)(isupper((unsigned char)c) ? tolower((unsigned char)c)
                                            : toupper((unsigned char)c));
}

static ptrdiff_t
turner_read(void *ctx, void *data, size_t n, const rn_wait *wait)
{
    struct turner *t = ctx;
    if (t->fails != 0)
        return t->fails;
    if (t->ready_len == 0) {
        ptrdiff_t r = rn_below_read(t->below, t->ready, sizeof t->ready, wait);
        if (r <= 0)
            return r;
        t->ready_len = (size_t)r;
    }
    if (n > t->ready_len)
        n = t->ready_len;
    for (size_t i = 0; i < n; i++)
        ((char *)data)[i] = turn(t->ready[i]);
    memmove(t->ready, t->ready + n, t->ready_len - n);
    t->ready_len -= n;
    return (ptrdiff_t)n;
}

static size_t
turner_pending(void *ctx)
{
    return ((struct turner *)ctx)->ready_len;
}

static int
turner_flush(void *ctx, const rn_wait *wait)
{
    struct turner *t = ctx;
    int rc = t->len > 0 ? rn_below_write(t->below, t->held, t->len, wait) : 0;
    t->len = 0;
    return rc < 0 ? rc : rn_below_flush(t->below, wait);
}

static ptrdiff_t
turner_write(void *ctx, const void *data, size_t n, const rn_wait *wait)
{
    struct turner *t = ctx;
    int rc = rn_unsent(t->below) > 0 ? turner_flush(ctx, wait) : RN_OK;
    if (rc == RN_OK && t->len == sizeof t->held)
        rc = turner_flush(ctx, wait);
    if (rc < 0)
        return rc;
    size_t i = 0;
    for (; i < n && t->len < sizeof t->held; i++)
        t->held[t->len++] = turn(((const char *)data)[i]);
    return (ptrdiff_t)i;
}

static int
turner_close(void *ctx, const rn_wait *wait)
{
    struct turner *t = ctx;
    t->closes++;
    rn_below_farewell(t->below, "!", 1, wait);
    return RN_OK;
}

static int
turner_abort(void *ctx, const rn_wait *wait)
{
    (void)wait;
    ((struct turner *)ctx)->aborts++;
    return RN_OK;
}

static void
turner_free(void *ctx)
{
    ((struct turner *)ctx)->frees++;
}

static const rn_stream_ops turner_ops = {
    .read = turner_read,
    .write = turner_write,
    .flush = turner_flush,
    .pending = turner_pending,
    .close = turner_close,
    .abort = turner_abort,
    .free = turner_free,
};

static rn_stream *
over(struct turner *t, rn_stream *below)
{
    rn_error err;
    *t = (struct turner){.below = below};
    t->self = rn_stream_over(&turner_ops, t, below, &err);
    if (t->self == NULL)
        print_error("%s\n", err.message);
    assert_non_null(t->self);
    return t->self;
}

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
    rn_stream *s = over(&t, below);
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
    rn_stream *s = over(&t, script_open(p, RN_UNBUFFERED, 0));
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
    rn_stream *s = over(&t, script_open(p, RN_UNBUFFERED, 0));
    assert_int_equal(rn_pending(s), 0);
    assert_int_equal(rn_read(s, data, 2), 2);
    assert_int_equal(rn_pending(s), 4);
    assert_read(s, 4, "CDEF");
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
    rn_stream *s = over(&t, a);
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
    rn_stream *s = over(&t, below);
    assert_ptr_equal(rn_stream_undo(s), below);
    assert_int_equal(t.frees + t.closes + t.aborts, 0);
    assert_code(rn_write(below, "x", 1), RN_OK);
    assert_int_equal(p->out_len, 0);
    assert_line(below, "a");
    assert_null(rn_stream_undo(below));
    assert_null(rn_stream_undo(NULL));
    rn_close(below);
    assert_null(rn_stream_over(&turner_ops, &t, below, NULL));
    rn_free(below);
    free(p);
}

/* A peer that takes nothing: what the kind took is unsent, a flush says so, and
 * an event loop is told to watch for writing. */
static void
what_is_held_back_is_unsent(void **state)
{
    (void)state;
    int raw;
    struct turner t;
    rn_stream *s = over(&t, socket_to_small(&raw));
    static char much[1 << 16];
    memset(much, 'x', sizeof much);
    assert_code(rn_set_deadline(s, RN_BOTH, RN_NOW), RN_OK);
    int rc = RN_OK;
    for (int i = 0; i < 1000 && rc == RN_OK; i++)
        rc = rn_write(s, much, sizeof much);
    assert_code(rc, RN_E_AGAIN);
    assert_true(rn_unsent(s) > 0);
    assert_code(rn_flush(s), RN_E_AGAIN);
    assert_int_equal(rn_wants(s), RN_WRITABLE);
    uint64_t whole = 0;
    char data[65536];
    for (int i = 0; i < 100000 && (rc = rn_flush(s)) == RN_E_AGAIN; i++) {
        ptrdiff_t n = recv(raw, data, sizeof data, MSG_DONTWAIT);
        whole += n > 0 ? (uint64_t)n : 0;
    }
    assert_code(rc, RN_OK);
    assert_int_equal(rn_unsent(s), 0);
    assert_int_equal(rn_wants(s), 0);
    assert_true(whole > 0);
    rn_abort(s);
    rn_free(s);
    close(raw);
}

static void
a_kind_explains_its_failures(void **state)
{
    (void)state;
    struct script *p = script_new();
    struct turner t;
    rn_error err;
    char data[1];
    rn_stream *s = over(&t, script_open(p, RN_UNBUFFERED, 0));
    t.fails = RN_E_TLS;
    assert_code(rn_explain(s, RN_READABLE, RN_PHASE_TLS, RN_E_TLS, "a bad day"),
                RN_OK);
    assert_code(rn_explain(s, RN_READABLE, RN_PHASE_TLS, RN_E_TLS, "a worse"),
                RN_OK);
    assert_code(rn_read(s, data, 1), RN_E_TLS);
    assert_code(rn_error_of(s, &err), RN_E_TLS);
    assert_string_equal(err.message, "start TLS with the stream: a bad day");
    assert_int_equal(err.phase, RN_PHASE_TLS);
    assert_code(rn_explain(NULL, RN_READABLE, 0, 0, NULL), RN_E_VALUE);
    assert_code(rn_explain(t.below, 4, 0, 0, NULL), RN_E_VALUE);
    rn_free(s);
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
    rn_stream *s = over(&t, a);
    pthread_t reader;
    void *got;
    pthread_create(&reader, NULL, read_one, s);
    assert_code(rn_close(s), RN_OK);
    pthread_join(reader, &got);
    assert_code((intptr_t)got, RN_E_CLOSED);
    rn_free(s);
    rn_free(b);
}

/* The peer is gone when the last word is said: nothing that matters was lost.
 */
static void
a_farewell_that_does_not_arrive_is_no_loss(void **state)
{
    (void)state;
    int raw;
    struct turner t;
    char data[8];
    rn_stream *s = over(&t, socket_to_raw(&raw, RN_UNBUFFERED));
    assert_code(rn_write(s, "ABC", 3), RN_OK);
    assert_int_equal(recv(raw, data, 3, MSG_WAITALL), 3);
    close(raw);
    assert_int_equal(rn_eof(s), 1);
    assert_code(rn_close(s), RN_OK);
    rn_free(s);
}

static void
bad_arguments_are_told(void **state)
{
    (void)state;
    rn_error err;
    struct turner t;
    assert_null(rn_stream_over(&turner_ops, &t, NULL, &err));
    assert_int_equal(err.code, RN_E_VALUE);
    assert_string_equal(err.message, "the stream below is NULL");
    assert_null(rn_stream_over(NULL, &t, NULL, &err));
    assert_int_equal(err.code, RN_E_VALUE);
    assert_code(rn_below_read(NULL, &t, 1, NULL), RN_E_VALUE);
    assert_code(rn_below_write(NULL, &t, 1, NULL), RN_E_VALUE);
    assert_code(rn_below_flush(NULL, NULL), RN_E_VALUE);
    assert_code(rn_below_farewell(NULL, &t, 1, NULL), RN_E_VALUE);
    assert_null(rn_stream_ctx(NULL, &turner_ops));
    assert_string_equal(rn_name(NULL), "");
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
        cmocka_unit_test(what_is_held_back_is_unsent),
        cmocka_unit_test(a_kind_explains_its_failures),
        cmocka_unit_test(closing_calls_back_a_reader_below),
        cmocka_unit_test(a_farewell_that_does_not_arrive_is_no_loss),
        cmocka_unit_test(bad_arguments_are_told),
    };
    return cmocka_run_group_tests_name("layer", tests, NULL, NULL);
}
