/* SPDX-License-Identifier: MIT */
/* How much a stream asks its transport for: a whole buffer where much comes,
 * and the little memory of its own where little does. */
#include <stdbool.h>
#include <string.h>

#include "../support/check.h"

enum {
    BUFFER = 4096,
    LITTLE = 53, /* no whole number of lines */
    LINE = 4
};

/* A transport of lines of four bytes, in pieces of the sizes that a test names;
 * or of long lines without end, as much as it is asked for. */
struct source {
    const size_t *pieces; /* 0 is the last */
    size_t line;
    size_t sent;
    size_t asked; /* by the last call */
    size_t least; /* and by any call but the first two */
    int calls;
    size_t first;     /* by the first call of a line */
    bool whole_lines; /* no more than up to its end */
};

static ptrdiff_t
source_read(void *ctx, void *data, size_t n, const rn_wait *wait)
{
    struct source *source = ctx;
    (void)wait;
    source->asked = n;
    size_t len = *source->pieces < n ? *source->pieces : n;
    source->pieces += len > 0;
    for (size_t i = 0; i < len; i++)
        ((char *)data)[i] = "abc\n"[source->sent++ % LINE];
    return (ptrdiff_t)len;
}

static ptrdiff_t
long_read(void *ctx, void *data, size_t n, const rn_wait *wait)
{
    struct source *source = ctx;
    (void)wait;
    if (source->calls++ >= 2 && n < source->least)
        source->least = n;
    if (source->first == 0)
        source->first = n;
    size_t left = source->line - source->sent % source->line;
    if (source->whole_lines && n > left)
        n = left;
    for (size_t i = 0; i < n; i++)
        ((char *)data)[i] = ++source->sent % source->line == 0 ? '\n' : 'x';
    return (ptrdiff_t)n;
}

static const rn_stream_ops source_ops = {.read = source_read};
static const rn_stream_ops long_ops = {.read = long_read};

/* Read lines until the transport has been asked as often as `asked` has sizes
 * before its 0; each time for so much. */
static void
check_asked(size_t buffer, const size_t *pieces, const size_t *asked)
{
    struct source source = {.pieces = pieces};
    rn_stream *s = rn_stream_new(&source_ops, &source, RN_BUFFERED, NULL);
    assert_non_null(s);
    assert_code(rn_set_buffer_size(s, buffer), RN_OK);
    const char *line;
    size_t len;
    while (*asked != 0) {
        source.asked = 0;
        assert_int_equal(rn_readln(s, &line, &len), 1);
        assert_string_equal(line, "abc");
        if (source.asked == 0)
            continue;
        assert_int_equal(source.asked, *asked);
        asked++;
    }
    rn_abort(s);
    rn_free(s);
}

static size_t own; /* what a stream asks for at first */

static void
little_is_asked_for_at_first(void **state)
{
    (void)state;
    struct source source = {.pieces = (const size_t[]){LINE, 0}};
    rn_stream *s = rn_stream_new(&source_ops, &source, RN_BUFFERED, NULL);
    const char *line;
    assert_int_equal(rn_readln(s, &line, NULL), 1);
    own = source.asked;
    assert_true(own >= LINE && own < BUFFER);
    rn_abort(s);
    rn_free(s);
}

/* A fast sender's bytes come with a small rest now and then. */
static void
one_small_piece_after_much_changes_nothing(void **state)
{
    (void)state;
    size_t whole = BUFFER - own % LINE; /* so that whole lines are there */
    check_asked(
        BUFFER, (const size_t[]){own, whole, LINE, BUFFER, LINE, LINE, LINE, 0},
        (const size_t[]){own, BUFFER, BUFFER, BUFFER, BUFFER, BUFFER, own, 0});
}

/* Otherwise as much of what comes would be left for a call of its own. */
static void
the_start_of_a_short_line_takes_no_room(void **state)
{
    (void)state;
    check_asked(BUFFER,
                (const size_t[]){own, BUFFER - 3, BUFFER, LITTLE, BUFFER, 0},
                (const size_t[]){own, BUFFER, BUFFER, BUFFER, BUFFER, 0});
}

/* Nor does a long one make a call for the little that is meant for that. */
static void
long_lines_ask_for_much(void **state)
{
    (void)state;
    for (size_t line = BUFFER - 2; line < BUFFER + 2 * own; line++) {
        struct source source = {.line = line, .least = SIZE_MAX};
        rn_stream *s = rn_stream_new(&long_ops, &source, RN_BUFFERED, NULL);
        const char *text;
        size_t len;
        assert_code(rn_set_buffer_size(s, BUFFER), RN_OK);
        for (int i = 0; i < 200; i++) {
            assert_int_equal(rn_readln(s, &text, &len), 1);
            assert_int_equal(len, line - 1);
        }
        assert_true(source.least > own);
        rn_abort(s);
        rn_free(s);
    }
}

/* Lines that fill what was taken for the first of them: the next one begins
 * with a buffer of the usual size again. */
static void
one_long_line_does_not_cost_for_ever(void **state)
{
    (void)state;
    struct source source = {.line = 5 * BUFFER, .whole_lines = true};
    rn_stream *s = rn_stream_new(&long_ops, &source, RN_BUFFERED, NULL);
    const char *text;
    assert_code(rn_set_buffer_size(s, BUFFER), RN_OK);
    for (int i = 0; i < 3; i++) {
        source.first = 0;
        assert_int_equal(rn_readln(s, &text, NULL), 1);
        assert_int_equal(source.first, i == 0 ? own : BUFFER);
    }
    rn_abort(s);
    rn_free(s);
}

static void
short_lines_exceed_no_small_buffer(void **state)
{
    (void)state;
    struct source source = {.pieces = (const size_t[]){16, 14, 16, 16, 6, 0}};
    rn_stream *s = rn_stream_new(&source_ops, &source, RN_BUFFERED, NULL);
    const char *line;
    assert_code(rn_set_buffer_size(s, 16), RN_OK);
    while (rn_readln(s, &line, NULL) == 1)
        assert_in_range(source.asked, 1, 16);
    assert_int_equal(*source.pieces, 0);
    rn_abort(s);
    rn_free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(little_is_asked_for_at_first),
        cmocka_unit_test(one_small_piece_after_much_changes_nothing),
        cmocka_unit_test(the_start_of_a_short_line_takes_no_room),
        cmocka_unit_test(long_lines_ask_for_much),
        cmocka_unit_test(one_long_line_does_not_cost_for_ever),
        cmocka_unit_test(short_lines_exceed_no_small_buffer),
    };
    return cmocka_run_group_tests_name("asking", tests, NULL, NULL);
}
