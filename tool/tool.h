/* SPDX-License-Identifier: MIT */
/* What the tool's subcommands share. */
#ifndef TOOL_H
#define TOOL_H

#include "runnel.h"

/* Exit codes; distinct by cause, so that a script can act on them. */
enum {
    EXIT_FINE = 0,
    EXIT_OTHER = 1,
    EXIT_USAGE = 2,
    EXIT_LOOKUP = 3,
    EXIT_REFUSED = 4,
    EXIT_TIMEOUT = 5,
    EXIT_RESET = 6,
    EXIT_LOCAL = 7 /* standard input or output */
};

int cmd_connect(int argc, char **argv);
int cmd_listen(int argc, char **argv);
int cmd_lookup(int argc, char **argv);
int cmd_demo(int argc, char **argv);

/* Print the error, and give the exit code for it. */
int complain(const rn_error *err);

/* The same for the last failure of a stream. */
int complain_of(const rn_stream *s);

/* A port from 0 to 65535 in decimal, or -1 after a complaint. */
int parse_port(const char *text);

/* Say how the subcommand is used; EXIT_USAGE. */
int usage(const char *synopsis);

/* Copy between s and the standard streams until the peer has ended: input goes
 * out, and its end half-closes. The exit code. */
int converse(rn_socket *s);

#endif
