/* SPDX-License-Identifier: MIT */
/* A TLS peer whose bytes are in the test's hands: OpenSSL over memory in this
 * thread, at the other end of a socket pair. */
#ifndef BARE_H
#define BARE_H

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdbool.h>

#include "two.h"

struct peer {
    SSL_CTX *ctx;
    SSL *ssl;
    BIO *in;
    BIO *out;
    int fd;
    rn_stream *s; /* ours */
    rn_error error;
};

/* A stream of ours that has not begun to agree and does not wait, and a bare
 * other end. */
void open_bare(struct peer *p, bool we_serve, int *fd);

/* The same with a peer that has no newer version; free it with its stream. */
void peer_open(struct peer *p, bool we_serve, int version);
void peer_free(struct peer *p);

/* What we have sent goes into the peer. */
void hear(struct peer *p);

/* What the peer has to say goes to us, as far as there is room. */
void say(struct peer *p);

/* A step of the peer's handshake. */
void peer_shakes(struct peer *p);

/* Hands are shaken, and the tickets have come. */
void agree(struct peer *p);

void peer_writes(struct peer *p, const char *text);

/* The peer hears that text, and nothing besides. */
void assert_heard(struct peer *p, const char *text);

/* The peer asks us for new keys; false: it cannot now. */
bool ask_for_new_keys(struct peer *p);

/* Our stream failed for good, and says so in these words. */
void assert_tells(struct peer *p, const char *words);

#endif
