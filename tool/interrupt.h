/* SPDX-License-Identifier: MIT */
/* SIGINT, SIGTERM, SIGHUP and SIGQUIT stop what waits, by a cancel token. */
#ifndef INTERRUPT_H
#define INTERRUPT_H

#include "runnel.h"

/* From now on they set the token. 0, or an exit code. */
int interrupt_begin(void);

/* For everything that waits. */
rn_cancel *interrupt_token(void);

/* The signal that came, or 0. */
int interrupt_signal(void);

/* Die of the signal that came, if one did: so that whoever started us sees the
 * truth (a shell shows 128 and its number). */
void interrupt_end(void);

#endif
