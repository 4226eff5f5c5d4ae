/* SPDX-License-Identifier: MIT */
/* Two failures of one relay: the first loses nothing and the second does, so
 * the second is told (found by sweep-pairs: a relay that said MEMORY, after
 * which one goes on, had lost bytes). splice and read are this program's. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/peer.h"

static int refusals; /* to take from the pipe between the two sockets */
static bool pipe_is_broken;
static int full = -1; /* what takes nothing, whatever poll(2) says */
static int full_errno = EAGAIN;
static int broken = -1; /* what cannot be spliced from */

ssize_t __real_splice(int in, void *in_at, int out, void *out_at, size_t n,
                      unsigned flags);
ssize_t __wrap_splice(int in, void *in_at, int out, void *out_at, size_t n,
                      unsigned flags);
ssize_t __real_read(int fd, void *data, size_t n);
ssize_t __wrap_read(int fd, void *data, size_t n);

ssize_t
__wrap_splice(int in, void *in_at, int out, void *out_at, size_t n,
              unsigned flags)
{
    static int calls;
    if (out == full || in == broken) {
        errno = out == full ? full_errno : EIO;
        return -1;
    }
    if (refusals == 0 || ++calls % 2 == 1)
        return __real_splice(in, in_at, out, out_at, n, flags);
    refusals--;
    errno = ENOMEM;
    return -1;
}

ssize_t
__wrap_read(int fd, void *data, size_t n)
{
    if (!pipe_is_broken)
        return __real_read(fd, data, n);
    errno = EIO;
    return -1;
}

struct ends {
    int near, far;
    rn_socket *from, *to;
};

static struct ends
open_ends(void)
{
    struct ends e;
    e.from = socket_to_raw(&e.near, RN_BUFFERED);
    e.to = socket_to_raw(&e.far, RN_BUFFERED);
    return e;
}

static struct ends
begin(void)
{
    struct ends e = open_ends();
    assert_int_equal(write(e.near, "taken", 5), 5);
    assert_int_equal(shutdown(e.near, SHUT_WR), 0);
    refusals = 1;
    return e;
}

static void
finish(struct ends *e)
{
    rn_free(e->from);
    rn_free(e->to);
    close(e->near);
    close(e->far);
}

static void
a_failure_that_loses_nothing_can_be_gone_on_after(void **state)
{
    (void)state;
    struct ends e = begin();
    char got[16];
    rn_route route = {.from = e.from, .to = e.to};
    assert_code(rn_relay_routes(&route, 1, NULL), RN_E_MEMORY);
    assert_code(route.code, RN_E_MEMORY);
    assert_ptr_equal(route.failed, e.to);
    assert_code(rn_relay_routes(&route, 1, NULL), RN_OK);
    assert_int_equal(raw_read_all(e.far, got, sizeof got), 5);
    assert_string_equal(got, "taken");
    finish(&e);
}

static void
a_loss_in_ending_is_told_before_it(void **state)
{
    (void)state;
    struct ends e = begin();
    rn_error err;
    rn_route route = {.from = e.from, .to = e.to};
    pipe_is_broken = true;
    int rc = rn_relay_routes(&route, 1, NULL);
    pipe_is_broken = false;
    assert_code(rc, RN_E_IO);
    assert_code(route.code, RN_E_IO);
    assert_ptr_equal(route.failed, e.to);
    assert_code(rn_error_of(e.to, &err), RN_E_IO);
    assert_code(rn_close(e.to), RN_E_IO);
    finish(&e);
}

/* What a route holds when another one fails is lost as well: both routes tell
 * theirs, and the relay the first. */
static void
a_loss_after_a_failure_does_not_hide_it(void **state)
{
    (void)state;
    struct ends held = begin();
    struct ends silent = open_ends();
    struct ends reset = open_ends();
    rn_route three[3] = {{.from = silent.from, .to = silent.to},
                         {.from = held.from, .to = held.to},
                         {.from = reset.from, .to = reset.to}};
    refusals = 0;
    full = rn_fd(held.to);
    pipe_is_broken = true;
    const struct linger none = {.l_onoff = 1, .l_linger = 0};
    setsockopt(reset.near, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    assert_int_equal(close(reset.near), 0);
    int rc = rn_relay_routes(three, 3, NULL);
    full = -1;
    pipe_is_broken = false;
    assert_code(rc, RN_E_RESET);
    assert_code(three[0].code, RN_OK);
    assert_code(three[1].code, RN_E_IO);
    assert_ptr_equal(three[1].failed, held.to);
    assert_code(three[2].code, RN_E_RESET);
    assert_ptr_equal(three[2].failed, reset.from);
    reset.near = dup(held.near);
    finish(&held);
    finish(&reset);
    finish(&silent);
}

/* A file that cannot be read is no loss of the connection's. */
static void
a_file_that_fails_is_told_and_stays_so(void **state)
{
    (void)state;
    int far;
    char c;
    rn_error err;
    int fd = open("/tmp", O_TMPFILE | O_CLOEXEC | O_RDWR, 0600);
    assert_int_equal(write(fd, "text", 4), 4);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    rn_stream *from = rn_from_fd(fd, RN_BUFFERED, NULL);
    rn_socket *to = socket_to_raw(&far, RN_BUFFERED);
    rn_route route = {.from = from, .to = to};
    broken = fd;
    assert_code(rn_relay_routes(&route, 1, NULL), RN_E_IO);
    broken = -1;
    assert_ptr_equal(route.failed, from);
    assert_code(rn_error_of(from, &err), RN_E_IO);
    assert_int_equal(err.phase, RN_PHASE_READ);
    assert_int_equal(err.sys_errno, EIO);
    assert_code(rn_read(from, &c, 1), RN_E_IO);
    /* And so says a relay of it, at once. */
    assert_code(rn_relay_routes(&route, 1, NULL), RN_E_IO);
    assert_ptr_equal(route.failed, from);
    assert_int_equal(route.bytes, 0);
    assert_code(rn_write(to, "fine", 4), RN_OK);
    assert_code(rn_close(to), RN_OK);
    rn_free(to);
    rn_free(from);
    close(far);
}

/* That one route of the relay lost nothing says nothing of the next. */
static void
a_loss_of_the_second_route_is_told(void **state)
{
    (void)state;
    struct ends e = begin();
    struct ends silent = open_ends();
    rn_route two[2] = {{.from = silent.from, .to = silent.to},
                       {.from = e.from, .to = e.to}};
    refusals = 0;
    full = rn_fd(e.to);
    full_errno = ENOMEM;
    pipe_is_broken = true;
    int rc = rn_relay_routes(two, 2, NULL);
    full = -1;
    full_errno = EAGAIN;
    pipe_is_broken = false;
    assert_code(rc, RN_E_IO);
    assert_code(two[0].code, RN_OK);
    assert_null(two[0].failed);
    assert_code(two[1].code, RN_E_IO);
    assert_ptr_equal(two[1].failed, e.to);
    finish(&e);
    finish(&silent);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_that_loses_nothing_can_be_gone_on_after),
        cmocka_unit_test(a_loss_in_ending_is_told_before_it),
        cmocka_unit_test(a_loss_of_the_second_route_is_told),
        cmocka_unit_test(a_loss_after_a_failure_does_not_hide_it),
        cmocka_unit_test(a_file_that_fails_is_told_and_stays_so),
    };
    return cmocka_run_group_tests_name("splice", tests, NULL, NULL);
}
