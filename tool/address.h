/* SPDX-License-Identifier: MIT */
/* Whom to talk to, as it stands on the command line. */
#ifndef TOOL_ADDRESS_H
#define TOOL_ADDRESS_H

#include <stdbool.h>

#include "runnel.h"

enum {
    PLACE_SIZE = RN_HOST_SIZE + 8
};

struct target {
    char host[RN_HOST_SIZE]; /* as rn_connect_options wants it */
    int port;                /* 0 for unix: */
    char text[PLACE_SIZE];   /* for messages: "host:port", "unix:/path" */
    bool tls;                /* over TLS, whether or not there is --tls */
};

/* One argument (HOST:PORT, [v6]:PORT, unix:/path, unix:@name) or two (HOST
 * PORT). PARSED, or EXIT_USAGE after a complaint. */
int parse_target(int count, char **args, struct target *t);

/* What --source says, for dial: ADDRESS, ADDRESS:PORT, [v6]:PORT, :PORT or an
 * IPv6 address. PARSED, or EXIT_USAGE after a complaint. */
int parse_source(void);

/* A port from 0 to 65535 in decimal, or -1 after a complaint. */
int parse_port(const char *text);

/* "1.2.3.4:80", "[::1]:80", "/path" (port 0), in buf. */
const char *print_place(char buf[PLACE_SIZE], const char *host, int port);

/* Connect as the common options say, and report it; NULL on failure. */
rn_socket *dial(const struct target *t, rn_buffering buffering, rn_error *err);

/* One attempt of several, until its own deadline, and nothing is reported. */
rn_socket *dial_until(const struct target *t, rn_buffering buffering,
                      rn_time deadline, rn_error *err);

#endif
