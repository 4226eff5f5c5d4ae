/* SPDX-License-Identifier: MIT */
/* The mail servers: how each is started, and what it made of a message. */
#ifndef SERVERS_H
#define SERVERS_H

#include <stdbool.h>
#include <stddef.h>

#include "../peers/server.h"

enum {
    MAX_MESSAGE = 2048
};

struct smtp_server {
    const char *name;
    const char *needs; /* what must be installed for it */
    const char *package;
    void (*arguments)(struct server *s, const char **argv);
    const char *ready;
    /* The message it took last, as it kept it. */
    size_t (*message)(struct server *s, char *data);
    bool half_close; /* it waits a while for the end of the client's side */
};

extern const struct smtp_server aiosmtpd;
extern const struct smtp_server smtpd;
extern const struct smtp_server net_smtp_server;
extern const struct smtp_server exim;

/* Where the scripts are; to be set first. */
extern const char *smtp_folder;

/* Start it. One that is not installed is a skipped test, loudly. */
void smtp_server_start(struct server *s, const struct smtp_server *kind);

#endif
