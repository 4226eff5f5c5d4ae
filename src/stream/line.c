/* SPDX-License-Identifier: MIT */
/*
 * The line rule. CR, LF and CRLF end a line, a CR at once: whether an LF comes
 * behind it is found out later, never waited for. No system call, no
 * allocation.
 */
#include "line.h"

#include <string.h>

#include "runnel.h"

static size_t
larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* The index of the first `byte` in [from, to), or `to`. */
static size_t
search(const struct rni_window *w, int byte, size_t from, size_t to)
{
    if (from >= to)
        return to;
    const unsigned char *p = memchr(w->base + from, byte, to - from);
    return p == NULL ? to : (size_t)(p - w->base);
}

/*
 * The index of the first CR or LF, or end. The CR is looked for first and
 * through the whole window: text without any CR then costs one search for LF a
 * line, and text with CRLF two short ones.
 */
static size_t
first_ending(struct rni_line *line, const struct rni_window *w)
{
    size_t from = larger(line->plain, w->beg);
    size_t cr = larger(line->no_cr, from);
    if (cr < w->end && w->base[cr] != '\r')
        cr = search(w, '\r', cr, w->end);
    line->no_cr = cr;
    line->plain = search(w, '\n', from, cr);
    return line->plain;
}

enum rni_line_state
rni_line_cut(struct rni_line *line, const struct rni_window *w,
             struct rni_cut *cut)
{
    size_t at = first_ending(line, w);
    cut->len = at - w->beg;
    cut->taken = cut->len + 1;
    cut->owes_lf = false;
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
    line->plain -= line->plain < shift ? line->plain : shift;
    line->no_cr -= line->no_cr < shift ? line->no_cr : shift;
}
