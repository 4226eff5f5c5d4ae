/* SPDX-License-Identifier: MIT */
/* Commands as ends of a relay: see end.h. */
#ifndef COMMAND_H
#define COMMAND_H

#include "end.h"

/* Wait for it within the limits; if `failed`, and when they are over, it gets a
 * SIGTERM, and a second later a SIGKILL. EXIT_FINE, or an exit code after a
 * complaint: EXIT_COMMAND where it failed by itself. */
int command_wait(const struct end *e, bool failed);

#endif
