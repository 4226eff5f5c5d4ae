/* SPDX-License-Identifier: MIT */
/* What the one place with system calls says of descriptors, asked directly:
 * the cases that no ordinary connection comes to. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../src/net/cancel.h"
#include "../../src/net/fd.h"
#include "../../src/net/wait.h"
#include "../support/check.h"
#include "../support/peer.h"
#include "../support/scripted.h"

static const struct rn_wait no_wait = {.until = RN_NOW};

static void
an_event_that_is_full_is_raised(void **state)
{
    (void)state;
    int fd = rni_fd_event();
    const uint64_t most = UINT64_MAX - 1;
    assert_true(fd >= 0);
    assert_false(rni_fd_is_raised(fd));
    assert_int_equal(write(fd, &most, sizeof most), sizeof most);
    rni_fd_raise(fd);
    assert_true(rni_fd_is_raised(fd));
    rni_fd_lower(fd);
    assert_false(rni_fd_is_raised(fd));
    rni_fd_lower(fd); /* already */
    rni_fd_raise(fd);
    assert_true(rni_fd_is_raised(fd));
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    assert_int_equal(rni_fd_close(fd), 0);
    assert_int_equal(rni_fd_close(fd), -EBADF);
}

/* Few and large steps: a relay's pipe is as large as anybody may ask for, where
 * the system gives that. */
static void
a_pipe_holds_much(void **state)
{
    (void)state;
    int ours[2] = {-1, -1}, bare[2];
    rni_fd_pipe(ours);
    assert_int_equal(pipe(bare), 0);
    fcntl(bare[1], F_SETPIPE_SZ, 1 << 20);
    assert_int_equal(fcntl(ours[1], F_GETPIPE_SZ),
                     fcntl(bare[1], F_GETPIPE_SZ));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(fcntl(ours[i], F_GETFD), FD_CLOEXEC);
        assert_true((fcntl(ours[i], F_GETFL) & O_NONBLOCK) != 0);
        close(ours[i]);
        close(bare[i]);
    }
}

static void
a_path_is_the_same_in_everything_or_not(void **state)
{
    (void)state;
    const struct rni_path_id a = {
        .is_known = true, .device = 1, .inode = 2, .maker = 3};
    struct rni_path_id b = a;
    assert_true(rni_same_path(&a, &b));
    b.device++;
    assert_false(rni_same_path(&a, &b));
    b = a;
    b.inode++;
    assert_false(rni_same_path(&a, &b));
    b = a;
    b.maker++; /* a child after fork(2) must not remove its parent's path */
    assert_false(rni_same_path(&a, &b));
}

static void
directions_are_some_and_no_others(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    assert_code(rn_wait_fd(&no_wait, fds[0], 0), RN_E_VALUE);
    assert_code(rn_wait_fd(&no_wait, fds[0], 4), RN_E_VALUE);
    assert_code(rn_wait_fd(&no_wait, fds[0], RN_BOTH | 4), RN_E_VALUE);
    assert_code(rn_wait_fd(&no_wait, fds[0], RN_READABLE), RN_E_AGAIN);
    assert_code(rn_wait_fd(&no_wait, fds[1], RN_READABLE), RN_E_AGAIN);
    assert_code(rn_wait_fd(&no_wait, fds[1], RN_WRITABLE), RN_OK);
    assert_code(rn_wait_fd(&no_wait, fds[1], RN_BOTH), RN_OK);
    assert_int_equal(write(fds[1], "x", 1), 1);
    assert_code(rn_wait_fd(&no_wait, fds[0], RN_READABLE), RN_OK);
    close(fds[1]);
    assert_code(rn_wait_fd(&no_wait, fds[1], RN_WRITABLE), RN_E_VALUE);
    close(fds[0]);
    /* What is there to be read is nothing to a writer. */
    char block[4096] = "";
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds),
                     0);
    while (write(fds[0], block, sizeof block) > 0)
        ;
    assert_int_equal(write(fds[1], "x", 1), 1);
    assert_code(rn_wait_fd(&no_wait, fds[0], RN_WRITABLE), RN_E_AGAIN);
    assert_code(rn_wait_fd(&no_wait, fds[0], RN_READABLE), RN_OK);
    assert_code(rn_wait_fd(&no_wait, fds[0], RN_BOTH), RN_OK);
    close(fds[0]);
    close(fds[1]);
}

static int
option_of(int fd, int level, int option)
{
    int value = -1;
    socklen_t len = sizeof value;
    assert_int_equal(getsockopt(fd, level, option, &value, &len), 0);
    return value;
}

static void
check_liveness(rn_socket *s, int seconds, int idle, int interval)
{
    assert_code(rn_set_liveness(s, seconds), RN_OK);
    int fd = rn_fd(s);
    assert_int_equal(option_of(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
    assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_USER_TIMEOUT),
                     seconds * 1000);
    assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_KEEPIDLE), idle);
    assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_KEEPINTVL), interval);
    assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_KEEPCNT), 3);
    rn_error err;
    assert_code(rn_error_of(s, &err), RN_OK);
    assert_string_equal(err.message, "");
}

static void
liveness_can_be_had_from_the_start(void **state)
{
    (void)state;
    int port;
    int listener = raw_listen(&port);
    for (int seconds = 0; seconds < 2; seconds++) {
        rn_connect_options o = {
            .host = "127.0.0.1", .port = port, .liveness = seconds};
        rn_socket *s = rn_connect_with(&o, NULL);
        assert_non_null(s);
        assert_int_equal(option_of(rn_fd(s), SOL_SOCKET, SO_KEEPALIVE),
                         seconds);
        rn_free(s);
    }
    close(listener);
}

static void
liveness_stays_within_what_the_system_takes(void **state)
{
    (void)state;
    rn_error err;
    int raw;
    rn_socket *s = socket_to_raw(&raw, RN_UNBUFFERED);
    check_liveness(s, 1, 1, 1);
    check_liveness(s, 2, 1, 1);
    check_liveness(s, 3, 1, 1);
    check_liveness(s, 12, 6, 2);
    check_liveness(s, 60, 30, 10);
    check_liveness(s, 65534, 32767, 10922);
    check_liveness(s, 65536, 32767, 10922);
    check_liveness(s, INT_MAX / 1000, 32767, 32767);
    assert_code(rn_set_liveness(s, INT_MAX / 1000 + 1), RN_E_VALUE);
    assert_code(rn_set_liveness(s, -1), RN_E_VALUE);
    assert_code(rn_error_of(s, &err), RN_E_VALUE);
    assert_code(rn_set_liveness(s, 0), RN_OK);
    assert_int_equal(option_of(rn_fd(s), SOL_SOCKET, SO_KEEPALIVE), 0);
    assert_int_equal(option_of(rn_fd(s), IPPROTO_TCP, TCP_USER_TIMEOUT), 0);
    rn_free(s);
    close(raw);
}

static void
an_unconnected_socket_has_no_round_trip(void **state)
{
    (void)state;
    int fd = rni_fd_socket(AF_INET, true);
    assert_int_equal(rni_fd_round_trip(fd), -1);
    assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    close(fd);
    fd = rni_fd_socket(AF_INET, false);
    assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
    assert_int_equal(rni_fd_set_blocking(fd, 1), 1);
    assert_int_equal(rni_fd_set_blocking(fd, 1), 0);
    assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    assert_int_equal(rni_fd_set_blocking(fd, 0), 1);
    assert_int_equal(rni_fd_set_blocking(fd, 0), 0);
    assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
    close(fd);
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(rni_fd_round_trip(fds[0]), -1);
    close(fds[0]);
    close(fds[1]);
}

static void
figures_that_no_socket_gives_are_unknown(void **state)
{
    (void)state;
    rn_error err;
    rn_stats stats;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    rn_stream *s = rn_from_fd(fds[0], RN_BUFFERED, &err);
    assert_code(rn_get_stats(s, NULL), RN_E_VALUE);
    assert_code(rn_get_stats(s, &stats), RN_OK);
    assert_int_equal(stats.lookup, -1);
    assert_int_equal(stats.connect, -1);
    assert_int_equal(stats.first_byte, -1);
    assert_int_equal(stats.round_trip, -1);
    assert_code(rn_local_port(s), RN_E_UNSUPPORTED);
    assert_string_equal(rn_remote_address(s), "");
    rn_free(s);
    close(fds[1]);

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    s = rn_from_fd(fds[0], RN_BUFFERED, &err);
    assert_code(rn_get_stats(s, &stats), RN_OK);
    assert_int_equal(stats.round_trip, -1);
    assert_int_equal(stats.connect, -1);
    assert_code(rn_set_nodelay(s, 1), RN_E_UNSUPPORTED);
    assert_code(rn_set_liveness(s, 1), RN_E_UNSUPPORTED);
    rn_free(s);
    close(fds[1]);
}

static void
a_kept_socket_knows_its_ends(void **state)
{
    (void)state;
    rn_error err;
    int raw;
    rn_socket *s = socket_to_raw(&raw, RN_UNBUFFERED);
    rn_stream *kept = rn_from_fd(raw, RN_BUFFERED | RN_KEEP_FD, &err);
    assert_int_equal(rn_remote_port(kept), rn_local_port(s));
    assert_int_equal(rn_local_port(kept), rn_remote_port(s));
    assert_string_equal(rn_local_address(kept), "127.0.0.1");
    assert_code(rn_set_nodelay(kept, 0), RN_OK);
    assert_int_equal(option_of(raw, IPPROTO_TCP, TCP_NODELAY), 0);
    rn_free(kept);
    rn_free(s);
    close(raw);
}

/* open(2), NOTES: access mode 3 opens for neither reading nor writing. */
static void
a_descriptor_for_neither_is_value(void **state)
{
    (void)state;
    rn_error err;
    const int neither = 3; /* O_ACCMODE has more bits in musl */
    int fd = open("/dev/null", neither | O_CLOEXEC);
    if (fd < 0 || (fcntl(fd, F_GETFL) & neither) != neither) {
        print_message("SKIPPED: there is no such access mode (qemu-user)\n");
        skip();
    }
    assert_null(rn_from_fd(fd, RN_BUFFERED, &err));
    assert_code(err.code, RN_E_VALUE);
    assert_int_equal(err.sys_errno, 0);
    assert_null(rn_from_fd(-1, RN_BUFFERED, &err));
    assert_code(err.code, RN_E_VALUE);
    assert_int_equal(err.sys_errno, EBADF);
    close(fd);
}

/* Every descriptor is made anew while standard input is closed, so that each
 * gets to be number 0 once. */
static void
number_0_is_a_descriptor_like_any_other(void **state)
{
    (void)state;
    rn_error err;
    int kept = dup(0);
    close(0);
    rn_server *server = rn_listen(0, "127.0.0.1", &err);
    assert_int_equal(rn_server_fd(server), 0);
    rn_cancel *token = rn_cancel_new(&err);
    assert_non_null(token);
    rn_connect_options o = {
        .host = "127.0.0.1", .port = rn_server_port(server), .timeout = 10000};
    rn_socket *s = rn_connect_with(&o, &err);
    rn_socket *a = rn_accept(server, RN_UNBUFFERED, &err);
    assert_code(rn_writeln(s, "one", 3), RN_OK);
    assert_line(a, "one");
    rn_free(s);
    rn_free(a);

    int raw = raw_connect(rn_server_port(server));
    assert_int_equal(dup2(rn_server_fd(server), 100), 100);
    rn_server_free(server);
    int accepted = accept4(100, NULL, NULL, SOCK_CLOEXEC);
    assert_int_equal(accepted, 0);
    s = rn_from_fd(0, RN_UNBUFFERED, &err);
    assert_non_null(s);
    assert_int_equal(rn_fd(s), 0);
    assert_code(rn_set_nodelay(s, 0), RN_OK);
    assert_int_equal(option_of(0, IPPROTO_TCP, TCP_NODELAY), 0);
    assert_code(rn_set_liveness(s, 60), RN_OK);
    assert_int_equal(option_of(0, SOL_SOCKET, SO_KEEPALIVE), 1);
    struct script *script = script_new(); /* has none */
    rn_stream *other = script_open(script, RN_BUFFERED, 0);
    rn_route two[2] = {{.from = s, .to = other}, {.from = other, .to = s}};
    assert_code(rn_relay_routes(two, 2, NULL), RN_E_UNSUPPORTED);
    assert_ptr_equal(two[0].failed, other);
    rn_free(other);
    free(script);
    rn_free(s);
    close(raw);
    close(100);
    rn_cancel_free(token);

    /* The token, the connection and the accepted one get it in turn. */
    token = rn_cancel_new(&err);
    rn_cancel_set(token);
    assert_int_equal(rn_cancel_is_set(token), 1);
    rn_cancel_free(token);
    int port;
    int listener = raw_listen(&port);
    assert_int_equal(listener, 0);
    assert_int_equal(dup2(0, 100), 100);
    close(0);
    for (int limited = 0; limited < 2; limited++) {
        o.port = port;
        o.timeout = limited ? 10000 : 0;
        s = rn_connect_with(&o, &err);
        assert_int_equal(rn_fd(s), 0);
        rn_free(s);
        close(accept4(100, NULL, NULL, SOCK_CLOEXEC));
    }
    close(100);
    dup2(kept, 0);
    close(kept);
}

/* A signal handler may set it: the program's errno is none of its business,
 * even where the event is full. */
static void
setting_a_token_leaves_errno_alone(void **state)
{
    (void)state;
    rn_cancel *token = rn_cancel_new(NULL);
    const uint64_t most = UINT64_MAX - 1;
    assert_int_equal(write(token->fd, &most, sizeof most), sizeof most);
    errno = ENOTTY;
    rn_cancel_set(token);
    assert_int_equal(errno, ENOTTY);
    assert_int_equal(rn_cancel_is_set(token), 1);
    rn_cancel_free(token);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_that_is_full_is_raised),
        cmocka_unit_test(setting_a_token_leaves_errno_alone),
        cmocka_unit_test(a_pipe_holds_much),
        cmocka_unit_test(a_path_is_the_same_in_everything_or_not),
        cmocka_unit_test(directions_are_some_and_no_others),
        cmocka_unit_test(liveness_can_be_had_from_the_start),
        cmocka_unit_test(liveness_stays_within_what_the_system_takes),
        cmocka_unit_test(an_unconnected_socket_has_no_round_trip),
        cmocka_unit_test(figures_that_no_socket_gives_are_unknown),
        cmocka_unit_test(a_kept_socket_knows_its_ends),
        cmocka_unit_test(a_descriptor_for_neither_is_value),
        cmocka_unit_test(number_0_is_a_descriptor_like_any_other),
    };
    return cmocka_run_group_tests_name("descriptors", tests, NULL, NULL);
}
