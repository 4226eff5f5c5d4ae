/* SPDX-License-Identifier: MIT */
/* Exit codes, distinct by cause, so that a script can act on them. */
#ifndef EXIT_H
#define EXIT_H

#include <stdbool.h>
#include <stdio.h>

#include "runnel.h"

enum {
    EXIT_FINE = 0,
    EXIT_OTHER = 1,
    EXIT_USAGE = 2,
    EXIT_LOOKUP = 3,
    EXIT_REFUSED = 4,
    EXIT_TIMEOUT = 5,
    EXIT_RESET = 6,
    EXIT_LOCAL = 7,
    EXIT_TLS = 8,
    EXIT_COMMAND = 9,
    EXIT_SIGNAL = 128 /* and its number */
};

/* The exit code for an RN_E_ code. */
int exit_of(int code);

/* "refused" for EXIT_REFUSED. Static, never NULL. */
const char *exit_name(int exit_code);

/* The table of all of them, as --help shows it; `one_failure`: of 0, 1 and
 * signals, where 1 is for everything else. */
void print_exits(FILE *to, bool one_failure);

#endif
