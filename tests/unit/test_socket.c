/* SPDX-License-Identifier: MIT */
/* A connection in use, on the loopback interface: segments, lines, both kinds
 * of end, resets, signals, and figures. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/peer.h"

static void
need_segments(void)
{
    if (tells_tcp_info())
        return;
    print_message("SKIPPED: the system does not count segments (TCP_INFO)\n");
    skip();
}

static void
an_unbuffered_call_is_one_segment(void **state)
{
    (void)state;
    need_segments();
    int raw;
    rn_socket *s = socket_to_raw(&raw, RN_UNBUFFERED);
    struct iovec v[100];
    for (int i = 0; i < 100; i++)
        v[i] = (struct iovec)PIECE("piece");
    unsigned before = segments_sent(rn_fd(s));
    assert_code(rn_writeln(s, "a line", 6), RN_OK);
    assert_int_equal(segments_sent(rn_fd(s)), before + 1);
    assert_code(rn_writev(s, v, 10), RN_OK);
    assert_int_equal(segments_sent(rn_fd(s)), before + 2);
    assert_code(rn_writev(s, v, 100), RN_OK);
    assert_int_equal(segments_sent(rn_fd(s)), before + 3);
    rn_free(s);
    close(raw);
}

static void
buffered_calls_wait_for_flush(void **state)
{
    (void)state;
    need_segments();
    int raw;
    rn_socket *s = socket_to_raw(&raw, RN_BUFFERED);
    unsigned before = segments_sent(rn_fd(s));
    rn_set_buffer_size(s, 4096);
    for (int i = 0; i < 100; i++)
        assert_code(rn_writeln(s, "line", 4), RN_OK);
    assert_int_equal(segments_sent(rn_fd(s)), before);
    assert_code(rn_flush(s), RN_OK);
    assert_int_equal(segments_sent(rn_fd(s)), before + 1);
    rn_free(s);
    close(raw);
}

static void
unbuffered_read_leaves_the_rest_in_the_system(void **state)
{
    (void)state;
    int raw;
    char rest[16] = {0};
    rn_socket *s = socket_to_raw(&raw, RN_UNBUFFERED);
    assert_int_equal(write(raw, "0123456789", 10), 10);
    assert_read(s, 4, "0123");
    assert_int_equal(recv(rn_fd(s), rest, 15, MSG_DONTWAIT), 6);
    assert_string_equal(rest, "456789");
    rn_free(s);
    close(raw);
}

static void
a_lone_cr_does_not_wait(void **state)
{
    (void)state;
    int raw;
    rn_socket *s = socket_to_raw(&raw, RN_BUFFERED);
    assert_int_equal(write(raw, "ready\r", 6), 6);
    assert_line(s, "ready"); /* the time limit of the test is the check */
    assert_int_equal(write(raw, "\nnext\n", 6), 6);
    assert_line(s, "next");
    rn_free(s);
    close(raw);
}

static void
half_close_lets_the_answer_through(void **state)
{
    (void)state;
    int raw;
    char got[16];
    rn_socket *s = socket_to_raw(&raw, RN_BUFFERED);
    assert_code(rn_write(s, "question", 8), RN_OK);
    rn_set_deadline(s, RN_READABLE, RN_NOW);
    assert_code(rn_eof(s), RN_E_AGAIN);
    rn_set_deadline(s, RN_READABLE, RN_FOREVER);
    assert_code(rn_shutdown_write(s), RN_OK);
    assert_code(rn_error_of(s, NULL), RN_E_AGAIN); /* the last failure */
    assert_int_equal(raw_read_all(raw, got, sizeof got), 8);
    assert_string_equal(got, "question");
    assert_int_equal(write(raw, "answer\n", 7), 7);
    assert_line(s, "answer");
    close(raw);
    assert_int_equal(rn_eof(s), 1);
    assert_code(rn_close(s), RN_OK);
    rn_free(s);
}

static void
a_reset_is_reset_after_what_had_come(void **state)
{
    (void)state;
    int raw;
    char c;
    struct linger none = {.l_onoff = 1};
    rn_socket *s = socket_to_raw(&raw, RN_BUFFERED);
    setsockopt(raw, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close(raw);
    rn_error err;
    assert_code(rn_read(s, &c, 1), RN_E_RESET);
    assert_code(rn_error_of(s, &err), RN_E_RESET);
    assert_non_null(strstr(err.message, "read from 127.0.0.1:"));
    assert_non_null(strstr(err.message, "reset"));
    assert_code(rn_write(s, "x", 1), RN_OK);
    assert_code(rn_flush(s), RN_E_RESET);
    rn_free(s);
}

static void
abort_resets_the_peer(void **state)
{
    (void)state;
    int raw;
    char c;
    rn_socket *s = socket_to_raw(&raw, RN_BUFFERED);
    assert_code(rn_abort(s), RN_OK);
    assert_int_equal(read(raw, &c, 1), -1);
    assert_int_equal(errno, ECONNRESET);
    close(raw);
    rn_free(s);
}

/* With the default action SIGPIPE would end this program. */
static void
writing_to_a_gone_peer_raises_no_signal(void **state)
{
    (void)state;
    int raw;
    int rc = RN_OK;
    signal(SIGPIPE, SIG_DFL);
    rn_socket *s = socket_to_raw(&raw, RN_UNBUFFERED);
    close(raw);
    for (int i = 0; i < 1000 && rc == RN_OK; i++)
        rc = rn_writeln(s, "hello?", 6);
    assert_code(rc, RN_E_RESET);
    rn_free(s);
}

/* ---- Signals */

static atomic_int signals;

static void
count_signal(int number)
{
    (void)number;
    atomic_fetch_add(&signals, 1);
}

struct interrupted {
    pthread_t target;
    int raw;
};

static void *
interrupt_then_write(void *arg)
{
    struct interrupted *i = arg;
    while (atomic_load(&signals) < 200)
        pthread_kill(i->target, SIGUSR1);
    ssize_t n = write(i->raw, "at last\n", 8);
    return n == 8 ? arg : NULL;
}

static void
signals_do_not_cut_calls_short(void **state)
{
    (void)state;
    struct sigaction action = {.sa_handler = count_signal}; /* no SA_RESTART */
    struct interrupted i = {.target = pthread_self()};
    pthread_t thread;
    sigaction(SIGUSR1, &action, NULL);
    atomic_store(&signals, 0);
    rn_socket *s = socket_to_raw(&i.raw, RN_BUFFERED);
    pthread_create(&thread, NULL, interrupt_then_write, &i);
    assert_line(s, "at last");
    pthread_join(thread, NULL);
    rn_free(s);
    close(i.raw);
}

static void
a_kept_socket_survives_close_and_abort(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        int port;
        char got[8];
        int listener = raw_listen(&port);
        int raw = raw_connect(port);
        int fd = accept(listener, NULL, NULL);
        rn_stream *s = rn_from_fd(fd, RN_BUFFERED | RN_KEEP_FD, NULL);
        assert_code(rn_write(s, "a", 1), RN_OK);
        assert_code(i == 0 ? rn_close(s) : rn_abort(s), RN_OK);
        rn_free(s);
        assert_int_equal(write(fd, "b", 1), 1);
        close(fd);
        assert_int_equal(raw_read_all(raw, got, sizeof got), i == 0 ? 2 : 1);
        close(raw);
        close(listener);
    }
}

static void
null_is_value_everywhere(void **state)
{
    (void)state;
    rn_stats stats;
    assert_code(rn_local_port(NULL), RN_E_VALUE);
    assert_code(rn_remote_port(NULL), RN_E_VALUE);
    assert_string_equal(rn_local_address(NULL), "");
    assert_code(rn_set_nodelay(NULL, 1), RN_E_VALUE);
    assert_code(rn_set_liveness(NULL, 1), RN_E_VALUE);
    assert_code(rn_get_stats(NULL, &stats), RN_E_VALUE);
    assert_code(rn_set_cancel(NULL, NULL), RN_E_VALUE);
}

static void
figures_stay_after_closing(void **state)
{
    (void)state;
    rn_socket *a;
    rn_socket *b;
    rn_stats stats;
    tcp_pair(&a, &b, RN_UNBUFFERED);
    assert_code(rn_writeln(a, "four", 4), RN_OK);
    assert_line(b, "four");
    assert_code(rn_get_stats(b, &stats), RN_OK);
    assert_true(stats.lookup == -1 && stats.connect == -1); /* accepted */
    assert_true(stats.round_trip == -1 || stats.round_trip >= 1000);
    assert_true(stats.round_trip < 1000000000);
    assert_code(rn_close(b), RN_OK);
    assert_code(rn_get_stats(b, &stats), RN_OK);
    assert_int_equal(stats.bytes_read, 5);
    assert_int_equal(stats.bytes_written, 0);
    assert_int_equal(stats.round_trip, -1);
    rn_free(a);
    rn_free(b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unbuffered_call_is_one_segment),
        cmocka_unit_test(buffered_calls_wait_for_flush),
        cmocka_unit_test(unbuffered_read_leaves_the_rest_in_the_system),
        cmocka_unit_test(a_lone_cr_does_not_wait),
        cmocka_unit_test(half_close_lets_the_answer_through),
        cmocka_unit_test(a_reset_is_reset_after_what_had_come),
        cmocka_unit_test(abort_resets_the_peer),
        cmocka_unit_test(writing_to_a_gone_peer_raises_no_signal),
        cmocka_unit_test(signals_do_not_cut_calls_short),
        cmocka_unit_test(a_kept_socket_survives_close_and_abort),
        cmocka_unit_test(null_is_value_everywhere),
        cmocka_unit_test(figures_stay_after_closing),
    };
    return cmocka_run_group_tests_name("socket", tests, nothing_was_left_open,
                                       nothing_was_left_open);
}
