/* SPDX-License-Identifier: MIT */
/* What a call may take: of several limits the earliest, from a network that
 * gives little, and of what is much a part at a time. */
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/clock.h"
#include "../support/peer.h"
#include "two.h"

static void
check_limit(rn_connect_options c, rn_tls_options o, bool as_deadline)
{
    rn_error err;
    rn_time start = rn_now();
    if (as_deadline)
        o.deadline = start + 30000000;
    assert_null(rn_tls_connect_with(&c, &o, &err));
    assert_took(start, 30);
    assert_int_equal(err.code, RN_E_TIMEOUT);
}

static int
outcome_of(const rn_connect_options *c, const rn_tls_options *o)
{
    rn_error err;
    assert_null(rn_tls_connect_with(c, o, &err));
    return err.code;
}

/* It covers connecting, too, wherever it was said. */
static void
of_all_limits_the_earliest_holds(void **state)
{
    (void)state;
    int fds[FULL_FDS];
    rn_connect_options c = {.host = "127.0.0.1",
                            .port = full_port("127.0.0.1", fds)};
    rn_connect_options quick = c;
    rn_connect_options slow = c;
    quick.timeout = 30;
    slow.timeout = 20000;
    check_limit(c, (rn_tls_options){.timeout = 30}, false);
    check_limit(quick, (rn_tls_options){0}, false);
    check_limit(quick, (rn_tls_options){.timeout = 20000}, false);
    check_limit(slow, (rn_tls_options){.timeout = 30}, false);
    check_limit(slow, (rn_tls_options){0}, true);
    rn_cancel *token = rn_cancel_new(NULL);
    rn_cancel_set(token);
    assert_code(outcome_of(&c, &(rn_tls_options){.cancel = token}),
                RN_E_CANCELED);
    c.cancel = token;
    assert_code(outcome_of(&c, &(rn_tls_options){0}), RN_E_CANCELED);
    rn_cancel_free(token);
    full_port_close(fds);
}

static void
a_limit_cannot_be_negative(void **state)
{
    (void)state;
    rn_server *listener = rn_listen(0, "127.0.0.1", NULL);
    const rn_connect_options c = {.host = "127.0.0.1",
                                  .port = rn_server_port(listener)};
    rn_connect_options bad = c;
    bad.timeout = -1;
    assert_code(outcome_of(&bad, NULL), RN_E_VALUE);
    bad = c;
    bad.deadline = -1;
    assert_code(outcome_of(&bad, NULL), RN_E_VALUE);
    assert_code(outcome_of(&c, &(rn_tls_options){.timeout = -1}), RN_E_VALUE);
    assert_code(outcome_of(&c, &(rn_tls_options){.deadline = -1}), RN_E_VALUE);
    rn_server_free(listener);
}

/* ---- A network that gives a byte at a time, late */

struct late {
    rn_stream *below;
    rn_time until; /* nothing comes before */
};

static ptrdiff_t
late_read(void *ctx, void *data, size_t n, const rn_wait *wait)
{
    struct late *l = ctx;
    (void)n;
    while (rn_now() < l->until)
        ;
    return rn_below_read(l->below, data, 1, wait);
}

static ptrdiff_t
late_write(void *ctx, const void *data, size_t n, const rn_wait *wait)
{
    struct late *l = ctx;
    int rc = rn_below_write(l->below, data, n, wait);
    return rc < 0 ? rc : (ptrdiff_t)n;
}

static int
late_flush(void *ctx, const rn_wait *wait)
{
    struct late *l = ctx;
    return rn_below_flush(l->below, wait);
}

static int
late_close(void *ctx, const rn_wait *wait)
{
    (void)ctx;
    (void)wait;
    return RN_OK;
}

static const rn_stream_ops late_ops = {.read = late_read,
                                       .write = late_write,
                                       .flush = late_flush,
                                       .close = late_close};

/* The next call may take 2 ms, and its first byte comes after that. */
static void
limit(rn_stream *s, struct late *l)
{
    l->until = rn_in(2);
    rn_set_deadline(s, RN_BOTH, l->until);
}

/* Who asks again and again, as there is always a little, ends all the same; and
 * what came is not lost. */
static void
a_little_at_a_time_is_no_more_time(void **state)
{
    (void)state;
    struct two t;
    struct late late = {0};
    rn_socket *a;
    rn_socket *b;
    rn_tls_options co = client_options();
    rn_tls_options so = server_options(&good);
    tcp_pair(&a, &b, RN_BUFFERED);
    late.below = a;
    t.client =
        rn_tls_start(rn_stream_over(&late_ops, &late, a, NULL), &co, NULL);
    t.server = rn_tls_accept(b, &so, NULL);
    rn_set_deadline(t.client, RN_BOTH, RN_NOW);
    rn_set_deadline(t.server, RN_BOTH, RN_NOW);
    assert_code(rn_flush(t.client), RN_E_AGAIN);
    assert_code(rn_flush(t.server), RN_E_AGAIN);
    limit(t.client, &late);
    assert_code(rn_flush(t.client), RN_E_TIMEOUT);
    assert_code(shake(&t), RN_OK);
    assert_code(rn_writeln(t.server, "x", 1), RN_OK);
    assert_code(rn_flush(t.server), RN_OK);
    limit(t.client, &late);
    assert_code(rn_eof(t.client), RN_E_TIMEOUT);
    rn_set_deadline(t.client, RN_BOTH, RN_FOREVER);
    assert_line(t.client, "x");
    free_two(&t);
}

/* ---- Much at a time */

enum {
    MUCH = 4 * 1024 * 1024
};

/* Without waiting as much is taken as there is room for, and no byte twice. */
static void
a_slow_reader_gets_it_all(void **state)
{
    (void)state;
    struct two t;
    static char text[MUCH];
    static char got[MUCH];
    for (int i = 0; i < MUCH; i++)
        text[i] = (char)(i * 7 + i / 251);
    open_plain_two(&t, RN_UNBUFFERED);
    /* Left to itself the system may come to hold all of it. */
    const int room = 100000;
    assert_int_equal(
        setsockopt(rn_fd(t.client), SOL_SOCKET, SO_SNDBUF, &room, sizeof room),
        0);
    rn_set_deadline(t.client, RN_BOTH, RN_NOW);
    rn_set_deadline(t.server, RN_BOTH, RN_NOW);
    size_t have = 0;
    bool refused = false;
    for (size_t sent = 0; have < MUCH;) {
        size_t n = MUCH - sent < 200000 ? MUCH - sent : 200000;
        int rc =
            n > 0 ? rn_write(t.client, text + sent, n) : rn_flush(t.client);
        if (rc == RN_OK)
            sent += n;
        refused = refused || rc == RN_E_AGAIN;
        assert_true(rc == RN_OK || rc == RN_E_AGAIN);
        /* Not before it can take no more. */
        if (rc == RN_OK && n > 0)
            continue;
        ptrdiff_t r;
        while ((r = rn_read_some(t.server, got + have, MUCH - have)) > 0)
            have += (size_t)r;
        assert_true(have == MUCH || r == RN_E_AGAIN);
    }
    assert_true(refused);
    assert_memory_equal(got, text, MUCH);
    free_two(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_all_limits_the_earliest_holds),
        cmocka_unit_test(a_limit_cannot_be_negative),
        cmocka_unit_test(a_little_at_a_time_is_no_more_time),
        cmocka_unit_test(a_slow_reader_gets_it_all),
        cmocka_unit_test(nothing_is_left),
    };
    return cmocka_run_group_tests_name("tls_limits", tests, make_all, drop_all);
}
