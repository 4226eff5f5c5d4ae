/* SPDX-License-Identifier: MIT */
/*
 * The line rule: against a reference of a few lines, for every text over
 * {CR, LF, x} up to a length, in every cutting, through every kind of read.
 */
#include <stdbool.h>
#include <stdlib.h>

#include "../../src/stream/line.h"
#include "../support/check.h"
#include "../support/scripted.h"

enum {
    LONGEST = 7
};

/* The lines of a text, each written as "<line>;", by the plainest code. */
static void
reference(const char *text, size_t len, char *out)
{
    size_t i = 0;
    while (i < len) {
        while (i < len && text[i] != '\r' && text[i] != '\n')
            *out++ = text[i++];
        *out++ = ';';
        if (i + 1 < len && text[i] == '\r' && text[i + 1] == '\n')
            i++;
        i++;
    }
    *out = '\0';
}

static void
by_readln(rn_stream *s, char *out)
{
    const char *line;
    size_t len;
    int rc;
    while ((rc = rn_readln(s, &line, &len)) > 0) {
        memcpy(out, line, len);
        out += len;
        *out++ = ';';
    }
    assert_code(rc, RN_OK);
    *out = '\0';
}

static void
by_read_lines(rn_stream *s, char *out)
{
    rn_lines lines;
    assert_code(rn_read_lines(s, &lines), RN_OK);
    for (size_t i = 0; i < lines.count; i++) {
        memcpy(out, lines.line[i].text, lines.line[i].len);
        out += lines.line[i].len;
        *out++ = ';';
    }
    *out = '\0';
    rn_lines_free(&lines);
}

/* Text number `n` of a length, over three bytes. */
static void
spell(int n, size_t len, char *text)
{
    for (size_t i = 0; i < len; i++, n /= 3)
        text[i] = "\r\nx"[n % 3];
}

/* The portions for cutting `cut`: bit i set means a cut behind byte i. */
static size_t
portions(unsigned cut, size_t len, size_t *steps)
{
    size_t count = 0;
    size_t run = 0;
    for (size_t i = 0; i < len; i++) {
        run++;
        if (i + 1 == len || (cut >> i & 1) != 0) {
            steps[count++] = run;
            run = 0;
        }
    }
    return count;
}

static void
for_every_text_and_cutting(void (*read)(rn_stream *, char *),
                           rn_buffering buffering)
{
    struct script *p = script_new();
    int texts = 1;
    for (size_t len = 0; len <= LONGEST; len++, texts *= 3) {
        for (int n = 0; n < texts; n++) {
            char text[LONGEST + 1] = {0};
            char want[3 * LONGEST];
            spell(n, len, text);
            reference(text, len, want);
            for (unsigned cut = 0; cut < 1U << (len > 0 ? len - 1 : 0); cut++) {
                size_t steps[LONGEST];
                char got[3 * LONGEST];
                script_input(p, text, len);
                p->step_count = portions(cut, len, steps);
                p->steps = steps;
                rn_stream *s = script_open(p, buffering, 3);
                read(s, got);
                rn_free(s);
                assert_string_equal(got, want);
            }
        }
    }
    free(p);
}

static void
every_text_in_every_cutting_unbuffered(void **state)
{
    (void)state;
    for_every_text_and_cutting(by_readln, RN_UNBUFFERED);
}

static void
every_text_in_every_cutting_buffered(void **state)
{
    (void)state;
    for_every_text_and_cutting(by_readln, RN_BUFFERED);
}

static void
every_text_in_every_cutting_at_once(void **state)
{
    (void)state;
    for_every_text_and_cutting(by_read_lines, RN_BUFFERED);
}

/* After the first line, raw reads must see the text without the LF that
 * belongs to its CR, whatever the cutting and whichever call comes. */
static void
an_lf_behind_a_cr_is_never_seen(void **state)
{
    (void)state;
    static const size_t steps[][5] = {
        {5}, {2, 3}, {3, 2}, {2, 1, 2}, {1, 1, 1, 1, 1}};
    for (size_t i = 0; i < 5; i++) {
        for (int call = 0; call < 5; call++) {
            struct script *p = script_new();
            script_input(p, "a\r\nbc", 5);
            p->steps = steps[i];
            p->step_count = 5;
            rn_stream *s = script_open(p, RN_UNBUFFERED, 0);
            char data[4] = {0};
            const void *seen = NULL;
            assert_line(s, "a");
            switch (call) {
            case 0:
                break;
            case 1:
                assert_int_equal(rn_eof(s), 0);
                break;
            case 2:
                for (ptrdiff_t k = 0; k < rn_peek(s, &seen); k++)
                    assert_int_not_equal(((const char *)seen)[k], '\n');
                break;
            case 3:
                assert_int_equal(rn_read(s, data, 1), 1);
                assert_string_equal(data, "b");
                assert_int_equal(rn_line_ending(s), RN_ENDING_CRLF);
                break;
            case 4:
                assert_int_equal(rn_read_some(s, data, 1), 1);
                assert_string_equal(data, "b");
                break;
            }
            assert_read(s, 10, call < 3 ? "bc" : "c");
            rn_free(s);
            free(p);
        }
    }
}

static void
a_final_lf_behind_a_cr_is_the_end(void **state)
{
    (void)state;
    struct script *p = script_new();
    script_text(p, "a\r\n");
    p->read_step = 1;
    rn_stream *s = script_open(p, RN_UNBUFFERED, 0);
    assert_line(s, "a");
    assert_int_equal(rn_line_ending(s), RN_ENDING_CR);
    assert_int_equal(rn_eof(s), 1);
    assert_int_equal(rn_line_ending(s), RN_ENDING_CRLF);
    rn_free(s);
    free(p);
}

static void
a_cr_ends_the_line_without_another_read(void **state)
{
    (void)state;
    struct script *p = script_new();
    script_text(p, "a\rb");
    p->read_step = 2;
    rn_stream *s = script_open(p, RN_BUFFERED, 0);
    assert_line(s, "a");
    assert_int_equal(p->reads, 1);
    rn_free(s);
    free(p);
}

static void
each_ending_can_be_asked_for(void **state)
{
    (void)state;
    struct script *p = script_new();
    script_text(p, "a\nb\rc\r\nd");
    rn_stream *s = script_open(p, RN_BUFFERED, 64);
    assert_int_equal(rn_line_ending(s), RN_ENDING_NONE);
    assert_line(s, "a");
    assert_int_equal(rn_line_ending(s), RN_ENDING_LF);
    assert_line(s, "b");
    assert_int_equal(rn_line_ending(s), RN_ENDING_CR);
    assert_line(s, "c");
    assert_int_equal(rn_line_ending(s), RN_ENDING_CRLF);
    assert_line(s, "d");
    assert_int_equal(rn_line_ending(s), RN_ENDING_NONE);
    rn_free(s);
    free(p);
}

static void
lines_may_hold_nul_and_eight_bit_bytes(void **state)
{
    (void)state;
    struct script *p = script_new();
    script_input(p, "a\0b\xff\n", 5);
    rn_stream *s = script_open(p, RN_BUFFERED, 0);
    const char *line;
    size_t len;
    assert_int_equal(rn_readln(s, &line, &len), 1);
    assert_int_equal(len, 4);
    assert_memory_equal(line, "a\0b\xff", 5);
    rn_free(s);
    free(p);
}

/* ---- Limits */

static void
the_limit_is_exact(void **state)
{
    (void)state;
    for (size_t step = 1; step < 8; step++) {
        struct script *p = script_new();
        script_text(p, "abcd\r\nabcde\nok\n");
        p->read_step = step;
        rn_stream *s = script_open(p, RN_BUFFERED, 0);
        const char *line;
        rn_set_max_line(s, 4);
        assert_line(s, "abcd");
        assert_code(rn_readln(s, &line, NULL), RN_E_LIMIT);
        assert_code(rn_readln(s, &line, NULL), RN_E_LIMIT);
        rn_error err;
        rn_error_of(s, &err);
        assert_non_null(strstr(err.message, "limit of 4 bytes"));
        assert_int_equal(rn_skip_line(s), 1);
        assert_line(s, "ok");
        assert_int_equal(rn_skip_line(s), 0);
        rn_free(s);
        free(p);
    }
}

static void
a_long_line_can_be_taken_in_pieces(void **state)
{
    (void)state;
    struct script *p = script_new();
    script_text(p, "abcdefgh\nok\n");
    rn_stream *s = script_open(p, RN_BUFFERED, 0);
    const char *line;
    rn_set_max_line(s, 5);
    assert_code(rn_readln(s, &line, NULL), RN_E_LIMIT);
    assert_read(s, 4, "abcd");
    assert_line(s, "efgh");
    assert_line(s, "ok");
    rn_free(s);
    free(p);
}

/* ---- The strict rule */

static void
strict_takes_crlf_and_refuses_the_rest(void **state)
{
    (void)state;
    for (size_t step = 1; step < 8; step++) {
        struct script *p = script_new();
        script_text(p, "good\r\nb\nad\r\nw\rorse\r\nend");
        p->read_step = step;
        rn_stream *s = script_open(p, RN_BUFFERED, 0);
        const char *line;
        rn_set_newline(s, RN_NEWLINE_STRICT);
        assert_line(s, "good");
        assert_code(rn_readln(s, &line, NULL), RN_E_NEWLINE);
        assert_code(rn_readln(s, &line, NULL), RN_E_NEWLINE);
        assert_int_equal(rn_skip_line(s), 1);
        assert_code(rn_readln(s, &line, NULL), RN_E_NEWLINE);
        assert_int_equal(rn_skip_line(s), 1);
        assert_code(rn_readln(s, &line, NULL), RN_E_EOF);
        assert_read(s, 9, "end");
        rn_free(s);
        free(p);
    }
}

static void
strict_waits_for_the_lf(void **state)
{
    (void)state;
    struct script *p = script_new();
    script_text(p, "abcd\r\nnext\r");
    p->read_step = 5;
    rn_stream *s = script_open(p, RN_BUFFERED, 0);
    const char *line;
    rn_set_newline(s, RN_NEWLINE_STRICT);
    rn_set_max_line(s, 4); /* the CR does not count */
    assert_line(s, "abcd");
    assert_code(rn_readln(s, &line, NULL), RN_E_EOF);
    rn_free(s);
    free(p);
}

static void
the_newline_written_can_be_chosen(void **state)
{
    (void)state;
    struct script *p = script_new();
    rn_stream *s = script_open(p, RN_UNBUFFERED, 0);
    assert_code(rn_writeln(s, "a", 1), RN_OK);
    assert_code(rn_set_newline(s, RN_NEWLINE_CRLF), RN_OK);
    assert_code(rn_writeln(s, "b", 1), RN_OK);
    assert_code(rn_writeln(s, NULL, 0), RN_OK);
    assert_code(rn_set_newline(s, (rn_newline)7), RN_E_VALUE);
    assert_code(rn_close(s), RN_OK);
    assert_int_equal(p->out_len, 7);
    assert_memory_equal(p->out, "a\nb\r\n\r\n", 7);
    rn_free(s);
    free(p);
}

static void
the_rules_hold_for_all_lines_at_once(void **state)
{
    (void)state;
    struct script *p = script_new();
    rn_lines lines;
    script_text(p, "abcd\nabcde\n");
    rn_stream *s = script_open(p, RN_BUFFERED, 0);
    rn_set_max_line(s, 4);
    assert_code(rn_read_lines(s, &lines), RN_E_LIMIT);
    assert_int_equal(lines.count, 0);
    rn_set_max_line(s, 5);
    assert_code(rn_read_lines(s, &lines), RN_OK); /* nothing was lost */
    assert_int_equal(lines.count, 2);
    rn_lines_free(&lines);
    rn_free(s);

    script_text(p, "a\r\nb");
    s = script_open(p, RN_BUFFERED, 0);
    rn_set_newline(s, RN_NEWLINE_STRICT);
    assert_code(rn_read_lines(s, &lines), RN_E_EOF);
    assert_line(s, "a");
    assert_read(s, 2, "b");
    rn_free(s);

    script_text(p, "a\r\nb\nc\r\n");
    s = script_open(p, RN_BUFFERED, 0);
    rn_set_newline(s, RN_NEWLINE_STRICT);
    assert_code(rn_read_lines(s, &lines), RN_E_NEWLINE);
    assert_line(s, "a");
    rn_free(s);
    free(p);
}

static void
check_two_lines(size_t first, size_t second)
{
    char text[200];
    char one[70];
    char two[70];
    struct script *p = script_new();
    memset(one, 'x', first);
    memset(two, 'y', second);
    one[first] = two[second] = '\0';
    snprintf(text, sizeof text, "%s\r\n%s\r\n\rb\n", one, two);
    script_text(p, text);
    rn_stream *s = script_open(p, RN_BUFFERED, 4096);
    assert_line(s, one);
    assert_int_equal(rn_line_ending(s), RN_ENDING_CRLF);
    assert_line(s, two);
    assert_int_equal(rn_eof(s), 0); /* the LF may be in the next portion */
    assert_int_equal(rn_line_ending(s), RN_ENDING_CRLF);
    assert_line(s, "");
    assert_int_equal(rn_line_ending(s), RN_ENDING_CR);
    assert_line(s, "b");
    assert_int_equal(rn_line_ending(s), RN_ENDING_LF);
    assert_int_equal(rn_eof(s), 1);
    rn_free(s);
    free(p);
}

/* The endings of 64 bytes are looked for at once; a CRLF may lie across. */
static void
lines_of_about_64_bytes_are_whole(void **state)
{
    (void)state;
    for (size_t first = 60; first < 68; first++)
        for (size_t second = 60; second < 68; second++)
            check_two_lines(first, second);
}

static void
lines_are_found_then_taken_or_forgotten(void **state)
{
    (void)state;
    unsigned char text[] = "ab\ncd\ne\r\n";
    struct rni_window w = {.base = text, .cap = 9, .end = 9};
    struct rni_line line = {.known = 0};
    struct rni_cut cut;
    assert_true(rni_line_look(&line, &w));
    assert_int_equal(w.beg, 0);
    assert_int_equal(rni_line_len(&line, &w), 2);
    assert_int_equal(rni_line_take(&line, &w), 2);
    assert_int_equal(w.beg, 3);
    assert_true(rni_line_look(&line, &w)); /* the second, found before */
    rni_line_forget(&line);
    line.strict = true;
    assert_false(rni_line_look(&line, &w));
    assert_int_equal(rni_line_cut(&line, &w, &cut), RNI_LINE_BARE);
    assert_int_equal(cut.len, 2);
    w.beg = 6;
    assert_true(rni_line_look(&line, &w));
    assert_int_equal(rni_line_take(&line, &w), 1);
    assert_int_equal(w.beg, w.end);
    assert_false(rni_line_look(&line, &w));
    w = (struct rni_window){.base = text, .cap = 9, .end = 2};
    line = (struct rni_line){.known = 0};
    assert_false(rni_line_look(&line, &w)); /* no end yet */
    assert_int_equal(line.known, 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_text_in_every_cutting_unbuffered),
        cmocka_unit_test(every_text_in_every_cutting_buffered),
        cmocka_unit_test(every_text_in_every_cutting_at_once),
        cmocka_unit_test(an_lf_behind_a_cr_is_never_seen),
        cmocka_unit_test(a_final_lf_behind_a_cr_is_the_end),
        cmocka_unit_test(a_cr_ends_the_line_without_another_read),
        cmocka_unit_test(each_ending_can_be_asked_for),
        cmocka_unit_test(lines_may_hold_nul_and_eight_bit_bytes),
        cmocka_unit_test(the_limit_is_exact),
        cmocka_unit_test(a_long_line_can_be_taken_in_pieces),
        cmocka_unit_test(strict_takes_crlf_and_refuses_the_rest),
        cmocka_unit_test(strict_waits_for_the_lf),
        cmocka_unit_test(the_newline_written_can_be_chosen),
        cmocka_unit_test(the_rules_hold_for_all_lines_at_once),
        cmocka_unit_test(lines_of_about_64_bytes_are_whole),
        cmocka_unit_test(lines_are_found_then_taken_or_forgotten),
    };
    return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}
