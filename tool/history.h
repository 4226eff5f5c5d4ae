/* SPDX-License-Identifier: MIT */
/* The lines that were typed, kept from one run to the next. */
#ifndef HISTORY_H
#define HISTORY_H

#include <histedit.h>

/* With what is in the file: $RUNNEL_HISTORY, or runnel/history in
 * $XDG_STATE_HOME (~/.local/state). NULL without memory. */
History *history_open(void);

/* Write the file, readable for its owner alone, and free; NULL is fine. */
void history_close(History *h);

#endif
