/* SPDX-License-Identifier: MIT */
/* A person at a terminal talks to a peer: line editing, history, and whose line
 * is whose. */
#ifndef TERMINAL_H
#define TERMINAL_H

#include "runnel.h"

/* As converse, where both standard input and output are terminals. */
int converse_at_terminal(rn_socket *s, const char *target);

#endif
