/* SPDX-License-Identifier: MIT */
/* Closing from another thread: whoever waits in a call is called back, or is
 * left alone where that cannot be. */
#include <pthread.h>
#include <semaphore.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/clock.h"
#include "../support/peer.h"
#include "../support/waiter.h"

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
        waiter_begin(&w);
        assert_code(rn_write(w.s, "last", 4), RN_OK);
        rn_time start = rn_now();
        assert_code(rn_close(w.s), RN_OK);
        waiter_end(&w, RN_E_CLOSED, start);
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
    waiter_begin(&w);
    rn_time start = rn_now();
    assert_code(rn_abort(w.s), RN_OK);
    waiter_end(&w, RN_E_CLOSED, start);
    assert_code(rn_write(w.s, "x", 1), RN_E_CLOSED);
    rn_free(w.s);
    close(raw);
}

/* ---- A kind that takes everything and waits where it sends it on */

struct sender {
    sem_t sends;
    sem_t woken;
};

static ptrdiff_t
sender_write(void *ctx, const void *data, size_t n, const rn_wait *wait)
{
    (void)ctx, (void)data, (void)wait;
    return (ptrdiff_t)n;
}

static int
sender_flush(void *ctx, const rn_wait *wait)
{
    struct sender *k = ctx;
    (void)wait;
    sem_post(&k->sends);
    sem_wait(&k->woken);
    return RN_E_TIMEOUT;
}

static void
sender_wake(void *ctx, int direction)
{
    struct sender *k = ctx;
    assert_int_equal(direction, RN_WRITABLE);
    sem_post(&k->woken);
}

static void *
write_once(void *s)
{
    return (void *)(intptr_t)rn_write(s, "x", 1);
}

/* What it took was written, and is lost: that is told, not how the wait ended.
 */
static void
closing_calls_back_who_waits_to_send_on(void **state)
{
    (void)state;
    static const rn_stream_ops ops = {
        .write = sender_write, .flush = sender_flush, .wake = sender_wake};
    struct sender k;
    void *code;
    pthread_t thread;
    sem_init(&k.sends, 0, 0);
    sem_init(&k.woken, 0, 0);
    rn_stream *s = rn_stream_new(&ops, &k, RN_UNBUFFERED, NULL);
    pthread_create(&thread, NULL, write_once, s);
    sem_wait(&k.sends);
    assert_code(rn_abort(s), RN_OK);
    pthread_join(thread, &code);
    assert_code((intptr_t)code, RN_E_CLOSED);
    rn_free(s);
    sem_destroy(&k.sends);
    sem_destroy(&k.woken);
}

/* The relay had a way of its own to be told, which is gone with it. */
static void
closing_calls_back_after_a_relay_as_before(void **state)
{
    (void)state;
    for (int writes = 0; writes < 2; writes++) {
        int near, far;
        rn_socket *from = socket_to_raw(&near, RN_UNBUFFERED);
        rn_socket *to = socket_to_raw(&far, RN_UNBUFFERED);
        rn_route route = {.from = from, .to = to};
        const rn_relay_options soon = {.timeout = 1};
        assert_code(rn_relay_routes(&route, 1, &soon), RN_E_TIMEOUT);
        struct waiter w = {.call = writes ? wait_in_write : wait_in_read,
                           .s = writes ? to : from};
        waiter_begin(&w);
        rn_time start = rn_now();
        assert_code(rn_abort(w.s), RN_OK);
        waiter_end(&w, RN_E_CLOSED, start);
        rn_free(from);
        rn_free(to);
        close(near);
        close(far);
    }
}

static void
closing_a_server_calls_accept_back(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        rn_error err;
        struct waiter w = {.call = wait_in_accept};
        w.server = rn_listen(0, "127.0.0.1", &err);
        waiter_begin(&w);
        rn_time start = rn_now();
        assert_code(rn_server_close(w.server), RN_OK);
        waiter_end(&w, RN_E_CLOSED, start);
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
    waiter_begin(&w);
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
    waiter_begin(&w);
    for (int i = 0; i < 1000; i++)
        assert_code(rn_close(w.s), RN_E_BUSY);
    assert_code(rn_write(w.s, "y", 1), RN_OK); /* nothing was done */
    rn_time start = rn_now();
    assert_int_equal(write(fd[1], "x", 1), 1);
    waiter_end(&w, 1, start);
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
        cmocka_unit_test(closing_calls_a_reader_back),
        cmocka_unit_test(closing_calls_a_writer_back),
        cmocka_unit_test(closing_calls_back_who_waits_to_send_on),
        cmocka_unit_test(closing_calls_back_after_a_relay_as_before),
        cmocka_unit_test(closing_a_server_calls_accept_back),
        cmocka_unit_test(reading_the_rest_closes_under_a_writer),
        cmocka_unit_test(a_kept_socket_with_a_reader_is_busy),
        cmocka_unit_test(an_accept_in_a_loop_ends_with_closed),
    };
    return cmocka_run_group_tests_name("called_back", tests, NULL, NULL);
}
