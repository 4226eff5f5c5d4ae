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

/* Both routes are silent when the `to` of one goes. */
static void
the_first_that_is_gone_ends_both(void **state)
{
    (void)state;
    for (int gone = 0; gone < 2; gone++) {
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
        const struct linger none = {.l_onoff = 1, .l_linger = 0};
        int to = 1 + 2 * gone;
        setsockopt(raw[to], SOL_SOCKET, SO_LINGER, &none, sizeof none);
        close(raw[to]);
        assert_code(relay_join(&r), RN_E_RESET);
        assert_ptr_equal(r.route[gone].failed, s[to]);
        assert_null(r.route[1 - gone].failed);
        assert_true(r.cpu < 1000);
        for (int i = 0; i < 4; i++) {
            rn_free(s[i]);
            if (i != to)
                close(raw[i]);
        }
    }
}

/* From where there is always more to where there is always room. */
static void
what_never_waits_keeps_its_time(void **state)
{
    (void)state;
    static const char *const sources[] = {"/dev/zero", "/dev/urandom"};
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        rn_stream *from = rn_from_fd(open(sources[i], O_RDONLY | O_CLOEXEC),
                                     RN_BUFFERED, NULL);
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

/* A kind that has to wait before it can end. */
struct polite {
    int fd;
    int refusals;
    int shutdowns;
};

static ptrdiff_t
polite_write(void *ctx, const void *data, size_t n, const rn_wait *wait)
{
    (void)ctx, (void)data, (void)wait;
    return (ptrdiff_t)n;
}

static int
polite_shutdown(void *ctx, const rn_wait *wait)
{
    struct polite *p = ctx;
    (void)wait;
    p->shutdowns++;
    return p->refusals-- > 0 ? RN_E_AGAIN : RN_OK;
}

static int
polite_fd(void *ctx)
{
    return ((struct polite *)ctx)->fd;
}

static const rn_stream_ops polite_ops = {
    .write = polite_write, .shutdown_write = polite_shutdown, .fd = polite_fd};

static void
an_end_that_has_to_wait_is_waited_for(void **state)
{
    (void)state;
    int near;
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    struct polite mine = {.fd = fds[0], .refusals = 2};
    rn_socket *from = socket_to_raw(&near, RN_BUFFERED);
    rn_stream *to = rn_stream_new(&polite_ops, &mine, RN_BUFFERED, NULL);
    assert_int_equal(write(near, "word", 4), 4);
    shutdown(near, SHUT_WR);
    rn_route route = {.from = from, .to = to};
    assert_code(rn_relay_routes(&route, 1, NULL), RN_OK);
    assert_int_equal(route.ended, 1);
    assert_int_equal(route.bytes, 4);
    assert_int_equal(mine.shutdowns, 3);
    assert_code(rn_error_of(to, NULL), RN_OK);
    assert_code(rn_write(to, "x", 1), RN_E_CLOSED);
    rn_free(from);
    rn_free(to);
    close(near);
    close(fds[0]);
    close(fds[1]);
}

/* The reader of a pipe goes while there is nothing to say to it, whether bytes
 * are spliced into it or, from a kept descriptor, copied. */
static void
a_pipe_that_nobody_reads_any_more_ends_it(void **state)
{
    (void)state;
    for (int kept = 0; kept < 2; kept++) {
        int near;
        int ends[2];
        rn_error err;
        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        rn_socket *owner = socket_to_raw(&near, RN_BUFFERED);
        rn_socket *from = owner;
        if (kept)
            from = rn_from_fd(rn_fd(owner), RN_BUFFERED | RN_KEEP_FD, NULL);
        rn_stream *to = rn_from_fd(ends[1], RN_BUFFERED, NULL);
        struct relaying r = {.count = 1,
                             .route = {{.from = from, .to = to}},
                             .options = {.timeout = 20000}};
        char c;
        relay_start(&r);
        relay_wait_asleep(&r); /* and woken by what says nothing of the pipe */
        assert_int_equal(write(near, "x", 1), 1);
        assert_int_equal(read(ends[0], &c, 1), 1);
        relay_wait_asleep(&r);
        close(ends[0]);
        assert_code(relay_join(&r), RN_E_RESET);
        assert_ptr_equal(r.route[0].failed, to);
        assert_code(rn_error_of(to, &err), RN_E_RESET);
        assert_int_equal(err.sys_errno, EPIPE);
        assert_int_equal(err.phase, RN_PHASE_WRITE);
        if (kept)
            rn_free(from);
        rn_free(owner);
        rn_free(to);
        close(near);
    }
}

/* ---- What is unsent on the stream that is relayed from */

/* A socket with more to send than its peer takes; of a kept descriptor it is
 * copied, else spliced. */
static rn_socket *
with_unsent(int *raw, bool kept, rn_socket **owner)
{
    static char much[1 << 16];
    rn_socket *s = *owner = socket_to_small(raw);
    if (kept)
        s = rn_from_fd(rn_fd(s), RN_BUFFERED | RN_KEEP_FD, NULL);
    assert_code(rn_set_deadline(s, RN_BOTH, RN_NOW), RN_OK);
    /* The system can be full just where a piece ends; what has a buffer then
     * keeps one byte. */
    size_t n = sizeof much;
    for (int i = 0; rn_unsent(s) == 0; i++) {
        assert_true(i < 10000);
        if (rn_write(s, much, n) < 0)
            n = 1;
    }
    return s;
}

static void
the_rest_of_a_question_goes_out_while_the_answer_is_waited_for(void **state)
{
    (void)state;
    for (int kept = 0; kept < 2; kept++) {
        int near, far;
        char got[1 << 12];
        rn_stats stats;
        rn_socket *owner;
        rn_socket *from = with_unsent(&near, kept, &owner);
        rn_socket *to = socket_to_raw(&far, RN_BUFFERED);
        assert_code(rn_get_stats(from, &stats), RN_OK);
        uint64_t left = stats.bytes_written + (uint64_t)rn_unsent(from);
        struct relaying r = {.count = 1,
                             .route = {{.from = from, .to = to}},
                             .options = {.timeout = 20000}};
        relay_start(&r);
        relay_wait_asleep(&r);
        while (left > 0) { /* the question, to its last byte */
            ptrdiff_t n = read(near, got, sizeof got);
            assert_true(n > 0);
            left -= (uint64_t)n;
        }
        assert_int_equal(write(near, "answer", 6), 6);
        shutdown(near, SHUT_WR);
        assert_code(relay_join(&r), RN_OK);
        assert_int_equal(rn_unsent(from), 0);
        assert_true(r.cpu < 1000);
        assert_int_equal(raw_read_all(far, got, sizeof got), 6);
        assert_string_equal(got, "answer");
        if (kept)
            rn_free(from);
        rn_free(owner);
        rn_free(to);
        close(near);
        close(far);
    }
}

static void
a_question_that_cannot_be_sent_ends_it(void **state)
{
    (void)state;
    for (int kept = 0; kept < 2; kept++) {
        int near, far;
        rn_error err;
        rn_socket *owner;
        rn_socket *from = with_unsent(&near, kept, &owner);
        rn_socket *to = socket_to_raw(&far, RN_BUFFERED);
        /* Its output is gone, and its input is silent. */
        assert_int_equal(shutdown(rn_fd(from), SHUT_WR), 0);
        rn_route route = {.from = from, .to = to};
        assert_code(rn_relay_routes(&route, 1, NULL), RN_E_RESET);
        assert_ptr_equal(route.failed, from);
        assert_code(rn_error_of(from, &err), RN_E_RESET);
        assert_int_equal(err.sys_errno, EPIPE);
        assert_int_equal(err.phase, RN_PHASE_WRITE);
        rn_abort(from);
        if (kept)
            rn_free(from);
        rn_free(owner);
        rn_free(to);
        close(near);
        close(far);
    }
}

/* What is unsent there is the relay's to send: a reader does not wait for it,
 * but for its own input, and no longer than it may. */
static void
who_reads_from_to_keeps_its_time(void **state)
{
    (void)state;
    int near, far;
    struct far_end feeder;
    rn_socket *their;
    rn_socket *from = socket_to_raw(&near, RN_BUFFERED);
    rn_socket *to = with_unsent(&far, true, &their);
    struct relaying r = {.count = 1,
                         .route = {{.from = from, .to = to}},
                         .options = {.cancel = rn_cancel_new(NULL)}};
    far_feed(&feeder, near, 1000000);
    assert_code(rn_set_deadline(to, RN_BOTH, RN_FOREVER), RN_OK);
    relay_start(&r);
    relay_wait_asleep(&r);
    assert_true(rn_unsent(to) > 0);
    assert_code(rn_set_timeout(to, RN_READABLE, 50), RN_OK);
    rn_time start = rn_now();
    assert_code(rn_eof(to), RN_E_TIMEOUT);
    assert_took(start, 50);
    assert_int_equal(write(far, "heard", 5), 5);
    assert_read(to, 5, "heard");
    rn_cancel_set(r.options.cancel);
    assert_code(relay_join(&r), RN_E_CANCELED);
    rn_cancel_free(r.options.cancel);
    rn_abort(to);
    rn_abort(from);
    far_join(&feeder);
    rn_free(from);
    rn_free(to);
    rn_free(their);
    close(near);
    close(far);
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
        cmocka_unit_test(who_reads_from_to_keeps_its_time),
        cmocka_unit_test(an_end_that_has_to_wait_is_waited_for),
        cmocka_unit_test(a_pipe_that_nobody_reads_any_more_ends_it),
        cmocka_unit_test(
            the_rest_of_a_question_goes_out_while_the_answer_is_waited_for),
        cmocka_unit_test(a_question_that_cannot_be_sent_ends_it),
    };
    return cmocka_run_group_tests_name("relay_codes", tests, NULL, NULL);
}
