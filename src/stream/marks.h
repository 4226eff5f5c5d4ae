/* SPDX-License-Identifier: MIT */
/*
 * Marks: where lines end among up to 64 bytes, a bit for each, so that one look
 * finds the endings of several short lines. Bit i stands for byte i.
 */
#ifndef RNI_MARKS_H
#define RNI_MARKS_H

#include <stddef.h>
#include <stdint.h>

typedef uint64_t rni_marks;

enum {
    RNI_MARKED = 64 /* bytes that one rni_marks tells of */
};

/* Lines that end alike, one behind the other. */
struct rni_run {
    rni_marks ends; /* their LFs; none: there is no such line */
    size_t from;    /* the index of bit 0 */
    size_t cr;      /* 1: a CR stands before each LF, and ends the line with it;
                     * 0: before none */
};

/*@ predicate rni_is_break(unsigned char c) = c == '\r' || c == '\n';

    // No CR or LF among the bytes [from, to) of p.
    predicate rni_plain(unsigned char *p, integer from, integer to) =
      \forall integer i; from <= i < to ==> !rni_is_break(p[i]);

    axiomatic marks {
      // Whether bit i of m is set. What these functions do with bits is held
      // to these words by tests, for every bit; the rest is proved from them.
      predicate rni_marked(integer m, integer i);
      axiom none: \forall integer i; !rni_marked(0, i);
    }

    // Of the bytes [beg, known) of p, those that run marks and the CRs before
    // them are CR or LF, and no other.
    predicate rni_run_ok(struct rni_run *run, unsigned char *p, integer beg,
                         integer known) =
      (run->cr == 0 || run->cr == 1) &&
      run->from <= known <= run->from + RNI_MARKED && beg <= known &&
      rni_plain(p, beg, run->from) &&
      (\forall integer i; 0 <= i < RNI_MARKED && rni_marked(run->ends, i) ==>
        beg + run->cr <= run->from + i < known &&
        p[run->from + i] == '\n' &&
        (run->cr == 1 ==> p[run->from + i - 1] == '\r')) &&
      (\forall integer i; beg <= i < known && run->from <= i &&
        rni_is_break(p[i]) ==>
          rni_marked(run->ends, i - run->from) ||
          (run->cr == 1 && i + 1 < known &&
           rni_marked(run->ends, i + 1 - run->from)));
*/

/*
 * Look for lines that end alike among the bytes [beg, end) of p: the first of
 * them, as many as 64 bytes hold. Returns up to where *run tells of every CR
 * and LF; without lines that is the first CR or LF, or end.
 */
/*@ requires beg < end < PTRDIFF_MAX && \valid_read(p + (beg .. end - 1));
    requires \valid(run) && \separated(run, p + (beg .. end - 1));
    assigns *run;
    ensures beg <= \result <= end;
    ensures run->ends != 0 ==> rni_run_ok(run, p, beg, \result);
    ensures run->ends == 0 ==> rni_plain(p, beg, \result);
    ensures run->ends == 0 && \result < end ==> rni_is_break(p[\result]);
*/
size_t rni_marks_run(const unsigned char *p, size_t beg, size_t end,
                     struct rni_run *run);

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

/* The marks but for the first one, which is byte n's. (The machine needs no n
 * for it; the words do.) */
/*@ requires n < RNI_MARKED && rni_marked(m, n);
    requires \forall integer i; 0 <= i < n ==> !rni_marked(m, i);
    assigns \nothing;
    ensures \forall integer i; 0 <= i < RNI_MARKED ==>
      (rni_marked(\result, i) <==> i != n && rni_marked(m, i));
*/
static inline rni_marks
rni_marks_behind(rni_marks m, size_t n)
#ifndef __FRAMAC__
{
    (void)n;
    return m & (m - 1);
}
#else
    ;
#endif

#endif
