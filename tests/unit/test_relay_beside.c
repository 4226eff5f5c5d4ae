/* SPDX-License-Identifier: MIT */
/* What other threads do beside a relay: close its streams, relay the other way,
 * use the other halves; and closing after it. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/clock.h"
#include "../support/peer.h"
#include "../support/relaying.h"

enum {
    MUCH = 20000000 /* more than any socket takes */
};

/* A byte comes through, so the relay is at work. */
static void
start_and_wait(struct relay_pair *p)
{
    char c;
    relay_start(&p->r);
    assert_int_equal(write(p->near, "x", 1), 1);
    assert_int_equal(read(p->far, &c, 1), 1);
    relay_wait_asleep(&p->r);
}

static void
closing_ends_it(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct relay_pair p;
        relay_pair_open(&p);
        start_and_wait(&p);
        rn_socket *s = i % 2 == 0 ? p.a : p.b;
        rn_time start = rn_now();
        assert_code(i < 2 ? rn_close(s) : rn_abort(s), RN_OK);
        assert_code(relay_join(&p.r), RN_E_CLOSED);
        assert_took(start, 0);
        assert_ptr_equal(p.r.route[0].failed, s);
        relay_pair_close(&p);
    }
}

/* `to` is full: closing `from` is noticed, and closing `to` sends what had
 * been taken. */
static void
closing_amid_bytes_delivers_them(void **state)
{
    (void)state;
    for (int which = 0; which < 2; which++) {
        struct relay_pair p;
        struct far_end feeder, reader;
        relay_pair_open(&p);
        start_and_wait(&p);
        far_feed(&feeder, p.near, MUCH);
        uint64_t seen = 0;
        rn_stats stats = {.bytes_read = 1};
        rn_time since = rn_now();
        while (rn_now() - since < 50 * 1000000) { /* nothing moves */
            assert_code(rn_get_stats(p.a, &stats), RN_OK);
            if (stats.bytes_read != seen)
                since = rn_now();
            seen = stats.bytes_read;
        }
        if (which == 0) {
            assert_code(rn_abort(p.a), RN_OK);
            assert_code(relay_join(&p.r), RN_E_CLOSED);
            far_read(&reader, p.far);
        } else {
            far_read(&reader, p.far);
        }
        assert_code(rn_close(p.b), RN_OK);
        if (which == 1)
            assert_code(relay_join(&p.r), RN_E_CLOSED);
        far_join(&reader);
        assert_int_equal(reader.same + 1, p.r.route[0].bytes);
        rn_abort(p.a);
        shutdown(p.near, SHUT_RDWR);
        far_join(&feeder);
        relay_pair_close(&p);
    }
}

static bool
is_blocking(rn_stream *s)
{
    return (fcntl(rn_fd(s), F_GETFL) & O_NONBLOCK) == 0;
}

/* Two threads, one for each direction: the sockets do not block while either
 * is at work, and are as they were afterwards. */
static void
two_relays_share_two_sockets(void **state)
{
    (void)state;
    for (int nonblocking = 0; nonblocking < 2; nonblocking++) {
        struct relay_pair p;
        char c;
        relay_pair_open(&p);
        if (nonblocking)
            fcntl(rn_fd(p.a), F_SETFL, O_NONBLOCK);
        rn_cancel *token = rn_cancel_new(NULL);
        struct relaying back = {.count = 1,
                                .route = {{.from = p.b, .to = p.a}},
                                .options = {.cancel = token}};
        start_and_wait(&p);
        relay_start(&back);
        assert_int_equal(write(p.far, "y", 1), 1);
        assert_int_equal(read(p.near, &c, 1), 1);
        assert_code(rn_eof(p.a), RN_E_BUSY);
        assert_code(rn_write(p.a, "", 0), RN_E_BUSY);
        shutdown(p.near, SHUT_WR);
        assert_code(relay_join(&p.r), RN_OK);
        assert_false(is_blocking(p.b));
        assert_int_equal(write(p.far, "z", 1), 1);
        assert_int_equal(read(p.near, &c, 1), 1);
        rn_time start = rn_now();
        rn_cancel_set(token);
        assert_code(relay_join(&back), RN_E_CANCELED);
        assert_took(start, 0);
        assert_int_equal(is_blocking(p.a), !nonblocking);
        assert_true(is_blocking(p.b));
        rn_cancel_free(token);
        relay_pair_close(&p);
    }
}

/* The other halves are used while the relay is at work on these. */
static void *
answer(void *arg)
{
    rn_socket *b = arg;
    for (int i = 0; i < 200; i++) {
        assert_line(b, "question");
        if (rn_writeln(b, "answer", 6) < 0)
            break;
    }
    return NULL;
}

static void
the_other_halves_are_free(void **state)
{
    (void)state;
    struct relay_pair p;
    pthread_t thread;
    relay_pair_open(&p);
    start_and_wait(&p); /* reads a, writes b */
    rn_stream *far = rn_from_fd(p.far, RN_LINE_BUFFERED | RN_KEEP_FD, NULL);
    rn_set_timeout(p.b, RN_READABLE, 20000);
    rn_set_timeout(far, RN_BOTH, 20000);
    /* The far end asks, this one reads b; the answers go by a's peer. */
    rn_stream *near = rn_from_fd(p.near, RN_LINE_BUFFERED | RN_KEEP_FD, NULL);
    pthread_create(&thread, NULL, answer, near);
    for (int i = 0; i < 200; i++) {
        assert_code(rn_writeln(p.a, "question", 8), RN_OK);
        assert_code(rn_flush(p.a), RN_OK);
        assert_line(far, "answer");
        assert_code(rn_writeln(far, "seen", 4), RN_OK);
        assert_line(p.b, "seen");
    }
    pthread_join(thread, NULL);
    shutdown(p.near, SHUT_WR);
    assert_code(relay_join(&p.r), RN_OK);
    rn_free(far);
    rn_free(near);
    relay_pair_close(&p);
}

/* A direction that has ended is given back while the other goes on. */
static void
an_ended_direction_is_given_back(void **state)
{
    (void)state;
    struct relay_pair p;
    rn_stats stats;
    char data[8];
    relay_pair_open(&p);
    p.r.route[1] = (rn_route){.from = p.b, .to = p.a};
    p.r.count = 2;
    start_and_wait(&p);
    assert_int_equal(write(p.near, "x", 1), 1);
    shutdown(p.near, SHUT_WR);
    assert_int_equal(raw_read_all(p.far, data, sizeof data), 1);
    ptrdiff_t rc = RN_E_BUSY;
    for (rn_time end = rn_in(20000); rc == RN_E_BUSY && rn_now() < end;) {
        sched_yield(); /* the relay is at it */
        rc = rn_read(p.a, data, 1);
    }
    assert_code(rc, 0);
    assert_code(rn_write(p.b, data, 1), RN_E_CLOSED);
    rn_get_stats(p.a, &stats);
    assert_int_equal(stats.bytes_read, 2); /* one by one */
    assert_true(stats.first_byte >= 0);
    rn_get_stats(p.b, &stats);
    assert_int_equal(stats.bytes_written, 2);
    shutdown(p.far, SHUT_WR);
    assert_code(relay_join(&p.r), RN_OK);
    relay_pair_close(&p);
}

/* The peer of `to` has sent what nobody reads, and reads late: close(2) alone
 * would reset the connection and lose what was spliced. */
static void
closing_waits_for_what_was_spliced(void **state)
{
    (void)state;
    for (int round = 0; round < 10; round++) {
        struct relay_pair p;
        struct far_end feeder, reader;
        relay_pair_open(&p);
        assert_int_equal(write(p.far, "unread", 6), 6);
        far_feed(&feeder, p.near, 200000);
        p.r.route[0].flags = RN_ROUTE_KEEP_OPEN;
        assert_code(relay_here(&p.r), RN_OK);
        far_join(&feeder);
        far_read(&reader, p.far);
        assert_code(rn_close(p.b), RN_OK);
        far_join(&reader);
        assert_int_equal(reader.same, 200000);
        relay_pair_close(&p);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closing_ends_it),
        cmocka_unit_test(closing_amid_bytes_delivers_them),
        cmocka_unit_test(two_relays_share_two_sockets),
        cmocka_unit_test(the_other_halves_are_free),
        cmocka_unit_test(an_ended_direction_is_given_back),
        cmocka_unit_test(closing_waits_for_what_was_spliced),
    };
    return cmocka_run_group_tests_name("relay_beside", tests, NULL, NULL);
}
