/* SPDX-License-Identifier: MIT */
/* What accept(2) and listen(2) can say, said by this program in their place (see
 * the build file): which of it is retried, and which is told at once. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/peer.h"

static int failures[8]; /* errno values to give, one after another */
static int always;      /* or this one, for ever */
static int calls;
static int backlog_seen;
static bool no_listening;

int __real_accept4(int fd, struct sockaddr *a, socklen_t *len, int flags);
int __wrap_accept4(int fd, struct sockaddr *a, socklen_t *len, int flags);
int __real_listen(int fd, int backlog);
int __wrap_listen(int fd, int backlog);

int
__wrap_accept4(int fd, struct sockaddr *a, socklen_t *len, int flags)
{
    int sys = always != 0 ? always : failures[calls];
    calls++;
    if (sys == 0)
        return __real_accept4(fd, a, len, flags);
    errno = sys;
    return -1;
}

int
__wrap_listen(int fd, int backlog)
{
    backlog_seen = backlog;
    if (no_listening) {
        errno = EOPNOTSUPP;
        return -1;
    }
    return __real_listen(fd, backlog);
}

/* One accept, of a connection that waits, after these failures. */
static rn_socket *
accept_after(int first, int second, rn_error *err)
{
    rn_server *server = rn_listen(0, "127.0.0.1", err);
    int raw = raw_connect(rn_server_port(server));
    failures[0] = first;
    failures[1] = second;
    failures[2] = 0;
    calls = 0;
    rn_server_set_timeout(server, 10000);
    rn_socket *s = rn_accept(server, RN_UNBUFFERED, err);
    rn_server_free(server);
    close(raw);
    return s;
}

static void
connections_that_died_in_the_queue_are_passed_over(void **state)
{
    (void)state;
    static const int passing[] = {ECONNABORTED, EPROTO,       ENETDOWN,
                                  EHOSTDOWN,    EHOSTUNREACH, ENETUNREACH,
                                  ENONET,       EOPNOTSUPP,   ENOPROTOOPT,
                                  ETIMEDOUT,    EINTR};
    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++) {
        rn_error err;
        rn_socket *s = accept_after(passing[i], passing[i], &err);
        if (s == NULL)
            fail_msg("errno %d was not passed over: %s", passing[i],
                     err.message);
        assert_int_equal(calls, 3);
        rn_free(s);
    }
}

static void
passing_over_ends_with_the_deadline(void **state)
{
    (void)state;
    rn_error err;
    rn_server *server = rn_listen(0, "127.0.0.1", &err);
    always = ECONNABORTED;
    rn_server_set_timeout(server, 20);
    assert_null(rn_accept(server, RN_UNBUFFERED, &err));
    assert_code(err.code, RN_E_TIMEOUT);
    always = 0;
    rn_server_free(server);
}

static void
exhaustion_is_told_at_once_and_never_spun_on(void **state)
{
    (void)state;
    static const struct {
        int sys;
        int code;
    } rows[] = {{EMFILE, RN_E_FILES},
                {ENFILE, RN_E_FILES},
                {ENOBUFS, RN_E_MEMORY},
                {ENOMEM, RN_E_MEMORY},
                {EPERM, RN_E_DENIED}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        rn_error err;
        assert_null(accept_after(rows[i].sys, 0, &err));
        assert_code(err.code, rows[i].code);
        assert_int_equal(err.sys_errno, rows[i].sys);
        assert_non_null(strstr(err.message, "accept on 127.0.0.1:"));
        assert_int_equal(calls, 1);
    }
}

static void
the_backlog_is_the_one_asked_for(void **state)
{
    (void)state;
    rn_error err;
    rn_listen_options o = {.address = "127.0.0.1"};
    rn_server_free(rn_listen_with(&o, &err));
    assert_int_equal(backlog_seen, SOMAXCONN);
    o.backlog = 7;
    rn_server_free(rn_listen_with(&o, &err));
    assert_int_equal(backlog_seen, 7);
}

/* A path was made by then, and would be in the way of the next attempt. */
static void
a_refused_listener_leaves_no_file(void **state)
{
    (void)state;
    rn_error err;
    char path[64];
    snprintf(path, sizeof path, "unix:/tmp/runnel-refused-%d", (int)getpid());
    no_listening = true;
    assert_null(rn_listen(0, path, &err));
    no_listening = false;
    assert_int_equal(err.sys_errno, EOPNOTSUPP);
    assert_int_equal(access(path + 5, F_OK), -1);
    rn_server *server = rn_listen(0, path, &err);
    assert_non_null(server);
    rn_server_free(server);
    assert_int_equal(access(path + 5, F_OK), -1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connections_that_died_in_the_queue_are_passed_over),
        cmocka_unit_test(passing_over_ends_with_the_deadline),
        cmocka_unit_test(exhaustion_is_told_at_once_and_never_spun_on),
        cmocka_unit_test(the_backlog_is_the_one_asked_for),
        cmocka_unit_test(a_refused_listener_leaves_no_file),
    };
    return cmocka_run_group_tests_name("accept", tests, NULL, NULL);
}
