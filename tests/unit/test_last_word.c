/* SPDX-License-Identifier: MIT */
/* The last word of a stream: what may be said after it, over another stream and
 * not, and what a lost farewell means for who writes on. */
#include <stdlib.h>

#include "../support/check.h"
#include "../support/scripted.h"

/* A kind whose last word has the result that a test chooses. */
struct speaker {
    rn_stream *below; /* or NULL */
    int result;
    int asked;
};

static ptrdiff_t
speaker_write(void *ctx, const void *data, size_t n, const rn_wait *wait)
{
    const struct speaker *k = ctx;
    int rc = k->below == NULL ? RN_OK : rn_below_write(k->below, data, n, wait);
    return rc < 0 ? rc : (ptrdiff_t)n;
}

static int
speaker_shutdown(void *ctx, const rn_wait *wait)
{
    struct speaker *k = ctx;
    (void)wait;
    k->asked++;
    return k->result;
}

static const rn_stream_ops speaker_ops = {.write = speaker_write,
                                          .shutdown_write = speaker_shutdown};

/* Say the last word, which ends with `result`, then write: with `expected`. */
static void
check_after(struct speaker *k, rn_stream *s, int result, int expected)
{
    assert_non_null(s);
    k->result = result;
    assert_code(rn_shutdown_write(s), result);
    assert_code(rn_write(s, "x", 1), expected);
    k->result = RN_OK;
    assert_code(rn_shutdown_write(s), RN_OK);
    assert_int_equal(k->asked, result == RN_OK ? 1 : 2);
    assert_code(rn_shutdown_write(s), RN_OK);
    assert_int_equal(k->asked, result == RN_OK ? 1 : 2);
    assert_code(rn_write(s, "x", 1), RN_E_CLOSED);
    rn_abort(s);
    rn_free(s);
}

/* Over another stream the word may be on its way already. */
static void
nothing_follows_a_last_word_that_may_have_been_said(void **state)
{
    (void)state;
    static const struct {
        int result;
        int then;
    } cases[] = {
        {RN_OK, RN_E_CLOSED},      {RN_E_TIMEOUT, RN_E_CLOSED},
        {RN_E_AGAIN, RN_E_CLOSED}, {RN_E_CANCELED, RN_E_CLOSED},
        {RN_E_MEMORY, RN_OK},      {RN_E_BUSY, RN_OK},
        {RN_E_UNSUPPORTED, RN_OK},
    };
    struct script *p = script_new();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct speaker k = {.below = script_open(p, RN_UNBUFFERED, 0)};
        rn_stream *s = rn_stream_over(&speaker_ops, &k, k.below, NULL);
        check_after(&k, s, cases[i].result, cases[i].then);
    }
    free(p);
}

/* One that is over nothing knows by itself what was said. */
static void
a_last_word_of_its_own_can_be_tried_again(void **state)
{
    (void)state;
    static const int results[] = {RN_E_TIMEOUT, RN_E_AGAIN, RN_E_MEMORY};
    for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
        struct speaker k = {.below = NULL};
        rn_stream *s = rn_stream_new(&speaker_ops, &k, RN_UNBUFFERED, NULL);
        check_after(&k, s, results[i], RN_OK);
    }
}

static void
who_writes_after_a_lost_farewell_hears_of_it_each_time(void **state)
{
    (void)state;
    struct script *p = script_new();
    rn_stream *below = script_open(p, RN_UNBUFFERED, 0);
    p->write_room = 0;
    p->write_end = RN_E_RESET;
    assert_code(rn_below_farewell(below, "a", 1, NULL), RN_E_RESET);
    p->write_room = SIZE_MAX;
    assert_code(rn_below_write(below, "b", 1, NULL), RN_E_RESET);
    assert_code(rn_below_write(below, "c", 1, NULL), RN_E_RESET);
    assert_code(rn_below_farewell(below, "d", 1, NULL), RN_E_RESET);
    assert_int_equal(p->out_len, 0);
    rn_abort(below);
    rn_free(below);
    free(p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_follows_a_last_word_that_may_have_been_said),
        cmocka_unit_test(a_last_word_of_its_own_can_be_tried_again),
        cmocka_unit_test(
            who_writes_after_a_lost_farewell_hears_of_it_each_time),
    };
    return cmocka_run_group_tests_name("last_word", tests, NULL, NULL);
}
