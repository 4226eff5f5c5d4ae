/* SPDX-License-Identifier: MIT */
/* Real servers that nobody here wrote: started on a free loopback port, ready
 * when they say so, and stopped again. */
#ifndef SERVER_H
#define SERVER_H

#include <sys/types.h>

#include "runnel.h"

struct server {
    pid_t pid;
    rn_stream *log; /* its standard output and error */
    int port;
    char dir[64]; /* an empty folder of its own, removed by server_stop */
};

/* Make the folder. */
void server_prepare(struct server *s);

/*
 * Start the program with the arguments that `arguments` makes for s->port and
 * s->dir, and wait for a line of its log that holds `ready`. A port that
 * somebody took in the meantime means another try. Fails the test otherwise.
 */
void server_start(struct server *s,
                  void (*arguments)(struct server *s, const char **argv),
                  const char *ready);

/* End it and remove its folder. */
void server_stop(struct server *s);

/* A connection to it, or a failed test. */
rn_socket *server_connect(const struct server *s, rn_buffering buffering);

#endif
