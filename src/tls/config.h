/* SPDX-License-Identifier: MIT */
/* What connections share: an SSL_CTX made of options, and sessions to resume.
 */
#ifndef RNI_TLS_CONFIG_H
#define RNI_TLS_CONFIG_H

#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "runnel_tls.h"

/* How long a text with a file's name in it can be. */
enum {
    RNI_REASON_SIZE = 400
};

/* The options, copied, of which each field may be NULL. */
struct rni_files {
    char *ca_file;
    char *cert_file;
    char *key_file;
    char *pinned_key;
    char *alpn;
    rn_tls_version min_version;
    bool client_certificate;
    bool keylog;
    bool unchecked;
};

struct rni_sessions;

/* Made once, then only read; lives as long as the last connection of it. */
struct rni_shared {
    atomic_int users;
    SSL_CTX *ctx;
    BIO_METHOD *method;
    bool unchecked;
    bool client_certificate; /* clients must have one */
    bool has_certificate;
    char *pinned_key;         /* or NULL */
    unsigned char *protocols; /* of alpn, as on the wire; or NULL */
    unsigned protocols_len;
    struct rni_sessions *sessions; /* of a config that is shared; or NULL */
};

/* Make it of the files; `resumes`: sessions are kept. NULL: told in err. */
struct rni_shared *rni_shared_make(const struct rni_files *files, bool resumes,
                                   rn_error *err);
void rni_shared_free(struct rni_shared *shared);

/* What a connection with these options uses, counted as one user more. NULL:
 * told in err. */
struct rni_shared *rni_shared_of(const rn_tls_options *o, rn_error *err);

/* A failure that is not of a stream's: fills err, returns code. */
int rni_tls_refuse(rn_error *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- sessions.c: the last session with each peer, to be resumed once */

struct rni_sessions *rni_sessions_new(void);
void rni_sessions_free(struct rni_sessions *all);

/* Take the one with the peer of t out; NULL: there is none. */
struct rni_tls;
SSL_SESSION *rni_sessions_take(const struct rni_tls *t);

/* Let connections of ctx tell when they get a session. */
void rni_sessions_listen(SSL_CTX *ctx);

/* ---- trust.c */

/* Let ctx believe whom the system believes; false: no memory. */
bool rni_trust_system(SSL_CTX *ctx);

/* ---- keylog.c */

/* Write the keys of ctx's connections to the file that SSLKEYLOGFILE names. */
void rni_keylog(SSL_CTX *ctx);

#endif
