/* SPDX-License-Identifier: MIT */
/* The line that a person is typing, on the screen. */
#ifndef TYPED_H
#define TYPED_H

#include <histedit.h>

/* What stands before it: two columns. */
#define TYPED_PROMPT "> "

/* Take it off the screen, all of its rows; the cursor is where it began. */
void typed_wipe(EditLine *el);

#endif
