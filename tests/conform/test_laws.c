/* SPDX-License-Identifier: MIT */
/*
 * The laws of streams: each runs over every kind of stream in every buffering
 * mode, in one thread, so that a law which waits where it must not is caught by
 * the time limit.
 */
#include <stdlib.h>

#include "../support/check.h"
#include "kinds.h"

struct bench {
    const struct kind *kind;
    rn_buffering mode;
    struct pair p;
};

static void
send_text(struct bench *b, const char *text)
{
    assert_code(rn_write(b->p.from, text, strlen(text)), RN_OK);
    assert_code(rn_flush(b->p.from), RN_OK);
}

/* Send, then let the reader see the end. */
static void
send_last(struct bench *b, const char *text)
{
    assert_code(rn_write(b->p.from, text, strlen(text)), RN_OK);
    assert_code(rn_close(b->p.from), RN_OK);
}

/* ---- Arriving */

static void
bytes_arrive_in_order(struct bench *b)
{
    struct iovec v[3] = {PIECE("cd"), PIECE(""), PIECE("ef")};
    assert_code(rn_write(b->p.from, "ab", 2), RN_OK);
    assert_code(rn_writev(b->p.from, v, 3), RN_OK);
    assert_code(rn_printf(b->p.from, "%s%d", "g", 8), RN_OK);
    assert_code(rn_writeln(b->p.from, "i", 1), RN_OK);
    assert_code(rn_flush(b->p.from), RN_OK);
    assert_read(b->p.to, 10, "abcdefg8i\n");
}

static void
the_mode_says_when_they_leave(struct bench *b)
{
    rn_set_buffer_size(b->p.from, 64);
    assert_code(rn_write(b->p.from, "abc", 3), RN_OK);
    assert_int_equal(rn_unsent(b->p.from), b->mode == RN_UNBUFFERED ? 0 : 3);
    assert_code(rn_writeln(b->p.from, "def", 3), RN_OK);
    assert_int_equal(rn_unsent(b->p.from), b->mode == RN_BUFFERED ? 7 : 0);
    assert_code(rn_flush(b->p.from), RN_OK);
    assert_int_equal(rn_unsent(b->p.from), 0);
    assert_line(b->p.to, "abcdef");
}

static void
a_full_buffer_leaves_by_itself(struct bench *b)
{
    rn_set_buffer_size(b->p.from, 8);
    assert_code(rn_write(b->p.from, "12345678", 8), RN_OK);
    assert_int_equal(rn_unsent(b->p.from), 0);
    assert_read(b->p.to, 8, "12345678");
}

static void
closing_sends_the_rest(struct bench *b)
{
    send_last(b, "the rest");
    assert_read(b->p.to, 100, "the rest");
    assert_int_equal(rn_eof(b->p.to), 1);
}

static void
much_binary_data_arrives_whole(struct bench *b)
{
    enum {
        MUCH = 40000
    };
    unsigned char *sent = malloc(MUCH);
    unsigned char *got = malloc(MUCH);
    for (int i = 0; i < MUCH; i++)
        sent[i] = (unsigned char)(i * 7 + i / 256);
    assert_code(rn_write(b->p.from, sent, MUCH), RN_OK);
    assert_code(rn_flush(b->p.from), RN_OK);
    assert_int_equal(rn_read(b->p.to, got, MUCH), MUCH);
    assert_memory_equal(sent, got, MUCH);
    free(sent);
    free(got);
}

/* ---- Lines */

static void
every_ending_ends_a_line(struct bench *b)
{
    send_last(b, "lf\ncr\rcrlf\r\n\n\r\r\n\nlast");
    assert_line(b->p.to, "lf");
    assert_line(b->p.to, "cr");
    assert_line(b->p.to, "crlf");
    assert_line(b->p.to, "");
    assert_line(b->p.to, "");
    assert_line(b->p.to, "");
    assert_line(b->p.to, "");
    assert_line(b->p.to, "last");
    assert_int_equal(rn_line_ending(b->p.to), RN_ENDING_NONE);
    const char *line;
    assert_int_equal(rn_readln(b->p.to, &line, NULL), 0);
    assert_int_equal(rn_readln(b->p.to, &line, NULL), 0);
}

static void
a_cr_ends_a_line_at_once(struct bench *b)
{
    send_text(b, "ready\r");
    assert_line(b->p.to, "ready");
    send_text(b, "\ngo\n");
    assert_line(b->p.to, "go");
}

static void
the_lf_of_a_crlf_is_never_read(struct bench *b)
{
    const void *data;
    send_text(b, "a\r");
    assert_line(b->p.to, "a");
    assert_int_equal(rn_peek(b->p.to, &data), 0);
    send_text(b, "\nbc\rd\r");
    assert_read(b->p.to, 1, "b");
    assert_line(b->p.to, "c");
    assert_line(b->p.to, "d");
    send_last(b, "\n");
    assert_int_equal(rn_eof(b->p.to), 1);
}

static void
a_lent_line_lives_until_the_next_read(struct bench *b)
{
    const char *line;
    size_t len;
    send_text(b, "first\nsecond\n");
    assert_int_equal(rn_readln(b->p.to, &line, &len), 1);
    assert_code(rn_write(b->p.from, "more", 4), RN_OK);
    assert_int_equal(rn_pending(b->p.to) >= 0, 1);
    assert_int_equal(len, 5);
    assert_string_equal(line, "first");
}

static void
nul_bytes_are_bytes(struct bench *b)
{
    const char *line;
    size_t len;
    assert_code(rn_writeln(b->p.from, "a\0b", 3), RN_OK);
    assert_code(rn_flush(b->p.from), RN_OK);
    assert_int_equal(rn_readln(b->p.to, &line, &len), 1);
    assert_int_equal(len, 3);
    assert_memory_equal(line, "a\0b", 4);
}

static void
a_line_too_long_is_limit_and_stays(struct bench *b)
{
    const char *line;
    rn_set_max_line(b->p.to, 5);
    send_text(b, "12345\n123456\nok\n");
    assert_line(b->p.to, "12345");
    assert_code(rn_readln(b->p.to, &line, NULL), RN_E_LIMIT);
    assert_read(b->p.to, 2, "12");
    assert_line(b->p.to, "3456");
    assert_line(b->p.to, "ok");
    send_text(b, "123456\nok\n");
    assert_code(rn_readln(b->p.to, &line, NULL), RN_E_LIMIT);
    assert_int_equal(rn_skip_line(b->p.to), 1);
    assert_line(b->p.to, "ok");
}

static void
the_strict_rule_takes_crlf_alone(struct bench *b)
{
    const char *line;
    rn_set_newline(b->p.from, RN_NEWLINE_CRLF);
    rn_set_newline(b->p.to, RN_NEWLINE_STRICT);
    assert_code(rn_writeln(b->p.from, "fine", 4), RN_OK);
    send_text(b, "bare\nmore\r\nok\r\n");
    assert_line(b->p.to, "fine");
    assert_code(rn_readln(b->p.to, &line, NULL), RN_E_NEWLINE);
    assert_int_equal(rn_skip_line(b->p.to), 1);
    assert_line(b->p.to, "ok");
}

/* ---- Bytes */

static void
read_gives_what_was_asked_for(struct bench *b)
{
    send_last(b, "0123456789");
    assert_read(b->p.to, 0, "");
    assert_read(b->p.to, 4, "0123");
    assert_read(b->p.to, 10, "456789");
    assert_read(b->p.to, 10, "");
}

static void
read_some_does_not_wait_for_more(struct bench *b)
{
    char data[10];
    send_text(b, "abc");
    ptrdiff_t n = rn_read_some(b->p.to, data, sizeof data);
    assert_in_range(n, 1, 3);
    assert_memory_equal(data, "abc", (size_t)n);
}

static void
kinds_of_read_share_one_place(struct bench *b)
{
    const void *data;
    send_text(b, "one\ntwo\nthree four\n");
    assert_line(b->p.to, "one");
    assert_read(b->p.to, 2, "tw");
    assert_int_equal(rn_eof(b->p.to), 0);
    ptrdiff_t n = rn_peek(b->p.to, &data);
    assert_true(n >= 1);
    assert_memory_equal(data, "o\nthree four\n", (size_t)n);
    assert_true(rn_pending(b->p.to) >= n); /* the kind may have more */
    assert_line(b->p.to, "o");
    assert_read(b->p.to, 6, "three ");
    assert_line(b->p.to, "four");
}

static void
peek_never_waits(struct bench *b)
{
    const void *data;
    assert_int_equal(rn_peek(b->p.to, &data), 0);
    assert_int_equal(rn_pending(b->p.to), 0);
}

/* ---- The end */

static void
the_end_is_told_again_and_again(struct bench *b)
{
    char c;
    const char *line;
    send_last(b, "");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(rn_eof(b->p.to), 1);
        assert_int_equal(rn_read(b->p.to, &c, 1), 0);
        assert_int_equal(rn_read_some(b->p.to, &c, 1), 0);
        assert_int_equal(rn_readln(b->p.to, &line, NULL), 0);
    }
}

static void
eof_takes_nothing(struct bench *b)
{
    send_last(b, "x");
    assert_int_equal(rn_eof(b->p.to), 0);
    assert_int_equal(rn_eof(b->p.to), 0);
    assert_read(b->p.to, 5, "x");
    assert_int_equal(rn_eof(b->p.to), 1);
}

static void
read_all_gives_the_rest_and_closes(struct bench *b)
{
    char *all;
    size_t len;
    send_last(b, "line\nthe\r\nrest");
    assert_line(b->p.to, "line");
    assert_code(rn_read_all(b->p.to, &all, &len), RN_OK);
    assert_string_equal(all, "the\r\nrest");
    assert_int_equal(len, 9);
    rn_release(all);
    assert_code(rn_eof(b->p.to), RN_E_CLOSED);
}

static void
read_lines_gives_the_rest_and_closes(struct bench *b)
{
    rn_lines lines;
    send_last(b, "zero\na\r\n\rb\n\nc");
    assert_line(b->p.to, "zero");
    assert_code(rn_read_lines(b->p.to, &lines), RN_OK);
    assert_int_equal(lines.count, 5);
    assert_string_equal(lines.line[0].text, "a");
    assert_string_equal(lines.line[1].text, "");
    assert_string_equal(lines.line[2].text, "b");
    assert_int_equal(lines.line[3].len, 0);
    assert_string_equal(lines.line[4].text, "c");
    rn_lines_free(&lines);
    assert_code(rn_eof(b->p.to), RN_E_CLOSED);
}

static void
closing_twice_is_fine(struct bench *b)
{
    char c;
    assert_code(rn_close(b->p.from), RN_OK);
    assert_code(rn_close(b->p.from), RN_OK);
    assert_code(rn_write(b->p.from, "x", 1), RN_E_CLOSED);
    assert_code(rn_flush(b->p.from), RN_E_CLOSED);
    assert_code(rn_close(b->p.to), RN_OK);
    assert_code(rn_read(b->p.to, &c, 1), RN_E_CLOSED);
    assert_code(rn_error_of(b->p.to, NULL), RN_E_CLOSED);
}

/* ---- Both ways */

static void
requests_leave_before_a_read_waits(struct bench *b)
{
    if (!b->kind->two_way)
        return;
    /* The answer is there, so no wait and no flush is needed. */
    assert_code(rn_writeln(b->p.to, "early", 5), RN_OK);
    assert_code(rn_flush(b->p.to), RN_OK);
    rn_set_buffer_size(b->p.from, 64);
    assert_code(rn_write(b->p.from, "ask", 3), RN_OK);
    assert_line(b->p.from, "early");
    assert_int_equal(rn_unsent(b->p.from), b->mode == RN_UNBUFFERED ? 0 : 3);
    assert_code(rn_shutdown_write(b->p.from), RN_OK);
    assert_read(b->p.to, 5, "ask");
}

/* The answer comes only after the request, which is still in the buffer: in one
 * thread, with a limit so that a law broken shows as AGAIN, not as a hang. */
static void
a_read_that_must_wait_flushes_first(struct bench *b)
{
    const char *line;
    if (!b->kind->two_way)
        return;
    rn_set_buffer_size(b->p.from, 64);
    rn_set_deadline(b->p.from, RN_READABLE, RN_NOW);
    assert_code(rn_write(b->p.from, "ask\n", 4), RN_OK);
    assert_code(rn_readln(b->p.from, &line, NULL), RN_E_AGAIN);
    assert_int_equal(rn_unsent(b->p.from), 0);
    assert_line(b->p.to, "ask");
    assert_code(rn_writeln(b->p.to, "answer", 6), RN_OK);
    assert_code(rn_flush(b->p.to), RN_OK);
    rn_set_deadline(b->p.from, RN_READABLE, rn_in(10000));
    assert_line(b->p.from, "answer");
}

static void
half_close_ends_one_direction(struct bench *b)
{
    if (!b->kind->two_way)
        return;
    assert_code(rn_write(b->p.from, "question", 8), RN_OK);
    assert_code(rn_shutdown_write(b->p.from), RN_OK);
    assert_code(rn_shutdown_write(b->p.from), RN_OK);
    assert_code(rn_write(b->p.from, "x", 1), RN_E_CLOSED);
    assert_read(b->p.to, 20, "question");
    assert_int_equal(rn_eof(b->p.to), 1);
    assert_code(rn_write(b->p.to, "answer", 6), RN_OK);
    assert_code(rn_close(b->p.to), RN_OK);
    assert_read(b->p.from, 20, "answer");
    assert_code(rn_close(b->p.from), RN_OK);
}

static void
the_directions_do_not_mix(struct bench *b)
{
    if (!b->kind->two_way)
        return;
    send_text(b, "one\ntwo\n");
    assert_line(b->p.to, "one");
    assert_code(rn_writeln(b->p.to, "back", 4), RN_OK);
    assert_code(rn_flush(b->p.to), RN_OK);
    assert_line(b->p.to, "two"); /* writing did not touch what was read ahead */
    assert_line(b->p.from, "back");
}

#define LAW(f)                                                                 \
    {                                                                          \
#f, f                                                                  \
    }
static const struct {
    const char *name;
    void (*run)(struct bench *);
} laws[] = {
    LAW(bytes_arrive_in_order),
    LAW(the_mode_says_when_they_leave),
    LAW(a_full_buffer_leaves_by_itself),
    LAW(closing_sends_the_rest),
    LAW(much_binary_data_arrives_whole),
    LAW(every_ending_ends_a_line),
    LAW(a_cr_ends_a_line_at_once),
    LAW(the_lf_of_a_crlf_is_never_read),
    LAW(a_lent_line_lives_until_the_next_read),
    LAW(nul_bytes_are_bytes),
    LAW(a_line_too_long_is_limit_and_stays),
    LAW(the_strict_rule_takes_crlf_alone),
    LAW(read_gives_what_was_asked_for),
    LAW(read_some_does_not_wait_for_more),
    LAW(kinds_of_read_share_one_place),
    LAW(peek_never_waits),
    LAW(the_end_is_told_again_and_again),
    LAW(eof_takes_nothing),
    LAW(read_all_gives_the_rest_and_closes),
    LAW(read_lines_gives_the_rest_and_closes),
    LAW(closing_twice_is_fine),
    LAW(requests_leave_before_a_read_waits),
    LAW(a_read_that_must_wait_flushes_first),
    LAW(half_close_ends_one_direction),
    LAW(the_directions_do_not_mix),
};

enum {
    LAWS = sizeof laws / sizeof laws[0],
    MODES = 3
};

struct trial {
    int law;
    int kind;
    int mode;
};

static void
try_law(void **state)
{
    const struct trial *t = *state;
    struct bench b = {.kind = &kinds[t->kind], .mode = (rn_buffering)t->mode};
    b.kind->open(&b.p, b.mode);
    laws[t->law].run(&b);
    rn_free(b.p.from);
    rn_free(b.p.to);
}

int
main(void)
{
    static const char *const modes[] = {"unbuffered", "line", "buffered"};
    int count = LAWS * kind_count * MODES;
    struct trial *trials = calloc((size_t)count, sizeof *trials);
    struct CMUnitTest *tests = calloc((size_t)count, sizeof *tests);
    for (int i = 0; i < count; i++) {
        struct trial *t = &trials[i];
        t->law = i / (kind_count * MODES);
        t->kind = i / MODES % kind_count;
        t->mode = i % MODES;
        size_t size = 120;
        char *name = malloc(size);
        snprintf(name, size, "%s [%s, %s]", laws[t->law].name,
                 kinds[t->kind].name, modes[t->mode]);
        tests[i] = (struct CMUnitTest){
            .name = name, .test_func = try_law, .initial_state = t};
    }
    int failed = _cmocka_run_group_tests("laws", tests, (size_t)count,
                                         kinds_begin, kinds_end);
    for (int i = 0; i < count; i++)
        free((char *)(uintptr_t)tests[i].name);
    free(tests);
    free(trials);
    return failed;
}
