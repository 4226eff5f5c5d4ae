/* SPDX-License-Identifier: MIT */
/* Kinds of stream that take bytes and send them later: what they hold back is
 * written and unsent, and an event loop and a relay are told what to wait for.
 */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/peer.h"
#include "../support/scripted.h"
#include "../support/turning.h"

/* A peer that takes nothing: what the kind took is unsent, a flush says so, and
 * an event loop is told to watch for writing. */
static void
what_is_held_back_is_unsent(void **state)
{
    (void)state;
    int raw;
    struct turner t;
    rn_stream *s = turner_over(&t, socket_to_small(&raw));
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
    rn_stream *s = turner_over(&t, below);
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

/* A flush that it refuses while it agrees on something waits for what the peer
 * has to say. */
static void
what_is_agreed_on_first_is_wanted(void **state)
{
    (void)state;
    int raw;
    struct turner t;
    rn_stream *s = turner_over(&t, socket_to_raw(&raw, RN_UNBUFFERED));
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

/* A single thing unsent below comes first, too. */
static void
the_least_that_is_unsent_comes_first(void **state)
{
    (void)state;
    char data[1];
    struct turner t;
    struct holder h = {.says = RN_E_AGAIN, .times = 1};
    rn_stream *below = rn_stream_new(&holder_ops, &h, RN_UNBUFFERED, NULL);
    assert_code(rn_write(below, "a", 1), RN_OK);
    assert_int_equal(rn_unsent(below), 1);
    rn_stream *s = turner_over(&t, below);
    t.fails = RN_E_AGAIN;
    assert_code(rn_explain(s, RN_READABLE, RN_PHASE_TLS, 0, NULL), RN_OK);
    assert_code(rn_read(s, data, 1), RN_E_AGAIN);
    assert_int_equal(rn_wants(s), RN_WRITABLE);
    assert_code(rn_flush(below), RN_OK);
    assert_int_equal(rn_wants(s), RN_READABLE);
    rn_abort(s);
    rn_free(s);
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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_held_back_is_unsent),
        cmocka_unit_test(one_that_agrees_speaks_before_it_listens),
        cmocka_unit_test(what_is_agreed_on_first_is_wanted),
        cmocka_unit_test(what_cannot_be_sent_on_was_written),
        cmocka_unit_test(the_least_that_is_unsent_comes_first),
        cmocka_unit_test(what_is_held_back_counts_beside_what_is_buffered),
        cmocka_unit_test(a_relay_waits_for_what_is_held_back),
    };
    return cmocka_run_group_tests_name("held_back", tests, NULL, NULL);
}
