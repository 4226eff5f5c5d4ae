/* SPDX-License-Identifier: MIT */
/* Two failures of one relay: the first loses nothing and the second does, so
 * the second is told (found by sweep-pairs: a relay that said MEMORY, after
 * which one goes on, had lost bytes). splice and read are this program's. */
#include <errno.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/peer.h"

static int refusals; /* to take from the pipe between the two sockets */
static bool pipe_is_broken;

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
begin(void)
{
    struct ends e;
    e.from = socket_to_raw(&e.near, RN_BUFFERED);
    e.to = socket_to_raw(&e.far, RN_BUFFERED);
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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_that_loses_nothing_can_be_gone_on_after),
        cmocka_unit_test(a_loss_in_ending_is_told_before_it),
    };
    return cmocka_run_group_tests_name("splice", tests, NULL, NULL);
}
