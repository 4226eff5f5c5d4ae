/* SPDX-License-Identifier: MIT */
/*
 * Marks: where the CR and LF are among up to 64 bytes, a bit for each, so that
 * one look finds the endings of several short lines. Bit i stands for byte i.
 */
#ifndef RNI_MARKS_H
#define RNI_MARKS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint64_t rni_marks;

enum {
    RNI_MARKED = 64 /* bytes that one rni_marks tells of */
};

/*@ predicate rni_is_break(unsigned char c) = c == '\r' || c == '\n';

    axiomatic marks {
      // Whether bit i of m is set. What these functions do with bits is held
      // to these words by tests, for every bit; the rest is proved from them.
      predicate rni_marked(integer m, integer i);
      axiom none: \forall integer i; !rni_marked(0, i);
    }

    // m marks the CR and LF in [from, to) of p, but what is below beg, and no
    // other byte.
    predicate rni_marks_ok(integer m, unsigned char *p, integer beg,
                           integer from, integer to) =
      (\forall integer i; from <= i < to && beg <= i ==>
        (rni_marked(m, i - from) <==> rni_is_break(p[i]))) &&
      (\forall integer i; to - from <= i < RNI_MARKED ==> !rni_marked(m, i));
*/

/* Look for a CR or LF among the bytes [beg, end) of p, 64 at a time: the index
 * of the first 64 that have one, with their marks in *m; or end and no marks.
 */
/*@ requires beg < end < PTRDIFF_MAX && \valid_read(p + (beg .. end - 1));
    requires \valid(m) && \separated(m, p + (beg .. end - 1));
    assigns *m;
    ensures beg <= \result <= end;
    ensures *m == 0 <==> \result == end;
    ensures \forall integer i; beg <= i < \result ==> !rni_is_break(p[i]);
    ensures rni_marks_ok(*m, p, beg, \result,
                         \min(end, \result + RNI_MARKED));
*/
size_t rni_marks_search(const unsigned char *p, size_t beg, size_t end,
                        rni_marks *m);

/* The same marks, counted from byte n on. */
/*@ assigns \nothing;
    ensures \forall integer i; 0 <= i < RNI_MARKED ==>
      (rni_marked(\result, i) <==>
       i + n < RNI_MARKED && rni_marked(m, i + n));
*/
static inline rni_marks
rni_marks_from(rni_marks m, size_t n)
#ifndef __FRAMAC__
{
    return n < RNI_MARKED ? m >> n : 0;
}
#else
    ;
#endif

/* The marks but for that of byte n. */
/*@ requires n < RNI_MARKED;
    assigns \nothing;
    ensures \forall integer i; 0 <= i < RNI_MARKED ==>
      (rni_marked(\result, i) <==> i != n && rni_marked(m, i));
*/
static inline rni_marks
rni_marks_without(rni_marks m, size_t n)
#ifndef __FRAMAC__
{
    return m & ~((rni_marks)1 << n);
}
#else
    ;
#endif

/* The first marked byte; there must be one. */
/*@ requires m != 0;
    assigns \nothing;
    ensures 0 <= \result < RNI_MARKED && rni_marked(m, \result);
    ensures \forall integer i; 0 <= i < \result ==> !rni_marked(m, i);
*/
static inline size_t
rni_marks_first(rni_marks m)
#ifndef __FRAMAC__
{
    return (size_t)__builtin_ctzll(m);
}
#else
    ;
#endif

#endif
