/* SPDX-License-Identifier: MIT */
/* nc -q SECONDS: the end, so long after that of standard input. */
#ifndef QUIT_H
#define QUIT_H

#include <stdint.h>

#include "end.h"

/* Put a stream into near->in that starts the clock when it ends; nothing where
 * there is no input, or no time. False: no memory. */
bool quit_watch(struct end *near, int64_t seconds);

/* The connection is over before. */
void quit_stop(void);

/* Whether the time was over, and has set the token. */
bool quit_came(void);

#endif
