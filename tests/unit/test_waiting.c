/* SPDX-License-Identifier: MIT */
/* Deadlines and timeouts: kept to the millisecond, and nothing lost by them. */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/clock.h"
#include "../support/peer.h"

static void
now_is_the_monotonic_clock(void **state)
{
    (void)state;
    struct timespec t[2];
    clock_gettime(CLOCK_MONOTONIC, &t[0]);
    rn_time now = rn_now();
    clock_gettime(CLOCK_MONOTONIC, &t[1]);
    assert_true(t[0].tv_sec * INT64_C(1000000000) + t[0].tv_nsec <= now);
    assert_true(now <= t[1].tv_sec * INT64_C(1000000000) + t[1].tv_nsec);
}

static void
a_read_ends_at_its_timeout_and_goes_on(void **state)
{
    (void)state;
    for (int mode = RN_UNBUFFERED; mode <= RN_BUFFERED; mode++) {
        int raw;
        const char *line;
        char data[8];
        rn_error err;
        rn_socket *s = socket_to_raw(&raw, (rn_buffering)mode);
        assert_code(rn_set_timeout(s, RN_BOTH, 60), RN_OK);
        assert_int_equal(write(raw, "begin", 5), 5);
        rn_time start = rn_now();
        assert_code(rn_readln(s, &line, NULL), RN_E_TIMEOUT);
        assert_took(start, 60);
        assert_code(rn_error_of(s, &err), RN_E_TIMEOUT);
        assert_non_null(strstr(err.message, "timed out"));
        assert_int_equal(write(raw, "-end\nabc", 8), 8);
        assert_line(s, "begin-end");
        start = rn_now();
        assert_code(rn_read(s, data, 5), RN_E_TIMEOUT);
        assert_took(start, 60);
        assert_int_equal(write(raw, "de", 2), 2);
        assert_read(s, 5, "abcde");
        start = rn_now();
        assert_code(rn_eof(s), RN_E_TIMEOUT);
        assert_took(start, 60);
        rn_free(s);
        close(raw);
    }
}

/* Each call, whatever it does inside: a drip must not wind the clock back. */
static void *
drip(void *arg)
{
    int *raw = arg;
    struct pollfd p = {.fd = *raw, .events = POLLIN};
    /* Every 20 ms a byte, until the other side says that it is enough. */
    while (poll(&p, 1, 20) == 0)
        if (send(*raw, "x", 1, MSG_NOSIGNAL) < 0)
            break;
    return NULL;
}

static void
a_timeout_covers_the_whole_call(void **state)
{
    (void)state;
    int raw;
    const char *line;
    pthread_t thread;
    rn_socket *s = socket_to_raw(&raw, RN_BUFFERED);
    pthread_create(&thread, NULL, drip, &raw);
    rn_set_timeout(s, RN_READABLE, 200);
    rn_time start = rn_now();
    assert_code(rn_readln(s, &line, NULL), RN_E_TIMEOUT);
    assert_took(start, 200);
    assert_code(rn_write(s, "!", 1), RN_OK);
    assert_code(rn_flush(s), RN_OK);
    pthread_join(thread, NULL);
    assert_true(rn_pending(s) > 0);
    rn_free(s);
    close(raw);
}

static void
a_deadline_covers_many_calls(void **state)
{
    (void)state;
    int raw;
    char c;
    rn_socket *s = socket_to_raw(&raw, RN_UNBUFFERED);
    assert_int_equal(write(raw, "ab", 2), 2);
    rn_time start = rn_now();
    rn_set_deadline(s, RN_BOTH, rn_in(100));
    assert_read(s, 1, "a");
    assert_read(s, 1, "b");
    assert_code(rn_read(s, &c, 1), RN_E_TIMEOUT);
    assert_took(start, 100);
    start = rn_now();
    assert_code(rn_read(s, &c, 1), RN_E_TIMEOUT);
    assert_took(start, 0);
    /* What is there can be had after the deadline too. */
    assert_int_equal(write(raw, "c", 1), 1);
    assert_read(s, 1, "c");
    rn_set_deadline(s, RN_BOTH, RN_FOREVER);
    assert_int_equal(write(raw, "d", 1), 1);
    assert_read(s, 1, "d");
    rn_free(s);
    close(raw);
}

static void
the_earlier_of_deadline_and_timeout_holds(void **state)
{
    (void)state;
    int raw;
    char c;
    rn_socket *s = socket_to_raw(&raw, RN_UNBUFFERED);
    rn_set_deadline(s, RN_READABLE, rn_in(10000));
    rn_set_timeout(s, RN_READABLE, 40);
    rn_time start = rn_now();
    assert_code(rn_read(s, &c, 1), RN_E_TIMEOUT);
    assert_took(start, 40);
    rn_set_timeout(s, RN_READABLE, 10000);
    start = rn_now();
    rn_set_deadline(s, RN_READABLE, rn_in(40));
    assert_code(rn_read(s, &c, 1), RN_E_TIMEOUT);
    assert_took(start, 40);
    rn_free(s);
    close(raw);
}

/* Long enough for the kernel's own coarse limit to be used (fd.c), again and
 * again, with a changing limit. */
static void
longer_limits_are_as_exact(void **state)
{
    (void)state;
    int raw;
    char c;
    static const int ms[] = {300, 120, 500, 90, 33};
    rn_socket *s = socket_to_raw(&raw, RN_UNBUFFERED);
    for (size_t i = 0; i < sizeof ms / sizeof ms[0]; i++) {
        rn_set_timeout(s, RN_READABLE, ms[i]);
        rn_time start = rn_now();
        assert_code(rn_read(s, &c, 1), RN_E_TIMEOUT);
        assert_took(start, ms[i]);
    }
    rn_free(s);
    close(raw);
}

static void
a_read_deadline_never_hurts_a_write(void **state)
{
    (void)state;
    int raw;
    char got[16];
    const char *line;
    rn_socket *s = socket_to_raw(&raw, RN_LINE_BUFFERED);
    rn_set_deadline(s, RN_READABLE, rn_in(1));
    assert_code(rn_readln(s, &line, NULL), RN_E_TIMEOUT);
    assert_code(rn_writeln(s, "still", 5), RN_OK);
    assert_code(rn_readln(s, &line, NULL), RN_E_TIMEOUT);
    assert_code(rn_shutdown_write(s), RN_OK);
    assert_int_equal(raw_read_all(raw, got, sizeof got), 6);
    assert_string_equal(got, "still\n");
    rn_free(s);
    close(raw);
}

static void
close_keeps_its_deadline(void **state)
{
    (void)state;
    int raw;
    rn_socket *s = socket_to_small(&raw);
    char data[100000] = {0};
    assert_code(rn_write(s, data, sizeof data), RN_OK);
    rn_set_timeout(s, RN_WRITABLE, 100);
    rn_time start = rn_now();
    assert_code(rn_close(s), RN_E_TIMEOUT);
    assert_took(start, 100);
    rn_free(s);
    close(raw);
}

/* ---- Makers and servers */

static void
connecting_with_a_limit_gives_an_ordinary_stream(void **state)
{
    (void)state;
    rn_error err;
    int port;
    int listener = raw_listen(&port);
    rn_connect_options o = {
        .host = "localhost", .port = port, .timeout = 10000};
    rn_socket *s = rn_connect_with(&o, &err);
    if (s == NULL)
        fail_msg("%s", err.message);
    int raw = accept(listener, NULL, NULL);
    assert_int_equal(write(raw, "hi\n", 3), 3);
    assert_line(s, "hi");
    rn_stats stats;
    assert_code(rn_get_stats(s, &stats), RN_OK);
    assert_true(stats.lookup >= 0 && stats.connect > 0);
    assert_true(stats.first_byte > 0 && stats.age >= stats.first_byte);
    assert_true(stats.round_trip > 0 || !tells_tcp_info());
    assert_int_equal(stats.bytes_read, 3);
    assert_code(rn_write(s, "abcd", 4), RN_OK);
    assert_code(rn_get_stats(s, &stats), RN_OK);
    assert_int_equal(stats.bytes_written, 4);
    assert_code(rn_get_stats(s, NULL), RN_E_VALUE);
    rn_free(s);
    close(raw);
    close(listener);
}

static void
accept_keeps_its_limits(void **state)
{
    (void)state;
    rn_error err;
    rn_server *server = rn_listen(0, "127.0.0.1", &err);
    assert_code(rn_server_set_timeout(server, 60), RN_OK);
    rn_time start = rn_now();
    assert_null(rn_accept(server, RN_UNBUFFERED, &err));
    assert_took(start, 60);
    assert_ours(err, RN_E_TIMEOUT);
    assert_code(rn_server_set_deadline(server, RN_NOW), RN_OK);
    assert_null(rn_accept(server, RN_UNBUFFERED, &err));
    assert_ours(err, RN_E_AGAIN);
    int raw = raw_connect(rn_server_port(server));
    struct pollfd p = {.fd = rn_server_fd(server), .events = POLLIN};
    assert_int_equal(poll(&p, 1, 10000), 1);
    rn_socket *s = rn_accept(server, RN_UNBUFFERED, &err);
    assert_non_null(s);
    rn_free(s);
    close(raw);
    rn_server_free(server);
}

static void
bad_limits_are_value(void **state)
{
    (void)state;
    int raw;
    rn_error err;
    rn_socket *s = socket_to_raw(&raw, RN_UNBUFFERED);
    assert_code(rn_set_timeout(s, RN_BOTH, -2), RN_E_VALUE);
    assert_code(rn_set_timeout(s, 0, 1), RN_E_VALUE);
    assert_code(rn_set_timeout(s, 4, 1), RN_E_VALUE);
    assert_code(rn_set_deadline(s, RN_BOTH, -1), RN_E_VALUE);
    assert_code(rn_set_timeout(s, RN_BOTH, INT64_MAX), RN_OK);
    assert_code(rn_set_timeout(s, RN_BOTH, RN_NO_TIMEOUT), RN_OK);
    assert_code(rn_set_timeout(NULL, RN_BOTH, 1), RN_E_VALUE);
    assert_code(rn_set_liveness(s, -1), RN_E_VALUE);
    assert_code(rn_set_liveness(s, 30), RN_OK);
    assert_code(rn_set_liveness(s, 1), RN_OK);
    assert_code(rn_set_liveness(s, 0), RN_OK);
    assert_code(rn_wants(NULL), RN_E_VALUE);
    rn_connect_options o = {.host = "127.0.0.1", .port = 1, .timeout = -1};
    assert_null(rn_connect_with(&o, &err));
    assert_ours(err, RN_E_VALUE);
    assert_true(rn_in(-5) == RN_NOW && rn_in(INT64_MAX) == RN_FOREVER);
    rn_free(s);
    close(raw);
}

/* The kernel counts long limits in coarse ticks: one left over from a longer
 * timeout must not make a shorter one late. */
static void
a_limit_left_over_is_not_late(void **state)
{
    (void)state;
    int raw;
    char c;
    rn_socket *s = socket_to_raw(&raw, RN_UNBUFFERED);
    rn_set_timeout(s, RN_READABLE, 4600);
    assert_int_equal(write(raw, "x", 1), 1);
    assert_read(s, 1, "x");
    rn_set_timeout(s, RN_READABLE, 2320);
    rn_time start = rn_now();
    assert_code(rn_read(s, &c, 1), RN_E_TIMEOUT);
    assert_took(start, 2320);
    rn_free(s);
    close(raw);
}

/* A transport that never has to wait: a byte every 5 ms, for ever. */
static ptrdiff_t
slow_read(void *ctx, void *data, size_t n, const rn_wait *wait)
{
    (void)ctx, (void)n, (void)wait;
    usleep(5000);
    *(char *)data = 'x';
    return 1;
}

static ptrdiff_t
slow_write(void *ctx, const void *data, size_t n, const rn_wait *wait)
{
    (void)ctx, (void)data, (void)n, (void)wait;
    usleep(5000);
    return 1;
}

/* Getting on is no reason to go on beyond the time. */
static void
a_call_that_gets_on_keeps_its_time(void **state)
{
    (void)state;
    static const rn_stream_ops slow = {.read = slow_read, .write = slow_write};
    static char data[1000];
    const char *line;
    rn_stream *s = rn_stream_new(&slow, NULL, RN_BUFFERED, NULL);
    assert_code(rn_set_timeout(s, RN_BOTH, 60), RN_OK);
    rn_time start = rn_now();
    assert_int_equal(rn_read(s, data, sizeof data), RN_E_TIMEOUT);
    assert_took(start, 60);
    assert_true(rn_pending(s) > 0);
    start = rn_now();
    assert_code(rn_readln(s, &line, NULL), RN_E_TIMEOUT);
    assert_took(start, 60);
    start = rn_now();
    assert_code(rn_skip_line(s), RN_E_TIMEOUT);
    assert_took(start, 60);
    assert_code(rn_write(s, data, sizeof data), RN_OK);
    start = rn_now();
    assert_code(rn_flush(s), RN_E_TIMEOUT);
    assert_took(start, 60);
    assert_true(rn_unsent(s) < (ptrdiff_t)sizeof data);
    rn_abort(s);
    rn_free(s);
}

/* 100 years are more seconds than a time_t of 32 bits counts (poll(2) took them
 * for a negative time), 200 are so when halved. */
static void
limits_of_centuries_are_limits(void **state)
{
    (void)state;
    for (int64_t years = 100; years <= 200; years += 100) {
        int64_t ms = years * 365 * 86400 * 1000;
        int raw;
        char c;
        rn_cancel *token = rn_cancel_new(NULL);
        rn_socket *s = socket_to_raw(&raw, RN_BUFFERED);
        assert_code(rn_set_timeout(s, RN_BOTH, ms), RN_OK);
        assert_int_equal(write(raw, "ab", 2), 2);
        assert_read(s, 1, "a");
        rn_free(s);
        close(raw);
        s = socket_to_raw(&raw, RN_BUFFERED);
        assert_code(rn_set_deadline(s, RN_BOTH, rn_in(ms)), RN_OK);
        assert_code(rn_set_cancel(s, token), RN_OK);
        rn_cancel_set(token);
        assert_code(rn_read(s, &c, 1), RN_E_CANCELED);
        rn_free(s);
        close(raw);
        rn_cancel_free(token);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(now_is_the_monotonic_clock),
        cmocka_unit_test(a_read_ends_at_its_timeout_and_goes_on),
        cmocka_unit_test(a_timeout_covers_the_whole_call),
        cmocka_unit_test(a_deadline_covers_many_calls),
        cmocka_unit_test(the_earlier_of_deadline_and_timeout_holds),
        cmocka_unit_test(longer_limits_are_as_exact),
        cmocka_unit_test(a_read_deadline_never_hurts_a_write),
        cmocka_unit_test(close_keeps_its_deadline),
        cmocka_unit_test(connecting_with_a_limit_gives_an_ordinary_stream),
        cmocka_unit_test(accept_keeps_its_limits),
        cmocka_unit_test(bad_limits_are_value),
        cmocka_unit_test(a_limit_left_over_is_not_late),
        cmocka_unit_test(a_call_that_gets_on_keeps_its_time),
        cmocka_unit_test(limits_of_centuries_are_limits),
    };
    return cmocka_run_group_tests_name("waiting", tests, NULL, NULL);
}
