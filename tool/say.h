/* SPDX-License-Identifier: MIT */
/* Everything that the tool says to a person: one line each, on stderr. */
#ifndef SAY_H
#define SAY_H

#include <stdbool.h>

#include "runnel.h"

/* A failure, as "runnel: ...", which --json tells too. They return the exit
 * code for it. With --json and -q the object alone tells it. */
int complain(const rn_error *err);
int complain_of(const rn_stream *s);
int complain_as(int exit_code, const char *format, ...) RN_PRINTF(2, 3);

/* A failure of a file, standard stream or system call: "runnel: WHAT: why" from
 * errno; EXIT_LOCAL. */
int complain_local(const char *what);

/* Whether a line has told of one. */
bool has_complained(void);

/* A mistake on the command line; EXIT_USAGE. */
int complain_usage(const char *format, ...) RN_PRINTF(1, 2);

/* An argument as a message shows it: in quotes, on one line whatever is in it,
 * and not longer than the buffer, which is returned. */
enum {
    QUOTE_SIZE = 80
};
const char *quoted(char buf[QUOTE_SIZE], const char *text);

/* How things go: always but with -q, and only with -v. */
void note(const char *format, ...) RN_PRINTF(1, 2);
void detail(const char *format, ...) RN_PRINTF(1, 2);

#endif
