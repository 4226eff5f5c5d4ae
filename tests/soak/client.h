/* SPDX-License-Identifier: MIT */
/* A client's connections; see soak.h. */
#ifndef CLIENT_H
#define CLIENT_H

#include "soak.h"

enum ending {
    ENDS_NOT,
    ENDS_HALF,  /* this side says that it ends, and hears the rest */
    ENDS_BYE,   /* the far end is asked to close */
    ENDS_ABORT, /* this side gives up in the midst */
};

struct pair {
    rn_socket *s; /* NULL: to be connected */
    struct line line;
    uint32_t id;
    uint32_t gen;
    uint32_t sent;
    uint32_t heard;
    int todo;  /* lines to be sent yet */
    int lives; /* of the far end's process, when this was connected */
    enum ending ending;
    bool busy;
    bool shut;
    char last_kind; /* of the last line to be sent */
    int rested;     /* the number of the last step in which it rested */
    uint32_t pause; /* for a line that asks for one */
    rn_time paused_until;
};

struct client {
    struct board *b;
    struct slot *slot;
    int epoll;
    int count;
    int busy;
    int closed;
    int paused;
    uint64_t random;
    struct pair *pair;
    rn_time far_down[FARS]; /* refused: not to be tried before */
};

/* ---- pair.c */

/* Try to connect it; whether that is done. Waits for the far end's system. */
bool pair_connect(struct client *c, struct pair *p);

/* Begin to send so many lines, and how to end after them. */
void pair_begin(struct client *c, struct pair *p, int lines,
                enum ending ending);

/* Do what can be done without waiting, and watch for the rest. */
void pair_work(struct client *c, struct pair *p);

/* Close it, in order. */
void pair_close(struct client *c, struct pair *p);

#endif
