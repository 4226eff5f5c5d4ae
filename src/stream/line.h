/* SPDX-License-Identifier: MIT */
/* The line rule: where the first line of a window ends. */
#ifndef RNI_LINE_H
#define RNI_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "window.h"

/* What is known of a window's bytes, so that none is searched twice. Indices
 * into the window; those below its beg mean nothing. */
struct rni_line {
    size_t plain; /* no CR or LF from beg up to here */
    size_t no_cr; /* no CR from beg up to here */
    bool strict;  /* CRLF alone ends a line */
};

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
enum rni_line_state rni_line_cut(struct rni_line *line,
                                 const struct rni_window *w,
                                 struct rni_cut *cut);

/* The window's bytes moved down by `shift` (rni_window_compact). */
void rni_line_moved(struct rni_line *line, size_t shift);

#endif
