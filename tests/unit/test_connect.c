/* SPDX-License-Identifier: MIT */
/* Making connections on the loopback interface: by address and by name, from a
 * chosen source, refused, with any descriptor, and with the options promised.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
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
    rn_set_deadline(s, RN_READABLE, RN_NOW);
    assert_code(rn_read(s, &raw, 1), RN_E_AGAIN);
    assert_code(rn_set_nodelay(s, 0), RN_OK);
    assert_code(rn_error_of(s, NULL), RN_E_AGAIN); /* the last failure */
    assert_code(rn_write(s, "x", 1), RN_OK);
    getsockopt(rn_fd(s), IPPROTO_TCP, TCP_NODELAY, &on, &len);
    assert_int_equal(on, 0);
    assert_int_equal(fcntl(rn_fd(s), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    rn_close(s);
    assert_code(rn_set_nodelay(s, 1), RN_E_CLOSED);
    rn_free(s);
    close(raw);
}

/* In a program without standard input a connection may get its number. */
static void
number_0_is_a_descriptor(void **state)
{
    (void)state;
    int port;
    rn_error err;
    int listener = raw_listen(&port);
    int input = fcntl(0, F_DUPFD_CLOEXEC, 3);
    close(0);
    rn_socket *s = rn_connect("127.0.0.1", port, RN_BUFFERED, &err);
    int fd = rn_fd(s);
    int rc = rn_close(s);
    rn_free(s);
    if (input >= 0) {
        dup2(input, 0);
        close(input);
    }
    assert_int_equal(fd, 0);
    assert_code(rc, RN_OK);
    close(listener);
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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ends_know_their_addresses),
        cmocka_unit_test(connecting_by_name_works),
        cmocka_unit_test(refusal_is_refused_with_the_whole_story),
        cmocka_unit_test(number_0_is_a_descriptor),
        cmocka_unit_test(the_source_can_be_chosen),
        cmocka_unit_test(options_are_set_as_promised),
        cmocka_unit_test(nodelay_set_before_the_first_write_stays),
        cmocka_unit_test(descriptors_above_1024_work),
        cmocka_unit_test(nobody_meets_itself),
        cmocka_unit_test(a_foreign_source_is_value),
        cmocka_unit_test(descriptor_0_is_a_descriptor),
        cmocka_unit_test(sources_go_with_their_family),
        cmocka_unit_test(liveness_sets_probes_and_patience),
    };
    return cmocka_run_group_tests_name("connect", tests, nothing_was_left_open,
                                       nothing_was_left_open);
}
