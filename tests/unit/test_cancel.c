/* SPDX-License-Identifier: MIT */
/* Cancel tokens: every kind of waiting call comes back, quickly, and the
 * connection stays usable after it. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/peer.h"
#include "../support/waiter.h"

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
wait_in_connect(struct waiter *w)
{
    rn_error err;
    rn_connect_options o = {
        .host = "127.0.0.1", .port = w->port, .cancel = w->token};
    rn_socket *s = rn_connect_with(&o, &err);
    rn_free(s);
    return err.code;
}

static rn_cancel *
new_token(void)
{
    rn_error err;
    rn_cancel *token = rn_cancel_new(&err);
    assert_non_null(token);
    return token;
}

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
        waiter_begin(&w);
        rn_time start = rn_now();
        rn_cancel_set(w.token);
        waiter_end(&w, RN_E_CANCELED, start);

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
    waiter_begin(&w);
    rn_time start = rn_now();
    rn_cancel_set(w.token);
    waiter_end(&w, RN_E_CANCELED, start);
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
        waiter_begin(&w);
        rn_time start = rn_now();
        rn_cancel_set(w.token);
        waiter_end(&w, RN_E_CANCELED, start);
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
    waiter_begin(&w);
    rn_time start = rn_now();
    rn_cancel_set(w.token);
    waiter_end(&w, RN_E_CANCELED, start);
    rn_cancel_reset(w.token);
    int raw = raw_connect(rn_server_port(w.server));
    rn_socket *s = rn_accept(w.server, RN_UNBUFFERED, &err);
    assert_non_null(s);
    rn_free(s);
    close(raw);
    rn_server_free(w.server);

    w.call = wait_in_connect;
    w.port = full_port(NULL, fds);
    waiter_begin(&w);
    start = rn_now();
    rn_cancel_set(w.token);
    waiter_end(&w, RN_E_CANCELED, start);
    rn_cancel_free(w.token);
    full_port_close(fds);
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
    waiter_begin(&w);
    rn_time start = rn_now();
    pthread_kill(w.thread, SIGUSR1);
    waiter_end(&w, RN_E_CANCELED, start);
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
        waiter_begin(&w);
        rn_time start = rn_now();
        rn_cancel_set(w.token);
        ms[i] = waiter_end(&w, RN_E_CANCELED, start);
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
        cmocka_unit_test(a_token_is_never_torn),
    };
    return cmocka_run_group_tests_name("cancel", tests, NULL, NULL);
}
