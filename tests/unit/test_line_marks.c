/* SPDX-License-Identifier: MIT */
/*
 * Lines that come from what is known of 64 bytes: endings at the borders of the
 * 64, and all that may come between two lines.
 */
#include <stdbool.h>
#include <stdlib.h>

#include "../support/check.h"
#include "../support/scripted.h"

/* Append `len` letters and an ending; where the text goes on. */
static char *
add(char *out, size_t len, const char *ending)
{
    for (size_t i = 0; i < len; i++)
        *out++ = (char)('a' + i % 26);
    strcpy(out, ending);
    return out + strlen(ending);
}

/* The next line is so many letters, and ended so (-1: in whichever way). */
static void
check_letters(rn_stream *s, size_t len, int ending)
{
    char want[200];
    *add(want, len, "") = '\0';
    assert_line(s, want);
    if (ending >= 0)
        assert_int_equal(rn_line_ending(s), ending);
}

/* A first line of every length around one and two blocks, with every ending and
 * in portions that cut the text around the border. */
static void
an_ending_may_lie_at_any_border(void **state)
{
    (void)state;
    static const char *const endings[] = {"\n", "\r\n", "\r"};
    /* The LF of a CRLF may come later: its CR then ends the line alone. */
    static const int told[] = {RN_ENDING_LF, -1, RN_ENDING_CR};
    static const size_t steps[] = {0, 1, 63, 64, 65, 128};
    struct script *p = script_new();
    for (size_t len = 0; len <= 130; len++)
        for (size_t e = 0; e < 3; e++)
            for (size_t k = 0; k < sizeof steps / sizeof *steps; k++) {
                char text[600], *end = text;
                end = add(end, len, endings[e]);
                end = add(end, 3, endings[e]);
                end = add(end, 0, endings[e]);
                end = add(end, 64, endings[e]);
                end = add(end, 5, "");
                script_input(p, text, (size_t)(end - text));
                p->read_step = steps[k];
                rn_stream *s = script_open(p, RN_BUFFERED, 0);
                check_letters(s, len, told[e]);
                check_letters(s, 3, told[e]);
                check_letters(s, 0, told[e]);
                check_letters(s, 64, told[e]);
                check_letters(s, 5, RN_ENDING_NONE);
                assert_int_equal(rn_eof(s), 1);
                rn_free(s);
            }
    free(p);
}

/* Other reads take bytes, of a line, of an ending or of many lines. */
static void
other_reads_may_come_between(void **state)
{
    (void)state;
    struct script *p = script_new();
    for (size_t k = 1; k < 100; k++) {
        char text[2000], *end = text;
        for (size_t i = 0; i < 60; i++)
            end = add(end, i * 7 % 30, i % 3 == 0 ? "\n" : "\r\n");
        script_input(p, text, (size_t)(end - text));
        rn_stream *s = script_open(p, RN_BUFFERED, 0);
        const char *at = text;
        const char *line;
        size_t len;
        while (rn_readln(s, &line, &len) > 0) {
            size_t want = strcspn(at, "\r\n");
            assert_int_equal(len, want);
            assert_memory_equal(line, at, want);
            at += want;
            at += *at == '\r' && at[1] == '\n' ? 2 : 1;
            char data[100];
            ptrdiff_t n = rn_read(s, data, k);
            assert_true(n >= 0);
            assert_memory_equal(data, at, (size_t)n);
            at += n;
        }
        assert_ptr_equal(at, end);
        rn_free(s);
    }
    free(p);
}

static void
strict_may_come_and_go_between(void **state)
{
    (void)state;
    struct script *p = script_new();
    script_text(p, "a\nb\r\nc\r\nd\ne\rf\n");
    rn_stream *s = script_open(p, RN_BUFFERED, 0);
    const char *line;
    assert_line(s, "a");
    rn_set_newline(s, RN_NEWLINE_STRICT);
    assert_line(s, "b");
    assert_line(s, "c");
    assert_code(rn_readln(s, &line, NULL), RN_E_NEWLINE);
    rn_set_newline(s, RN_NEWLINE_LF);
    assert_line(s, "d");
    rn_set_newline(s, RN_NEWLINE_STRICT);
    assert_code(rn_readln(s, &line, NULL), RN_E_NEWLINE);
    rn_set_newline(s, RN_NEWLINE_LF);
    assert_line(s, "e");
    assert_int_equal(rn_line_ending(s), RN_ENDING_CR);
    assert_line(s, "f");
    rn_free(s);
    free(p);
}

static void
the_limit_holds_for_what_is_known(void **state)
{
    (void)state;
    static const char *const endings[] = {"\n", "\r\n"};
    struct script *p = script_new();
    for (size_t e = 0; e < 2; e++)
        for (size_t len = 1; len <= 130; len++) {
            char text[200];
            const char *line;
            char *end = add(text, 2, endings[e]);
            end = add(end, len, endings[e]);
            end = add(end, 1, endings[e]);
            script_input(p, text, (size_t)(end - text));
            rn_stream *s = script_open(p, RN_BUFFERED, 0);
            check_letters(s, 2, -1);
            rn_set_max_line(s, len - 1 > 0 ? len - 1 : 1);
            if (len > 1)
                assert_code(rn_readln(s, &line, NULL), RN_E_LIMIT);
            rn_set_max_line(s, len);
            check_letters(s, len, -1); /* nothing was lost */
            check_letters(s, 1, -1);
            rn_free(s);
        }
    free(p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ending_may_lie_at_any_border),
        cmocka_unit_test(other_reads_may_come_between),
        cmocka_unit_test(strict_may_come_and_go_between),
        cmocka_unit_test(the_limit_holds_for_what_is_known),
    };
    return cmocka_run_group_tests_name("line_marks", tests, NULL, NULL);
}
