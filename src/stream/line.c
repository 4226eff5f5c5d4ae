/* SPDX-License-Identifier: MIT */
/*
 * The line rule. CR, LF and CRLF end a line, a CR at once: whether an LF comes
 * behind it is found out later, never waited for. No system call, no
 * allocation.
 */
#include "line.h"

bool
rni_line_look(struct rni_line *line, const struct rni_window *w)
{
    rni_line_forget(line, w->beg);
    /*@ assert still: rni_line_ok(line, w) && w->beg <= line->from; */
    if (line->marks != 0)
        return true;
    /*@ assert none: rni_plain(w, w->beg, line->known); */
    line->from = line->known;
    if (line->known == w->end)
        return false;
    line->from = rni_marks_search(w->base, line->known, w->end, &line->marks);
    /*@ assert seen: rni_marks_ok(line->marks, w->base, w->beg, line->from,
                          \min(w->end, line->from + RNI_MARKED)); */
    size_t left = w->end - line->from;
    line->known = left < RNI_MARKED ? w->end : line->from + RNI_MARKED;
    /*@ assert plain: rni_plain(w, w->beg, line->from); */
    /*@ assert found: rni_marks_ok(line->marks, w->base, w->beg, line->from,
                                   line->known); */
    return line->marks != 0;
}

/* The index of the first CR or LF, or end. */
/*@ requires rni_window_ok(w) && rni_line_ok(line, w);
    requires \separated(w, line, w->base + (0 .. w->cap));
    assigns line->marks, line->from, line->known;
    ensures rni_line_ok(line, w) && w->beg <= \result <= w->end;
    ensures rni_plain(w, w->beg, \result);
    ensures \result < w->end ==> rni_is_break(w->base[\result]);
*/
static size_t
first_ending(struct rni_line *line, const struct rni_window *w)
{
    if (!rni_line_look(line, w))
        return w->end;
    size_t i = line->from + rni_marks_first(line->marks);
    /*@ assert marked: i < line->known && rni_is_break(w->base[i]); */
    return i;
}

enum rni_line_state
rni_line_cut(struct rni_line *line, const struct rni_window *w,
             struct rni_cut *cut)
{
    size_t at = first_ending(line, w);
    cut->len = at - w->beg;
    cut->taken = cut->len + 1;
    cut->owes_lf = false;
    /*@ assert known: rni_line_ok(line, w); */
    if (at == w->end)
        return RNI_LINE_OPEN;
    if (w->base[at] == '\n') {
        cut->ending = RN_ENDING_LF;
        return line->strict ? RNI_LINE_BARE : RNI_LINE_ENDED;
    }
    cut->ending = RN_ENDING_CR;
    if (at + 1 == w->end) {
        cut->owes_lf = true;
        return line->strict ? RNI_LINE_OPEN : RNI_LINE_ENDED;
    }
    if (w->base[at + 1] == '\n') {
        cut->ending = RN_ENDING_CRLF;
        cut->taken++;
        return RNI_LINE_ENDED;
    }
    return line->strict ? RNI_LINE_BARE : RNI_LINE_ENDED;
}

void
rni_line_moved(struct rni_line *line, size_t shift)
{
    rni_line_forget(line, shift);
    line->from -= shift;
    line->known -= shift;
}
