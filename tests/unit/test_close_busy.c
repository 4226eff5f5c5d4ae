/* SPDX-License-Identifier: MIT */
/* Closing a kind of stream that has to read before it can write, as TLS in the
 * middle of a message of its own: it is read from, and never says BUSY. */
#include <limits.h>
#include <stdbool.h>

#include "../support/check.h"

struct talker {
    int lacks;  /* so many reads are to succeed before it can write */
    int silent; /* so many reads find nothing first, */
    int hidden; /* though each of them is as good as so many that do */
    ptrdiff_t reads_end;
    int wait_code;
    int close_code;
    int reads;
    int waits;
    size_t written;
    bool closed;
};

static ptrdiff_t
talker_read(void *ctx, void *data, size_t n, const rn_wait *wait)
{
    struct talker *t = ctx;
    (void)wait;
    assert_true(n > 0);
    t->reads++;
    if (t->silent > 0) {
        t->silent--;
        t->lacks -= t->hidden;
        return RN_E_AGAIN;
    }
    if (t->lacks == 0)
        return t->reads_end;
    t->lacks--;
    memset(data, 'x', 1);
    return 1;
}

static ptrdiff_t
talker_write(void *ctx, const void *data, size_t n, const rn_wait *wait)
{
    struct talker *t = ctx;
    (void)data;
    (void)wait;
    if (t->lacks > 0 || t->reads_end != RN_E_AGAIN)
        return RN_E_BUSY;
    t->written += n;
    return (ptrdiff_t)n;
}

static int
talker_wait(void *ctx, int directions, const rn_wait *wait)
{
    struct talker *t = ctx;
    (void)wait;
    assert_int_equal(directions, RN_READABLE);
    t->waits++;
    return t->wait_code;
}

static int
talker_close(void *ctx, const rn_wait *wait)
{
    struct talker *t = ctx;
    (void)wait;
    t->closed = true;
    return t->close_code;
}

static const rn_stream_ops patient = {.read = talker_read,
                                      .write = talker_write,
                                      .wait = talker_wait,
                                      .close = talker_close};
static const rn_stream_ops hasty = {
    .read = talker_read, .write = talker_write, .close = talker_close};
static const rn_stream_ops mute = {.write = talker_write,
                                   .close = talker_close};

/* What closing says when three bytes are unsent; whether they were sent. */
static int
close_three(const rn_stream_ops *ops, struct talker *t)
{
    rn_stream *s = rn_stream_new(ops, t, RN_BUFFERED, NULL);
    rn_error err;
    assert_code(rn_write(s, "abc", 3), RN_OK);
    int rc = rn_close(s);
    assert_code(rn_error_of(s, &err), rc);
    assert_int_equal(err.phase, rc < 0 ? RN_PHASE_CLOSE : RN_PHASE_NONE);
    assert_true(t->closed);
    assert_int_equal(t->written, rc == RN_OK ? 3 : 0);
    assert_code(rn_close(s), RN_OK);
    rn_free(s);
    return rc;
}

static void
it_reads_and_then_sends_the_rest(void **state)
{
    (void)state;
    struct talker t = {.lacks = 3, .reads_end = RN_E_AGAIN};
    assert_code(close_three(&patient, &t), RN_OK);
    assert_int_equal(t.reads, 3);
    assert_int_equal(t.waits, 0);
}

static void
it_waits_for_what_it_has_to_read(void **state)
{
    (void)state;
    struct talker t = {.lacks = 1, .silent = 2, .reads_end = RN_E_AGAIN};
    assert_code(close_three(&patient, &t), RN_OK);
    assert_int_equal(t.waits, 2);
    t = (struct talker){.lacks = 1,
                        .silent = 2,
                        .reads_end = RN_E_AGAIN,
                        .wait_code = RN_E_TIMEOUT};
    assert_code(close_three(&patient, &t), RN_E_TIMEOUT);
    assert_int_equal(t.waits, 1);
}

static void
what_cannot_be_sent_is_told(void **state)
{
    (void)state;
    struct talker t = {.reads_end = 0};
    assert_code(close_three(&patient, &t), RN_E_RESET);
    t = (struct talker){.lacks = 2, .reads_end = RN_E_IO};
    assert_code(close_three(&patient, &t), RN_E_IO);
    assert_int_equal(t.reads, 3);
    t = (struct talker){.lacks = 1, .reads_end = RN_E_AGAIN};
    assert_code(close_three(&mute, &t), RN_E_IO);
    /* A read of what cannot wait by itself might wait for more. */
    assert_code(close_three(&hasty, &t), RN_E_IO);
    assert_int_equal(t.reads, 0);
    /* One that can never write is not read from for ever. */
    t = (struct talker){.lacks = INT_MAX, .reads_end = RN_E_AGAIN};
    assert_code(close_three(&patient, &t), RN_E_IO);
    assert_in_range(t.reads, 100, 100000);
}

/* What came was none of the user's, and enough. */
static void
it_does_not_wait_for_what_it_need_not(void **state)
{
    (void)state;
    struct talker t = {
        .lacks = 1, .silent = 1, .hidden = 1, .reads_end = RN_E_AGAIN};
    assert_code(close_three(&patient, &t), RN_OK);
    assert_int_equal(t.reads, 1);
    assert_int_equal(t.waits, 0);
}

static void
a_kind_that_closes_busily_is_closed(void **state)
{
    (void)state;
    struct talker t = {.reads_end = RN_E_AGAIN, .close_code = RN_E_BUSY};
    rn_stream *s = rn_stream_new(&patient, &t, RN_BUFFERED, NULL);
    assert_code(rn_close(s), RN_E_IO);
    assert_true(t.closed);
    rn_free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_reads_and_then_sends_the_rest),
        cmocka_unit_test(it_waits_for_what_it_has_to_read),
        cmocka_unit_test(it_does_not_wait_for_what_it_need_not),
        cmocka_unit_test(what_cannot_be_sent_is_told),
        cmocka_unit_test(a_kind_that_closes_busily_is_closed),
    };
    return cmocka_run_group_tests_name("close_busy", tests, NULL, NULL);
}
