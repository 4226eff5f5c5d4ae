/* SPDX-License-Identifier: MIT */
/* The line rule: where the first line of a window ends. */
#ifndef RNI_LINE_H
#define RNI_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "marks.h"
#include "runnel.h"
#include "window.h"

/* What is known of a window's bytes, so that none is searched twice: lines that
 * have been found and not been taken yet; behind them, or at the beg where
 * there are none, no CR or LF up to `known`. */
struct rni_line {
    struct rni_run run;
    size_t known;
    bool strict; /* CRLF alone ends a line */
};

/*@ // What a struct rni_line knows is true of the window.
    predicate rni_line_ok(struct rni_line *line, struct rni_window *w) =
      \valid(line) && line->known <= w->end &&
      (line->run.ends == 0 ==> rni_plain(w->base, w->beg, line->known)) &&
      (line->run.ends != 0 ==>
        rni_run_ok(&line->run, w->base, w->beg, line->known) &&
        (line->strict ==> line->run.cr == 1));
*/

enum rni_line_state {
    RNI_LINE_OPEN,  /* no ending yet */
    RNI_LINE_ENDED, /* a whole line is there */
    RNI_LINE_BARE   /* strict, and a bare CR or LF is there */
};

struct rni_cut {
    size_t len;   /* the line's bytes, as far as they are known if open */
    size_t taken; /* the line and its ending; for a bare ending, up to it */
    int ending;   /* rn_ending */
    bool owes_lf; /* a CR came last: an LF right behind it belongs to it */
};

/* Find where the first line of `w` ends. Lines that were found are forgotten.
 */
/*@ requires rni_window_ok(w) && rni_line_ok(line, w) && \valid(cut);
    requires \separated(w, line, cut, w->base + (0 .. w->cap));
    assigns *cut, line->run.ends, line->known;
    ensures line->run.ends == 0;

    // What is known stays true, and is no more than an aid: nothing below
    // speaks of it.
    ensures rni_line_ok(line, w);

    // The line ends at the first CR or LF.
    ensures cut->len <= w->end - w->beg;
    ensures rni_plain(w->base, w->beg, w->beg + cut->len);
    ensures w->beg + cut->len < w->end ==>
      rni_is_break(w->base[w->beg + cut->len]);

    // CRLF is one ending, and one alone where `strict`.
    ensures \result == RNI_LINE_OPEN <==>
      w->beg + cut->len == w->end ||
      (line->strict && cut->owes_lf);
    ensures \result == RNI_LINE_BARE <==>
      \result != RNI_LINE_OPEN && line->strict &&
      cut->ending != RN_ENDING_CRLF;
    ensures \result == RNI_LINE_ENDED <==>
      \result != RNI_LINE_OPEN && \result != RNI_LINE_BARE;
    ensures w->beg + cut->len < w->end ==>
      (cut->ending == RN_ENDING_CRLF <==>
       w->base[w->beg + cut->len] == '\r' &&
       w->beg + cut->len + 1 < w->end &&
       w->base[w->beg + cut->len + 1] == '\n');
    ensures w->beg + cut->len < w->end ==>
      (cut->ending == RN_ENDING_LF <==> w->base[w->beg + cut->len] == '\n');
    ensures w->beg + cut->len < w->end ==>
      (cut->ending == RN_ENDING_CR || cut->ending == RN_ENDING_LF ||
       cut->ending == RN_ENDING_CRLF);

    // It is taken with its whole ending, out of what is there.
    ensures cut->taken ==
      cut->len + (\result != RNI_LINE_OPEN &&
                  cut->ending == RN_ENDING_CRLF ? 2 : 1);
    ensures \result != RNI_LINE_OPEN ==> cut->taken <= w->end - w->beg;

    // An LF is owed just for a CR that is the window's last byte.
    ensures cut->owes_lf <==>
      w->beg + cut->len + 1 == w->end && w->base[w->end - 1] == '\r';
*/
enum rni_line_state rni_line_cut(struct rni_line *line,
                                 const struct rni_window *w,
                                 struct rni_cut *cut);

/* Forget the lines that were found: bytes of the window are taken in another
 * way, or what a line is changes. */
/*@ requires \valid(line);
    assigns line->run.ends, line->known;
    ensures line->run.ends == 0;
    ensures \old(line->run.ends) == 0 ==> line->known == \old(line->known);
    ensures \old(line->run.ends) != 0 ==> line->known == 0;
*/
static inline void
rni_line_forget(struct rni_line *line)
{
    if (line->run.ends == 0)
        return;
    line->run.ends = 0;
    line->known = 0;
}

/* Up to where there is no CR or LF for sure, where no lines are found. */
/*@ requires \valid_read(line) && \valid_read(w);
    assigns \nothing;
    ensures \result == \max(line->known, w->beg);
*/
static inline size_t
rni_line_plain_to(const struct rni_line *line, const struct rni_window *w)
{
    return line->known < w->beg ? w->beg : line->known;
}

/*
 * Look for lines of the common kinds, which end with an LF, or each with a
 * CRLF, where none are left of those found before. Whether there are any; the
 * first of them is the first of the window.
 */
/*@ requires rni_window_ok(w) && rni_line_ok(line, w);
    requires \separated(w, line, w->base + (0 .. w->cap));
    assigns line->run, line->known;
    ensures rni_line_ok(line, w);
    ensures \result == \true <==> line->run.ends != 0;
*/
static inline bool
rni_line_look(struct rni_line *line, const struct rni_window *w)
{
    if (line->run.ends != 0)
        return true;
    size_t from = rni_line_plain_to(line, w);
    if (from == w->end)
        return false;
    /*@ assert before: rni_plain(w->base, w->beg, from); */
    line->known = rni_marks_run(w->base, from, w->end, &line->run);
    /*@ assert without: line->run.ends == 0 ==>
          rni_plain(w->base, w->beg, line->known); */
    if (line->run.ends == 0)
        return false;
    /*@ assert between: rni_plain(w->base, w->beg, line->run.from); */
    /*@ assert found: rni_run_ok(&line->run, w->base, w->beg, line->known); */
    if (!line->strict || line->run.cr == 1)
        return true;
    line->known = line->run.from + rni_marks_first(line->run.ends);
    /*@ assert bare: rni_plain(w->base, w->beg, line->known); */
    line->run.ends = 0;
    return false;
}

/* The length of the first of the lines that were found; there must be one. */
/*@ requires rni_window_ok(w) && rni_line_ok(line, w) && line->run.ends != 0;
    requires \separated(w, line, w->base + (0 .. w->cap));
    assigns \nothing;
    ensures w->beg + \result + line->run.cr < w->end;
    ensures rni_plain(w->base, w->beg, w->beg + \result);
    ensures w->base[w->beg + \result + line->run.cr] == '\n';
    ensures line->run.cr == 1 ==> w->base[w->beg + \result] == '\r';
*/
static inline size_t
rni_line_len(const struct rni_line *line, const struct rni_window *w)
{
    size_t at = line->run.from + rni_marks_first(line->run.ends);
    /*@ assert first: rni_plain(w->base, w->beg, at - line->run.cr); */
    return at - line->run.cr - w->beg;
}

/* Take that line and its ending; returns its length. */
/*@ requires rni_window_ok(w) && rni_line_ok(line, w) && line->run.ends != 0;
    requires \separated(w, line, w->base + (0 .. w->cap));
    assigns w->beg, line->run.ends;
    ensures rni_window_ok(w) && rni_line_ok(line, w);
    ensures w->beg == \old(w->beg) + \result + line->run.cr + 1;
    ensures rni_plain(w->base, \old(w->beg), \old(w->beg) + \result);
    ensures w->base[w->beg - 1] == '\n';
    ensures line->run.cr == 1 ==> w->base[w->beg - 2] == '\r';
*/
static inline size_t
rni_line_take(struct rni_line *line, struct rni_window *w)
{
    size_t len = rni_line_len(line, w);
    size_t first = rni_marks_first(line->run.ends);
    /* Each from what was found, not one from the other: lines follow close. */
    w->beg = line->run.from + first + 1;
    line->run.ends = rni_marks_behind(line->run.ends, first);
    /*@ assert later: \forall integer i; 0 <= i < RNI_MARKED &&
          rni_marked(line->run.ends, i) ==>
            w->beg + line->run.cr <= line->run.from + i; */
    /*@ assert told: \forall integer i; w->beg <= i < line->known &&
          line->run.from <= i && rni_is_break(w->base[i]) ==>
            rni_marked(line->run.ends, i - line->run.from) ||
            (line->run.cr == 1 && i + 1 < line->known &&
             rni_marked(line->run.ends, i + 1 - line->run.from)); */
    /*@ assert none: line->run.ends == 0 ==>
          rni_plain(w->base, w->beg, line->known); */
    return len;
}

/* The window's bytes moved down by `shift` (rni_window_compact). */
/*@ requires \valid(line);
    assigns line->run.ends, line->known;
    ensures line->run.ends == 0;
    ensures line->known == 0 || (\old(line->run.ends) == 0 &&
                                 line->known == \old(line->known) - shift);
*/
void rni_line_moved(struct rni_line *line, size_t shift);

#endif
