/* SPDX-License-Identifier: MIT */
/* A peer that never stops sending: closing throws away a bounded amount of it.
 * This program's recv is that peer (see the build file). */
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/peer.h"

enum {
    FLOOD = 1 << 20 /* how much closing listens to */
};

static bool flooding;
static size_t flooded;

ssize_t __real_recv(int fd, void *data, size_t n, int flags);
ssize_t __wrap_recv(int fd, void *data, size_t n, int flags);

ssize_t
__wrap_recv(int fd, void *data, size_t n, int flags)
{
    if (!flooding)
        return __real_recv(fd, data, n, flags);
    memset(data, 'x', n);
    flooded += n;
    return (ssize_t)n;
}

static void
closing_a_connection_ends(void **state)
{
    (void)state;
    int raw;
    char got[8];
    rn_socket *s = socket_to_raw(&raw, RN_BUFFERED);
    assert_code(rn_write(s, "stop", 4), RN_OK);
    assert_code(rn_flush(s), RN_OK);
    assert_int_equal(recv(raw, got, 4, MSG_WAITALL), 4);
    flooding = true;
    flooded = 0;
    assert_code(rn_close(s), RN_OK);
    flooding = false;
    assert_true(flooded >= FLOOD && flooded < 2 * FLOOD);
    rn_free(s);
    close(raw);
}

static void
closing_a_local_socket_ends(void **state)
{
    (void)state;
    int fds[2];
    char got[8];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    rn_stream *s = rn_from_fd(fds[0], RN_BUFFERED, NULL);
    assert_code(rn_write(s, "stop", 4), RN_OK);
    flooding = true;
    flooded = 0;
    assert_code(rn_close(s), RN_OK);
    flooding = false;
    assert_true(flooded >= FLOOD && flooded < FLOOD + 65536);
    assert_int_equal(raw_read_all(fds[1], got, sizeof got), 4);
    assert_string_equal(got, "stop");
    rn_free(s);
    close(fds[1]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closing_a_connection_ends),
        cmocka_unit_test(closing_a_local_socket_ends),
    };
    return cmocka_run_group_tests_name("flood", tests, NULL, NULL);
}
