/* SPDX-License-Identifier: MIT */
/* Cancel tokens, and closing from another thread: every kind of waiting call is
 * called back, quickly, and the connection stays usable after a cancel. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/clock.h"
#include "../support/peer.h"

/* A call that waits, in a thread of its own. */
struct waiter {
    int (*call)(struct waiter *w);
    rn_socket *s;
    rn_server *server;
    rn_cancel *token;
    int port;
    int result;
    rn_time returned;
    pthread_t thread;
    atomic_int tid;
};

static int
wait_in_read(struct waiter *w)
{
    char c;
    return (int)rn_read(w->s, &c, 1);
}

static int
wait_in_readln(struct waiter *w)
{
    const char *line;
    return rn_readln(w->s, &line, NULL);
}

static int
wait_in_eof(struct waiter *w)
{
    return rn_eof(w->s);
}

static int
wait_in_read_all(struct waiter *w)
{
    char *all;
    return rn_read_all(w->s, &all, NULL);
}

static int
wait_in_write(struct waiter *w)
{
    static const char data[65536];
    int rc = RN_OK;
    while (rc == RN_OK)
        rc = rn_write(w->s, data, sizeof data);
    return rc;
}

static int
wait_in_flush(struct waiter *w)
{
    return rn_flush(w->s);
}

static int
wait_in_close(struct waiter *w)
{
    return rn_close(w->s);
}

static int
wait_in_accept(struct waiter *w)
{
    rn_error err;
    rn_socket *s = rn_accept(w->server, RN_UNBUFFERED, &err);
    rn_free(s);
    return err.code;
}

static int
wait_in_connect(struct waiter *w)
{
    rn_error err;
    rn_connect_options o = {
        .host = "127.0.0.1", .port = w->port, .cancel = w->token};
    rn_socket *s = rn_connect_with(&o, &err);
    rn_free(s);
    return err.code;
}

static void *
run(void *arg)
{
    struct waiter *w = arg;
    atomic_store(&w->tid, (int)syscall(SYS_gettid));
    w->result = w->call(w);
    w->returned = rn_now();
    return NULL;
}

/* Start the call, and come back when its thread sleeps in the kernel, as /proc
 * says: no time is guessed. */
static void
begin(struct waiter *w)
{
    char path[64];
    char state = '?';
    atomic_store(&w->tid, 0);
    assert_int_equal(pthread_create(&w->thread, NULL, run, w), 0);
    while (atomic_load(&w->tid) == 0)
        sched_yield();
    snprintf(path, sizeof path, "/proc/self/task/%d/stat",
             atomic_load(&w->tid));
    while (state != 'S') {
        FILE *f = fopen(path, "r");
        if (f == NULL || fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
            fail_msg("the call returned before it was called back");
        fclose(f);
        sched_yield();
    }
}

/* It came back with this code; how many milliseconds after `start`. */
static double
end(struct waiter *w, int expected, rn_time start)
{
    pthread_join(w->thread, NULL);
    assert_code(w->result, expected);
    double ms = (double)(w->returned - start) / 1e6;
    assert_true(ms < late_ms(start));
    return ms;
}

static rn_cancel *
new_token(void)
{
    rn_error err;
    rn_cancel *token = rn_cancel_new(&err);
    assert_non_null(token);
    return token;
}

/* ---- Tokens */

static void
a_token_stops_every_reading_call(void **state)
{
    (void)state;
    static int (*const calls[])(struct waiter *) = {
        wait_in_read, wait_in_readln, wait_in_eof, wait_in_read_all};
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        int raw;
        struct waiter w = {.call = calls[i], .token = new_token()};
        w.s = socket_to_raw(&raw, RN_BUFFERED);
        rn_set_cancel(w.s, w.token);
        begin(&w);
        rn_time start = rn_now();
        rn_cancel_set(w.token);
        end(&w, RN_E_CANCELED, start);

        /* Sticky; what is there can still be had; and after it all goes on. */
        char c;
        assert_true(rn_cancel_is_set(w.token));
        assert_code(rn_read(w.s, &c, 1), RN_E_CANCELED);
        assert_int_equal(write(raw, "line\nmore\n", 10), 10);
        assert_line(w.s, "line");
        assert_line(w.s, "more");
        assert_code(rn_read(w.s, &c, 1), RN_E_CANCELED);
        rn_cancel_reset(w.token);
        assert_int_equal(write(raw, "again\n", 6), 6);
        assert_line(w.s, "again");
        rn_free(w.s);
        rn_cancel_free(w.token);
        close(raw);
    }
}

static void
a_token_stops_a_write(void **state)
{
    (void)state;
    int raw;
    char c;
    struct waiter w = {.call = wait_in_write, .token = new_token()};
    w.s = socket_to_raw(&raw, RN_UNBUFFERED);
    rn_set_cancel(w.s, w.token);
    begin(&w);
    rn_time start = rn_now();
    rn_cancel_set(w.token);
    end(&w, RN_E_CANCELED, start);
    /* The other direction is not harmed. */
    assert_int_equal(write(raw, "x", 1), 1);
    assert_int_equal(rn_read(w.s, &c, 1), 1);
    rn_free(w.s);
    rn_cancel_free(w.token);
    close(raw);
}

/* A peer that does not read, and more than fits on the way to it. */
static void
a_token_stops_flush_and_close(void **state)
{
    (void)state;
    static int (*const calls[])(struct waiter *) = {wait_in_flush,
                                                    wait_in_close};
    static const char data[8 << 20];
    for (int i = 0; i < 2; i++) {
        int raw;
        struct waiter w = {.call = calls[i], .token = new_token()};
        w.s = socket_to_raw(&raw, RN_BUFFERED);
        rn_set_buffer_size(w.s, 2 * sizeof data);
        assert_code(rn_write(w.s, data, sizeof data), RN_OK);
        rn_set_cancel(w.s, w.token);
        begin(&w);
        rn_time start = rn_now();
        rn_cancel_set(w.token);
        end(&w, RN_E_CANCELED, start);
        rn_abort(w.s);
        rn_free(w.s);
        rn_cancel_free(w.token);
        close(raw);
    }
}

static void
a_token_stops_accept_and_connect(void **state)
{
    (void)state;
    int fds[FULL_FDS];
    rn_error err;
    struct waiter w = {.call = wait_in_accept, .token = new_token()};
    w.server = rn_listen(0, "127.0.0.1", &err);
    assert_code(rn_server_set_cancel(w.server, w.token), RN_OK);
    begin(&w);
    rn_time start = rn_now();
    rn_cancel_set(w.token);
    end(&w, RN_E_CANCELED, start);
    rn_cancel_reset(w.token);
    int raw = raw_connect(rn_server_port(w.server));
    rn_socket *s = rn_accept(w.server, RN_UNBUFFERED, &err);
    assert_non_null(s);
    rn_free(s);
    close(raw);
    rn_server_free(w.server);

    w.call = wait_in_connect;
    w.port = full_port(NULL, fds);
    begin(&w);
    start = rn_now();
    rn_cancel_set(w.token);
    end(&w, RN_E_CANCELED, start);
    rn_cancel_free(w.token);
    for (int i = 0; i < FULL_FDS; i++)
        close(fds[i]);
}

static void
a_token_that_is_set_stops_at_once(void **state)
{
    (void)state;
    int raw;
    char c;
    rn_cancel *token = new_token();
    rn_socket *s = socket_to_raw(&raw, RN_UNBUFFERED);
    rn_set_cancel(s, token);
    rn_cancel_set(token);
    rn_cancel_set(token);
    assert_code(rn_read(s, &c, 1), RN_E_CANCELED);
    rn_set_deadline(s, RN_BOTH, RN_NOW);
    assert_code(rn_read(s, &c, 1), RN_E_CANCELED);
    rn_set_cancel(s, NULL);
    assert_code(rn_read(s, &c, 1), RN_E_AGAIN);
    rn_free(s);
    rn_cancel_free(token);
    rn_cancel_free(NULL);
    rn_cancel_set(NULL);
    rn_cancel_reset(NULL);
    assert_int_equal(rn_cancel_is_set(NULL), 0);
    close(raw);
}

static rn_cancel *signal_token;

static void
set_from_handler(int number)
{
    (void)number;
    rn_cancel_set(signal_token);
}

static void
a_token_can_be_set_by_a_signal(void **state)
{
    (void)state;
    int raw;
    struct sigaction action = {.sa_handler = set_from_handler};
    struct waiter w = {.call = wait_in_readln, .token = new_token()};
    signal_token = w.token;
    sigaction(SIGUSR1, &action, NULL);
    w.s = socket_to_raw(&raw, RN_BUFFERED);
    rn_set_cancel(w.s, w.token);
    begin(&w);
    rn_time start = rn_now();
    pthread_kill(w.thread, SIGUSR1);
    end(&w, RN_E_CANCELED, start);
    rn_free(w.s);
    rn_cancel_free(w.token);
    close(raw);
}

static int
by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void
canceling_takes_less_than_a_millisecond(void **state)
{
    (void)state;
    enum {
        ROUNDS = 101
    };
    int raw;
    double ms[ROUNDS];
    struct waiter w = {.call = wait_in_read, .token = new_token()};
    w.s = socket_to_raw(&raw, RN_BUFFERED);
    rn_set_cancel(w.s, w.token);
    for (int i = 0; i < ROUNDS; i++) {
        begin(&w);
        rn_time start = rn_now();
        rn_cancel_set(w.token);
        ms[i] = end(&w, RN_E_CANCELED, start);
        rn_cancel_reset(w.token);
    }
    qsort(ms, ROUNDS, sizeof ms[0], by_size);
    print_message("canceling: median %.3f ms, worst of %d %.3f ms\n",
                  ms[ROUNDS / 2], ROUNDS, ms[ROUNDS - 1]);
    assert_true(ms[ROUNDS / 2] < 1.0);
    rn_free(w.s);
    rn_cancel_free(w.token);
    close(raw);
}

/* ---- Closing from another thread */

static void
closing_calls_a_reader_back(void **state)
{
    (void)state;
    static int (*const calls[])(struct waiter *) = {wait_in_read,
                                                    wait_in_readln};
    for (size_t i = 0; i < 4; i++) {
        int raw;
        char got[8];
        struct waiter w = {.call = calls[i % 2]};
        w.s = socket_to_raw(&raw, RN_BUFFERED);
        if (i >= 2) /* another way to wait: with poll(2) */
            rn_set_timeout(w.s, RN_READABLE, 15);
        if (i >= 2)
            rn_set_timeout(w.s, RN_READABLE, 20000);
        begin(&w);
        assert_code(rn_write(w.s, "last", 4), RN_OK);
        rn_time start = rn_now();
        assert_code(rn_close(w.s), RN_OK);
        end(&w, RN_E_CLOSED, start);
        assert_int_equal(raw_read_all(raw, got, sizeof got), 4);
        assert_string_equal(got, "last");
        rn_free(w.s);
        close(raw);
    }
}

static void
closing_calls_a_writer_back(void **state)
{
    (void)state;
    int raw;
    struct waiter w = {.call = wait_in_write};
    w.s = socket_to_raw(&raw, RN_UNBUFFERED);
    begin(&w);
    rn_time start = rn_now();
    assert_code(rn_abort(w.s), RN_OK);
    end(&w, RN_E_CLOSED, start);
    assert_code(rn_write(w.s, "x", 1), RN_E_CLOSED);
    rn_free(w.s);
    close(raw);
}

static void
closing_a_server_calls_accept_back(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        rn_error err;
        struct waiter w = {.call = wait_in_accept};
        w.server = rn_listen(0, "127.0.0.1", &err);
        begin(&w);
        rn_time start = rn_now();
        assert_code(rn_server_close(w.server), RN_OK);
        end(&w, RN_E_CLOSED, start);
        assert_code(rn_server_close(w.server), RN_OK);
        rn_server_free(w.server);
    }
}

/* The reader reaches the end and wants to close; the writer is in its way. */
static void
reading_the_rest_closes_under_a_writer(void **state)
{
    (void)state;
    int raw;
    char *all;
    struct waiter w = {.call = wait_in_write};
    w.s = socket_to_raw(&raw, RN_UNBUFFERED);
    rn_set_timeout(w.s, RN_WRITABLE, 3000); /* the peer will not read it all */
    begin(&w);
    assert_int_equal(write(raw, "a\nrest", 6), 6);
    shutdown(raw, SHUT_WR);
    assert_line(w.s, "a");
    rn_time start = rn_now();
    rn_set_timeout(w.s, RN_WRITABLE, 40);
    int rc = rn_read_all(w.s, &all, NULL);
    assert_true(rc < 0); /* bytes were on their way that the peer never took */
    assert_string_equal(all, "rest");
    rn_release(all);
    pthread_join(w.thread, NULL);
    assert_true(w.result < 0);
    assert_soon(start, 1950);
    assert_code(rn_eof(w.s), RN_E_CLOSED);
    assert_code(rn_fd(w.s), RN_E_CLOSED);
    rn_free(w.s);
    close(raw);
}

static void *
set_many(void *arg)
{
    for (int i = 0; i < 20000; i++)
        rn_cancel_set(arg);
    return NULL;
}

/* Whatever races, a token is set or it is not, for everyone alike. */
static void
a_token_is_never_torn(void **state)
{
    (void)state;
    int raw;
    char c;
    pthread_t thread;
    rn_cancel *token = new_token();
    rn_socket *s = socket_to_raw(&raw, RN_UNBUFFERED);
    rn_set_cancel(s, token);
    rn_set_deadline(s, RN_BOTH, RN_NOW);
    pthread_create(&thread, NULL, set_many, token);
    for (int i = 0; i < 20000; i++)
        rn_cancel_reset(token);
    pthread_join(thread, NULL);
    assert_code(rn_read(s, &c, 1),
                rn_cancel_is_set(token) ? RN_E_CANCELED : RN_E_AGAIN);
    rn_cancel_set(token);
    assert_code(rn_read(s, &c, 1), RN_E_CANCELED);
    rn_cancel_reset(token);
    assert_code(rn_read(s, &c, 1), RN_E_AGAIN);
    rn_free(s);
    assert_int_equal(rn_cancel_is_set(token), 0);
    rn_cancel_free(token);
    close(raw);
}

/* A kept descriptor is not shut down to wake its reader. */
static void
a_kept_socket_with_a_reader_is_busy(void **state)
{
    (void)state;
    int fd[2];
    char got[4];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
    struct waiter w = {.call = wait_in_read};
    w.s = rn_from_fd(fd[0], RN_UNBUFFERED | RN_KEEP_FD, NULL);
    begin(&w);
    for (int i = 0; i < 1000; i++)
        assert_code(rn_close(w.s), RN_E_BUSY);
    assert_code(rn_write(w.s, "y", 1), RN_OK); /* nothing was done */
    rn_time start = rn_now();
    assert_int_equal(write(fd[1], "x", 1), 1);
    end(&w, 1, start);
    assert_code(rn_close(w.s), RN_OK);
    rn_free(w.s);
    assert_int_equal(write(fd[1], "z", 1), 1);
    assert_int_equal(read(fd[0], got, 1), 1);
    close(fd[0]);
    close(fd[1]);
}

static void *
accept_until_closed(void *arg)
{
    rn_error err;
    rn_socket *s;
    do {
        s = rn_accept(arg, RN_UNBUFFERED, &err);
        rn_free(s);
    } while (s != NULL || err.code == RN_E_TIMEOUT);
    return (void *)(intptr_t)err.code;
}

static void
an_accept_in_a_loop_ends_with_closed(void **state)
{
    (void)state;
    for (int i = 0; i < 200; i++) {
        rn_error err;
        void *code;
        pthread_t thread;
        rn_server *server = rn_listen(0, "127.0.0.1", &err);
        rn_server_set_timeout(server, i % 3 + 1);
        pthread_create(&thread, NULL, accept_until_closed, server);
        assert_code(rn_server_close(server), RN_OK);
        pthread_join(thread, &code);
        assert_code((intptr_t)code, RN_E_CLOSED);
        rn_server_free(server);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_stops_every_reading_call),
        cmocka_unit_test(a_token_stops_a_write),
        cmocka_unit_test(a_token_stops_flush_and_close),
        cmocka_unit_test(a_token_stops_accept_and_connect),
        cmocka_unit_test(a_token_that_is_set_stops_at_once),
        cmocka_unit_test(a_token_can_be_set_by_a_signal),
        cmocka_unit_test(canceling_takes_less_than_a_millisecond),
        cmocka_unit_test(closing_calls_a_reader_back),
        cmocka_unit_test(closing_calls_a_writer_back),
        cmocka_unit_test(closing_a_server_calls_accept_back),
        cmocka_unit_test(reading_the_rest_closes_under_a_writer),
        cmocka_unit_test(a_token_is_never_torn),
        cmocka_unit_test(a_kept_socket_with_a_reader_is_busy),
        cmocka_unit_test(an_accept_in_a_loop_ends_with_closed),
    };
    return cmocka_run_group_tests_name("cancel", tests, NULL, NULL);
}
