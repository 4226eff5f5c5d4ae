/* SPDX-License-Identifier: MIT */
/* rn_from_fd: pipes, files, and sockets that somebody else made. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/peer.h"
#include "../support/terminal.h"

static void
pipes_are_one_way_streams(void **state)
{
    (void)state;
    int fd[2];
    rn_error err;
    char c;
    assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
    rn_stream *in = rn_from_fd(fd[0], RN_BUFFERED, &err);
    rn_stream *out = rn_from_fd(fd[1], RN_LINE_BUFFERED, &err);
    assert_code(rn_writeln(out, "through", 7), RN_OK);
    assert_line(in, "through");
    assert_code(rn_read(out, &c, 1), RN_E_UNSUPPORTED);
    assert_code(rn_write(in, "x", 1), RN_E_UNSUPPORTED);
    assert_int_equal(rn_fd(in), fd[0]);
    assert_code(rn_close(out), RN_OK);
    assert_int_equal(rn_eof(in), 1);
    rn_free(in);
    rn_free(out);
    assert_int_equal(fcntl(fd[0], F_GETFD), -1);
}

static void
a_stream_is_called_what_it_was_named(void **state)
{
    (void)state;
    rn_error err;
    char path[] = "/dev/full";
    rn_stream *s =
        rn_from_fd(open(path, O_WRONLY | O_CLOEXEC), RN_UNBUFFERED, &err);
    assert_code(rn_set_name(s, path), RN_OK);
    memset(path, 'x', 4);
    assert_code(rn_write(s, "x", 1), RN_E_IO);
    rn_error_of(s, &err);
    assert_string_equal(err.message,
                        "write to /dev/full: No space left on device");
    assert_code(rn_set_name(s, "second"), RN_OK);
    assert_code(rn_set_name(s, NULL), RN_E_VALUE);
    rn_error_of(s, &err);
    assert_string_equal(err.host, "second");
    rn_free(s);
    assert_code(rn_set_name(NULL, "x"), RN_E_VALUE);
    s = rn_from_fd(0, RN_UNBUFFERED | RN_KEEP_FD, &err);
    assert_code(rn_set_max_line(s, 0), RN_E_VALUE);
    rn_error_of(s, &err);
    assert_string_equal(err.host, "standard input");
    rn_free(s);
}

/* With the default action SIGPIPE would end this program; a pipe has no flag
 * against it, unlike a socket. */
static void
a_pipe_without_a_reader_raises_no_signal(void **state)
{
    (void)state;
    int fd[2];
    rn_error err;
    sigset_t pending;
    sigset_t blocked;
    signal(SIGPIPE, SIG_DFL);
    assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
    rn_stream *out = rn_from_fd(fd[1], RN_UNBUFFERED, &err);
    close(fd[0]);
    assert_code(rn_write(out, "x", 1), RN_E_RESET);
    assert_int_equal(sigpending(&pending), 0);
    assert_int_equal(sigismember(&pending, SIGPIPE), 0);
    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    assert_int_equal(sigismember(&blocked, SIGPIPE), 0); /* as before */
    rn_error_of(out, &err);
    assert_non_null(strstr(err.message, "write to fd "));
    rn_free(out);
}

static void
files_read_and_write(void **state)
{
    (void)state;
    char name[] = "/tmp/runnel-test-XXXXXX";
    rn_error err;
    int fd = mkostemp(name, O_CLOEXEC);
    unlink(name);
    rn_stream *s = rn_from_fd(fd, RN_BUFFERED, &err);
    assert_code(rn_writeln(s, "one", 3), RN_OK);
    assert_code(rn_writeln(s, "two", 3), RN_OK);
    assert_code(rn_flush(s), RN_OK);
    lseek(fd, 0, SEEK_SET);
    assert_line(s, "one");
    assert_line(s, "two");
    assert_int_equal(rn_eof(s), 1);
    assert_code(rn_close(s), RN_OK);
    rn_free(s);
}

static void
a_full_device_is_an_error(void **state)
{
    (void)state;
    rn_error err;
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    rn_stream *s = rn_from_fd(fd, RN_BUFFERED, &err);
    assert_code(rn_write(s, "x", 1), RN_OK);
    assert_code(rn_close(s), RN_E_IO);
    rn_error_of(s, &err);
    assert_non_null(strstr(err.message, "No space left"));
    rn_free(s);
}

static void
the_descriptor_can_be_kept(void **state)
{
    (void)state;
    int fd[2];
    rn_error err;
    assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
    rn_stream *s = rn_from_fd(fd[1], RN_BUFFERED | RN_KEEP_FD, &err);
    assert_code(rn_write(s, "x", 1), RN_OK);
    assert_code(rn_close(s), RN_OK);
    rn_free(s);
    assert_int_equal(write(fd[1], "y", 1), 1);
    close(fd[0]);
    close(fd[1]);
}

static void
adopted_sockets_are_sockets(void **state)
{
    (void)state;
    rn_error err;
    int port;
    int listener = raw_listen(&port);
    int raw = raw_connect(port);
    rn_stream *s = rn_from_fd(accept(listener, NULL, NULL), RN_BUFFERED, &err);
    assert_non_null(s);
    assert_int_equal(rn_local_port(s), port);
    assert_string_equal(rn_remote_address(s), "127.0.0.1");
    assert_code(rn_set_nodelay(s, 1), RN_OK);
    assert_code(rn_shutdown_write(s), RN_OK);
    rn_free(s);
    close(raw);
    close(listener);
}

static void
socketpairs_go_both_ways(void **state)
{
    (void)state;
    int fd[2];
    rn_error err;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
    rn_stream *a = rn_from_fd(fd[0], RN_BUFFERED, &err);
    rn_stream *b = rn_from_fd(fd[1], RN_BUFFERED, &err);
    assert_string_equal(rn_local_address(a), "");
    assert_int_equal(rn_local_port(a), 0);
    assert_code(rn_set_nodelay(a, 1), RN_E_UNSUPPORTED);
    assert_code(rn_writeln(a, "ping", 4), RN_OK);
    assert_code(rn_flush(a), RN_OK);
    assert_line(b, "ping");
    assert_code(rn_writeln(b, "pong", 4), RN_OK);
    assert_code(rn_close(b), RN_OK);
    assert_line(a, "pong");
    rn_free(a);
    rn_free(b);
}

static void
what_cannot_be_a_stream_is_value(void **state)
{
    (void)state;
    rn_error err;
    int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_null(rn_from_fd(-1, RN_BUFFERED, &err));
    assert_code(err.code, RN_E_VALUE);
    assert_non_null(strstr(err.message, "descriptor -1"));
    assert_null(rn_from_fd(12345, RN_BUFFERED, &err));
    assert_code(err.code, RN_E_VALUE);
    assert_null(rn_from_fd(udp, RN_BUFFERED, &err));
    assert_code(err.code, RN_E_VALUE);
    assert_null(rn_from_fd(tcp, RN_BUFFERED, &err)); /* not connected */
    assert_code(err.code, RN_E_VALUE);
    assert_null(rn_from_fd(0, 7, &err));
    assert_code(err.code, RN_E_VALUE);
    assert_int_equal(close(udp), 0); /* left open */
    assert_int_equal(close(tcp), 0);
}

static void
a_connected_datagram_socket_is_no_stream(void **state)
{
    (void)state;
    int fd[2];
    rn_error err;
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fd), 0);
    assert_null(rn_from_fd(fd[0], RN_BUFFERED, &err));
    assert_code(err.code, RN_E_VALUE);
    close(fd[0]);
    close(fd[1]);
}

/* A SIGPIPE that was waiting before is the program's, and stays. */
static void
a_pending_signal_of_the_programs_stays(void **state)
{
    (void)state;
    int fd[2];
    rn_error err;
    sigset_t pipe_only;
    sigset_t before;
    sigset_t pending;
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
    raise(SIGPIPE);
    assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
    rn_stream *out = rn_from_fd(fd[1], RN_UNBUFFERED, &err);
    close(fd[0]);
    assert_code(rn_write(out, "x", 1), RN_E_RESET);
    sigpending(&pending);
    assert_int_equal(sigismember(&pending, SIGPIPE), 1);
    struct timespec none = {0};
    assert_int_equal(sigtimedwait(&pipe_only, NULL, &none), SIGPIPE);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    rn_free(out);
}

/* A pipe that is full, and a limit: not a byte too many may be written, or the
 * call would block. */
static void
limits_hold_for_pipes(void **state)
{
    (void)state;
    int fd[2];
    rn_error err;
    char data[3000] = {0};
    char c;
    size_t written = 0;
    assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
    rn_stream *in = rn_from_fd(fd[0], RN_UNBUFFERED, &err);
    rn_stream *out = rn_from_fd(fd[1], RN_UNBUFFERED, &err);
    assert_code(rn_set_timeout(in, RN_BOTH, 30), RN_OK);
    assert_code(rn_set_timeout(out, RN_BOTH, 30), RN_OK);
    assert_code(rn_read(in, &c, 1), RN_E_TIMEOUT);
    struct iovec v[2] = {{data, 0}, {data, sizeof data}};
    int rc;
    while ((rc = rn_writev(out, v, 2)) == RN_OK)
        written += sizeof data;
    assert_code(rc, RN_E_TIMEOUT);
    assert_true(written >= 32768);
    char *all = malloc(written);
    assert_int_equal(rn_read(in, all, written), written);
    free(all);
    rn_free(in);
    rn_free(out);
}

/* Neither direction of a terminal is ready: its reader, who flushes first,
 * waits for either and does not turn round and round. */
static void
a_terminal_is_waited_for(void **state)
{
    (void)state;
    int master, slave;
    char data[1000] = {0};
    char c;
    terminal_open(&master, &slave);
    rn_stream *s = rn_from_fd(master, RN_BUFFERED, NULL);
    assert_code(rn_set_buffer_size(s, 4000), RN_OK);
    assert_code(rn_set_timeout(s, RN_BOTH, 0), RN_OK);
    while (rn_write(s, data, sizeof data) == RN_OK)
        ;
    assert_true(rn_unsent(s) > 0);
    assert_code(rn_set_timeout(s, RN_READABLE, 200), RN_OK);
    clock_t before = clock();
    assert_code(rn_read(s, &c, 1), RN_E_TIMEOUT);
    assert_true(clock() - before < CLOCKS_PER_SEC / 10);
    rn_abort(s);
    rn_free(s);
    close(slave);
}

/* More than a pipe takes without blocking, whatever poll(2) says of it: a call
 * with a limit must come back, having accepted all or nothing. */
static void
a_large_write_to_a_pipe_keeps_its_limit(void **state)
{
    (void)state;
    enum {
        LARGE = 1 << 20
    };
    int fd[2];
    rn_error err;
    char *data = malloc(LARGE);
    char *got = malloc(LARGE);
    for (int i = 0; i < LARGE; i++)
        data[i] = (char)(i / 7);
    assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
    rn_stream *in = rn_from_fd(fd[0], RN_UNBUFFERED, &err);
    rn_stream *out = rn_from_fd(fd[1], RN_UNBUFFERED, &err);
    assert_code(rn_set_timeout(out, RN_WRITABLE, 30), RN_OK);
    assert_code(rn_write(out, data, LARGE), RN_OK);
    ptrdiff_t unsent = rn_unsent(out);
    assert_true(unsent > 0 && unsent < LARGE);
    assert_int_equal(rn_wants(out), RN_WRITABLE);
    assert_code(rn_flush(out), RN_E_TIMEOUT);
    assert_int_equal(rn_unsent(out), unsent);
    size_t len = 0;
    while (len < LARGE) {
        ptrdiff_t r = rn_read_some(in, got + len, LARGE - len);
        assert_true(r > 0);
        len += (size_t)r;
        rn_flush(out);
    }
    assert_memory_equal(data, got, LARGE);
    free(data);
    free(got);
    rn_free(in);
    rn_free(out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pipes_are_one_way_streams),
        cmocka_unit_test(a_stream_is_called_what_it_was_named),
        cmocka_unit_test(a_pipe_without_a_reader_raises_no_signal),
        cmocka_unit_test(files_read_and_write),
        cmocka_unit_test(a_full_device_is_an_error),
        cmocka_unit_test(the_descriptor_can_be_kept),
        cmocka_unit_test(adopted_sockets_are_sockets),
        cmocka_unit_test(socketpairs_go_both_ways),
        cmocka_unit_test(what_cannot_be_a_stream_is_value),
        cmocka_unit_test(a_connected_datagram_socket_is_no_stream),
        cmocka_unit_test(a_pending_signal_of_the_programs_stays),
        cmocka_unit_test(limits_hold_for_pipes),
        cmocka_unit_test(a_terminal_is_waited_for),
        cmocka_unit_test(a_large_write_to_a_pipe_keeps_its_limit),
    };
    return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
