/* SPDX-License-Identifier: MIT */
/* Connections on the loopback interface. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/peer.h"

static void
both_ends_know_their_addresses(void **state)
{
    (void)state;
    rn_socket *a;
    rn_socket *b;
    tcp_pair(&a, &b, RN_BUFFERED);
    assert_string_equal(rn_local_address(a), "127.0.0.1");
    assert_string_equal(rn_remote_address(a), "127.0.0.1");
    assert_int_equal(rn_local_port(a), rn_remote_port(b));
    assert_int_equal(rn_remote_port(a), rn_local_port(b));
    assert_true(rn_local_port(a) > 0);
    int port = rn_local_port(a);
    rn_close(a);
    assert_int_equal(rn_local_port(a), port); /* still known */
    rn_free(a);
    rn_free(b);
}

static void
connecting_by_name_works(void **state)
{
    (void)state;
    rn_error err;
    rn_server *server = rn_listen(0, "127.0.0.1", &err);
    rn_socket *s =
        rn_connect("localhost", rn_server_port(server), RN_UNBUFFERED, &err);
    if (s == NULL)
        fail_msg("%s", err.message);
    assert_string_equal(rn_remote_address(s), "127.0.0.1");
    assert_int_equal(err.code, RN_OK);
    rn_free(s);
    rn_server_free(server);
}

static void
refusal_is_refused_with_the_whole_story(void **state)
{
    (void)state;
    int holder;
    int port = closed_port(&holder);
    char want[120];
    rn_error err;
    assert_null(rn_connect("127.0.0.1", port, RN_BUFFERED, &err));
    assert_int_equal(err.code, RN_E_REFUSED);
    assert_int_equal(err.phase, RN_PHASE_CONNECT);
    assert_int_equal(err.sys_errno, ECONNREFUSED);
    assert_int_equal(err.port, port);
    assert_string_equal(err.address, "127.0.0.1");
    snprintf(want, sizeof want, "connect to 127.0.0.1:%d: connection refused",
             port);
    assert_string_equal(err.message, want);

    assert_null(rn_connect("localhost", port, RN_BUFFERED, &err));
    snprintf(want, sizeof want,
             "connect to localhost:%d: 127.0.0.1: connection refused", port);
    assert_string_equal(err.message, want);
    assert_string_equal(err.host, "localhost");
    close(holder);
}

static void
the_source_can_be_chosen(void **state)
{
    (void)state;
    rn_error err;
    rn_server *server = rn_listen(0, "127.0.0.1", &err);
    rn_connect_options o = {.host = "127.0.0.1",
                            .port = rn_server_port(server),
                            .source = "127.0.0.2"};
    rn_socket *s = rn_connect_with(&o, &err);
    assert_non_null(s);
    assert_string_equal(rn_local_address(s), "127.0.0.2");
    rn_free(s);
    o.source = "127.1";
    assert_null(rn_connect_with(&o, &err));
    assert_ours(err, RN_E_VALUE);
    o.source = NULL;
    o.source_port = rn_server_port(server); /* taken */
    assert_null(rn_connect_with(&o, &err));
    assert_int_equal(err.code, RN_E_IN_USE);
    rn_server_free(server);
}

static void
need_segments(void)
{
    if (tells_tcp_info())
        return;
    print_message("SKIPPED: the system does not count segments (TCP_INFO)\n");
    skip();
}

static void
an_unbuffered_call_is_one_segment(void **state)
{
    (void)state;
    need_segments();
    int raw;
    rn_socket *s = socket_to_raw(&raw, RN_UNBUFFERED);
    struct iovec v[100];
    for (int i = 0; i < 100; i++)
        v[i] = (struct iovec)PIECE("piece");
    unsigned before = segments_sent(rn_fd(s));
    assert_code(rn_writeln(s, "a line", 6), RN_OK);
    assert_int_equal(segments_sent(rn_fd(s)), before + 1);
    assert_code(rn_writev(s, v, 10), RN_OK);
    assert_int_equal(segments_sent(rn_fd(s)), before + 2);
    assert_code(rn_writev(s, v, 100), RN_OK);
    assert_int_equal(segments_sent(rn_fd(s)), before + 3);
    rn_free(s);
    close(raw);
}

static void
buffered_calls_wait_for_flush(void **state)
{
    (void)state;
    need_segments();
    int raw;
    rn_socket *s = socket_to_raw(&raw, RN_BUFFERED);
    unsigned before = segments_sent(rn_fd(s));
    rn_set_buffer_size(s, 4096);
    for (int i = 0; i < 100; i++)
        assert_code(rn_writeln(s, "line", 4), RN_OK);
    assert_int_equal(segments_sent(rn_fd(s)), before);
    assert_code(rn_flush(s), RN_OK);
    assert_int_equal(segments_sent(rn_fd(s)), before + 1);
    rn_free(s);
    close(raw);
}

static void
unbuffered_read_leaves_the_rest_in_the_system(void **state)
{
    (void)state;
    int raw;
    char rest[16] = {0};
    rn_socket *s = socket_to_raw(&raw, RN_UNBUFFERED);
    assert_int_equal(write(raw, "0123456789", 10), 10);
    assert_read(s, 4, "0123");
    assert_int_equal(recv(rn_fd(s), rest, 15, MSG_DONTWAIT), 6);
    assert_string_equal(rest, "456789");
    rn_free(s);
    close(raw);
}

static void
a_lone_cr_does_not_wait(void **state)
{
    (void)state;
    int raw;
    rn_socket *s = socket_to_raw(&raw, RN_BUFFERED);
    assert_int_equal(write(raw, "ready\r", 6), 6);
    assert_line(s, "ready"); /* the time limit of the test is the check */
    assert_int_equal(write(raw, "\nnext\n", 6), 6);
    assert_line(s, "next");
    rn_free(s);
    close(raw);
}

static void
half_close_lets_the_answer_through(void **state)
{
    (void)state;
    int raw;
    char got[16];
    rn_socket *s = socket_to_raw(&raw, RN_BUFFERED);
    assert_code(rn_write(s, "question", 8), RN_OK);
    assert_code(rn_shutdown_write(s), RN_OK);
    assert_int_equal(raw_read_all(raw, got, sizeof got), 8);
    assert_string_equal(got, "question");
    assert_int_equal(write(raw, "answer\n", 7), 7);
    assert_line(s, "answer");
    close(raw);
    assert_int_equal(rn_eof(s), 1);
    assert_code(rn_close(s), RN_OK);
    rn_free(s);
}

static void
a_reset_is_reset_after_what_had_come(void **state)
{
    (void)state;
    int raw;
    char c;
    struct linger none = {.l_onoff = 1};
    rn_socket *s = socket_to_raw(&raw, RN_BUFFERED);
    setsockopt(raw, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close(raw);
    rn_error err;
    assert_code(rn_read(s, &c, 1), RN_E_RESET);
    assert_code(rn_error_of(s, &err), RN_E_RESET);
    assert_non_null(strstr(err.message, "read from 127.0.0.1:"));
    assert_non_null(strstr(err.message, "reset"));
    assert_code(rn_write(s, "x", 1), RN_OK);
    assert_code(rn_flush(s), RN_E_RESET);
    rn_free(s);
}

static void
abort_resets_the_peer(void **state)
{
    (void)state;
    int raw;
    char c;
    rn_socket *s = socket_to_raw(&raw, RN_BUFFERED);
    assert_code(rn_abort(s), RN_OK);
    assert_int_equal(read(raw, &c, 1), -1);
    assert_int_equal(errno, ECONNRESET);
    close(raw);
    rn_free(s);
}

/* With the default action SIGPIPE would end this program. */
static void
writing_to_a_gone_peer_raises_no_signal(void **state)
{
    (void)state;
    int raw;
    int rc = RN_OK;
    signal(SIGPIPE, SIG_DFL);
    rn_socket *s = socket_to_raw(&raw, RN_UNBUFFERED);
    close(raw);
    for (int i = 0; i < 1000 && rc == RN_OK; i++)
        rc = rn_writeln(s, "hello?", 6);
    assert_code(rc, RN_E_RESET);
    rn_free(s);
}

static void
options_are_set_as_promised(void **state)
{
    (void)state;
    int raw;
    int on = 0;
    socklen_t len = sizeof on;
    rn_socket *s = socket_to_raw(&raw, RN_UNBUFFERED);
    assert_code(rn_write(s, "x", 1), RN_OK);
    getsockopt(rn_fd(s), IPPROTO_TCP, TCP_NODELAY, &on, &len);
    assert_int_not_equal(on, 0);
    assert_code(rn_set_nodelay(s, 0), RN_OK);
    assert_code(rn_write(s, "x", 1), RN_OK);
    getsockopt(rn_fd(s), IPPROTO_TCP, TCP_NODELAY, &on, &len);
    assert_int_equal(on, 0);
    assert_int_equal(fcntl(rn_fd(s), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    rn_close(s);
    assert_code(rn_set_nodelay(s, 1), RN_E_CLOSED);
    rn_free(s);
    close(raw);
}

static void
nodelay_set_before_the_first_write_stays(void **state)
{
    (void)state;
    int raw;
    int on = 1;
    socklen_t len = sizeof on;
    rn_socket *s = socket_to_raw(&raw, RN_UNBUFFERED);
    assert_code(rn_set_nodelay(s, 0), RN_OK);
    assert_code(rn_write(s, "x", 1), RN_OK);
    getsockopt(rn_fd(s), IPPROTO_TCP, TCP_NODELAY, &on, &len);
    assert_int_equal(on, 0);
    rn_free(s);
    close(raw);
}

/* ---- Two threads: one reads while the other writes. */

enum {
    LINES = 20000
};

static void *
write_lines(void *arg)
{
    for (int i = 0; i < LINES; i++)
        if (rn_printf(arg, "line %d\n", i) < 0)
            return NULL;
    return rn_shutdown_write(arg) == RN_OK ? arg : NULL;
}

static void *
echo(void *arg)
{
    const char *line;
    size_t len;
    while (rn_readln(arg, &line, &len) > 0)
        if (rn_writeln(arg, line, len) < 0)
            return NULL;
    return rn_close(arg) == RN_OK ? arg : NULL;
}

static void
a_reader_and_a_writer_share_a_stream(void **state)
{
    (void)state;
    rn_socket *a;
    rn_socket *b;
    pthread_t writer;
    pthread_t echoer;
    void *result;
    tcp_pair(&a, &b, RN_BUFFERED);
    pthread_create(&writer, NULL, write_lines, a);
    pthread_create(&echoer, NULL, echo, b);
    for (int i = 0; i < LINES; i++) {
        char want[32];
        snprintf(want, sizeof want, "line %d", i);
        assert_line(a, want);
    }
    assert_int_equal(rn_eof(a), 1);
    pthread_join(writer, &result);
    assert_ptr_equal(result, a);
    pthread_join(echoer, &result);
    assert_ptr_equal(result, b);
    assert_code(rn_close(a), RN_OK);
    rn_free(a);
    rn_free(b);
}

/* Two that both write more than the system holds, and then read: each must read
 * while it flushes, or they wait for each other for ever. */
static void *
write_much_then_read(void *arg)
{
    enum {
        MUCH = 8 << 20
    };
    char *data = calloc(1, MUCH);
    rn_socket *s = arg;
    rn_set_buffer_size(s, MUCH * 2);
    int rc = rn_write(s, data, MUCH);
    ptrdiff_t n = rc < 0 ? rc : rn_read(s, data, MUCH);
    free(data);
    /* All may have come before all has gone. */
    return n == MUCH && rn_flush(s) == RN_OK ? s : NULL;
}

static void
both_sides_may_write_first(void **state)
{
    (void)state;
    rn_socket *a;
    rn_socket *b;
    pthread_t thread;
    void *result;
    tcp_pair(&a, &b, RN_BUFFERED);
    pthread_create(&thread, NULL, write_much_then_read, b);
    assert_ptr_equal(write_much_then_read(a), a);
    pthread_join(thread, &result);
    assert_ptr_equal(result, b);
    rn_free(a);
    rn_free(b);
}

/* ---- Signals */

static atomic_int signals;

static void
count_signal(int number)
{
    (void)number;
    atomic_fetch_add(&signals, 1);
}

struct interrupted {
    pthread_t target;
    int raw;
};

static void *
interrupt_then_write(void *arg)
{
    struct interrupted *i = arg;
    while (atomic_load(&signals) < 200)
        pthread_kill(i->target, SIGUSR1);
    ssize_t n = write(i->raw, "at last\n", 8);
    return n == 8 ? arg : NULL;
}

static void
signals_do_not_cut_calls_short(void **state)
{
    (void)state;
    struct sigaction action = {.sa_handler = count_signal}; /* no SA_RESTART */
    struct interrupted i = {.target = pthread_self()};
    pthread_t thread;
    sigaction(SIGUSR1, &action, NULL);
    atomic_store(&signals, 0);
    rn_socket *s = socket_to_raw(&i.raw, RN_BUFFERED);
    pthread_create(&thread, NULL, interrupt_then_write, &i);
    assert_line(s, "at last");
    pthread_join(thread, NULL);
    rn_free(s);
    close(i.raw);
}

static void
descriptors_above_1024_work(void **state)
{
    (void)state;
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    int high = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 1500);
    if (high < 0) {
        print_message("SKIPPED: no descriptor above 1024 to be had here\n");
        skip();
    }
    rn_socket *a;
    rn_socket *b;
    int fillers[1600];
    int count = 0;
    while (count < 1600 && (fillers[count] = dup(high)) < 1400)
        count++;
    tcp_pair(&a, &b, RN_BUFFERED);
    assert_true(rn_fd(a) > 1024);
    assert_code(rn_writeln(a, "high", 4), RN_OK);
    assert_code(rn_flush(a), RN_OK);
    assert_line(b, "high");
    rn_free(a);
    rn_free(b);
    for (int i = 0; i <= count; i++)
        close(fillers[i]);
    close(high);
}

static int
nothing_was_left_open(void **state)
{
    static int before;
    if (*state == NULL) {
        before = open_descriptors();
        *state = &before;
        return 0;
    }
    int now = open_descriptors();
    if (now != before)
        print_error("%d descriptors were left open\n", now - before);
    return now != before;
}

static void
nobody_meets_itself(void **state)
{
    (void)state;
    int holder;
    rn_error err;
    int port = closed_port(&holder);
    close(holder);
    rn_connect_options o = {.host = "127.0.0.1",
                            .port = port,
                            .source = "127.0.0.1",
                            .source_port = port};
    assert_null(rn_connect_with(&o, &err));
    assert_code(err.code, RN_E_REFUSED);
}

static void
a_foreign_source_is_value(void **state)
{
    (void)state;
    rn_error err;
    rn_connect_options o = {
        .host = "127.0.0.1", .port = 80, .source = "192.0.2.77"};
    assert_null(rn_connect_with(&o, &err));
    assert_ours(err, RN_E_VALUE);
    assert_non_null(strstr(err.message, "not one of this machine's"));
}

static void
a_kept_socket_survives_close_and_abort(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        int port;
        char got[8];
        int listener = raw_listen(&port);
        int raw = raw_connect(port);
        int fd = accept(listener, NULL, NULL);
        rn_stream *s = rn_from_fd(fd, RN_BUFFERED | RN_KEEP_FD, NULL);
        assert_code(rn_write(s, "a", 1), RN_OK);
        assert_code(i == 0 ? rn_close(s) : rn_abort(s), RN_OK);
        rn_free(s);
        assert_int_equal(write(fd, "b", 1), 1);
        close(fd);
        assert_int_equal(raw_read_all(raw, got, sizeof got), i == 0 ? 2 : 1);
        close(raw);
        close(listener);
    }
}

static void
null_is_value_everywhere(void **state)
{
    (void)state;
    rn_stats stats;
    assert_code(rn_local_port(NULL), RN_E_VALUE);
    assert_code(rn_remote_port(NULL), RN_E_VALUE);
    assert_string_equal(rn_local_address(NULL), "");
    assert_code(rn_set_nodelay(NULL, 1), RN_E_VALUE);
    assert_code(rn_set_liveness(NULL, 1), RN_E_VALUE);
    assert_code(rn_get_stats(NULL, &stats), RN_E_VALUE);
    assert_code(rn_set_cancel(NULL, NULL), RN_E_VALUE);
}

/* With standard input closed the connection is descriptor 0, which is one. */
static void
descriptor_0_is_a_descriptor(void **state)
{
    (void)state;
    rn_error err;
    int port;
    int listener = raw_listen(&port);
    int saved = dup(0);
    for (int limited = 0; limited < 2; limited++) {
        close(0);
        rn_connect_options o = {
            .host = "127.0.0.1", .port = port, .timeout = limited ? 5000 : 0};
        rn_socket *s = rn_connect_with(&o, &err);
        assert_non_null(s);
        assert_int_equal(rn_fd(s), 0);
        rn_free(s);
        o.source = "192.0.2.77"; /* a foreign one: it is closed again */
        assert_null(rn_connect_with(&o, &err));
        assert_int_equal(fcntl(0, F_GETFD), -1);
    }
    assert_int_equal(dup2(saved, 0), 0);
    close(saved);
    close(listener);
}

static void
sources_go_with_their_family(void **state)
{
    (void)state;
    rn_error err;
    rn_listen_options l = {.address = "::1", .family = RN_IPV6};
    rn_server *server = rn_listen_with(&l, &err);
    if (server == NULL) {
        print_message("SKIPPED: no IPv6 here: %s\n", err.message);
        skip();
    }
    int holder;
    int port = closed_port(&holder);
    close(holder);
    rn_connect_options o = {.host = "::1",
                            .port = rn_server_port(server),
                            .family = RN_ANY,
                            .source_port = port};
    rn_socket *s = rn_connect_with(&o, &err);
    if (s == NULL)
        fail_msg("%s", err.message);
    assert_int_equal(rn_local_port(s), port);
    rn_abort(s);
    rn_free(s);
    o.source = "127.0.0.1";
    o.source_port = 0;
    assert_null(rn_connect_with(&o, &err));
    o.source = "::1";
    s = rn_connect_with(&o, &err);
    assert_non_null(s);
    rn_free(s);
    rn_server_free(server);
}

enum {
    FLOOD_LEN = 8 << 20
};

/* Writes all of it before it reads anything. */
static void *
write_first_then_read(void *arg)
{
    int raw = *(int *)arg;
    char *data = calloc(1, FLOOD_LEN);
    size_t at = 0;
    ssize_t n = 1;
    while (at < FLOOD_LEN && n > 0) {
        n = send(raw, data, FLOOD_LEN - at, MSG_NOSIGNAL);
        at += n > 0 ? (size_t)n : 0;
    }
    at = 0;
    while (n > 0 && at < FLOOD_LEN) {
        n = read(raw, data, FLOOD_LEN);
        at += n > 0 ? (size_t)n : 0;
    }
    free(data);
    return at == FLOOD_LEN ? arg : NULL;
}

/* Only a flush that reads meanwhile can serve such a peer. */
static void
a_peer_that_writes_first_is_no_deadlock(void **state)
{
    (void)state;
    int raw;
    pthread_t thread;
    void *result;
    char *data = calloc(1, FLOOD_LEN);
    rn_socket *s = socket_to_raw(&raw, RN_BUFFERED);
    rn_set_buffer_size(s, 2 * FLOOD_LEN);
    assert_code(rn_write(s, data, FLOOD_LEN), RN_OK);
    pthread_create(&thread, NULL, write_first_then_read, &raw);
    rn_set_timeout(s, RN_READABLE, 20000);
    assert_int_equal(rn_read(s, data, FLOOD_LEN), FLOOD_LEN);
    assert_code(rn_flush(s), RN_OK);
    pthread_join(thread, &result);
    assert_ptr_equal(result, &raw);
    rn_free(s);
    close(raw);
    free(data);
}

static int
option(int fd, int level, int name)
{
    int value = -1;
    socklen_t len = sizeof value;
    assert_int_equal(getsockopt(fd, level, name, &value, &len), 0);
    return value;
}

static void
liveness_sets_probes_and_patience(void **state)
{
    (void)state;
    int port;
    rn_error err;
    int listener = raw_listen(&port);
    rn_connect_options o = {.host = "127.0.0.1", .port = port, .liveness = 12};
    rn_socket *s = rn_connect_with(&o, &err);
    int fd = rn_fd(s);
    assert_int_equal(option(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
    assert_int_equal(option(fd, IPPROTO_TCP, TCP_KEEPIDLE), 6);
    assert_int_equal(option(fd, IPPROTO_TCP, TCP_KEEPINTVL), 2);
    assert_int_equal(option(fd, IPPROTO_TCP, TCP_KEEPCNT), 3);
    assert_int_equal(option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 12000);
    assert_code(rn_set_liveness(s, 0), RN_OK);
    assert_int_equal(option(fd, SOL_SOCKET, SO_KEEPALIVE), 0);
    assert_int_equal(option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 0);
    rn_free(s);
    close(listener);
}

static void
figures_stay_after_closing(void **state)
{
    (void)state;
    rn_socket *a;
    rn_socket *b;
    rn_stats stats;
    tcp_pair(&a, &b, RN_UNBUFFERED);
    assert_code(rn_writeln(a, "four", 4), RN_OK);
    assert_line(b, "four");
    assert_code(rn_get_stats(b, &stats), RN_OK);
    assert_true(stats.lookup == -1 && stats.connect == -1); /* accepted */
    assert_true(stats.round_trip == -1 || stats.round_trip >= 1000);
    assert_true(stats.round_trip < 1000000000);
    assert_code(rn_close(b), RN_OK);
    assert_code(rn_get_stats(b, &stats), RN_OK);
    assert_int_equal(stats.bytes_read, 5);
    assert_int_equal(stats.bytes_written, 0);
    assert_int_equal(stats.round_trip, -1);
    rn_free(a);
    rn_free(b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ends_know_their_addresses),
        cmocka_unit_test(connecting_by_name_works),
        cmocka_unit_test(refusal_is_refused_with_the_whole_story),
        cmocka_unit_test(the_source_can_be_chosen),
        cmocka_unit_test(an_unbuffered_call_is_one_segment),
        cmocka_unit_test(buffered_calls_wait_for_flush),
        cmocka_unit_test(unbuffered_read_leaves_the_rest_in_the_system),
        cmocka_unit_test(a_lone_cr_does_not_wait),
        cmocka_unit_test(half_close_lets_the_answer_through),
        cmocka_unit_test(a_reset_is_reset_after_what_had_come),
        cmocka_unit_test(abort_resets_the_peer),
        cmocka_unit_test(writing_to_a_gone_peer_raises_no_signal),
        cmocka_unit_test(options_are_set_as_promised),
        cmocka_unit_test(nodelay_set_before_the_first_write_stays),
        cmocka_unit_test(a_reader_and_a_writer_share_a_stream),
        cmocka_unit_test(both_sides_may_write_first),
        cmocka_unit_test(signals_do_not_cut_calls_short),
        cmocka_unit_test(descriptors_above_1024_work),
        cmocka_unit_test(nobody_meets_itself),
        cmocka_unit_test(a_foreign_source_is_value),
        cmocka_unit_test(a_kept_socket_survives_close_and_abort),
        cmocka_unit_test(null_is_value_everywhere),
        cmocka_unit_test(descriptor_0_is_a_descriptor),
        cmocka_unit_test(sources_go_with_their_family),
        cmocka_unit_test(a_peer_that_writes_first_is_no_deadlock),
        cmocka_unit_test(liveness_sets_probes_and_patience),
        cmocka_unit_test(figures_stay_after_closing),
    };
    return cmocka_run_group_tests_name("socket", tests, nothing_was_left_open,
                                       nothing_was_left_open);
}
