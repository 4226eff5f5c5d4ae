/* SPDX-License-Identifier: MIT */
/* What a relay answers where its streams decide: those of one's own that stop
 * it, several routes of which one fails, and files that never make it wait. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/clock.h"
#include "../support/peer.h"
#include "../support/relaying.h"

/* A stream that says one word and then answers with a code, either way. */
struct stubborn {
    const char *word;
    int code;
};

static ptrdiff_t
stubborn_read(void *ctx, void *data, size_t n, const rn_wait *wait)
{
    struct stubborn *s = ctx;
    size_t len = strlen(s->word);
    (void)wait;
    assert_true(len <= n);
    memcpy(data, s->word, len);
    s->word = "";
    return len > 0 ? (ptrdiff_t)len : s->code;
}

static ptrdiff_t
stubborn_write(void *ctx, const void *data, size_t n, const rn_wait *wait)
{
    const struct stubborn *s = ctx;
    (void)data, (void)n, (void)wait;
    return s->code;
}

static const rn_stream_ops stubborn = {.read = stubborn_read,
                                       .write = stubborn_write};

static void
a_stream_of_ones_own_stops_it(void **state)
{
    (void)state;
    static const struct {
        int code;
        bool is_its_own;
    } rows[] = {{RN_E_TIMEOUT, false},
                {RN_E_CANCELED, false},
                {RN_E_AGAIN, true},
                {RN_E_MEMORY, true},
                {RN_E_RESET, true}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct stubborn mine = {.word = "word", .code = rows[i].code};
        int far;
        char got[8];
        rn_stream *s = rn_stream_new(&stubborn, &mine, RN_BUFFERED, NULL);
        rn_socket *to = socket_to_raw(&far, RN_BUFFERED);
        rn_route route = {.from = s, .to = to};
        assert_code(rn_relay_routes(&route, 1, NULL), rows[i].code);
        assert_int_equal(route.bytes, 4);
        assert_int_equal(route.ended, 0);
        assert_ptr_equal(route.failed, rows[i].is_its_own ? s : NULL);
        assert_code(route.code, rows[i].is_its_own ? rows[i].code : RN_OK);
        assert_code(rn_close(to), RN_OK);
        assert_int_equal(raw_read_all(far, got, sizeof got), 4);
        assert_string_equal(got, "word");
        /* The other way round: what it does not take is kept. */
        mine.code = rows[i].code;
        rn_socket *from = socket_to_raw(&far, RN_BUFFERED);
        assert_int_equal(write(far, "said", 4), 4);
        route = (rn_route){.from = from, .to = s};
        assert_code(rn_relay_routes(&route, 1, NULL), rows[i].code);
        assert_ptr_equal(route.failed, rows[i].is_its_own ? s : NULL);
        rn_abort(s);
        rn_free(s);
        rn_free(to);
        rn_free(from);
        close(far);
    }
}

static void
one_of_two_that_cannot_join_claims_nothing(void **state)
{
    (void)state;
    int near, far;
    rn_socket *gone = socket_to_raw(&near, RN_BUFFERED);
    rn_socket *there = socket_to_raw(&far, RN_BUFFERED);
    assert_code(rn_close(gone), RN_OK);
    rn_route two[2] = {{.from = gone, .to = there},
                       {.from = there, .to = gone}};
    assert_code(rn_relay_routes(two, 2, NULL), RN_E_CLOSED);
    assert_ptr_equal(two[0].failed, gone);
    assert_null(two[1].failed);
    assert_code(rn_write(there, "free", 4), RN_OK);
    two[1].from = NULL;
    assert_code(rn_relay_routes(two, 2, NULL), RN_E_VALUE);
    rn_free(gone);
    rn_free(there);
    close(near);
    close(far);
}

/* Both routes are silent when the first one's `to` goes. */
static void
the_first_that_is_gone_ends_both(void **state)
{
    (void)state;
    int raw[4];
    rn_socket *s[4];
    char c;
    for (int i = 0; i < 4; i++)
        s[i] = socket_to_raw(&raw[i], RN_BUFFERED);
    struct relaying r = {
        .count = 2,
        .route = {{.from = s[0], .to = s[1]}, {.from = s[2], .to = s[3]}},
        .options = {.timeout = 20000}};
    relay_start(&r);
    assert_int_equal(write(raw[2], "x", 1), 1);
    assert_int_equal(read(raw[3], &c, 1), 1); /* so it is at work */
    relay_wait_asleep(&r);
    struct linger none = {.l_onoff = 1, .l_linger = 0};
    setsockopt(raw[1], SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close(raw[1]);
    assert_code(relay_join(&r), RN_E_RESET);
    assert_ptr_equal(r.route[0].failed, s[1]);
    assert_null(r.route[1].failed);
    for (int i = 0; i < 4; i++) {
        rn_free(s[i]);
        if (i != 1)
            close(raw[i]);
    }
}

/* From where there is always more to where there is always room. */
static void
what_never_waits_keeps_its_time(void **state)
{
    (void)state;
    rn_stream *from =
        rn_from_fd(open("/dev/zero", O_RDONLY | O_CLOEXEC), RN_BUFFERED, NULL);
    rn_stream *to = rn_from_fd(open("/dev/null", O_WRONLY | O_CLOEXEC),
                               RN_UNBUFFERED, NULL);
    rn_route route = {.from = from, .to = to};
    rn_relay_options limits = {.timeout = 60};
    rn_time start = rn_now();
    assert_code(rn_relay_routes(&route, 1, &limits), RN_E_TIMEOUT);
    assert_took(start, 60);
    assert_true(route.bytes > 0);
    limits = (rn_relay_options){.cancel = rn_cancel_new(NULL)};
    rn_cancel_set(limits.cancel);
    assert_code(rn_relay_routes(&route, 1, &limits), RN_E_CANCELED);
    rn_cancel_free(limits.cancel);
    rn_free(from);
    rn_free(to);
}

static void
into_dev_null_everything_goes(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(write(ends[1], "nothing", 7), 7);
    close(ends[1]);
    rn_stream *from = rn_from_fd(ends[0], RN_BUFFERED, NULL);
    rn_stream *to = rn_from_fd(open("/dev/null", O_WRONLY | O_CLOEXEC),
                               RN_UNBUFFERED, NULL);
    rn_route route = {.from = from, .to = to};
    assert_code(rn_relay_routes(&route, 1, NULL), RN_OK);
    assert_int_equal(route.bytes, 7);
    assert_int_equal(route.ended, 1);
    rn_free(from);
    rn_free(to);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_of_ones_own_stops_it),
        cmocka_unit_test(one_of_two_that_cannot_join_claims_nothing),
        cmocka_unit_test(the_first_that_is_gone_ends_both),
        cmocka_unit_test(what_never_waits_keeps_its_time),
        cmocka_unit_test(into_dev_null_everything_goes),
    };
    return cmocka_run_group_tests_name("relay_codes", tests, NULL, NULL);
}
