/* SPDX-License-Identifier: MIT */
/*
 * Closing loses nothing. The far ends are bare sockets that behave badly: they
 * talk while they should listen, read late, or end first.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/peer.h"

enum {
    ANSWER = 200000
};

struct reader {
    int fd;
    ptrdiff_t got; /* or -errno */
};

static void *
read_to_the_end(void *arg)
{
    struct reader *r = arg;
    char *data = malloc(ANSWER + 2);
    r->got = raw_read_all(r->fd, data, ANSWER + 2);
    if (r->got < 0)
        r->got = -errno;
    free(data);
    return NULL;
}

/* The peer sent 5000 bytes, of which 10 are read; then it gets a long answer,
 * and the connection is closed with 4990 bytes unread. */
static void
unread_input_does_not_destroy_the_answer(void **state)
{
    (void)state;
    for (int round = 0; round < 20; round++) {
        struct reader peer;
        pthread_t thread;
        char *data = calloc(1, ANSWER);
        rn_socket *s = socket_to_raw(&peer.fd, RN_UNBUFFERED);
        assert_int_equal(write(peer.fd, data, 5000), 5000);
        assert_int_equal(rn_read(s, data, 10), 10);
        pthread_create(&thread, NULL, read_to_the_end, &peer);
        assert_code(rn_write(s, data, ANSWER), RN_OK);
        assert_code(rn_close(s), RN_OK);
        pthread_join(thread, NULL);
        assert_int_equal(peer.got, ANSWER);
        rn_free(s);
        close(peer.fd);
        free(data);
    }
}

/* The same with plain close(2) loses bytes: the test above can fail. */
static void
plain_close_would_lose_some(void **state)
{
    (void)state;
    int lost = 0;
    for (int round = 0; round < 20 && lost == 0; round++) {
        struct reader peer;
        pthread_t thread;
        int port;
        char *data = calloc(1, ANSWER);
        int listener = raw_listen(&port);
        peer.fd = raw_connect(port);
        int fd = accept(listener, NULL, NULL);
        assert_int_equal(write(peer.fd, data, 5000), 5000);
        assert_int_equal(read(fd, data, 10), 10);
        pthread_create(&thread, NULL, read_to_the_end, &peer);
        ptrdiff_t sent = 0;
        while (sent < ANSWER) {
            ssize_t n = write(fd, data, (size_t)(ANSWER - sent));
            assert_true(n > 0);
            sent += n;
        }
        close(fd);
        pthread_join(thread, NULL);
        lost = peer.got != ANSWER;
        close(peer.fd);
        close(listener);
        free(data);
    }
    assert_true(lost);
}

struct talker {
    int fd;
    size_t got;
    int failed;
};

/* Keeps talking while it reads, until the end. */
static void *
talk_and_read(void *arg)
{
    struct talker *t = arg;
    char data[1024];
    ssize_t n;
    memset(data, 'x', sizeof data);
    while ((n = recv(t->fd, data, sizeof data, 0)) > 0) {
        t->got += (size_t)n;
        send(t->fd, "chatter", 7, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    t->failed = n < 0 ? errno : 0;
    return NULL;
}

static void
a_peer_that_goes_on_talking_gets_everything(void **state)
{
    (void)state;
    for (int round = 0; round < 20; round++) {
        struct talker peer = {.fd = -1};
        pthread_t thread;
        char *data = calloc(1, ANSWER);
        rn_socket *s = socket_to_raw(&peer.fd, RN_BUFFERED);
        pthread_create(&thread, NULL, talk_and_read, &peer);
        assert_code(rn_write(s, data, ANSWER), RN_OK);
        assert_code(rn_close(s), RN_OK);
        pthread_join(thread, NULL);
        assert_int_equal(peer.got, ANSWER);
        rn_free(s);
        close(peer.fd);
        free(data);
    }
}

static double
seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A peer that never reads: what was written does not fit its system. */
static void
a_silent_peer_holds_close_for_a_bounded_time(void **state)
{
    (void)state;
    int raw;
    rn_error err;
    rn_socket *s = socket_to_small(&raw);
    char data[100000] = {0};
    assert_code(rn_write(s, data, sizeof data), RN_OK);
    double start = seconds();
    assert_code(rn_close(s), RN_E_TIMEOUT);
    double took = seconds() - start;
    print_message("gave up after %.2f s\n", took);
    assert_true(took >= 1.9 && took < 10);
    rn_error_of(s, &err);
    assert_int_equal(err.phase, RN_PHASE_CLOSE);
    rn_free(s);
    /* The system went on: a late reader still gets it all. */
    char *all = malloc(sizeof data + 1);
    assert_int_equal(raw_read_all(raw, all, sizeof data + 1), sizeof data);
    free(all);
    close(raw);
}

static void
a_gone_peer_is_reset(void **state)
{
    (void)state;
    int raw;
    struct linger none = {.l_onoff = 1};
    char data[100] = {0};
    rn_socket *s = socket_to_raw(&raw, RN_BUFFERED);
    assert_code(rn_write(s, data, sizeof data), RN_OK);
    setsockopt(raw, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close(raw);
    /* On a busy machine the reset can be later than the confirmation. */
    struct pollfd broken = {.fd = rn_fd(s)};
    assert_int_equal(poll(&broken, 1, 5000), 1);
    assert_code(rn_close(s), RN_E_RESET);
    assert_code(rn_close(s), RN_OK);
    rn_free(s);
}

/* The same with everything confirmed: the reset destroyed it, unread. */
static void
what_a_reset_destroyed_is_lost(void **state)
{
    (void)state;
    int raw;
    struct linger none = {.l_onoff = 1};
    rn_socket *s = socket_to_raw(&raw, RN_UNBUFFERED);
    assert_code(rn_write(s, "unread", 6), RN_OK);
    struct pollfd there = {.fd = raw, .events = POLLIN};
    assert_int_equal(poll(&there, 1, 5000), 1);
    setsockopt(raw, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close(raw);
    struct pollfd broken = {.fd = rn_fd(s)};
    assert_int_equal(poll(&broken, 1, 5000), 1);
    assert_code(rn_close(s), RN_E_RESET);
    rn_free(s);
}

static void
closing_after_both_ends_is_fine(void **state)
{
    (void)state;
    int raw;
    char got[8];
    rn_socket *s = socket_to_raw(&raw, RN_BUFFERED);
    assert_code(rn_write(s, "bye", 3), RN_OK);
    assert_code(rn_shutdown_write(s), RN_OK);
    assert_int_equal(raw_read_all(raw, got, sizeof got), 3);
    close(raw);
    assert_int_equal(rn_eof(s), 1);
    assert_code(rn_close(s), RN_OK);
    rn_free(s);
}

static void
closing_an_untouched_connection_is_quick(void **state)
{
    (void)state;
    int raw;
    char got[8];
    rn_socket *s = socket_to_raw(&raw, RN_BUFFERED);
    assert_code(rn_close(s), RN_OK);
    assert_int_equal(raw_read_all(raw, got, sizeof got), 0);
    rn_free(s);
    close(raw);
}

/* A million bytes a second for ever: close must not listen to all of it. */
static void *
flood(void *arg)
{
    struct talker *t = arg;
    static char data[65536];
    while (send(t->fd, data, sizeof data, MSG_NOSIGNAL) > 0)
        continue;
    return NULL;
}

static void
a_flood_does_not_hold_close(void **state)
{
    (void)state;
    struct talker peer = {.fd = -1};
    pthread_t thread;
    rn_socket *s = socket_to_raw(&peer.fd, RN_BUFFERED);
    assert_code(rn_write(s, "stop", 4), RN_OK);
    pthread_create(&thread, NULL, flood, &peer);
    assert_code(rn_close(s), RN_OK);
    pthread_join(thread, NULL);
    rn_free(s);
    close(peer.fd);
}

/* The peer closed, and we write before we know: the end comes first, the reset
 * behind it. Linux hides the reset from recv(2) then. */
static void
a_write_to_a_closed_peer_is_reset_on_close(void **state)
{
    (void)state;
    for (int mode = RN_UNBUFFERED; mode <= RN_BUFFERED; mode++) {
        int raw;
        rn_socket *s = socket_to_raw(&raw, (rn_buffering)mode);
        close(raw);
        assert_int_equal(rn_eof(s), 1);
        assert_code(rn_write(s, "0123456789", 10), RN_OK);
        assert_code(rn_close(s), RN_E_RESET);
        rn_free(s);
    }
}

/* A peer that only half-closed reads on, late. */
static void
a_half_closed_peer_gets_everything(void **state)
{
    (void)state;
    struct reader peer;
    pthread_t thread;
    char *data = calloc(1, ANSWER);
    rn_socket *s = socket_to_raw(&peer.fd, RN_BUFFERED);
    shutdown(peer.fd, SHUT_WR);
    assert_int_equal(rn_eof(s), 1);
    pthread_create(&thread, NULL, read_to_the_end, &peer);
    struct iovec v[2] = {{data, ANSWER / 2}, {data, ANSWER / 2}};
    assert_code(rn_writev(s, v, 2), RN_OK);
    assert_code(rn_close(s), RN_OK);
    pthread_join(thread, NULL);
    assert_int_equal(peer.got, ANSWER);
    rn_free(s);
    close(peer.fd);
    free(data);
}

static void
gathered_writes_are_not_lost_either(void **state)
{
    (void)state;
    for (int round = 0; round < 10; round++) {
        struct reader peer;
        pthread_t thread;
        char *data = calloc(1, ANSWER);
        rn_socket *s = socket_to_raw(&peer.fd, RN_UNBUFFERED);
        struct iovec v[2] = {{data, ANSWER / 2}, {data, ANSWER / 2}};
        assert_int_equal(write(peer.fd, data, 5000), 5000);
        pthread_create(&thread, NULL, read_to_the_end, &peer);
        assert_code(rn_writev(s, v, 2), RN_OK);
        assert_code(rn_close(s), RN_OK);
        pthread_join(thread, NULL);
        assert_int_equal(peer.got, ANSWER);
        rn_free(s);
        close(peer.fd);
        free(data);
    }
}

static void
free_does_not_wait(void **state)
{
    (void)state;
    int raw;
    rn_socket *s = socket_to_small(&raw);
    char data[100000] = {0};
    assert_code(rn_write(s, data, sizeof data), RN_OK);
    double start = seconds();
    rn_free(s);
    assert_true(seconds() - start < 0.5);
    close(raw);
}

static void
a_local_peer_sees_no_reset(void **state)
{
    (void)state;
    int fd[2];
    char got[16];
    rn_error err;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
    rn_stream *s = rn_from_fd(fd[0], RN_BUFFERED, &err);
    assert_int_equal(write(fd[1], "unread", 6), 6);
    assert_code(rn_write(s, "answer", 6), RN_OK);
    assert_code(rn_close(s), RN_OK);
    assert_int_equal(raw_read_all(fd[1], got, sizeof got), 6);
    rn_free(s);
    close(fd[1]);
}

/* A reset that a read has told of already is not forgotten, and there is nobody
 * to wait for. */
static void
a_reset_that_was_read_is_told_by_close(void **state)
{
    (void)state;
    int raw;
    char c;
    struct linger none = {.l_onoff = 1};
    rn_socket *s = socket_to_raw(&raw, RN_UNBUFFERED);
    assert_code(rn_write(s, "0123456789", 10), RN_OK);
    setsockopt(raw, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close(raw);
    assert_code(rn_read(s, &c, 1), RN_E_RESET);
    double start = seconds();
    assert_code(rn_close(s), RN_E_RESET);
    assert_true(seconds() - start < 0.5);
    rn_free(s);
}

static void *
write_for_ever(void *arg)
{
    static char data[8 << 20];
    return rn_write(arg, data, sizeof data) == RN_E_CLOSED ? arg : NULL;
}

/* The peer must not take the part that it got for the whole. */
static void
a_write_cut_by_close_is_no_clean_end(void **state)
{
    (void)state;
    int raw;
    pthread_t thread;
    void *result;
    char data[4096];
    rn_stats stats = {.bytes_written = 0};
    rn_socket *s = socket_to_raw(&raw, RN_UNBUFFERED);
    assert_code(rn_write(s, "x", 1), RN_OK);
    pthread_create(&thread, NULL, write_for_ever, s);
    /* It is inside when the peer has something of it. */
    assert_true(recv(raw, data, 2, MSG_WAITALL) == 2);
    assert_code(rn_get_stats(s, &stats), RN_OK);
    assert_code(rn_close(s), RN_E_RESET);
    pthread_join(thread, &result);
    assert_ptr_equal(result, s);
    ssize_t n;
    while ((n = read(raw, data, sizeof data)) > 0)
        continue;
    assert_int_equal(n, -1);
    assert_int_equal(errno, ECONNRESET);
    rn_free(s);
    close(raw);
}

/* Once the failure has been told there is nobody who could confirm anything:
 * nothing to wait for. */
static void
closing_does_not_wait_for_the_dead(void **state)
{
    (void)state;
    int raw;
    struct linger none = {.l_onoff = 1};
    static char data[100000];
    rn_socket *s = socket_to_small(&raw);
    assert_code(rn_write(s, data, sizeof data), RN_OK);
    setsockopt(raw, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close(raw);
    struct pollfd broken = {.fd = rn_fd(s)};
    assert_int_equal(poll(&broken, 1, 5000), 1);
    assert_code(rn_write(s, "x", 1), RN_E_RESET);
    double start = seconds();
    assert_code(rn_close(s), RN_E_RESET);
    assert_true(seconds() - start < 1);
    rn_free(s);
}

/* Input that nobody read takes a while to throw away; a deadline that is over
 * meanwhile is no loss when everything had been confirmed. */
static void
what_was_confirmed_is_not_late(void **state)
{
    (void)state;
    int raw;
    char c;
    static char data[20000];
    rn_socket *s = socket_to_raw(&raw, RN_UNBUFFERED);
    assert_int_equal(write(raw, data, sizeof data), sizeof data);
    assert_code(rn_write(s, "x", 1), RN_OK);
    assert_int_equal(read(raw, &c, 1), 1);
    int unconfirmed;
    do
        assert_int_equal(ioctl(rn_fd(s), TIOCOUTQ, &unconfirmed), 0);
    while (unconfirmed > 0);
    assert_code(rn_set_deadline(s, RN_WRITABLE, rn_now()), RN_OK);
    assert_code(rn_close(s), RN_OK);
    rn_free(s);
    close(raw);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unread_input_does_not_destroy_the_answer),
        cmocka_unit_test(plain_close_would_lose_some),
        cmocka_unit_test(a_peer_that_goes_on_talking_gets_everything),
        cmocka_unit_test(a_silent_peer_holds_close_for_a_bounded_time),
        cmocka_unit_test(a_gone_peer_is_reset),
        cmocka_unit_test(what_a_reset_destroyed_is_lost),
        cmocka_unit_test(closing_after_both_ends_is_fine),
        cmocka_unit_test(closing_an_untouched_connection_is_quick),
        cmocka_unit_test(a_flood_does_not_hold_close),
        cmocka_unit_test(a_write_to_a_closed_peer_is_reset_on_close),
        cmocka_unit_test(a_half_closed_peer_gets_everything),
        cmocka_unit_test(gathered_writes_are_not_lost_either),
        cmocka_unit_test(free_does_not_wait),
        cmocka_unit_test(a_local_peer_sees_no_reset),
        cmocka_unit_test(a_reset_that_was_read_is_told_by_close),
        cmocka_unit_test(a_write_cut_by_close_is_no_clean_end),
        cmocka_unit_test(closing_does_not_wait_for_the_dead),
        cmocka_unit_test(what_was_confirmed_is_not_late),
    };
    return cmocka_run_group_tests_name("close", tests, NULL, NULL);
}
