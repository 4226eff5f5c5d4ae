/* SPDX-License-Identifier: MIT */
/* A process that may open no more files: poll(2) refuses more descriptors than
 * that is, and looking up an interface opens a socket. */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
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
    struct pollfd p = {.fd = raw, .events = POLLIN};
    bool fails = poll(&p, 1, 0) < 0;
    ptrdiff_t n = rn_read(s, data, 1);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    if (fails) {
        assert_code(n, RN_E_IO);
        assert_code(rn_error_of(s, &err), RN_E_IO);
        assert_int_equal(err.sys_errno, EINVAL);
    }
    rn_free(s);
    close(raw);
    if (!fails) {
        print_message("SKIPPED: poll(2) knows no limit here, as in valgrind\n");
        skip();
    }
}

/* Each call that takes an address, and the phase that it tells. */
static void
an_interface_that_cannot_be_looked_up_is_told(void **state)
{
    (void)state;
    rn_error err[4];
    char text[RN_HOST_SIZE];
    const rn_lookup_options any = {.family = RN_ANY};
    const rn_connect_options there = {
        .host = "fe80::1%lo", .port = 1, .family = RN_IPV6};
    const rn_connect_options from = {
        .host = "::1", .port = 1, .family = RN_IPV6, .source = "::1%lo"};
    const rn_listen_options here = {.address = "::1%lo", .family = RN_IPV6};
    struct rlimit before = allow_none();
    rn_connect_with(&there, &err[0]);
    rn_connect_with(&from, &err[1]);
    rn_listen_with(&here, &err[2]);
    rn_host_by_address_with("::1%lo", &any, text, sizeof text, &err[3]);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    static const int phases[] = {RN_PHASE_LOOKUP, RN_PHASE_CONNECT,
                                 RN_PHASE_LISTEN, RN_PHASE_LOOKUP};
    for (int i = 0; i < 4; i++) {
        assert_code(err[i].code, RN_E_FILES);
        assert_int_equal(err[i].sys_errno, EMFILE);
        assert_int_equal(err[i].phase, phases[i]);
    }
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
