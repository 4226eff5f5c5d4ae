/* SPDX-License-Identifier: MIT */
/* A file that is there whole, under its name, or not at all. */
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stddef.h>

enum {
    STORE_NAME = 256 /* of a file in its folder, with the NUL */
};

struct store {
    const char *path; /* as it was given */
    bool force;       /* a file that is there may be replaced */
    int folder;       /* a descriptor */
    int fd;
    char name[STORE_NAME]; /* "": path is a folder, the sender names the file */
    char temporary[64];
    char why[128]; /* a failure, for the other side */
};

/* All of these: EXIT_FINE, or an exit code after a complaint. */

/* Look where `path` leads: so that what cannot be is told early. */
int store_plan(struct store *s, const char *path, bool force);

/* Begin a temporary file in that folder. `sent` is the name to take where there
 * is none; it must be a plain one, and may not begin with a dot. */
int store_begin(struct store *s, const char *sent);

int store_add(struct store *s, const void *data, size_t len);

/* All is there: bring it to the disk and give it its name. */
int store_commit(struct store *s);

/* Release it; what was not committed is removed. */
void store_end(struct store *s);

/* For messages: path, and the name behind it where path is a folder. */
const char *store_text(const struct store *s);

#endif
