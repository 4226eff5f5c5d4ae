/* SPDX-License-Identifier: MIT */
/* Connecting where nobody has room yet: a listener whose queue is full, of TCP
 * or unix, and two addresses that both keep silent until one of them speaks. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../src/net/race.h"
#include "../../src/net/wait.h"
#include "../support/check.h"
#include "../support/clock.h"
#include "../support/peer.h"

static void
connect_keeps_its_timeout(void **state)
{
    (void)state;
    int fds[FULL_FDS];
    rn_error err;
    char want[80];
    int port = full_port(NULL, fds);
    rn_connect_options o = {.host = "127.0.0.1", .port = port, .timeout = 80};
    rn_time start = rn_now();
    assert_null(rn_connect_with(&o, &err));
    assert_took(start, 80);
    assert_ours(err, RN_E_TIMEOUT);
    snprintf(want, sizeof want, "connect to 127.0.0.1:%d: timed out", port);
    assert_string_equal(err.message, want);
    o.timeout = 0;
    start = rn_now();
    o.deadline = rn_in(80);
    assert_null(rn_connect_with(&o, &err));
    assert_took(start, 80);
    assert_ours(err, RN_E_TIMEOUT);
    full_port_close(fds);
}

/* ---- Unix sockets */

/* A listener with room for no one more, on a name of its own; `first` is who
 * has taken the one place. */
struct queue {
    int listener;
    int first;
    char host[40];
};

static struct queue
full_queue(void)
{
    struct queue q;
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    socklen_t len = sizeof(sa_family_t); /* the system picks a name */
    q.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(q.listener, (struct sockaddr *)&a, len), 0);
    assert_int_equal(listen(q.listener, 0), 0);
    len = sizeof a;
    assert_int_equal(getsockname(q.listener, (struct sockaddr *)&a, &len), 0);
    snprintf(q.host, sizeof q.host, "unix:@%.*s",
             (int)(len - sizeof(sa_family_t) - 1), a.sun_path + 1);
    q.first = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(q.first, (struct sockaddr *)&a, len), 0);
    return q;
}

static void
drop_queue(struct queue *q)
{
    close(q->listener);
    close(q->first);
}

static void
a_full_queue_costs_the_timeout(void **state)
{
    (void)state;
    rn_error err;
    struct queue q = full_queue();
    rn_connect_options o = {.host = q.host, .timeout = 100};
    rn_time start = rn_now();
    assert_null(rn_connect_with(&o, &err));
    assert_took(start, 100);
    assert_ours(err, RN_E_TIMEOUT);
    o = (rn_connect_options){.host = q.host, .deadline = 1};
    assert_null(rn_connect_with(&o, &err));
    assert_ours(err, RN_E_TIMEOUT);
    drop_queue(&q);
}

static void
a_token_ends_the_patience(void **state)
{
    (void)state;
    rn_error err;
    struct queue q = full_queue();
    rn_cancel *token = rn_cancel_new(&err);
    rn_connect_options o = {.host = q.host, .cancel = token};
    rn_cancel_set(token);
    assert_null(rn_connect_with(&o, &err));
    assert_ours(err, RN_E_CANCELED);
    rn_cancel_free(token);
    drop_queue(&q);
}

static void *
make_room(void *arg)
{
    struct queue *q = arg;
    rn_stream *s = rn_from_fd(q->listener, RN_BUFFERED, NULL);
    assert_null(s); /* a listener is no stream */
    /* Longer than the steps go on growing (1 + 2 + ... + 32 ms). */
    struct rn_wait w = {.until = rn_in(150)};
    struct pollfd none;
    rni_wait_any(&w, &none, 0);
    return (void *)(intptr_t)accept4(q->listener, NULL, NULL, SOCK_CLOEXEC);
}

static void
room_in_the_queue_is_found(void **state)
{
    (void)state;
    rn_error err;
    struct queue q = full_queue();
    pthread_t thread;
    void *accepted;
    rn_time start = rn_now();
    assert_int_equal(pthread_create(&thread, NULL, make_room, &q), 0);
    /* A port to come from has no meaning for a path, and is not looked at. */
    rn_connect_options o = {.host = q.host, .source_port = 9};
    rn_socket *s = rn_connect_with(&o, &err);
    assert_true(ms_since(start) >= 150);
    assert_non_null(s);
    assert_int_equal(pthread_join(thread, &accepted), 0);
    assert_true((intptr_t)accepted >= 0);
    close((int)(intptr_t)accepted);
    rn_free(s);
    drop_queue(&q);
}

/* ---- Races */

struct told {
    int count;
    ptrdiff_t failure[4];
    int port[4];
    int *listener;    /* closed at the first failure */
    rn_cancel *token; /* set at the second */
};

static void
note(void *arg, const union rni_sockaddr *to, ptrdiff_t failure)
{
    struct told *t = arg;
    assert_true(t->count < 4);
    t->failure[t->count] = failure;
    t->port[t->count++] = rni_address_port(to);
    if (t->count == 1 && t->listener != NULL)
        close(*t->listener);
    if (t->count == 2 && t->token != NULL)
        rn_cancel_set(t->token);
}

static union rni_sockaddr
loopback(int port)
{
    static const unsigned char local[4] = {127, 0, 0, 1};
    return rni_ipv4(local, port);
}

static void
those_who_wait_are_told_of_the_deadline(void **state)
{
    (void)state;
    int full[FULL_FDS];
    union rni_sockaddr at[2];
    at[0] = at[1] = loopback(full_port(NULL, full));
    struct rni_addresses list = {.at = at, .count = 2};
    struct told told = {0};
    struct rni_winner won;
    struct rn_wait w = {.until = rn_in(300)};
    assert_int_equal(rni_race(&list, NULL, &w, &won, note, &told),
                     RN_E_TIMEOUT);
    assert_int_equal(told.count, 2);
    assert_int_equal(told.failure[0], RN_E_TIMEOUT);
    assert_int_equal(told.failure[1], RN_E_TIMEOUT);
    full_port_close(full);
}

/* The third fails on the spot; by then the first two are under way. The first
 * one's listener goes, and is asked again by the system a second after the
 * first time: refused. The second is not touched by that. */
static void
one_of_two_that_wait_is_refused(void **state)
{
    (void)state;
    int a[FULL_FDS];
    int b[FULL_FDS];
    int holder;
    union rni_sockaddr at[3] = {loopback(full_port(NULL, a)),
                                loopback(full_port(NULL, b)),
                                loopback(closed_port(&holder))};
    struct rni_addresses list = {.at = at, .count = 3};
    struct told told = {.listener = &a[0], .token = rn_cancel_new(NULL)};
    struct rni_winner won;
    struct rn_wait w = {.until = rn_in(20000), .cancel = told.token};
    assert_int_equal(rni_race(&list, NULL, &w, &won, note, &told),
                     RN_E_CANCELED);
    assert_int_equal(told.count, 3);
    assert_int_equal(told.port[0], rni_address_port(&at[2]));
    assert_int_equal(told.failure[0], -ECONNREFUSED);
    assert_int_equal(told.port[1], rni_address_port(&at[0]));
    assert_int_equal(told.failure[1], -ECONNREFUSED);
    assert_int_equal(told.port[2], rni_address_port(&at[1]));
    assert_int_equal(told.failure[2], RN_E_CANCELED);
    rn_cancel_free(told.token);
    close(holder);
    for (int i = 1; i < FULL_FDS; i++)
        close(a[i]);
    full_port_close(b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connect_keeps_its_timeout),
        cmocka_unit_test(a_full_queue_costs_the_timeout),
        cmocka_unit_test(a_token_ends_the_patience),
        cmocka_unit_test(room_in_the_queue_is_found),
        cmocka_unit_test(those_who_wait_are_told_of_the_deadline),
        cmocka_unit_test(one_of_two_that_wait_is_refused),
    };
    return cmocka_run_group_tests_name("patience", tests, NULL, NULL);
}
