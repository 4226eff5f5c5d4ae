/* SPDX-License-Identifier: MIT */
/* Every call of a library, made in one process without a helper. */
#ifndef OPERATIONS_H
#define OPERATIONS_H

#include <stdbool.h>

/* Descriptors and paths that are there before; making them takes system calls
 * that are not the library's. */
struct surroundings {
    int pipe[2];
    int broken_pipe; /* its reader is gone */
    int file;
    int pair[2];       /* two sockets */
    char dead[80];     /* "unix:...", left behind by a server that is gone */
    char abstract[80]; /* "unix:@...", that nobody else has */
};

/* Make them; the path of the dead server is in `dir`, for the caller to remove.
 */
bool surround(struct surroundings *around, const char *dir);

/* Parts of the list of system calls. */
enum part {
    LIBRARY,
    PROCESS,
    LOOKUP,
    TLS
};

/* Calls that belong together: 0 where all went well. They need [library],
 * [process] and the part named here. */
struct set {
    const char *name;
    enum part part;
    int (*calls)(const struct surroundings *around);
};

/* What one program runs: each file of operations defines it. */
extern const struct set *const sets;
extern const int set_count;
bool sets_begin(void); /* what has to be there before */
void sets_end(void);

/* What is being called, for whoever has to tell where it ended, and what did
 * not hold. */
extern const char *volatile doing;
extern const char *wrong;

/* Tell what did not hold; the innermost of them is what went wrong. 1. */
int failed(const char *what);

/* Go on where it holds; else leave the function, saying so. */
#define MUST(holds)                                                            \
    do {                                                                       \
        doing = #holds;                                                        \
        if (!(holds))                                                          \
            return failed(#holds);                                             \
    } while (0)

#endif
