/* SPDX-License-Identifier: MIT */
/* Commands as ends of a relay: see end.h. */
#ifndef COMMAND_H
#define COMMAND_H

#include "end.h"

/* Wait for it, after a SIGTERM if `failed`. EXIT_FINE, or EXIT_COMMAND after a
 * complaint where it failed by itself. */
int command_wait(const struct end *e, bool failed);

#endif
