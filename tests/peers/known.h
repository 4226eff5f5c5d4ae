/* SPDX-License-Identifier: MIT */
/* The real servers that tests talk to, and how each is started. */
#ifndef KNOWN_H
#define KNOWN_H

#include "server.h"

struct known {
    const char *name;
    const char *path; /* of the program */
    const char *package;
    const char *ready; /* words in its log */
    void (*arguments)(struct server *s, const char **argv);
};

enum {
    KNOWN_PAGE = 200000 /* bytes of /page of the web server */
};

extern const struct known known_redis, known_nginx, known_smtp, known_irc,
    known_memcached;

#endif
