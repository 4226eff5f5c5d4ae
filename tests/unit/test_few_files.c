/* SPDX-License-Identifier: MIT */
/* A process that may open no more files: poll(2) refuses more descriptors than
 * that is, and looking up an interface opens a socket. */
#include <errno.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/peer.h"

/* No files from now on; what was before. */
static struct rlimit
allow_none(void)
{
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit none = {.rlim_cur = 0, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    return before;
}

static void
a_wait_that_fails_is_told(void **state)
{
    (void)state;
    int raw;
    char data[1];
    rn_error err;
    rn_socket *s = socket_to_raw(&raw, RN_UNBUFFERED);
    assert_code(rn_set_timeout(s, RN_READABLE, 20), RN_OK); /* with poll(2) */
    struct rlimit before = allow_none();
    ptrdiff_t n = rn_read(s, data, 1);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_code(n, RN_E_IO);
    assert_code(rn_error_of(s, &err), RN_E_IO);
    assert_int_equal(err.sys_errno, EINVAL);
    rn_free(s);
    close(raw);
}

static void
an_interface_that_cannot_be_looked_up_is_told(void **state)
{
    (void)state;
    rn_error err;
    rn_connect_options o = {.host = "fe80::1%lo", .port = 1, .family = RN_IPV6};
    struct rlimit before = allow_none();
    rn_socket *s = rn_connect_with(&o, &err);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_null(s);
    assert_code(err.code, RN_E_FILES);
    assert_int_equal(err.phase, RN_PHASE_LOOKUP);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wait_that_fails_is_told),
        cmocka_unit_test(an_interface_that_cannot_be_looked_up_is_told),
    };
    return cmocka_run_group_tests_name("few_files", tests, NULL, NULL);
}
