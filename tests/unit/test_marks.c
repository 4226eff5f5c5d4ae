/* SPDX-License-Identifier: MIT */
/*
 * Marks against their words, bit for bit: the proof of the line rule takes the
 * words of marks.h for granted. Built twice: with the vectors of the machine
 * and with words of eight bytes.
 */
#include <stdbool.h>
#include <stdlib.h>

#include "../../src/stream/marks.h"
#include "../support/check.h"

static bool
is_break(unsigned char c)
{
    return c == '\r' || c == '\n';
}

/* What rni_marks_search should say of [p, p + n). */
static size_t
reference(const unsigned char *p, size_t n, rni_marks *m)
{
    *m = 0;
    for (size_t at = 0; at < n; at += RNI_MARKED) {
        for (size_t i = 0; i < RNI_MARKED && at + i < n; i++)
            if (is_break(p[at + i]))
                *m |= (rni_marks)1 << i;
        if (*m != 0)
            return at;
    }
    return n;
}

/* Search a copy that ends where its memory does, so that a sanitizer sees a
 * look behind it; and one behind other bytes that are no business of it. */
static void
compare(const unsigned char *text, size_t n)
{
    static const char before[] = {'\n', '\r', '\n'};
    rni_marks want;
    size_t at = reference(text, n, &want);
    for (size_t beg = 0; beg <= sizeof before; beg += sizeof before) {
        unsigned char *p = malloc(beg + n);
        rni_marks got = 5;
        assert_non_null(p);
        memcpy(p, before, beg);
        memcpy(p + beg, text, n);
        assert_int_equal(rni_marks_search(p, beg, beg + n, &got), beg + at);
        assert_int_equal(got, want);
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

static void
bits_move_and_go_as_the_header_says(void **state)
{
    (void)state;
    static const rni_marks some[] = {
        1, 2, 3, (rni_marks)1 << 63, ~(rni_marks)0, 0x8000000180000001};
    for (size_t k = 0; k < sizeof some / sizeof *some; k++)
        for (size_t n = 0; n < 200; n++) {
            rni_marks m = some[k];
            rni_marks moved = rni_marks_from(m, n);
            rni_marks less = n < RNI_MARKED ? rni_marks_without(m, n) : m;
            for (size_t i = 0; i < RNI_MARKED; i++) {
                bool was = (m >> i & 1) != 0;
                bool there = i + n < RNI_MARKED && (m >> (i + n) & 1) != 0;
                assert_int_equal(moved >> i & 1, there);
                assert_int_equal(less >> i & 1, was && i != n);
            }
            size_t first = rni_marks_first(m);
            assert_true(first < RNI_MARKED && (m >> first & 1) != 0);
            assert_int_equal(m & (((rni_marks)1 << first) - 1), 0);
        }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_is_told_at_every_place),
        cmocka_unit_test(neighbours_do_not_disturb_each_other),
        cmocka_unit_test(bits_move_and_go_as_the_header_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
