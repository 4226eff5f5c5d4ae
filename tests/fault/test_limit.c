/* SPDX-License-Identifier: MIT */
/* A receive whose waiting is limited costs one system call, since the kernel
 * keeps a limit for it (SO_RCVTIMEO): how often that is set, and to what, says
 * this program's setsockopt (see the build file). */
#include <errno.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/clock.h"
#include "../support/peer.h"

static int times;       /* that it was set */
static int64_t last_ms; /* to what */
static bool fails;

int __real_setsockopt(int fd, int level, int option, const void *value,
                      socklen_t len);
int __wrap_setsockopt(int fd, int level, int option, const void *value,
                      socklen_t len);

int
__wrap_setsockopt(int fd, int level, int option, const void *value,
                  socklen_t len)
{
    if (level == SOL_SOCKET && option == SO_RCVTIMEO) {
        struct timeval t;
        memcpy(&t, value, sizeof t);
        times++;
        last_ms = (int64_t)t.tv_sec * 1000 + t.tv_usec / 1000;
        errno = ENOPROTOOPT;
        if (fails)
            return -1;
    }
    return __real_setsockopt(fd, level, option, value, len);
}

/* How often it is set by `count` reads of what is there. */
static int
reads(rn_socket *s, int raw, int count)
{
    times = 0;
    for (int i = 0; i < count; i++) {
        assert_int_equal(write(raw, "x", 1), 1);
        assert_read(s, 1, "x");
    }
    return times;
}

/* Between half of what is left when the last 10 ms are not counted, and less
 * where the machine was slow. */
#define assert_half_of(ms)                                                     \
    do {                                                                       \
        assert_true(last_ms <= ((ms)-10) / 2);                                 \
        assert_true(last_ms > ((ms)-10) / 2 - (ms) / 20);                      \
    } while (0)

static void
a_limit_is_set_once_for_many_reads(void **state)
{
    (void)state;
    int raw;
    rn_socket *s = socket_to_raw(&raw, RN_UNBUFFERED);
    assert_int_equal(reads(s, raw, 10), 0);
    assert_code(rn_set_timeout(s, RN_READABLE, 100000), RN_OK);
    assert_int_equal(reads(s, raw, 100), 1);
    assert_half_of(100000);
    assert_code(rn_set_timeout(s, RN_READABLE, 1000000), RN_OK);
    assert_int_equal(reads(s, raw, 100), 1);
    assert_half_of(1000000);
    /* A little more or less is all the same. */
    assert_code(rn_set_timeout(s, RN_READABLE, 700000), RN_OK);
    assert_int_equal(reads(s, raw, 10), 0);
    assert_code(rn_set_timeout(s, RN_READABLE, 1900000), RN_OK);
    assert_int_equal(reads(s, raw, 10), 0);
    /* What would be late is not. */
    assert_code(rn_set_timeout(s, RN_READABLE, 600000), RN_OK);
    assert_int_equal(reads(s, raw, 10), 1);
    assert_half_of(600000);
    assert_code(rn_set_timeout(s, RN_READABLE, RN_NO_TIMEOUT), RN_OK);
    assert_code(rn_set_deadline(s, RN_READABLE, rn_in(50000)), RN_OK);
    assert_int_equal(reads(s, raw, 10), 1);
    assert_half_of(50000);
    rn_free(s);
    close(raw);
}

static void
where_it_does_not_help_none_is_set(void **state)
{
    (void)state;
    int raw;
    rn_socket *s = socket_to_raw(&raw, RN_UNBUFFERED);
    rn_cancel *token = rn_cancel_new(NULL);
    assert_code(rn_set_timeout(s, RN_READABLE, 29), RN_OK);
    assert_int_equal(reads(s, raw, 10), 0);
    assert_code(rn_set_timeout(s, RN_READABLE, 0), RN_OK);
    assert_int_equal(reads(s, raw, 10), 0);
    assert_code(rn_set_timeout(s, RN_READABLE, 100000), RN_OK);
    assert_code(rn_set_cancel(s, token), RN_OK);
    assert_int_equal(reads(s, raw, 10), 0);
    assert_code(rn_set_cancel(s, NULL), RN_OK);
    /* Nobody counts centuries in 32 bits. */
    assert_code(rn_set_timeout(s, RN_READABLE, INT64_C(86400000) * 36500),
                RN_OK);
    assert_int_equal(reads(s, raw, 10), 1);
    assert_true(last_ms == INT64_C(86400000) * 365 / 2);
    rn_free(s);
    rn_cancel_free(token);
    close(raw);
}

static void
where_it_cannot_be_set_the_time_is_kept(void **state)
{
    (void)state;
    int raw;
    rn_socket *s = socket_to_raw(&raw, RN_UNBUFFERED);
    fails = true;
    assert_code(rn_set_timeout(s, RN_READABLE, 60), RN_OK);
    rn_time start = rn_now();
    assert_code(rn_eof(s), RN_E_TIMEOUT);
    assert_took(start, 60);
    assert_int_equal(times, 1);
    assert_code(rn_set_timeout(s, RN_READABLE, 10000), RN_OK);
    assert_int_equal(reads(s, raw, 3), 3);
    fails = false;
    assert_int_equal(reads(s, raw, 3), 1);
    rn_free(s);
    close(raw);
}

static int
forget(void **state)
{
    (void)state;
    times = 0;
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_limit_is_set_once_for_many_reads, forget),
        cmocka_unit_test_setup(where_it_does_not_help_none_is_set, forget),
        cmocka_unit_test_setup(where_it_cannot_be_set_the_time_is_kept, forget),
    };
    return cmocka_run_group_tests_name("limit", tests, NULL, NULL);
}
