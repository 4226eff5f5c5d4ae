/* SPDX-License-Identifier: MIT */
/* Every call of the library, made in one process without a helper. */
#ifndef OPERATIONS_H
#define OPERATIONS_H

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

/* What is being called, for whoever has to tell where it ended, and what did
 * not hold. */
extern const char *volatile doing;
extern const char *wrong;

/* Everything but host names, and those. 0 where all went well. */
int operations(const struct surroundings *around);
int lookups(void);

#endif
