/* SPDX-License-Identifier: MIT */
/* An SSL_CTX made of options: whom to trust, who we are, which protocols. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/x509err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tls.h"

int
rni_tls_refuse(rn_error *err, int code, const char *format, ...)
{
    if (err == NULL)
        return code;
    memset(err, 0, sizeof *err);
    err->code = code;
    err->phase = RN_PHASE_SETUP;
    va_list args;
    va_start(args, format);
    vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    return code;
}

/* ---- Files */

/* The first error tells, unless the program had left one of its own: further up
 * OpenSSL takes what could not be kept for something that is not there. */
static bool
lacks_memory(void)
{
    return ERR_GET_REASON(ERR_peek_error()) == ERR_R_MALLOC_FAILURE;
}

/* The system's word on a file comes before OpenSSL's on what is in it. */
static int
refuse_file(const char *what, const char *path, rn_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        int sys = errno;
        char why[100] = "";
        int code = sys == ENOENT ? RN_E_VALUE
            : sys == EACCES      ? RN_E_DENIED
                                 : RN_E_IO;
        strerror_r(sys, why, sizeof why);
        rni_tls_refuse(err, code, "read %s file %.200s: %s", what, path, why);
        if (err != NULL)
            err->sys_errno = sys;
        return code;
    }
    close(fd);
    if (lacks_memory())
        return rni_tls_refuse(err, RN_E_MEMORY, "out of memory");
    /* The last one: before it there may be others, of the program's own. */
    unsigned long error = ERR_peek_last_error();
    const char *why = ERR_GET_REASON(error) == ERR_R_PEM_LIB
        ? "there is none in it (PEM)"
        : rni_openssl_words(error);
    return rni_tls_refuse(err, RN_E_VALUE, "read %s file %.200s: %s", what,
                          path, why);
}

/* Without it OpenSSL asks for a passphrase on the terminal. */
static int
no_passphrase(char *text, int size, int writing, void *arg)
{
    (void)text;
    (void)size;
    (void)writing;
    *(bool *)arg = true;
    return -1;
}

static int
load_key(SSL_CTX *ctx, const char *path, const char *cert_file, rn_error *err)
{
    bool asked = false;
    SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
    SSL_CTX_set_default_passwd_cb_userdata(ctx, &asked);
    int well = SSL_CTX_use_PrivateKey_file(ctx, path, SSL_FILETYPE_PEM);
    SSL_CTX_set_default_passwd_cb_userdata(ctx, NULL);
    /* One of another kind than the certificate's is taken without a word. */
    if (well == 1 && SSL_CTX_check_private_key(ctx) == 1)
        return RN_OK;
    if (asked)
        return rni_tls_refuse(err, RN_E_VALUE,
                              "read key file %.200s: it has a passphrase, and "
                              "there is nobody to ask",
                              path);
    int reason = ERR_GET_REASON(ERR_peek_last_error());
    if ((well == 1 || reason == X509_R_KEY_VALUES_MISMATCH) && !lacks_memory())
        return rni_tls_refuse(err, RN_E_VALUE,
                              "key file %.200s: it is not the key of the "
                              "certificate in %.200s",
                              path, cert_file);
    return refuse_file("key", path, err);
}

static int
load_own(SSL_CTX *ctx, const struct rni_files *f, rn_error *err)
{
    if (f->cert_file == NULL && f->key_file != NULL)
        return rni_tls_refuse(err, RN_E_VALUE,
                              "key file %.200s: there is no certificate for it",
                              f->key_file);
    if (f->cert_file == NULL)
        return RN_OK;
    if (SSL_CTX_use_certificate_chain_file(ctx, f->cert_file) != 1)
        return refuse_file("certificate", f->cert_file, err);
    const char *key = f->key_file != NULL ? f->key_file : f->cert_file;
    return load_key(ctx, key, f->cert_file, err);
}

static int
load_trust(SSL_CTX *ctx, const struct rni_files *f, rn_error *err)
{
    if (f->ca_file == NULL)
        return rni_trust_system(ctx)
            ? RN_OK
            : rni_tls_refuse(err, RN_E_MEMORY, "out of memory");
    if (SSL_CTX_load_verify_file(ctx, f->ca_file) != 1)
        return refuse_file("authorities", f->ca_file, err);
    /* A client is told whose certificates are asked for. */
    if (f->client_certificate)
        SSL_CTX_set_client_CA_list(ctx, SSL_load_client_CA_file(f->ca_file));
    return RN_OK;
}

/* ---- Protocols (ALPN) */

/* "h2,http/1.1" as each name behind its length. */
static int
parse_protocols(struct rni_shared *s, const char *list, rn_error *err)
{
    if (list == NULL)
        return RN_OK;
    size_t len = strlen(list);
    s->protocols = malloc(len + 2);
    if (s->protocols == NULL)
        return rni_tls_refuse(err, RN_E_MEMORY, "out of memory");
    size_t start = 0;
    for (size_t i = 0; i <= len; i++) {
        s->protocols[i + 1] = (unsigned char)list[i];
        if (list[i] != ',' && list[i] != '\0')
            continue;
        if (i == start || i - start > 255)
            return rni_tls_refuse(err, RN_E_VALUE,
                                  "alpn \"%.200s\": a protocol has from 1 to "
                                  "255 bytes, with a comma between two",
                                  list);
        s->protocols[start] = (unsigned char)(i - start);
        start = i + 1;
    }
    s->protocols_len = (unsigned)(len + 1);
    return RN_OK;
}

/* A server takes the first of its own that the client has; with none it
 * refuses (RFC 7301, 3.2). */
static int
choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *len,
                const unsigned char *offered, unsigned offered_len, void *arg)
{
    const struct rni_shared *s = arg;
    (void)ssl;
    unsigned char *chosen;
    if (SSL_select_next_proto(&chosen, len, s->protocols, s->protocols_len,
                              offered, offered_len) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static int
set_protocols(struct rni_shared *s, const struct rni_files *f, rn_error *err)
{
    int rc = parse_protocols(s, f->alpn, err);
    if (rc < 0 || s->protocols == NULL)
        return rc;
    SSL_CTX_set_alpn_select_cb(s->ctx, choose_protocol, s);
    if (SSL_CTX_set_alpn_protos(s->ctx, s->protocols, s->protocols_len) != 0)
        return rni_tls_refuse(err, RN_E_MEMORY, "out of memory");
    return RN_OK;
}

/* ---- All of it */

static int
set_up(struct rni_shared *s, const struct rni_files *f, rn_error *err)
{
    static const unsigned char us[] = "runnel";
    s->method = rni_bio_method();
    s->ctx = SSL_CTX_new(TLS_method());
    if (s->ctx == NULL || s->method == NULL)
        return rni_tls_refuse(err, RN_E_MEMORY, "out of memory");
    SSL_CTX_set_min_proto_version(
        s->ctx, f->min_version == RN_TLS_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
    SSL_CTX_set_options(s->ctx, SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_mode(s->ctx, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_info_callback(s->ctx, rni_tls_hear);
    /* Tickets of clients that must show a certificate are bound to us. */
    SSL_CTX_set_session_id_context(s->ctx, us, sizeof us - 1);
    SSL_CTX_set_session_cache_mode(s->ctx, SSL_SESS_CACHE_OFF);
    if (s->sessions != NULL)
        rni_sessions_listen(s->ctx);
    if (f->keylog)
        rni_keylog(s->ctx);
    int rc = load_trust(s->ctx, f, err);
    if (rc == RN_OK)
        rc = load_own(s->ctx, f, err);
    return rc == RN_OK ? set_protocols(s, f, err) : rc;
}

static int
check(const struct rni_files *f, rn_error *err)
{
    if ((int)f->min_version < RN_TLS_1_2 || f->min_version > RN_TLS_1_3)
        return rni_tls_refuse(err, RN_E_VALUE,
                              "min_version %d is neither RN_TLS_1_2 (0) nor "
                              "RN_TLS_1_3 (1)",
                              (int)f->min_version);
    if (f->pinned_key != NULL && strncmp(f->pinned_key, "sha256//", 8) != 0)
        return rni_tls_refuse(err, RN_E_VALUE,
                              "pinned_key \"%.100s\" does not begin with "
                              "sha256//",
                              f->pinned_key);
    if (f->client_certificate && f->ca_file == NULL)
        return rni_tls_refuse(err, RN_E_VALUE,
                              "client_certificate needs ca_file: the "
                              "authorities of the clients");
    return RN_OK;
}

struct rni_shared *
rni_shared_make(const struct rni_files *files, bool resumes, rn_error *err)
{
    if (check(files, err) < 0)
        return NULL;
    struct rni_shared *s = calloc(1, sizeof *s);
    if (s == NULL) {
        rni_tls_refuse(err, RN_E_MEMORY, "out of memory");
        return NULL;
    }
    atomic_init(&s->users, 1);
    s->unchecked = files->unchecked;
    s->client_certificate = files->client_certificate;
    s->has_certificate = files->cert_file != NULL;
    ERR_set_mark();
    int rc = RN_OK;
    if (resumes && (s->sessions = rni_sessions_new()) == NULL)
        rc = rni_tls_refuse(err, RN_E_MEMORY, "out of memory");
    if (rc == RN_OK)
        rc = set_up(s, files, err);
    ERR_pop_to_mark();
    if (rc == RN_OK && files->pinned_key != NULL &&
        (s->pinned_key = strdup(files->pinned_key)) == NULL)
        rc = rni_tls_refuse(err, RN_E_MEMORY, "out of memory");
    if (rc == RN_OK)
        return s;
    rni_shared_free(s);
    return NULL;
}

void
rni_shared_free(struct rni_shared *s)
{
    if (s == NULL || atomic_fetch_sub(&s->users, 1) > 1)
        return;
    ERR_set_mark(); /* freeing allocates, and may complain */
    SSL_CTX_free(s->ctx);
    BIO_meth_free(s->method);
    ERR_pop_to_mark();
    rni_sessions_free(s->sessions);
    free(s->pinned_key);
    free(s->protocols);
    free(s);
}
