/* SPDX-License-Identifier: MIT */
#define OPENSSL_SUPPRESS_DEPRECATED /* RAND_METHOD */
#include "far.h"

#include <openssl/err.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pipe {
    unsigned char data[FAR_MOST];
    size_t begin;
    size_t end;
};

static struct {
    SSL_CTX *ctx;
    BIO_METHOD *method;
    SSL *ssl;
    bool goodbye;
    bool refused;
} far;
static struct pipe in;
static struct pipe out;

static void
need(bool well, const char *what)
{
    if (well)
        return;
    fprintf(stderr, "the far end of TLS: %s\n", what);
    ERR_print_errors_fp(stderr);
    abort();
}

/* ---- Chance (splitmix64) */

static uint64_t chance;

static int
draw(unsigned char *to, int n)
{
    for (int i = 0; i < n; i++) {
        uint64_t z = chance += 0x9e3779b97f4a7c15u;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
        z = (z ^ z >> 27) * 0x94d049bb133111ebu;
        to[i] = (unsigned char)(z >> 56);
    }
    return 1;
}

static int
is_drawn(void)
{
    return 1;
}

void
far_chance(uint64_t seed)
{
    static const RAND_METHOD fixed = {
        .bytes = draw, .pseudorand = draw, .status = is_drawn};
    chance = seed;
    if (RAND_get_rand_method() != &fixed)
        need(RAND_set_rand_method(&fixed) == 1, "chance");
}

/* ---- Its two ends */

static size_t
take(struct pipe *p, void *data, size_t most)
{
    size_t n = p->end - p->begin;
    n = n < most ? n : most;
    memcpy(data, p->data + p->begin, n);
    p->begin += n;
    if (p->begin == p->end)
        p->begin = p->end = 0;
    return n;
}

static void
put(struct pipe *p, const void *data, size_t n)
{
    memmove(p->data, p->data + p->begin, p->end - p->begin);
    p->end -= p->begin;
    p->begin = 0;
    need(n <= FAR_MOST - p->end, "too much is on its way");
    memcpy(p->data + p->end, data, n);
    p->end += n;
}

static int
bio_write(BIO *bio, const char *data, int len)
{
    (void)bio;
    put(&out, data, (size_t)len);
    return len;
}

static int
bio_read(BIO *bio, char *data, int len)
{
    size_t n = take(&in, data, (size_t)len);
    BIO_clear_retry_flags(bio);
    if (n > 0)
        return (int)n;
    BIO_set_retry_read(bio);
    return -1;
}

static long
bio_ctrl(BIO *bio, int what, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return what == BIO_CTRL_FLUSH;
}

static int
bio_create(BIO *bio)
{
    BIO_set_init(bio, 1);
    return 1;
}

/* ---- The connection */

static void
hear_alert(const SSL *ssl, int what, int value)
{
    (void)ssl;
    if (what != SSL_CB_READ_ALERT)
        return;
    if ((value & 0xff) == SSL_AD_CLOSE_NOTIFY)
        far.goodbye = true;
    else
        far.refused = true;
}

void
far_begin(const struct identity *self, const char *ca_file)
{
    far.ctx = SSL_CTX_new(TLS_method());
    far.method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "far");
    need(far.ctx != NULL && far.method != NULL, "memory");
    need(SSL_CTX_use_certificate(far.ctx, self->cert) == 1, "its certificate");
    need(SSL_CTX_use_PrivateKey(far.ctx, self->key) == 1, "its key");
    need(SSL_CTX_load_verify_file(far.ctx, ca_file) == 1, "its authorities");
    SSL_CTX_set_session_cache_mode(far.ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_info_callback(far.ctx, hear_alert);
    BIO_meth_set_write(far.method, bio_write);
    BIO_meth_set_read(far.method, bio_read);
    BIO_meth_set_ctrl(far.method, bio_ctrl);
    BIO_meth_set_create(far.method, bio_create);
}

void
far_end(void)
{
    far_close();
    SSL_CTX_free(far.ctx);
    BIO_meth_free(far.method);
}

void
far_open(bool serves, int version)
{
    far_close();
    far.ssl = SSL_new(far.ctx);
    BIO *bio = BIO_new(far.method);
    need(far.ssl != NULL && bio != NULL, "memory");
    SSL_set_bio(far.ssl, bio, bio);
    SSL_set_min_proto_version(far.ssl, version);
    SSL_set_max_proto_version(far.ssl, version);
    if (serves) {
        SSL_set_accept_state(far.ssl);
    } else {
        SSL_set_connect_state(far.ssl);
        SSL_set_verify(far.ssl, SSL_VERIFY_PEER, NULL);
        SSL_do_handshake(far.ssl); /* it is the first to speak */
    }
    ERR_clear_error();
}

void
far_close(void)
{
    SSL_free(far.ssl);
    far.ssl = NULL;
    far.goodbye = far.refused = false;
    in.begin = in.end = out.begin = out.end = 0;
}

/* What OpenSSL's last call came to: whether it can go on. */
static bool
goes_on(int rc)
{
    int error = SSL_get_error(far.ssl, rc);
    ERR_clear_error();
    return error == SSL_ERROR_NONE || error == SSL_ERROR_WANT_READ ||
        error == SSL_ERROR_ZERO_RETURN || far.refused;
}

bool
far_hears(const void *data, size_t n)
{
    put(&in, data, n);
    return far_agreed() || goes_on(SSL_do_handshake(far.ssl));
}

size_t
far_says(void *data, size_t most)
{
    return take(&out, data, most);
}

bool
far_agreed(void)
{
    return SSL_is_init_finished(far.ssl) == 1;
}

size_t
far_reads(void *data, size_t most)
{
    size_t n = 0;
    if (!far_agreed())
        return 0;
    int rc = SSL_read_ex(far.ssl, data, most, &n);
    need(rc == 1 || goes_on(rc), "it cannot read what was sent");
    return rc == 1 ? n : 0;
}

bool
far_writes(const void *data, size_t n)
{
    size_t done;
    if (!far_agreed())
        return false;
    need(SSL_write_ex(far.ssl, data, n, &done) == 1, "it cannot write");
    return true;
}

void
far_says_goodbye(void)
{
    if (far_agreed())
        SSL_shutdown(far.ssl);
    ERR_clear_error();
}

bool
far_heard_goodbye(void)
{
    return far.goodbye;
}

bool
far_was_refused(void)
{
    return far.refused;
}
