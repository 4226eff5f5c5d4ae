/* SPDX-License-Identifier: MIT */
/* How a relay ends: by what can never be right, by its limits, by failures; and
 * what it leaves alone. How other threads end it is in test_relay_beside.c. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/clock.h"
#include "../support/relaying.h"
#include "../support/scripted.h"

enum {
    CPU_MS = 100 /* a relay that spins for 300 ms needs far more */
};

static void
reset(int fd)
{
    struct linger none = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close(fd);
}

/* ---- What can never be right */

static void
bad_arguments_are_refused(void **state)
{
    (void)state;
    struct relay_pair p;
    int ends[2];
    relay_pair_open(&p);
    const rn_relay_options late = {.timeout = -1};
    const rn_relay_options idle = {.idle = -1};
    rn_route route = {.from = p.a, .bytes = 7, .code = 7, .failed = p.a};
    assert_code(rn_relay_routes(NULL, 1, NULL), RN_E_VALUE);
    assert_code(rn_relay_routes(&route, 0, NULL), RN_E_VALUE);
    assert_code(rn_relay_routes(&route, 1, NULL), RN_E_VALUE);
    assert_int_equal(route.bytes, 0);
    assert_null(route.failed);
    assert_code(rn_relay(p.a, NULL, NULL), RN_E_VALUE);
    assert_code(rn_relay(p.a, p.b, &late), RN_E_VALUE);
    assert_code(rn_relay(p.a, p.b, &idle), RN_E_VALUE);

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    rn_stream *in = rn_from_fd(ends[0], RN_BUFFERED, NULL);
    rn_stream *out = rn_from_fd(ends[1], RN_BUFFERED, NULL);
    route = (rn_route){.from = p.a, .to = in};
    assert_code(rn_relay_routes(&route, 1, NULL), RN_E_UNSUPPORTED);
    assert_ptr_equal(route.failed, in);
    route = (rn_route){.from = out, .to = p.a};
    assert_code(rn_relay_routes(&route, 1, NULL), RN_E_UNSUPPORTED);
    assert_ptr_equal(route.failed, out);

    struct script *script = script_new();
    rn_stream *s = script_open(script, RN_BUFFERED, 0);
    rn_route two[2] = {{.from = p.a, .to = p.b}, {.from = s, .to = p.a}};
    assert_code(rn_relay_routes(two, 2, NULL), RN_E_UNSUPPORTED);
    assert_null(two[0].failed);
    assert_ptr_equal(two[1].failed, s);
    rn_error err;
    assert_code(rn_error_of(s, &err), RN_E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "no descriptor"));
    two[1] = (rn_route){.from = p.b, .to = s};
    assert_code(rn_relay_routes(two, 2, NULL), RN_E_UNSUPPORTED);
    assert_ptr_equal(two[1].failed, s);
    assert_code(rn_relay(p.a, p.a, NULL), RN_E_BUSY);

    assert_code(rn_close(p.b), RN_OK);
    assert_code(relay_here(&p.r), RN_E_CLOSED);
    assert_ptr_equal(p.r.route[0].failed, p.b);
    /* And nothing is left claimed. */
    assert_code(rn_write(p.a, "x", 1), RN_OK);
    rn_set_timeout(p.a, RN_READABLE, 0);
    assert_code(rn_eof(p.a), RN_E_AGAIN);
    rn_free(s);
    free(script);
    rn_free(in);
    rn_free(out);
    relay_pair_close(&p);
}

/* ---- Time */

static void
limits_are_kept(void **state)
{
    (void)state;
    for (int both = 0; both < 2; both++) {
        struct relay_pair p;
        relay_pair_open(&p);
        if (both) {
            p.r.route[1] = (rn_route){.from = p.b, .to = p.a};
            p.r.count = 2;
        }
        rn_set_deadline(p.a, RN_BOTH, RN_NOW); /* not looked at */
        rn_time start = rn_now();
        p.r.options = (rn_relay_options){.timeout = 100};
        assert_code(relay_here(&p.r), RN_E_TIMEOUT);
        assert_took(start, 100);
        start = rn_now();
        p.r.options = (rn_relay_options){.deadline = rn_in(100), .idle = 5000};
        assert_code(relay_here(&p.r), RN_E_TIMEOUT);
        assert_took(start, 99); /* rn_in came later than start */
        start = rn_now();
        p.r.options = (rn_relay_options){.idle = 100, .timeout = 5000};
        assert_code(relay_here(&p.r), RN_E_TIMEOUT);
        assert_took(start, 100);
        assert_true(p.r.cpu < CPU_MS);
        assert_null(p.r.route[0].failed);
        rn_error err;
        rn_stats stats;
        assert_code(rn_error_of(p.a, &err), RN_OK);
        assert_code(rn_get_stats(p.a, &stats), RN_OK);
        assert_int_equal(stats.first_byte, -1); /* none came */
        relay_pair_close(&p);
    }
}

/* Bytes that never cease do not put the end off. */
static void
bytes_do_not_put_the_end_off(void **state)
{
    (void)state;
    struct relay_pair p;
    struct far_end feeder, reader;
    relay_pair_open(&p);
    far_read(&reader, p.far);
    far_feed(&feeder, p.near, SIZE_MAX / 2);
    p.r.options = (rn_relay_options){.timeout = 150, .idle = 5000};
    rn_time start = rn_now();
    assert_code(relay_here(&p.r), RN_E_TIMEOUT);
    assert_took(start, 150);
    shutdown(p.near, SHUT_RDWR);
    assert_code(rn_abort(p.a), RN_OK);
    far_join(&feeder);
    assert_code(rn_close(p.b), RN_OK);
    far_join(&reader);
    assert_true(reader.same != SIZE_MAX);
    relay_pair_close(&p);
}

static void
a_token_stops_it(void **state)
{
    (void)state;
    struct relay_pair p;
    relay_pair_open(&p);
    rn_cancel *token = rn_cancel_new(NULL);
    p.r.options = (rn_relay_options){.cancel = token};
    relay_start(&p.r);
    assert_int_equal(write(p.near, "x", 1), 1);
    char got[2];
    assert_int_equal(read(p.far, got, 1), 1); /* so it is at work */
    rn_time start = rn_now();
    rn_cancel_set(token);
    assert_code(relay_join(&p.r), RN_E_CANCELED);
    assert_took(start, 0);
    assert_null(p.r.route[0].failed);
    rn_cancel_reset(token);
    shutdown(p.near, SHUT_WR);
    assert_code(relay_here(&p.r), RN_OK);
    rn_cancel_free(token);
    relay_pair_close(&p);
}

/* What poll(2) goes on reporting is no reason to go round and round. */
static void
nothing_spins(void **state)
{
    (void)state;
    int fds[2], other[2];
    struct relay_pair p;
    relay_pair_open(&p);
    const rn_relay_options idle = {.idle = 300};
    /* `to` has hung up, but not failed. */
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds),
                     0);
    rn_stream *hung = rn_from_fd(fds[0], RN_UNBUFFERED, NULL);
    close(fds[1]);
    p.r.options = idle;
    p.r.route[0] = (rn_route){.from = p.a, .to = hung};
    assert_code(relay_here(&p.r), RN_E_TIMEOUT);
    assert_true(p.r.cpu < CPU_MS);
    rn_free(hung);
    /* A file as `to`. */
    hung = rn_from_fd(open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600),
                      RN_UNBUFFERED, NULL);
    p.r.route[0] = (rn_route){.from = p.a, .to = hung};
    assert_code(relay_here(&p.r), RN_E_TIMEOUT);
    assert_true(p.r.cpu < CPU_MS);
    rn_free(hung);
    /* One route has ended, its ends stay, and the other waits. */
    shutdown(p.far, SHUT_WR);
    p.r.route[0] = (rn_route){.from = p.a, .to = p.b};
    p.r.route[1] =
        (rn_route){.from = p.b, .to = p.a, .flags = RN_ROUTE_KEEP_OPEN};
    p.r.count = 2;
    assert_code(relay_here(&p.r), RN_E_TIMEOUT);
    assert_true(p.r.cpu < CPU_MS);
    /* `to` is full, and there is more; `from` has ended or not. */
    for (int ended = 0; ended < 2; ended++) {
        assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
        assert_int_equal(pipe2(other, O_CLOEXEC), 0);
        fcntl(fds[1], F_SETPIPE_SZ, 4096);
        char block[8192] = "";
        assert_int_equal(write(other[1], block, sizeof block), sizeof block);
        if (ended)
            close(other[1]);
        rn_stream *in = rn_from_fd(other[0], RN_UNBUFFERED, NULL);
        rn_stream *out = rn_from_fd(fds[1], RN_UNBUFFERED, NULL);
        p.r = (struct relaying){
            .count = 1, .route = {{.from = in, .to = out}}, .options = idle};
        assert_code(relay_here(&p.r), RN_E_TIMEOUT);
        assert_true(p.r.cpu < CPU_MS);
        rn_free(in);
        close(fds[0]);
        rn_abort(out);
        rn_free(out);
        if (!ended)
            close(other[1]);
    }
    relay_pair_close(&p);
}

/* ---- Failures */

static void
check_failure(const struct relaying *r, int route, rn_stream *s, int phase,
              int sys)
{
    rn_error err;
    assert_code(r->rc, RN_E_RESET);
    assert_code(r->route[route].code, RN_E_RESET);
    assert_ptr_equal(r->route[route].failed, s);
    assert_code(rn_error_of(s, &err), RN_E_RESET);
    assert_int_equal(err.phase, phase);
    if (sys != 0)
        assert_int_equal(err.sys_errno, sys);
}

static void
a_reset_of_from_is_told(void **state)
{
    (void)state;
    struct relay_pair p;
    relay_pair_open(&p);
    /* Bytes that are never confirmed: closing has something to report. */
    assert_code(rn_write(p.a, "lost?", 5), RN_OK);
    assert_code(rn_flush(p.a), RN_OK);
    relay_start(&p.r);
    reset(p.near);
    p.near = -1;
    relay_join(&p.r);
    check_failure(&p.r, 0, p.a, RN_PHASE_READ, ECONNRESET);
    rn_error err;
    assert_code(rn_error_of(p.b, &err), RN_OK);
    char c;
    assert_code(rn_read(p.a, &c, 1), RN_E_RESET);
    assert_code(rn_close(p.a), RN_E_RESET);
    assert_code(rn_close(p.b), RN_OK);
    relay_pair_close(&p);
}

static void
a_reset_of_to_is_told_while_from_is_silent(void **state)
{
    (void)state;
    struct relay_pair p;
    relay_pair_open(&p);
    relay_start(&p.r);
    reset(p.far);
    p.far = -1;
    relay_join(&p.r);
    check_failure(&p.r, 0, p.b, RN_PHASE_WRITE, ECONNRESET);
    /* Nobody took the error away from who reads. */
    char c;
    assert_code(rn_read(p.b, &c, 1), RN_E_RESET);
    assert_code(rn_write(p.b, "x", 1), RN_E_RESET);
    /* And again at once. */
    relay_here(&p.r);
    check_failure(&p.r, 0, p.b, RN_PHASE_WRITE, 0);
    relay_pair_close(&p);
}

static volatile sig_atomic_t signals;

static void
count_signal(int number)
{
    (void)number;
    signals++;
}

/* Into a pipe and a socket that nobody reads: with bytes and without. */
static void
a_pipe_without_a_reader_is_told_without_a_signal(void **state)
{
    (void)state;
    sigset_t before, after, pending, pipe_only;
    struct sigaction old, now, mine = {.sa_handler = count_signal};
    sigaction(SIGPIPE, &mine, &old);
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    for (int way = 0; way < 4; way++) {
        struct relay_pair p;
        int ends[2];
        bool was_pending = way >= 2;
        relay_pair_open(&p);
        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        close(ends[0]);
        rn_stream *out = rn_from_fd(ends[1], RN_UNBUFFERED, NULL);
        if (way % 2 == 1)
            assert_int_equal(write(p.near, "for nobody", 10), 10);
        if (was_pending) {
            pthread_sigmask(SIG_BLOCK, &pipe_only, NULL);
            raise(SIGPIPE);
        }
        pthread_sigmask(SIG_SETMASK, NULL, &before);
        p.r.route[0] = (rn_route){.from = p.a, .to = out};
        p.r.route[1] = (rn_route){.from = p.b, .to = p.a}; /* is silent */
        p.r.count = 2;
        relay_here(&p.r);
        check_failure(&p.r, 0, out, RN_PHASE_WRITE, EPIPE);
        pthread_sigmask(SIG_SETMASK, NULL, &after);
        for (int i = 1; i < NSIG; i++)
            assert_int_equal(sigismember(&before, i), sigismember(&after, i));
        sigpending(&pending);
        assert_int_equal(sigismember(&pending, SIGPIPE), was_pending);
        sigaction(SIGPIPE, NULL, &now);
        assert_ptr_equal(now.sa_handler, count_signal);
        assert_int_equal(signals, 0);
        if (was_pending) {
            pthread_sigmask(SIG_UNBLOCK, &pipe_only, NULL);
            assert_int_equal(signals, 1);
            signals = 0;
        }
        rn_free(out);
        relay_pair_close(&p);
    }
    /* A socket that is shut down here says EPIPE of itself. */
    struct relay_pair p;
    relay_pair_open(&p);
    assert_code(rn_shutdown_write(p.b), RN_OK);
    assert_int_equal(write(p.near, "too late", 8), 8);
    assert_code(relay_here(&p.r), RN_E_CLOSED);
    assert_ptr_equal(p.r.route[0].failed, p.b);
    assert_int_equal(signals, 0);
    assert_read(p.a, 8, "too late"); /* nothing is lost */
    relay_pair_close(&p);
    sigaction(SIGPIPE, &old, NULL);
}

static void
a_full_disk_is_told(void **state)
{
    (void)state;
    struct relay_pair p;
    relay_pair_open(&p);
    rn_stream *full = rn_from_fd(open("/dev/full", O_WRONLY | O_CLOEXEC),
                                 RN_UNBUFFERED, NULL);
    assert_int_equal(write(p.near, "x", 1), 1);
    p.r.route[0] = (rn_route){.from = p.a, .to = full};
    rn_error err;
    assert_code(relay_here(&p.r), RN_E_IO);
    assert_ptr_equal(p.r.route[0].failed, full);
    assert_code(rn_error_of(full, &err), RN_E_IO);
    assert_int_equal(err.sys_errno, ENOSPC);
    assert_int_equal(err.phase, RN_PHASE_WRITE);
    rn_free(full);
    relay_pair_close(&p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_arguments_are_refused),
        cmocka_unit_test(limits_are_kept),
        cmocka_unit_test(bytes_do_not_put_the_end_off),
        cmocka_unit_test(a_token_stops_it),
        cmocka_unit_test(nothing_spins),
        cmocka_unit_test(a_reset_of_from_is_told),
        cmocka_unit_test(a_reset_of_to_is_told_while_from_is_silent),
        cmocka_unit_test(a_pipe_without_a_reader_is_told_without_a_signal),
        cmocka_unit_test(a_full_disk_is_told),
    };
    return cmocka_run_group_tests_name("relay_ends", tests, NULL, NULL);
}
