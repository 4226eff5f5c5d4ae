/* SPDX-License-Identifier: MIT */
/* The line rule: where the first line of a window ends. */
#ifndef RNI_LINE_H
#define RNI_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "marks.h"
#include "runnel.h"
#include "window.h"

/* What is known of a window's bytes, so that none is searched twice. Indices
 * into the window; what they tell of bytes below its beg means nothing. */
struct rni_line {
    rni_marks marks; /* of the CR and LF in [from, known) */
    size_t from;     /* no CR or LF from beg up to here */
    size_t known;
    bool strict; /* CRLF alone ends a line */
};

/*@ // No CR or LF among the bytes [from, to).
    predicate rni_plain(struct rni_window *w, integer from, integer to) =
      \forall integer i; from <= i < to ==> !rni_is_break(w->base[i]);

    // What a struct rni_line knows is true of the window.
    predicate rni_line_ok(struct rni_line *line, struct rni_window *w) =
      \valid(line) && line->from <= line->known <= w->end &&
      line->known - line->from <= RNI_MARKED &&
      rni_plain(w, w->beg, line->from) &&
      rni_marks_ok(line->marks, w->base, w->beg, line->from, line->known);
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

/* Find where the first line of `w` ends. */
/*@ requires rni_window_ok(w) && rni_line_ok(line, w) && \valid(cut);
    requires \separated(w, line, cut, w->base + (0 .. w->cap));
    assigns *cut, line->marks, line->from, line->known;

    // What is known stays true, and is no more than an aid: nothing below
    // speaks of it.
    ensures rni_line_ok(line, w);

    // The line ends at the first CR or LF.
    ensures cut->len <= w->end - w->beg;
    ensures rni_plain(w, w->beg, w->beg + cut->len);
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

/* Forget what is known of the bytes below `beg`. */
/*@ requires \valid(line) && line->from <= line->known;
    assigns line->marks, line->from, line->known;
    ensures line->from == \max(beg, \old(line->from));
    ensures line->known == \max(beg, \old(line->known));
    ensures beg <= \old(line->from) ==> line->marks == \old(line->marks);
    ensures beg > \old(line->from) ==>
      \forall integer i; 0 <= i < RNI_MARKED ==>
        (rni_marked(line->marks, i) <==>
         i + beg - \old(line->from) < RNI_MARKED &&
         rni_marked(\old(line->marks), i + beg - \old(line->from)));
*/
static inline void
rni_line_forget(struct rni_line *line, size_t beg)
{
    if (beg <= line->from)
        return;
    line->marks = rni_marks_from(line->marks, beg - line->from);
    line->from = beg;
    if (line->known < beg)
        line->known = beg;
}

/* Whether there is a CR or LF, looking for it if need be; if so, line->marks
 * has the first one. */
/*@ requires rni_window_ok(w) && rni_line_ok(line, w);
    requires \separated(w, line, w->base + (0 .. w->cap));
    assigns line->marks, line->from, line->known;
    ensures rni_line_ok(line, w) && w->beg <= line->from;
    ensures \result == \true <==> line->marks != 0;
    ensures \result == \false ==> rni_plain(w, w->beg, w->end);
*/
bool rni_line_look(struct rni_line *line, const struct rni_window *w);

/* The length of the first line's ending if it has been found and is an LF or a
 * CRLF, which begins at *at; else 0. */
/*@ requires rni_window_ok(w) && rni_line_ok(line, w) && \valid(at);
    requires \separated(w, line, at, w->base + (0 .. w->cap));
    assigns *at;
    ensures 0 <= \result <= 2;
    ensures \result > 0 ==>
      w->beg <= *at && *at + \result <= w->end && line->from <= *at &&
      *at < line->known && rni_plain(w, w->beg, *at) &&
      w->base[*at + \result - 1] == '\n';
    ensures \result == 2 ==> w->base[*at] == '\r';
*/
static inline size_t
rni_line_ending(const struct rni_line *line, const struct rni_window *w,
                size_t *at)
{
    if (line->marks == 0)
        return 0;
    size_t i = line->from + rni_marks_first(line->marks);
    *at = i;
    if (i < w->beg)
        return 0;
    /*@ assert here: i < line->known; */
    /*@ assert first: rni_plain(w, w->beg, i); */
    /*@ assert marked: rni_is_break(w->base[i]); */
    if (w->base[i] == '\r')
        return i + 1 < w->end && w->base[i + 1] == '\n' ? 2 : 0;
    return 1;
}

/*
 * The short way, for most lines: take the first line of `w` if its end has been
 * found, it is an LF or a CRLF that nothing forbids, and the line has no more
 * than `most` bytes. 0: go the long way, with rni_line_cut; else the length of
 * the ending, with the line's in *len.
 */
/*@ requires rni_window_ok(w) && rni_line_ok(line, w) && \valid(len);
    requires \separated(w, line, len, w->base + (0 .. w->cap));
    assigns *len, w->beg, line->marks;
    ensures rni_window_ok(w) && rni_line_ok(line, w);
    ensures 0 <= \result <= 2;
    ensures \result == 0 ==> w->beg == \old(w->beg);
    ensures \result > 0 ==> *len <= most && !line->strict &&
      w->beg == \old(w->beg) + *len + \result &&
      rni_plain(w, \old(w->beg), w->beg - \result) &&
      w->base[w->beg - 1] == '\n';
    ensures \result == 2 ==> w->base[w->beg - 2] == '\r';
*/
static inline size_t
rni_line_take_known(struct rni_line *line, struct rni_window *w, size_t most,
                    size_t *len)
{
    size_t at;
    size_t ending = line->strict ? 0 : rni_line_ending(line, w, &at);
    if (ending == 0 || at - w->beg > most)
        return 0;
    size_t bit = at - line->from;
    *len = at - w->beg;
    w->beg = at + ending;
    line->marks = rni_marks_without(line->marks, bit);
    if (ending == 2 && bit + 1 < RNI_MARKED)
        line->marks = rni_marks_without(line->marks, bit + 1);
    /*@ assert known: rni_line_ok(line, w); */
    return ending;
}

/* The window's bytes moved down by `shift` (rni_window_compact). */
/*@ requires \valid(line) && line->from <= line->known;
    assigns line->marks, line->from, line->known;
    ensures line->from == \max(0, \old(line->from) - shift);
    ensures line->known == \max(0, \old(line->known) - shift);
    ensures shift <= \old(line->from) ==> line->marks == \old(line->marks);
    ensures shift > \old(line->from) ==>
      \forall integer i; 0 <= i < RNI_MARKED ==>
        (rni_marked(line->marks, i) <==>
         i + shift - \old(line->from) < RNI_MARKED &&
         rni_marked(\old(line->marks), i + shift - \old(line->from)));
*/
void rni_line_moved(struct rni_line *line, size_t shift);

#endif
