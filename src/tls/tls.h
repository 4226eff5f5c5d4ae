/* SPDX-License-Identifier: MIT */
/*
 * The inside of a TLS stream: OpenSSL between two windows of ciphertext. It
 * never touches a descriptor. What came is handed to it out of `in`, what it
 * makes is put into `out`, and both are moved through the stream below outside
 * of the lock: so a reader and a writer thread share one SSL object, and nobody
 * holds a lock while waiting.
 */
#ifndef RNI_TLS_H
#define RNI_TLS_H

#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "../stream/window.h"
#include "config.h"
#include "runnel_tls.h"

/* The longest sentence on a failure, its NUL included. */
enum {
    RNI_STORY_SIZE = 480
};

struct rni_tls {
    rn_stream *self;
    rn_stream *below;
    struct rni_shared *shared;
    pthread_mutex_t lock; /* around every use of ssl and out */
    SSL *ssl;             /* NULL after closing */
    struct rni_window in; /* who reads, or shakes hands, alone */
    struct rni_window out;
    int lost;         /* why hands cannot be shaken any more, a code */
    int64_t took;     /* shaking hands, in nanoseconds; before: since when */
    bool much;        /* the last read filled the room that it had */
    bool serves;      /* OpenSSL may take from `in` */
    bool starved;     /* and found nothing, which is why it stopped */
    bool goodbye;     /* the peer has said that it is through */
    bool written;     /* out holds something of the user's */
    bool no_memory;   /* out could not grow: a record is lost */
    bool unchecked;   /* verification was turned off */
    bool answers;     /* OpenSSL did, when last read from */
    bool shaking;     /* a thread shakes hands; with the lock held */
    atomic_int ready; /* bytes that can be read without asking anybody */
    /* Somebody takes `out` and gives it to the stream below: a writer, who may
     * have to wait there, or a reader, who does not. */
    atomic_bool sending;
    atomic_bool open;   /* hands were shaken */
    atomic_bool failed; /* for good, and explained */
    char name[];        /* whom the certificate must be valid for; or "" */
};

extern const rn_stream_ops rni_tls_ops;

/* ---- bio.c */

/* Where OpenSSL's bytes come from and go to. */
BIO_METHOD *rni_bio_method(void);

/* Whose it is, for OpenSSL's callbacks. */
struct rni_tls *rni_tls_of(const SSL *ssl);

/* Take the ciphertext that is to be sent; the caller frees base. */
struct rni_window rni_tls_take_out(struct rni_tls *t);

/* Let go of a window's memory. */
void rni_window_drop(struct rni_window *w);

/* Room for n more bytes at the end; false: no memory. */
bool rni_window_grow(struct rni_window *w, size_t n);

/* ---- move.c: ciphertext through the stream below */

/* More of it into `in`, which OpenSSL has emptied: how much, 0 at the end, or a
 * code. */
ptrdiff_t rni_tls_fill(struct rni_tls *t, const rn_wait *wait);

/* A call is over, and there may be a pause: let go of what holds nothing. */
void rni_tls_rest(struct rni_tls *t);

/* Send all that is to be sent: RN_OK, or a code; what the time did not suffice
 * for is kept below. */
int rni_tls_send(struct rni_tls *t, const rn_wait *wait);

/* The same of what is TLS's own: a peer that is gone has lost nothing by it. */
int rni_tls_bid(struct rni_tls *t, const rn_wait *wait);

/* The same by a reader, without waiting: answers that OpenSSL makes while it
 * reads. RN_OK, or TLS where they pile up because the peer does not take them.
 */
int rni_tls_answer(struct rni_tls *t);

/* Count what can be read without asking anybody; with the lock held, by who may
 * read. */
void rni_tls_count_ready(struct rni_tls *t);

/* ---- shake.c */

/* Agree on TLS, if that was not done yet. RN_OK, a code that can be repeated,
 * or a failure for good. */
int rni_tls_shake(struct rni_tls *t, const rn_wait *wait);

/* ---- story.c */

/* A failure for good, after which nothing more can be said to the peer, of
 * which OpenSSL's queue tells the reason (or `reason`, where it is not NULL);
 * the first reason stays. Returns RN_E_TLS. */
int rni_tls_fail(struct rni_tls *t, const char *reason);

/* What OpenSSL says of an error of its own; never NULL. */
const char *rni_openssl_words(unsigned long error);

/* OpenSSL's callback that is told of alerts, of which a close_notify is no
 * failure; for the rest a fatal one looks the same. */
void rni_tls_hear(const SSL *ssl, int what, int value);

/* OpenSSL's callback that judges each certificate of the peer's. */
int rni_tls_judge(int good, X509_STORE_CTX *store);

/* ---- info.c */

/* A subject or issuer as one line of text (RFC 2253). */
void rni_name_text(const X509_NAME *name, char *text, size_t cap);

/* The name that a certificate bears, for sentences. */
void rni_certificate_names(const X509 *cert, char *text, size_t cap);

/* The peer's public key as "sha256//BASE64"; "" where that cannot be had. */
enum {
    RNI_PIN_SIZE = 64
};
void rni_public_key(const X509 *cert, char pin[RNI_PIN_SIZE]);

#endif
