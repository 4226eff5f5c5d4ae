/* SPDX-License-Identifier: MIT */
/* One run of one client against a far end of its own. */
#ifndef RUN_H
#define RUN_H

#include <stddef.h>

struct work {
    const char *job;
    long count;       /* items: lines, blocks, round trips, connections */
    size_t size;      /* of an item in bytes, its line ending included */
    size_t buffer;    /* of the client */
    long connections; /* that the client has open */
    int crlf;
};

struct cost {
    double user; /* seconds of the client, by wait4(2), start to end */
    double cpu;  /* user and system */
    double wall;
    double heap; /* bytes: what the client says of itself, else 0 */
    double rss;  /* bytes: the most it ever had */
};

enum {
    RAN,
    FAILED,  /* it broke, or its result is not what the text gives */
    NOT_THIS /* the client does not have this job */
};

/* What the last client said; with NOT_THIS perhaps why. */
extern char run_said[128];

/* Where that is permitted, run ahead of whatever else the machine does. */
void run_first(void);

/* Pins the far end to processor 0 and the client to the last one. A client that
 * takes more than `limit` seconds is killed, and has failed. */
int run(const struct work *work, char *const client[], int limit,
        struct cost *cost);

#endif
