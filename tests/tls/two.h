/* SPDX-License-Identifier: MIT */
/* Two ends of one TLS connection, and the certificates of those who may be at
 * them. */
#ifndef TWO_H
#define TWO_H

#include "certificates.h"
#include "runnel_tls.h"

extern struct identity authority;
extern struct identity stranger; /* another authority */
extern struct identity good;     /* a.example, 127.0.0.1 */
extern struct identity expired;
extern struct identity early;
extern struct identity alone;  /* signed by itself */
extern struct identity person; /* a client's */

/* cmocka's set-up and tear-down for all of them. */
int make_all(void **state);
int drop_all(void **state);

/* A group's last case: what its cases opened is closed again, and OpenSSL's
 * list of errors is empty. */
void nothing_is_left(void **state);

struct two {
    rn_stream *client;
    rn_stream *server;
    rn_error error; /* the client's, or else the server's */
};

/* A client that believes the authority and looks for a.example, and a server
 * with that identity; both go on later. */
rn_tls_options client_options(void);
rn_tls_options server_options(const struct identity *id);

/* Both ends over TCP, with their handshake done by turns in this thread,
 * without waiting. RN_OK, or the code in t->error. */
int open_two(struct two *t, const rn_tls_options *co, const rn_tls_options *so,
             rn_buffering buffering);
void open_plain_two(struct two *t, rn_buffering buffering);
int shake(struct two *t);
void free_two(struct two *t);

/* A thread that sends each line of a stream back, then closes it. */
void *echo_lines(void *stream);

#endif
