/* SPDX-License-Identifier: MIT */
/* Streams over streams: a kind that turns every byte's case and holds back what
 * it wrote until it is flushed. */
#include <ctype.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../src/stream/stream.h"
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
    int flush_fails; /* likewise */
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
    if (t->flush_fails < 0)
        return t->flush_fails;
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
    assert_code(err.code, RN_OK);
    assert_string_equal(err.message, "");
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
    /* And what is read ahead of each, where there are three of them. */
    struct turner u;
    script_text(p, "ab\ncdef");
    rn_stream *below = script_open(p, RN_BUFFERED, 0);
    assert_line(below, "ab");
    s = over(&t, below);
    assert_int_equal(rn_pending(s), 4);
    t.ready[0] = 'x';
    t.ready_len = 1;
    assert_read(s, 1, "X");
    t.ready[0] = 'y';
    t.ready_len = 1;
    s = over(&u, s);
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
    s = over(&t, below);
    rn_close(s);
    assert_null(rn_stream_undo(s)); /* closed, so its own for good */
    rn_free(s);
    below = script_open(p, RN_BUFFERED, 0);
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
    /* Another code has the usual words. */
    s = over(&t, script_open(p, RN_UNBUFFERED, 0));
    t.fails = RN_E_IO;
    assert_code(rn_explain(s, RN_READABLE, 0, RN_E_TLS, "a bad day"), RN_OK);
    assert_code(rn_read(s, data, 1), RN_E_IO);
    assert_code(rn_error_of(s, &err), RN_E_IO);
    assert_null(strstr(err.message, "a bad day"));
    rn_free(s);
    free(p);
    int raw;
    rn_socket *socket = socket_to_raw(&raw, RN_UNBUFFERED);
    assert_code(rn_explain(socket, RN_READABLE, 0, 0, NULL), RN_E_VALUE);
    rn_free(socket);
    close(raw);
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

/* What follows a farewell that is missing would be taken for its place: an end
 * of a handshake was lost so, and the peer could not read what came then. */
static void
nothing_follows_a_farewell_that_is_lost(void **state)
{
    (void)state;
    struct script *p = script_new();
    rn_stream *below = script_open(p, RN_UNBUFFERED, 0);
    p->write_room = 0;
    p->write_end = RN_E_RESET;
    assert_code(rn_below_farewell(below, "a", 1, NULL), RN_E_RESET);
    p->write_room = SIZE_MAX;
    assert_code(rn_below_farewell(below, "b", 1, NULL), RN_E_RESET);
    assert_code(rn_below_write(below, "c", 1, NULL), RN_E_RESET);
    assert_int_equal(p->out_len, 0);
    assert_code(rn_close(below), RN_E_RESET);
    rn_free(below);
    free(p);
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

/* While it agrees on something with its peer, what it has said comes before
 * what it wants to hear: for the one an event loop is to watch, then for the
 * other. */
static void
one_that_agrees_speaks_before_it_listens(void **state)
{
    (void)state;
    static char much[1 << 16];
    static char got[1 << 16];
    int raw;
    char data[1];
    struct turner t;
    rn_stream *below = socket_to_small(&raw);
    rn_stream *s = over(&t, below);
    assert_code(rn_explain(s, RN_READABLE, RN_PHASE_TLS, 0, NULL), RN_OK);
    assert_code(rn_set_deadline(s, RN_BOTH, RN_NOW), RN_OK);
    while (rn_unsent(below) == 0)
        assert_code(rn_below_write(below, much, sizeof much, NULL), RN_OK);
    assert_code(rn_read(s, data, 1), RN_E_AGAIN);
    assert_int_equal(rn_wants(s), RN_WRITABLE);
    while (rn_below_flush(below, NULL) == RN_E_AGAIN)
        recv(raw, got, sizeof got, MSG_DONTWAIT);
    assert_code(rn_read(s, data, 1), RN_E_AGAIN);
    assert_int_equal(rn_wants(s), RN_READABLE);
    rn_abort(s);
    rn_free(s);
    close(raw);
}

static void
without_a_wait_nothing_is_waited_for(void **state)
{
    (void)state;
    int raw;
    char data[1];
    rn_socket *s = socket_to_raw(&raw, RN_UNBUFFERED);
    assert_int_equal(rn_wait_is_over(NULL), 0);
    assert_code(rn_below_read(s, data, 1, NULL), RN_E_AGAIN);
    assert_code(rn_below_write(s, "x", 1, NULL), RN_OK);
    assert_code(rn_below_flush(s, NULL), RN_OK);
    assert_int_equal(recv(raw, data, 1, MSG_WAITALL), 1);

    /* A time that is over still gives what is there. */
    const struct rn_wait past = {.until = 1};
    const struct rn_wait future = {.until = rn_in(100000)};
    assert_int_equal(rn_wait_is_over(&rni_no_wait), 0);
    assert_int_equal(rn_wait_is_over(&past), 1);
    assert_int_equal(rn_wait_is_over(&future), 0);
    assert_code(rn_below_read(s, data, 1, &past), RN_E_TIMEOUT);
    assert_int_equal(write(raw, "ab", 2), 2);
    assert_int_equal(rn_below_read(s, data, 1, &past), 1);
    assert_int_equal(rn_below_read(s, data, 1, &future), 1);
    assert_int_equal(data[0], 'b');
    rn_free(s);
    close(raw);
}

/* A flush that it refuses while it agrees on something waits for what the peer
 * has to say. */
static void
what_is_agreed_on_first_is_wanted(void **state)
{
    (void)state;
    int raw;
    struct turner t;
    rn_stream *s = over(&t, socket_to_raw(&raw, RN_UNBUFFERED));
    assert_code(rn_explain(s, RN_READABLE, RN_PHASE_TLS, 0, NULL), RN_OK);
    t.flush_fails = RN_E_AGAIN;
    assert_code(rn_flush(s), RN_E_AGAIN);
    assert_int_equal(rn_unsent(s), 0);
    assert_int_equal(rn_wants(s), RN_READABLE);
    t.flush_fails = RN_OK;
    assert_code(rn_flush(s), RN_OK);
    assert_int_equal(rn_wants(s), 0);
    rn_abort(s);
    rn_free(s);
    close(raw);
}

static void
what_broke_below_is_told_by_a_flush(void **state)
{
    (void)state;
    struct script *p = script_new();
    rn_error err;
    p->write_room = 0;
    p->write_end = RN_E_RESET;
    rn_stream *s = script_open(p, RN_UNBUFFERED, 0);
    assert_code(rn_below_write(s, "x", 1, NULL), RN_E_RESET);
    size_t writes = p->writes;
    p->write_room = SIZE_MAX;
    assert_code(rn_below_flush(s, NULL), RN_E_RESET);
    assert_code(rn_error_of(s, &err), RN_E_RESET);
    assert_int_equal(err.phase, RN_PHASE_WRITE);
    assert_int_equal(p->writes, writes);
    rn_free(s);
    free(p);
}

/* ---- A kind that takes everything and sends it on when it can */

struct holder {
    int says;  /* what its flush comes to */
    int times; /* so many times */
    int flushes;
    int fd;
};

static ptrdiff_t
holder_write(void *ctx, const void *data, size_t n, const rn_wait *wait)
{
    (void)ctx, (void)data, (void)wait;
    return (ptrdiff_t)n;
}

static int
holder_flush(void *ctx, const rn_wait *wait)
{
    struct holder *h = ctx;
    (void)wait;
    h->flushes++;
    return h->times-- > 0 ? h->says : RN_OK;
}

static int
holder_fd(void *ctx)
{
    return ((struct holder *)ctx)->fd;
}

static const rn_stream_ops holder_ops = {.write = holder_write,
                                         .flush = holder_flush};
static const rn_stream_ops waiting_holder_ops = {
    .write = holder_write, .flush = holder_flush, .fd = holder_fd};

/* Written is written; that it is not sent is a matter of the flush. */
static void
what_cannot_be_sent_on_was_written(void **state)
{
    (void)state;
    static const int codes[] = {RN_E_AGAIN, RN_E_TIMEOUT, RN_E_CANCELED};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        rn_stats stats;
        rn_error err;
        struct holder h = {.says = codes[i], .times = 2};
        rn_stream *s = rn_stream_new(&holder_ops, &h, RN_UNBUFFERED, NULL);
        assert_code(rn_write(s, "abc", 3), RN_OK);
        assert_code(rn_error_of(s, NULL), RN_OK);
        assert_int_equal(h.flushes, 1);
        assert_int_equal(rn_unsent(s), 1); /* how much, it does not tell */
        assert_int_equal(rn_wants(s), RN_WRITABLE);
        assert_code(rn_flush(s), codes[i]);
        assert_code(rn_error_of(s, &err), codes[i]);
        assert_int_equal(err.phase, RN_PHASE_WRITE);
        assert_int_equal(h.flushes, 2);
        assert_code(rn_get_stats(s, &stats), RN_OK);
        assert_int_equal(stats.bytes_written, 3);
        assert_code(rn_flush(s), RN_OK);
        assert_int_equal(rn_unsent(s), 0);
        assert_int_equal(rn_wants(s), 0);
        h.says = RN_E_RESET; /* for good */
        h.times = 1;
        assert_code(rn_write(s, "abc", 3), RN_E_RESET);
        assert_code(rn_write(s, "abc", 3), RN_E_RESET);
        assert_int_equal(h.flushes, 4);
        assert_int_equal(rn_unsent(s), 0);
        rn_free(s);
    }
}

/* What is buffered behind it is counted with it. */
static void
what_is_held_back_counts_beside_what_is_buffered(void **state)
{
    (void)state;
    struct holder h = {.says = RN_E_AGAIN, .times = 1};
    rn_stream *s = rn_stream_new(&holder_ops, &h, RN_BUFFERED, NULL);
    assert_code(rn_set_buffer_size(s, 4), RN_OK);
    assert_code(rn_write(s, "abcd", 4), RN_OK);
    assert_int_equal(rn_unsent(s), 1);
    assert_code(rn_write(s, "ef", 2), RN_OK);
    assert_int_equal(rn_unsent(s), 3);
    assert_code(rn_flush(s), RN_OK);
    assert_int_equal(rn_unsent(s), 0);
    rn_free(s);
}

/* A relay that finds it unsent waits for the descriptor, and says nothing of
 * it; any other failure it tells. */
static void
a_relay_waits_for_what_is_held_back(void **state)
{
    (void)state;
    static const struct {
        int says;
        int told;
        int later;
    } rows[] = {{RN_E_AGAIN, RN_OK, RN_OK},
                {RN_E_MEMORY, RN_E_MEMORY, RN_OK},
                {RN_E_RESET, RN_E_RESET, RN_E_RESET}};
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct script *p = script_new();
        struct holder h = {.says = rows[i].says, .times = 3, .fd = fds[0]};
        script_text(p, "word");
        rn_stream *from = script_open(p, RN_BUFFERED, 0);
        rn_stream *to =
            rn_stream_new(&waiting_holder_ops, &h, RN_BUFFERED, NULL);
        rn_route route = {.from = from, .to = to};
        assert_code(rn_relay_routes(&route, 1, NULL), rows[i].told);
        assert_ptr_equal(route.failed, rows[i].told < 0 ? to : NULL);
        assert_code(rn_error_of(to, NULL), rows[i].told);
        h.times = 0;
        assert_code(rn_relay_routes(&route, 1, NULL), rows[i].later);
        assert_int_equal(rn_unsent(to), 0);
        rn_free(from);
        rn_free(to);
        free(p);
    }
    close(fds[0]);
    close(fds[1]);
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
    rn_stream *s = over(&t, below);
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
    s = over(&t, a);
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
    rn_stream *s = over(&t, below);
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
    s = over(&t, below);
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
    rn_stream *s = over(&t, script_open(p, RN_BUFFERED, 0));
    p->close_result = RN_E_RESET;
    assert_code(rn_close(s), RN_E_RESET);
    assert_code(rn_error_of(s, &err), RN_E_RESET);
    assert_int_equal(err.phase, RN_PHASE_CLOSE);
    assert_int_equal(p->closes, 1);
    rn_free(s);
    free(p);
}

/* As a flush, it says what is not on its way yet; that is kept, and sent. */
static void
a_farewell_that_has_to_wait_is_again(void **state)
{
    (void)state;
    static char much[1 << 16];
    int raw;
    rn_stream *below = socket_to_small(&raw);
    while (rn_unsent(below) == 0)
        assert_code(rn_below_write(below, much, sizeof much, NULL), RN_OK);
    ptrdiff_t unsent = rn_unsent(below);
    assert_code(rn_below_farewell(below, "bye", 3, NULL), RN_E_AGAIN);
    assert_int_equal(rn_unsent(below), unsent + 3);
    rn_abort(below);
    rn_free(below);
    close(raw);
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
        cmocka_unit_test(what_is_held_back_is_unsent),
        cmocka_unit_test(a_kind_explains_its_failures),
        cmocka_unit_test(closing_calls_back_a_reader_below),
        cmocka_unit_test(a_farewell_that_does_not_arrive_is_no_loss),
        cmocka_unit_test(a_farewell_that_has_to_wait_is_again),
        cmocka_unit_test(a_loss_below_is_told_by_closing),
        cmocka_unit_test(one_that_agrees_speaks_before_it_listens),
        cmocka_unit_test(without_a_wait_nothing_is_waited_for),
        cmocka_unit_test(what_is_agreed_on_first_is_wanted),
        cmocka_unit_test(what_broke_below_is_told_by_a_flush),
        cmocka_unit_test(what_cannot_be_sent_on_was_written),
        cmocka_unit_test(what_is_held_back_counts_beside_what_is_buffered),
        cmocka_unit_test(a_relay_waits_for_what_is_held_back),
        cmocka_unit_test(nothing_follows_a_farewell_that_is_lost),
        cmocka_unit_test(bad_arguments_are_told),
    };
    return cmocka_run_group_tests_name("layer", tests, NULL, NULL);
}
