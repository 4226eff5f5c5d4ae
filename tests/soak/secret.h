/* SPDX-License-Identifier: MIT */
/* A share of the connections is over TLS, with far ends of their own ports. */
#ifndef SECRET_H
#define SECRET_H

#include "soak.h"

enum {
    SECRET_PORT = BASE_PORT + FARS
};

/* Once, before and after all processes. False: there is no OpenSSL. */
bool secret_begin(void);
void secret_end(void);

/* Whether connection `id` is one of them. */
bool secret_is(const struct board *b, uint32_t id);

/* TLS over `s`, agreed on by the first calls; ends the process where it fails,
 * for nothing is asked of the peer yet. */
rn_stream *secret_over(rn_stream *s, bool serves);

/* Whether it failed because the other end was killed or has given up: the
 * connection ended without close_notify. */
bool secret_was_cut(const rn_stream *s, int code);

#endif
