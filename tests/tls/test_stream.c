/* SPDX-License-Identifier: MIT */
/* That TLS is a stream like all others, to its end. */
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/peer.h"
#include "two.h"

static void
it_reads_and_writes_and_ends_like_any_stream(void **state)
{
    (void)state;
    for (int mode = RN_UNBUFFERED; mode <= RN_BUFFERED; mode++) {
        struct two t;
        const void *seen;
        open_plain_two(&t, (rn_buffering)mode);
        assert_code(rn_writeln(t.client, "hello", 5), RN_OK);
        assert_code(rn_printf(t.client, "%d lines\r\nrest", 2), RN_OK);
        assert_code(rn_flush(t.client), RN_OK);
        assert_line(t.server, "hello");
        assert_line(t.server, "2 lines");
        assert_int_equal(rn_eof(t.server), 0);
        assert_int_equal(rn_peek(t.server, &seen), 4);
        assert_code(rn_shutdown_write(t.client), RN_OK);
        assert_code(rn_write(t.client, "x", 1), RN_E_CLOSED);
        assert_read(t.server, 10, "rest");
        assert_int_equal(rn_eof(t.server), 1);
        assert_code(rn_writeln(t.server, "back", 4), RN_OK);
        assert_code(rn_close(t.server), RN_OK);
        assert_line(t.client, "back");
        assert_int_equal(rn_eof(t.client), 1);
        assert_code(rn_close(t.client), RN_OK);
        free_two(&t);
    }
}

static void
addresses_and_figures_are_the_connections(void **state)
{
    (void)state;
    struct two t;
    rn_stats stats;
    open_plain_two(&t, RN_BUFFERED);
    assert_string_equal(rn_remote_address(t.client), "127.0.0.1");
    assert_int_equal(rn_remote_port(t.client), rn_local_port(t.server));
    assert_code(rn_set_nodelay(t.client, 1), RN_OK);
    assert_code(rn_get_stats(t.client, &stats), RN_OK);
    assert_true(stats.round_trip >= 0 || !tells_tcp_info());
    assert_int_equal(stats.bytes_read, 0);
    assert_code(rn_close(t.client), RN_OK);
    assert_string_equal(rn_remote_address(t.client), "127.0.0.1");
    free_two(&t);
}

/* An event loop must not sleep on the descriptor while a record is here. */
static void
pending_counts_every_layer(void **state)
{
    (void)state;
    struct two t;
    char data[4];
    open_plain_two(&t, RN_UNBUFFERED);
    assert_code(rn_write(t.client, "one", 3), RN_OK);
    assert_code(rn_write(t.client, "two", 3), RN_OK);
    /* Both records are on their way; the first read takes in both. */
    for (int i = 0; i < 1000000 && rn_pending(t.server) < 1; i++)
        rn_eof(t.server);
    assert_int_equal(rn_read(t.server, data, 2), 2);
    assert_true(rn_pending(t.server) >= 1);
    assert_read(t.server, 4, "etwo");
    assert_int_equal(rn_pending(t.server), 0);
    free_two(&t);
}

static void
much_goes_through_whole(void **state)
{
    (void)state;
    enum {
        SIZE = 1 << 20
    };
    struct two t;
    char *sent = malloc(SIZE);
    char *got = malloc(SIZE);
    for (size_t i = 0; i < SIZE; i++)
        sent[i] = (char)(i * 7 + i / 251);
    open_plain_two(&t, RN_BUFFERED);
    rn_set_deadline(t.client, RN_BOTH, RN_NOW);
    rn_set_deadline(t.server, RN_BOTH, RN_NOW);
    size_t out = 0;
    size_t in = 0;
    while (in < SIZE) {
        size_t n = SIZE - out < 50000 ? SIZE - out : 50000;
        if (n > 0 && rn_write(t.client, sent + out, n) == RN_OK)
            out += n;
        if (n == 0)
            rn_flush(t.client);
        ptrdiff_t r = rn_read_some(t.server, got + in, SIZE - in);
        assert_true(r > 0 || r == RN_E_AGAIN);
        in += r > 0 ? (size_t)r : 0;
    }
    assert_memory_equal(sent, got, SIZE);
    free_two(&t);
    free(sent);
    free(got);
}

/* One send and one receive for a round trip, as without TLS. */
static void
threads_talk_and_close(void **state)
{
    (void)state;
    struct two t;
    pthread_t thread;
    open_plain_two(&t, RN_BUFFERED);
    pthread_create(&thread, NULL, echo_lines, t.server);
    for (int i = 0; i < 100; i++) {
        assert_code(rn_writeln(t.client, "ping", 4), RN_OK);
        assert_line(t.client, "ping");
    }
    assert_code(rn_close(t.client), RN_OK);
    pthread_join(thread, NULL);
    free_two(&t);
}

/* A cut is not an end: what came before is read, then it is told. */
static void
an_end_without_a_close_is_truncated(void **state)
{
    (void)state;
    struct two t;
    rn_error err;
    char data[8];
    open_plain_two(&t, RN_BUFFERED);
    assert_code(rn_write(t.server, "half", 4), RN_OK);
    assert_code(rn_flush(t.server), RN_OK);
    shutdown(rn_fd(t.server), SHUT_WR);
    assert_int_equal(rn_read(t.client, data, 4), 4);
    assert_code(rn_eof(t.client), RN_E_TLS);
    assert_code(rn_error_of(t.client, &err), RN_E_TLS);
    assert_non_null(strstr(err.message, "without a TLS close (close_notify)"));
    assert_int_equal(err.phase, RN_PHASE_READ);
    assert_code(rn_eof(t.client), RN_E_TLS); /* stays */
    free_two(&t);
}

/* The peer has said goodbye and is gone: our goodbye cannot arrive. */
static void
closing_after_the_peer_has_gone_is_clean(void **state)
{
    (void)state;
    struct two t;
    open_plain_two(&t, RN_BUFFERED);
    assert_code(rn_writeln(t.client, "question", 8), RN_OK);
    assert_code(rn_flush(t.client), RN_OK);
    assert_line(t.server, "question");
    assert_code(rn_writeln(t.server, "answer", 6), RN_OK);
    assert_code(rn_close(t.server), RN_OK);
    assert_line(t.client, "answer");
    assert_int_equal(rn_eof(t.client), 1);
    assert_code(rn_close(t.client), RN_OK);
    free_two(&t);
}

/* A client that is through as soon as it has shaken hands, so that the server's
 * tickets never arrive: nothing of anybody's was lost. */
static void
what_is_tls_s_own_is_no_loss(void **state)
{
    (void)state;
    struct two t;
    char data[1];
    open_plain_two(&t, RN_BUFFERED);
    assert_code(rn_abort(t.client), RN_OK);
    assert_true(rn_read(t.server, data, 1) < 0);
    free_two(&t);
    rn_socket *a;
    rn_socket *b;
    rn_tls_options co = client_options();
    rn_tls_options so = server_options(&good);
    tcp_pair(&a, &b, RN_BUFFERED);
    t.client = rn_tls_start(a, &co, &t.error);
    t.server = rn_tls_accept(b, &so, &t.error);
    rn_set_deadline(t.client, RN_BOTH, RN_NOW);
    rn_set_deadline(t.server, RN_BOTH, RN_NOW);
    assert_code(rn_flush(t.client), RN_E_AGAIN);
    assert_code(rn_flush(t.server), RN_E_AGAIN);
    assert_code(rn_flush(t.client), RN_OK);
    assert_code(rn_close(t.client), RN_OK);
    rn_set_deadline(t.server, RN_BOTH, RN_FOREVER);
    assert_code(rn_flush(t.server), RN_OK);
    assert_int_equal(rn_eof(t.server), 1);
    assert_code(rn_close(t.server), RN_OK);
    free_two(&t);
}

static void
aborting_says_no_goodbye(void **state)
{
    (void)state;
    struct two t;
    open_plain_two(&t, RN_BUFFERED);
    assert_code(rn_abort(t.server), RN_OK);
    int rc = rn_eof(t.client);
    assert_true(rc == RN_E_RESET || rc == RN_E_TLS);
    free_two(&t);
}

/* Wait for something to happen at the socket below; for its failure alone where
 * `events` is 0. */
static void
await(const rn_stream *s, short events)
{
    struct pollfd p = {.fd = rn_fd(s), .events = events};
    assert_int_equal(poll(&p, 1, 10000), 1);
}

/* The peer went away with what it had confirmed and not read: only our goodbye
 * meets the reset, and still it tells of a loss. */
static void
closing_tells_a_reset_that_destroyed_what_was_written(void **state)
{
    (void)state;
    struct two t;
    open_plain_two(&t, RN_UNBUFFERED);
    assert_code(rn_write(t.client, "unread", 6), RN_OK);
    await(t.server, POLLIN);
    assert_code(rn_abort(t.server), RN_OK);
    await(t.client, 0);
    assert_code(rn_close(t.client), RN_E_RESET);
    free_two(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_reads_and_writes_and_ends_like_any_stream),
        cmocka_unit_test(addresses_and_figures_are_the_connections),
        cmocka_unit_test(pending_counts_every_layer),
        cmocka_unit_test(much_goes_through_whole),
        cmocka_unit_test(threads_talk_and_close),
        cmocka_unit_test(an_end_without_a_close_is_truncated),
        cmocka_unit_test(closing_after_the_peer_has_gone_is_clean),
        cmocka_unit_test(what_is_tls_s_own_is_no_loss),
        cmocka_unit_test(aborting_says_no_goodbye),
        cmocka_unit_test(closing_tells_a_reset_that_destroyed_what_was_written),
        cmocka_unit_test(nothing_is_left),
    };
    return cmocka_run_group_tests_name("tls_stream", tests, make_all, drop_all);
}
