/* SPDX-License-Identifier: MIT */
/* What the system can say when a descriptor is adopted, said by this program's
 * getpeername (see the build file): a socket that is not connected is a mistake
 * of the caller's, anything else is the system's affair. */
#include <errno.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/peer.h"

static int sys_errno; /* 0: as it is */

int __real_getpeername(int fd, struct sockaddr *a, socklen_t *len);
int __wrap_getpeername(int fd, struct sockaddr *a, socklen_t *len);

int
__wrap_getpeername(int fd, struct sockaddr *a, socklen_t *len)
{
    if (sys_errno == 0)
        return __real_getpeername(fd, a, len);
    errno = sys_errno;
    return -1;
}

static bool local_fails;

int __real_getsockname(int fd, struct sockaddr *a, socklen_t *len);
int __wrap_getsockname(int fd, struct sockaddr *a, socklen_t *len);

int
__wrap_getsockname(int fd, struct sockaddr *a, socklen_t *len)
{
    if (!local_fails)
        return __real_getsockname(fd, a, len);
    errno = ENOBUFS;
    return -1;
}

static void
a_refused_descriptor_is_told_and_left_open(void **state)
{
    (void)state;
    static const struct {
        int sys;
        int code;
        int told;
    } rows[] = {{ENOBUFS, RN_E_MEMORY, ENOBUFS},
                {EPERM, RN_E_DENIED, EPERM},
                {ENOTCONN, RN_E_VALUE, 0},
                {EINVAL, RN_E_VALUE, 0}};
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        rn_error err;
        sys_errno = rows[i].sys;
        assert_null(rn_from_fd(fds[0], RN_BUFFERED, &err));
        assert_code(err.code, rows[i].code);
        assert_int_equal(err.sys_errno, rows[i].told);
        assert_int_equal(err.phase, RN_PHASE_SETUP);
        assert_true(err.message[0] != '\0');
        assert_int_equal(write(fds[0], "x", 1), 1);
    }
    sys_errno = 0;
    rn_stream *s = rn_from_fd(fds[0], RN_BUFFERED, NULL);
    assert_non_null(s);
    rn_free(s);
    close(fds[1]);
}

static void
a_near_end_that_is_not_known_is_told(void **state)
{
    (void)state;
    rn_error err;
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    local_fails = true;
    assert_null(rn_from_fd(fds[0], RN_BUFFERED, &err));
    local_fails = false;
    assert_code(err.code, RN_E_MEMORY);
    assert_int_equal(err.sys_errno, ENOBUFS);
    assert_int_equal(err.phase, RN_PHASE_SETUP);
    assert_int_equal(write(fds[0], "x", 1), 1);
    close(fds[0]);
    close(fds[1]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refused_descriptor_is_told_and_left_open),
        cmocka_unit_test(a_near_end_that_is_not_known_is_told),
    };
    return cmocka_run_group_tests_name("adopt", tests, NULL, NULL);
}
