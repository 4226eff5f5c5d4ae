/* SPDX-License-Identifier: MIT */
/* nc's letters, shared by its two sides: nc_client.c and nc_server.c. */
#ifndef NC_H
#define NC_H

#include <stdbool.h>
#include <stdio.h>

#include "address.h"

struct nc {
    bool listening;
    bool keep;
    bool scan;
    bool half; /* -N */
    bool local;
    bool numeric;
    bool detached;
    bool crlf;
    bool verbose;
    const char *port; /* -p */
    const char *source;
    const char *quit;
    int64_t patience; /* -w */
};
extern struct nc nc;

/* What nc says with -v, in its words: scripts look for them. */
#define NC_SAY(...) (nc.verbose ? (void)fprintf(stderr, __VA_ARGS__) : (void)0)

/* All of these: an exit code. */

int nc_client(int count, char **args);
int nc_server(int count, char **args);

/* A connection, which is freed, with the standard streams. */
int nc_talk(rn_socket *s, const char *target);

/* -U: PARSED, or after a complaint EXIT_USAGE. */
int nc_path(const char *path, struct target *t);

#endif
