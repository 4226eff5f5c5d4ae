/* SPDX-License-Identifier: MIT */
/*
 * The line rule. CR, LF and CRLF end a line, a CR at once: whether an LF comes
 * behind it is found out later, never waited for. No system call, no
 * allocation.
 */
#include "line.h"

/* The index of the first CR or LF, or end. */
/*@ requires rni_window_ok(w) && rni_line_ok(line, w);
    requires \separated(w, line, w->base + (0 .. w->cap));
    assigns line->run.ends, line->known;
    ensures line->run.ends == 0 && line->known <= w->end;
    ensures rni_plain(w->base, w->beg, line->known);
    ensures rni_line_ok(line, w);
    ensures w->beg <= \result <= w->end;
    ensures rni_plain(w->base, w->beg, \result);
    ensures \result < w->end ==> rni_is_break(w->base[\result]);
*/
static size_t
first_ending(struct rni_line *line, const struct rni_window *w)
{
    rni_line_forget(line);
    /*@ assert kept: rni_line_ok(line, w) && line->run.ends == 0; */
    size_t from = rni_line_plain_to(line, w);
    if (from == w->end)
        return w->end;
    /*@ assert before: rni_plain(w->base, w->beg, from); */
    struct rni_run run;
    size_t at = rni_marks_run(w->base, from, w->end, &run);
    if (run.ends != 0)
        at = run.from + rni_marks_first(run.ends) - run.cr;
    /*@ assert behind: rni_plain(w->base, from, at); */
    /*@ assert ended: from <= at <= w->end &&
          (at < w->end ==> rni_is_break(w->base[at])); */
    line->known = at;
    /*@ assert plain: rni_plain(w->base, w->beg, line->known); */
    /*@ assert none: line->run.ends == 0 && line->known <= w->end; */
    return at;
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
    rni_line_forget(line);
    line->known = line->known < shift ? 0 : line->known - shift;
}
