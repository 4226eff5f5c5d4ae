/* SPDX-License-Identifier: MIT */
/*
 * Marks against their words, bit for bit: the proof of the line rule takes the
 * words of marks.h for granted. Built twice: with the vectors of the machine
 * and with words of eight bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "../../src/stream/marks.h"
#include "../support/check.h"

/* How long the ending at p[i] is among n bytes: 1 for an LF, 2 for a CRLF; 0
 * for a byte that is no ending, -1 for a CR without an LF. */
static int
ending(const unsigned char *p, size_t i, size_t n)
{
    if (p[i] == '\n')
        return 1;
    if (p[i] != '\r')
        return 0;
    return i + 1 < n && p[i + 1] == '\n' ? 2 : -1;
}

/* The lines of n bytes that end as the first does; returns how many bytes are
 * told by it. */
static size_t
lines_of(const unsigned char *p, size_t n, struct rni_run *run)
{
    int kind = 0;
    for (size_t i = 0; i < n; i++) {
        int len = ending(p, i, n);
        if (len == 0)
            continue;
        if (len < 0 || (kind > 0 && len != kind))
            return i;
        kind = len;
        i += (size_t)len - 1;
        run->cr = len == 2;
        run->ends |= (rni_marks)1 << i;
    }
    return n;
}

/* What rni_marks_run should say of [p, p + n). */
static size_t
reference(const unsigned char *p, size_t n, struct rni_run *run)
{
    size_t at = 0;
    size_t told = 0;
    while (at < n) {
        size_t len = n - at < RNI_MARKED ? n - at : RNI_MARKED;
        *run = (struct rni_run){.from = at};
        told = lines_of(p + at, len, run);
        if (told < len || run->ends != 0)
            return at + told;
        at += len;
    }
    return n;
}

/* Look at a copy that ends where its memory does, so that a sanitizer sees a
 * look behind it; and at one behind other bytes that are no business of it. */
static void
compare(const unsigned char *text, size_t n)
{
    static const char before[] = {'\n', '\r', '\n'};
    struct rni_run want = {.ends = 0};
    size_t told = reference(text, n, &want);
    for (size_t beg = 0; beg <= sizeof before; beg += sizeof before) {
        unsigned char *p = malloc(beg + n);
        struct rni_run got = {.ends = 5, .cr = 7};
        assert_non_null(p);
        memcpy(p, before, beg);
        memcpy(p + beg, text, n);
        assert_int_equal(rni_marks_run(p, beg, beg + n, &got), beg + told);
        assert_int_equal(got.ends, want.ends);
        if (got.ends != 0) {
            assert_int_equal(got.from, beg + want.from);
            assert_int_equal(got.cr, want.cr);
        }
        free(p);
    }
}

static void
every_byte_is_told_at_every_place(void **state)
{
    (void)state;
    unsigned char text[200];
    for (int byte = 0; byte < 256; byte++)
        for (size_t n = 1; n <= 130; n += n < 70 ? 1 : 20)
            for (size_t i = 0; i < n; i++) {
                memset(text, byte == 'x' ? 'y' : 'x', sizeof text);
                text[i] = (unsigned char)byte;
                compare(text, n);
            }
}

static void
neighbours_do_not_disturb_each_other(void **state)
{
    (void)state;
    /* The bytes around CR and LF, where a borrow or a carry would show. */
    static const unsigned char bytes[] = {0,  1,  9,    10,   11,  12,
                                          13, 14, 0x8a, 0x8d, 0xff};
    unsigned char text[80];
    unsigned seed = 1;
    for (size_t round = 0; round < 200000; round++) {
        for (size_t i = 0; i < sizeof text; i++) {
            seed = seed * 1103515245 + 12345;
            text[i] = bytes[(seed >> 16) % sizeof bytes];
        }
        compare(text, 1 + round % sizeof text);
    }
}

/* Every text of a few bytes, where 64 bytes begin and end and in between. */
static void
every_short_text_is_told_at_every_border(void **state)
{
    (void)state;
    enum {
        LEN = 6
    };
    static const size_t places[] = {0, 1, 30, 58, 60, 63, 64, 122, 127, 190};
    static const size_t behind[] = {0, 1, 70};
    unsigned char text[300];
    for (unsigned n = 0; n < 1U << 2 * LEN; n++)
        for (size_t k = 0; k < sizeof places / sizeof *places; k++)
            for (size_t b = 0; b < sizeof behind / sizeof *behind; b++) {
                memset(text, 'x', sizeof text);
                for (unsigned i = 0; i < LEN; i++)
                    text[places[k] + i] =
                        (unsigned char)"\r\nx\v"[n >> 2 * i & 3];
                compare(text, places[k] + LEN + behind[b]);
            }
}

static void
the_first_mark_is_told_and_goes(void **state)
{
    (void)state;
    static const rni_marks some[] = {
        1, 2, 3, (rni_marks)1 << 63, ~(rni_marks)0, 0x8000000180000001};
    for (size_t k = 0; k < sizeof some / sizeof *some; k++)
        for (rni_marks m = some[k]; m != 0;) {
            size_t first = rni_marks_first(m);
            rni_marks rest = rni_marks_behind(m, first);
            assert_true(first < RNI_MARKED && (m >> first & 1) != 0);
            assert_int_equal(m & (((rni_marks)1 << first) - 1), 0);
            assert_int_equal(rest, m ^ (rni_marks)1 << first);
            m = rest;
        }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_is_told_at_every_place),
        cmocka_unit_test(neighbours_do_not_disturb_each_other),
        cmocka_unit_test(every_short_text_is_told_at_every_border),
        cmocka_unit_test(the_first_mark_is_told_and_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
