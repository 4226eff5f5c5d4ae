/* SPDX-License-Identifier: MIT */
/* The last words of a kind over a connection, such as TLS has: whether they
 * arrive does not matter, whether what was written before them did does. How
 * much is unconfirmed when the peer resets says this program's ioctl (see the
 * build file). */
#include <errno.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/peer.h"

static int looks;      /* at what is unconfirmed */
static int first_look; /* what the first one sees; the peer resets after it */
static int later;      /* what the others see; below 0 a failure */
static int peer = -1;

int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, int *bytes);

int
__wrap_ioctl(int fd, unsigned long request, int *bytes)
{
    assert_int_equal(request, TIOCOUTQ);
    if (peer < 0)
        return __real_ioctl(fd, request, bytes);
    *bytes = looks++ == 0 ? first_look : later;
    if (looks == 1) {
        const struct linger none = {.l_onoff = 1, .l_linger = 0};
        setsockopt(peer, SOL_SOCKET, SO_LINGER, &none, sizeof none);
        close(peer);
    }
    if (*bytes >= 0)
        return 0;
    errno = ENOBUFS;
    return -1;
}

struct kind {
    rn_stream *below;
};

static ptrdiff_t
kind_write(void *ctx, const void *data, size_t n, const rn_wait *wait)
{
    struct kind *k = ctx;
    int rc = rn_below_write(k->below, data, n, wait);
    return rc < 0 ? rc : (ptrdiff_t)n;
}

static int
kind_close(void *ctx, const rn_wait *wait)
{
    struct kind *k = ctx;
    rn_below_farewell(k->below, "bye", 3, wait);
    return RN_OK;
}

static const rn_stream_ops ops = {.write = kind_write, .close = kind_close};

static void
a_reset_after_the_last_word_is_judged_by_what_is_missing(void **state)
{
    (void)state;
    static const struct {
        int first;
        int later;
        int code;
        int looks;
    } rows[] = {{3, 3, RN_OK, 1}, /* nothing but the last word is missing */
                {7, 3, RN_OK, 2}, /* all the rest came meanwhile */
                {7, 4, RN_OK, 2}, /* and the end of the stream counts as one */
                {7, 5, RN_E_RESET, 2},   /* a byte before it is missing */
                {7, -1, RN_E_RESET, 2}}; /* who knows? */
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct kind k;
        rn_error err;
        int raw;
        k.below = socket_to_raw(&raw, RN_UNBUFFERED);
        rn_stream *s = rn_stream_over(&ops, &k, k.below, &err);
        assert_non_null(s);
        assert_code(rn_write(s, "data", 4), RN_OK);
        looks = 0;
        first_look = rows[i].first;
        later = rows[i].later;
        peer = raw;
        assert_code(rn_close(s), rows[i].code);
        peer = -1;
        assert_int_equal(looks, rows[i].looks);
        assert_code(rn_error_of(s, NULL), rows[i].code);
        rn_free(s);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            a_reset_after_the_last_word_is_judged_by_what_is_missing),
    };
    return cmocka_run_group_tests_name("farewell", tests, NULL, NULL);
}
