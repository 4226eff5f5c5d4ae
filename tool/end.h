/* SPDX-License-Identifier: MIT */
/* One end of a relay: the standard streams, a connection, or a command. */
#ifndef END_H
#define END_H

#include <stdbool.h>
#include <sys/types.h>

#include "runnel.h"

struct end {
    rn_stream *in;  /* what comes from it; NULL: nothing is taken */
    rn_stream *out; /* what goes to it; of a connection the same as `in` */
    bool standard;
    bool waits;      /* its input may be silent for ever: a terminal, a pipe */
    bool terminal;   /* and with a person behind it */
    rn_stream *life; /* of a command: ends when the command does */
    pid_t pid;       /* of a command, else 0 */
    const char *name;
};

/* Each of these: EXIT_FINE, or an exit code after a complaint. Then end_close.
 */

/* Standard input and output; `input` false: output alone. */
int end_standard(struct end *e, bool input);

/* A connection, which is the end's from now on. */
int end_socket(struct end *e, rn_socket *s);

/* A command, run without a shell, with pipes for its input and output, and no
 * other descriptor but stderr. `peer`, if any, is in its environment. */
int end_command(struct end *e, char *const *words, const rn_socket *peer);

/* Whether there is such a program, before anything waits for it: EXIT_FINE, or
 * EXIT_LOCAL after a complaint. */
int end_check_command(const char *word);

/* Flush and close both, within the limits; of a command wait for its end, too
 * (command.h). EXIT_FINE, or the exit code for the first thing that went wrong,
 * after a complaint unless `failed` (then there was one). */
int end_close(struct end *e, bool failed);

#endif
