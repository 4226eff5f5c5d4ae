/* SPDX-License-Identifier: MIT */
/* Listening and accepting. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/peer.h"

static void
port_0_picks_a_free_one(void **state)
{
    (void)state;
    rn_error err;
    rn_server *a = rn_listen(0, NULL, &err);
    rn_server *b = rn_listen(0, "127.0.0.1", &err);
    assert_non_null(a);
    assert_non_null(b);
    assert_true(rn_server_port(a) > 0);
    assert_int_not_equal(rn_server_port(a), rn_server_port(b));
    assert_string_equal(rn_server_address(a), "0.0.0.0");
    assert_string_equal(rn_server_address(b), "127.0.0.1");
    rn_server_free(a);
    rn_server_free(b);
}

static void
several_clients_are_accepted_in_turn(void **state)
{
    (void)state;
    rn_error err;
    rn_server *server = rn_listen(0, "127.0.0.1", &err);
    rn_socket *c[3];
    for (int i = 0; i < 3; i++)
        c[i] = rn_connect("127.0.0.1", rn_server_port(server), RN_UNBUFFERED,
                          &err);
    for (int i = 0; i < 3; i++) {
        rn_socket *s = rn_accept(server, RN_LINE_BUFFERED, &err);
        assert_int_equal(rn_remote_port(s), rn_local_port(c[i]));
        assert_code(rn_printf(s, "you are %d\n", i), RN_OK);
        char want[20];
        snprintf(want, sizeof want, "you are %d", i);
        assert_line(c[i], want);
        rn_free(s);
        rn_free(c[i]);
    }
    rn_server_free(server);
}

static void
the_port_in_use_is_named(void **state)
{
    (void)state;
    rn_error err;
    rn_server *a = rn_listen(0, "127.0.0.1", &err);
    int port = rn_server_port(a);
    char want[80];
    assert_null(rn_listen(port, "127.0.0.1", &err));
    assert_int_equal(err.code, RN_E_IN_USE);
    assert_int_equal(err.phase, RN_PHASE_LISTEN);
    snprintf(want, sizeof want,
             "listen on 127.0.0.1:%d: address already in use", port);
    assert_string_equal(err.message, want);

    /* And it is free again at once, though a connection of it lingers: the
     * side that closed first keeps it for a while (TIME_WAIT). */
    int raw = raw_connect(port);
    char got[2];
    rn_socket *s = rn_accept(a, RN_UNBUFFERED, &err);
    assert_int_equal(fcntl(rn_fd(s), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    assert_code(rn_close(s), RN_OK);
    assert_int_equal(raw_read_all(raw, got, sizeof got), 0);
    close(raw);
    rn_free(s);
    rn_server_free(a);
    a = rn_listen(port, "127.0.0.1", &err);
    if (a == NULL)
        fail_msg("%s", err.message);
    rn_server_free(a);
}

static void
bad_values_are_named(void **state)
{
    (void)state;
    static const struct {
        int port;
        const char *address;
        const char *shown;
    } rows[] = {
        {-1, NULL, "port -1"},
        {65536, NULL, "port 65536"},
        {0, "", "\"\""},
        {0, "localhost", "\"localhost\""},
        {0, "127.1", "\"127.1\""},
        {0, "0177.0.0.1", "\"0177.0.0.1\""},
        {0, "1.2.3.4.5", "\"1.2.3.4.5\""},
        {0, "::1", "\"::1\""},
        {0, "1.2.3.4\n", "\"1.2.3.4\\n\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        rn_error err;
        assert_null(rn_listen(rows[i].port, rows[i].address, &err));
        assert_ours(err, RN_E_VALUE);
        if (strstr(err.message, rows[i].shown) == NULL)
            fail_msg("%s does not show %s", err.message, rows[i].shown);
    }
    rn_error err;
    rn_listen_options o = {.backlog = -1};
    assert_null(rn_listen_with(&o, &err));
    assert_ours(err, RN_E_VALUE);
    assert_null(rn_listen_with(NULL, &err));
    assert_ours(err, RN_E_VALUE);
    assert_null(rn_accept(NULL, RN_BUFFERED, &err));
    assert_ours(err, RN_E_VALUE);
    assert_null(rn_listen(0, "192.0.2.1", &err)); /* not an address of ours */
    assert_code(err.code, RN_E_VALUE);
}

static void
a_bad_mode_accepts_nothing(void **state)
{
    (void)state;
    rn_error err;
    rn_server *server = rn_listen(0, "127.0.0.1", &err);
    int raw = raw_connect(rn_server_port(server));
    assert_null(rn_accept(server, (rn_buffering)9, &err));
    assert_ours(err, RN_E_VALUE);
    assert_non_null(strstr(err.message, "buffering 9"));
    rn_socket *s = rn_accept(server, RN_UNBUFFERED, &err);
    assert_non_null(s);
    rn_free(s);
    close(raw);
    rn_server_free(server);
}

static void
a_closed_server_accepts_nothing(void **state)
{
    (void)state;
    rn_error err;
    rn_server *server = rn_listen(0, "127.0.0.1", &err);
    int port = rn_server_port(server);
    assert_code(rn_server_close(server), RN_OK);
    assert_code(rn_server_close(server), RN_OK);
    assert_null(rn_accept(server, RN_UNBUFFERED, &err));
    assert_ours(err, RN_E_CLOSED);
    assert_int_equal(rn_server_port(server), port);
    assert_null(rn_connect("127.0.0.1", port, RN_UNBUFFERED, &err));
    assert_code(err.code, RN_E_REFUSED);
    rn_server_free(server);
    rn_server_free(NULL);
    assert_code(rn_server_close(NULL), RN_E_VALUE);
    assert_code(rn_server_port(NULL), RN_E_VALUE);
    assert_string_equal(rn_server_address(NULL), "");
}

static void
accepted_streams_get_the_servers_limits(void **state)
{
    (void)state;
    rn_error err;
    rn_listen_options o = {.address = "127.0.0.1", .max_line = 4};
    rn_server *server = rn_listen_with(&o, &err);
    int raw = raw_connect(rn_server_port(server));
    assert_int_equal(write(raw, "12345\n", 6), 6);
    rn_socket *s = rn_accept(server, RN_BUFFERED, &err);
    const char *line;
    assert_code(rn_readln(s, &line, NULL), RN_E_LIMIT);
    rn_free(s);
    close(raw);
    rn_server_free(server);
}

/* Out of descriptors: said at once, the connection stays queued, nothing
 * spins. */
static void
no_descriptor_left_is_files_and_passes(void **state)
{
    (void)state;
    rn_error err;
    struct rlimit before;
    rn_server *server = rn_listen(0, "127.0.0.1", &err);
    int raw = raw_connect(rn_server_port(server));
    getrlimit(RLIMIT_NOFILE, &before);
    struct rlimit none = before;
    none.rlim_cur = (rlim_t)raw + 1;
    setrlimit(RLIMIT_NOFILE, &none);
    rn_socket *s = rn_accept(server, RN_UNBUFFERED, &err);
    int code = err.code;
    rn_error connect_err;
    rn_socket *c = rn_connect("127.0.0.1", rn_server_port(server),
                              RN_UNBUFFERED, &connect_err);
    setrlimit(RLIMIT_NOFILE, &before);
    assert_null(s);
    assert_code(code, RN_E_FILES);
    assert_null(c);
    assert_code(connect_err.code, RN_E_FILES);
    s = rn_accept(server, RN_UNBUFFERED, &err);
    assert_non_null(s);
    rn_free(s);
    close(raw);
    rn_server_free(server);
}

static void
listeners_are_not_inherited(void **state)
{
    (void)state;
    rn_error err;
    int before = open_descriptors();
    rn_server *server = rn_listen(0, "127.0.0.1", &err);
    assert_int_equal(open_descriptors(), before + 1);
    for (int fd = 3; fd < 64; fd++) {
        int type;
        socklen_t len = sizeof type;
        if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0)
            assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    }
    rn_server_free(server);
    assert_int_equal(open_descriptors(), before);
}

/* A listener that blocks makes one system call of an accept, but its mode is
 * shared with who was forked: only its maker changes it. */
static void
a_forked_process_leaves_the_mode_alone(void **state)
{
    (void)state;
    rn_error err;
    rn_server *server = rn_listen(0, "127.0.0.1", &err);
    int port = rn_server_port(server);
    int raw[2] = {raw_connect(port), raw_connect(port)};
    pid_t child = fork();
    if (child == 0) {
        rn_socket *s = rn_accept(server, RN_BUFFERED, &err);
        int mode = fcntl(rn_server_fd(server), F_GETFL);
        _exit(s != NULL && (mode & O_NONBLOCK) != 0 ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    rn_socket *s = rn_accept(server, RN_BUFFERED, &err);
    assert_non_null(s);
    assert_int_equal(fcntl(rn_server_fd(server), F_GETFL) & O_NONBLOCK, 0);
    rn_free(s);
    close(raw[0]);
    close(raw[1]);
    rn_server_free(server);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(port_0_picks_a_free_one),
        cmocka_unit_test(several_clients_are_accepted_in_turn),
        cmocka_unit_test(the_port_in_use_is_named),
        cmocka_unit_test(bad_values_are_named),
        cmocka_unit_test(a_bad_mode_accepts_nothing),
        cmocka_unit_test(a_closed_server_accepts_nothing),
        cmocka_unit_test(accepted_streams_get_the_servers_limits),
        cmocka_unit_test(no_descriptor_left_is_files_and_passes),
        cmocka_unit_test(listeners_are_not_inherited),
        cmocka_unit_test(a_forked_process_leaves_the_mode_alone),
    };
    return cmocka_run_group_tests_name("server", tests, NULL, NULL);
}
