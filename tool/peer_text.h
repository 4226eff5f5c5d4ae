/* SPDX-License-Identifier: MIT */
/* What a peer says, shown on a terminal: every line behind a mark, and nothing
 * that the terminal would obey. */
#ifndef PEER_TEXT_H
#define PEER_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct peer_text {
    bool color;
    bool inside;   /* the peer's last line has not ended */
    bool answered; /* but the person has typed one since */
    bool after_cr; /* an LF behind it belongs to it */
};

/* Print `len` bytes to stdout, from the first column on. How many of them: the
 * last few may be the beginning of a letter, to be given again with the rest of
 * it; with `all` they are shown as what they are. */
size_t peer_text_print(struct peer_text *p, const char *data, size_t len,
                       bool all);

#endif
