/* SPDX-License-Identifier: MIT */
/*
 * What a reader does to a window between two cuts, proved to leave true what a
 * struct rni_line knows of it; and that the short way to a line agrees with the
 * long one. Never compiled: `make prove` reads it, and the line rule with it,
 * so that the functions of its header are proved once and not in each file.
 */
#include "../../src/stream/line.c"

/* rni_fill: the bytes are moved to the start of the memory. */
/*@ requires rni_window_ok(w) && rni_line_ok(line, w);
    requires \separated(w, line, w->base + (0 .. w->cap));
    assigns *w, *line, w->base[0 .. w->cap];
    ensures rni_window_ok(w) && rni_line_ok(line, w);
*/
void
proof_moved(struct rni_window *w, struct rni_line *line)
{
    size_t shift = rni_window_compact(w);
    rni_line_moved(line, shift);
    /*@ assert bounds: line->from <= line->known <= w->end &&
          line->known - line->from <= RNI_MARKED; */
    /*@ assert plain: rni_plain(w, w->beg, line->from); */
    /*@ assert told: rni_marks_ok(\at(line->marks, Pre), w->base, 0,
                                  \at(line->from, Pre) - shift,
                                  \at(line->known, Pre) - shift); */
    /*@ assert below: shift <= \at(line->from, Pre) ==>
          rni_marks_ok(line->marks, w->base, 0, line->from, line->known); */
    /*@ assert left: \forall integer i; line->known - line->from <= i &&
          i < RNI_MARKED ==> !rni_marked(line->marks, i); */
    /*@ assert kept: shift > \at(line->from, Pre) ==>
          \forall integer i; 0 <= i < line->known ==>
            (rni_marked(line->marks, i) <==>
             rni_marked(\at(line->marks, Pre),
                        i - (\at(line->from, Pre) - shift))); */
    /*@ assert same: shift > \at(line->from, Pre) ==>
          \forall integer i; 0 <= i < line->known ==>
            (rni_is_break(w->base[i]) <==>
             rni_marked(\at(line->marks, Pre),
                        i - (\at(line->from, Pre) - shift))); */
    /*@ assert above: shift > \at(line->from, Pre) ==>
          rni_marks_ok(line->marks, w->base, 0, line->from, line->known); */
}

/* rni_fill: bytes come in at the end. */
/*@ requires rni_window_ok(w) && rni_line_ok(line, w);
    requires n <= w->cap - w->end && \valid_read(data + (0 .. n - 1));
    requires \separated(w, line, w->base + (0 .. w->cap), data + (0 .. n - 1));
    assigns w->end, w->base[w->end .. w->end + n - 1];
    ensures rni_window_ok(w) && rni_line_ok(line, w);
*/
void
proof_filled(struct rni_window *w, struct rni_line *line,
             const unsigned char *data, size_t n)
{
    rni_window_put(w, data, n);
}

/* The window's memory is let go, and what was in it. */
/*@ requires rni_window_ok(w) && rni_line_ok(line, w);
    requires \separated(w, line, w->base + (0 .. w->cap));
    assigns w->beg, w->end, *line;
    ensures rni_window_ok(w) && rni_line_ok(line, w);
*/
void
proof_dropped(struct rni_window *w, struct rni_line *line)
{
    rni_line_moved(line, w->end);
    w->beg = 0;
    w->end = 0;
}

/* rn_readln: a NUL is put behind a line that was taken. */
/*@ requires rni_window_ok(w) && rni_line_ok(line, w) && w->cap > 0;
    requires \separated(w, line, w->base + (0 .. w->cap));
    requires text < w->beg || text == w->end;
    assigns w->base[text];
    ensures rni_line_ok(line, w);
*/
static void
proof_ended(struct rni_window *w, struct rni_line *line, size_t text)
{
    w->base[text] = '\0';
}

/* rn_readln, the long way: a line is taken, and a NUL put behind its text; the
 * byte that it overwrites was taken too, or lies behind the last one. */
/*@ requires rni_window_ok(w) && rni_line_ok(line, w) && \valid(cut);
    requires \separated(w, line, cut, w->base + (0 .. w->cap));
    assigns *cut, *line, w->beg, w->base[w->beg .. w->end];
    ensures rni_window_ok(w) && rni_line_ok(line, w);
    ensures \forall integer i; w->beg <= i < w->end ==>
      w->base[i] == \old(w->base[i]);
*/
void
proof_line_taken(struct rni_window *w, struct rni_line *line,
                 struct rni_cut *cut)
{
    if (w->cap == 0 || rni_line_cut(line, w, cut) == RNI_LINE_BARE)
        return;
    size_t text = w->beg + cut->len;
    if (text == w->end)
        cut->taken = cut->len;
    w->beg += cut->taken;
    /*@ assert taken: rni_line_ok(line, w); */
Look:
    rni_line_forget(line, w->beg);
    /*@ assert bounds: w->beg <= line->from <= line->known <= w->end &&
          line->known - line->from <= RNI_MARKED; */
    /*@ assert stays: w->beg <= \at(line->from, Look) ==>
          rni_marks_ok(line->marks, w->base, w->beg, line->from, line->known);
     */
    /*@ assert left: \forall integer i; line->known - line->from <= i &&
          i < RNI_MARKED ==> !rni_marked(line->marks, i); */
    /*@ assert kept: w->beg > \at(line->from, Look) ==>
          \forall integer i; w->beg <= i < line->known ==>
            (rni_marked(line->marks, i - line->from) <==>
             rni_marked(\at(line->marks, Look), i - \at(line->from, Look))); */
    /*@ assert same: w->beg > \at(line->from, Look) ==>
          \forall integer i; w->beg <= i < line->known ==>
            (rni_is_break(w->base[i]) <==>
             rni_marked(\at(line->marks, Look), i - \at(line->from, Look))); */
    /*@ assert there: w->beg > \at(line->from, Look) ==>
          line->from == w->beg; */
    /*@ assert both: w->beg > \at(line->from, Look) ==>
          \forall integer i; w->beg <= i < line->known ==>
            (rni_marked(line->marks, i - line->from) <==>
             rni_is_break(w->base[i])); */
    /*@ assert above: w->beg > \at(line->from, Look) ==>
          rni_marks_ok(line->marks, w->base, w->beg, line->from, line->known);
     */
    /*@ assert forgotten: rni_line_ok(line, w) && w->beg <= line->from; */
    proof_ended(w, line, text);
}

/* rn_readln, the short way: the same. */
/*@ requires rni_window_ok(w) && rni_line_ok(line, w) && \valid(len);
    requires \separated(w, line, len, w->base + (0 .. w->cap));
    assigns *len, *line, w->beg, w->base[w->beg .. w->end];
    ensures rni_window_ok(w) && rni_line_ok(line, w);
    ensures \forall integer i; w->beg <= i < w->end ==>
      w->base[i] == \old(w->base[i]);
*/
void
proof_known_taken(struct rni_window *w, struct rni_line *line, size_t most,
                  size_t *len)
{
    size_t start = w->beg;
    if (rni_line_take_known(line, w, most, len) > 0)
        proof_ended(w, line, start + *len);
}

/* The short way takes the line that the long way would. */
/*@ requires rni_window_ok(w) && rni_line_ok(line, w) && \valid(cut);
    requires \valid(len);
    requires \separated(w, line, cut, len, w->base + (0 .. w->cap));
    assigns *cut, *len, *line, w->beg;
    ensures \result > 0 ==> *len == cut->len && *len <= most &&
      w->beg == \old(w->beg) + cut->taken;
    ensures \result == 1 ==> cut->ending == RN_ENDING_LF;
    ensures \result == 2 ==> cut->ending == RN_ENDING_CRLF;
    ensures \result > 0 ==> !cut->owes_lf;
    ensures 0 <= \result <= 2;
*/
size_t
proof_both_agree(struct rni_window *w, struct rni_line *line, size_t most,
                 struct rni_cut *cut, size_t *len)
{
    enum rni_line_state state = rni_line_cut(line, w, cut);
    size_t ending = rni_line_take_known(line, w, most, len);
    /*@ assert same: ending > 0 ==> *len == cut->len; */
    /*@ assert ended: ending > 0 ==> state == RNI_LINE_ENDED; */
    return ending;
}
