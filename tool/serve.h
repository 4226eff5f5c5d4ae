/* SPDX-License-Identifier: MIT */
/* Listening: an address to listen on, and a loop that accepts. */
#ifndef SERVE_H
#define SERVE_H

#include <stdbool.h>

#include "options.h"

/* The options of everything that can accept many, for its table. */
#define SERVE_OPTIONS                                                          \
    {"keep",                                                                   \
     'k',                                                                      \
     OPTION_FLAG,                                                              \
     &serving.keep,                                                            \
     NULL,                                                                     \
     "go on accepting, many at once",                                          \
     0},                                                                       \
        {"max",                                                                \
         0,                                                                    \
         OPTION_NUMBER,                                                        \
         &serving.max,                                                         \
         "N",                                                                  \
         "at most N at once with --keep (else 256)",                           \
         0},                                                                   \
    {                                                                          \
        "public", 0, OPTION_FLAG, &serving.open, NULL,                         \
            "on every interface, not loopback alone", 0                        \
    }

struct serving {
    bool keep;
    int max;
    bool open;
    bool tls; /* who comes in is talked to over TLS */
};
extern struct serving serving;

/* Listen on `port` (0: a free one) of `address`; NULL: loopback, or all with
 * --public. unix:/path too. Says where. NULL after a complaint. */
rn_server *serve_open(int port, const char *address, int *code);

/* The next connection, which is said; NULL after a complaint. */
rn_socket *serve_accept(rn_server *server, int *code);

/* What `handle` below should return where a failure of its own, such as a
 * command that cannot be run, is not one of all. */
int serve_code(int code, int number);

/* Agree on TLS with who has come in, `number` as below. NULL after a complaint.
 */
rn_stream *serve_secured(rn_socket *s, int number, int *code);

/* Accept and hand over: one connection, `number` 0, or with --keep many, each
 * in a thread and numbered from 1. What `handle` gets is its own to free, and
 * what it returns is the exit code, EXIT_LOCAL ends the rest. Frees the
 * server. */
int serve(rn_server *server,
          int (*handle)(rn_socket *s, int number, void *context),
          void *context);

#endif
