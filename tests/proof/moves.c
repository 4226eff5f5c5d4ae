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
    /*@ assert plain: rni_plain(w->base, w->beg, line->known); */
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
    /*@ assert same: \forall integer i; 0 <= i < line->known ==>
          w->base[i] == \at(w->base[i], Pre); */
    /*@ assert found: line->run.ends != 0 ==>
          rni_run_ok(&line->run, w->base, w->beg, line->known); */
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

/* rn_read and others: bytes are taken, not by lines. */
/*@ requires rni_window_ok(w) && rni_line_ok(line, w);
    requires n <= w->end - w->beg && \valid(data + (0 .. n - 1));
    requires \separated(w, line, w->base + (0 .. w->cap), data + (0 .. n - 1));
    assigns w->beg, *line, data[0 .. n - 1];
    ensures rni_window_ok(w) && rni_line_ok(line, w);
*/
void
proof_read(struct rni_window *w, struct rni_line *line, unsigned char *data,
           size_t n)
{
    rni_line_forget(line);
    rni_window_take(w, data, n);
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
    proof_ended(w, line, text);
}

/* rn_readln, the short way: the same. */
/*@ requires rni_window_ok(w) && rni_line_ok(line, w);
    requires \separated(w, line, w->base + (0 .. w->cap));
    assigns *line, w->beg, w->base[w->beg .. w->end];
    ensures rni_window_ok(w) && rni_line_ok(line, w);
    ensures \forall integer i; w->beg <= i < w->end ==>
      w->base[i] == \old(w->base[i]);
*/
void
proof_found_taken(struct rni_window *w, struct rni_line *line)
{
    if (!rni_line_look(line, w))
        return;
    size_t text = w->beg;
    text += rni_line_take(line, w);
    proof_ended(w, line, text);
}

/* The short way takes the line that the long way would. */
/*@ requires rni_window_ok(w) && rni_line_ok(line, w) && \valid(cut);
    requires \separated(w, line, cut, w->base + (0 .. w->cap));
    assigns *cut, *line, w->beg;
    ensures \result ==> w->beg == \old(w->beg) + cut->taken && !cut->owes_lf;
    ensures \result ==> cut->ending ==
      (line->run.cr == 1 ? RN_ENDING_CRLF : RN_ENDING_LF);
*/
bool
proof_both_agree(struct rni_window *w, struct rni_line *line,
                 struct rni_cut *cut)
{
    enum rni_line_state state = rni_line_cut(line, w, cut);
    bool is_crlf = cut->ending == RN_ENDING_CRLF;
    /*@ assert told: w->beg + cut->len + 1 < w->end &&
          w->base[w->beg + cut->len] == '\r' &&
          w->base[w->beg + cut->len + 1] == '\n' ==> is_crlf; */
Cut:
    if (!rni_line_look(line, w))
        return false;
    size_t len = rni_line_len(line, w);
    /*@ assert stays: w->beg == \at(w->beg, Cut) && w->end == \at(w->end, Cut)
          && w->base == \at(w->base, Cut) && cut->len == \at(cut->len, Cut); */
    /*@ assert same: len == cut->len; */
    /*@ assert lf: line->run.cr == 0 ==> cut->ending == RN_ENDING_LF; */
    /*@ assert pair: line->run.cr == 1 ==> w->beg + cut->len + 1 < w->end &&
          w->base[w->beg + cut->len] == '\r' &&
          w->base[w->beg + cut->len + 1] == '\n'; */
    /*@ assert crlf: line->run.cr == 1 ==> is_crlf; */
    /*@ assert ended: state == RNI_LINE_ENDED; */
    /*@ assert taken: cut->taken == len + line->run.cr + 1; */
    /*@ assert paid: !cut->owes_lf; */
    rni_line_take(line, w);
    return true;
}
