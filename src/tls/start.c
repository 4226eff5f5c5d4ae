/* SPDX-License-Identifier: MIT */
/* Making TLS streams: rn_tls_connect, rn_tls_start, rn_tls_accept. */
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tls.h"

static const rn_tls_options no_options;

/* ---- Whom we talk to */

/* The host of what was connected to, as certificates have it: without the
 * brackets and the scope of an address, or the dot at a name's end. */
static const char *
name_of(const char *host, size_t *length)
{
    size_t len = strlen(host);
    if (len > 0 && host[0] == '[' && host[len - 1] == ']') {
        host++;
        len -= 2;
    }
    if (memchr(host, ':', len) != NULL && memchr(host, '%', len) != NULL)
        len = (size_t)((const char *)memchr(host, '%', len) - host);
    if (len > 0 && host[len - 1] == '.')
        len--;
    *length = len;
    return host;
}

/* Our own name for the peer is no host where it is a path, or nothing. */
static const char *
host_of(const rn_stream *s)
{
    const char *name = rn_name(s);
    return strncmp(name, "unix:", 5) == 0 ? "" : name;
}

/* An address is looked for among those of the certificate, a name among its
 * names; and the server is asked for it (SNI). False: no memory. */
static bool
expect(struct rni_tls *t)
{
    unsigned char address[16];
    X509_VERIFY_PARAM *param = SSL_get0_param(t->ssl);
    if (inet_pton(AF_INET, t->name, address) == 1)
        return X509_VERIFY_PARAM_set1_ip(param, address, 4) == 1;
    if (inet_pton(AF_INET6, t->name, address) == 1)
        return X509_VERIFY_PARAM_set1_ip(param, address, 16) == 1;
    X509_VERIFY_PARAM_set_hostflags(param,
                                    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                                        X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    return X509_VERIFY_PARAM_set1_host(param, t->name, 0) == 1 &&
        SSL_set_tlsext_host_name(t->ssl, t->name) == 1;
}

static int
set_peer(struct rni_tls *t, rn_error *err)
{
    if (t->name[0] == '\0')
        return t->unchecked
            ? RN_OK
            : rni_tls_refuse(err, RN_E_VALUE,
                             "start TLS: it is not known what name the "
                             "certificate must be valid for (options.name)");
    if (strlen(t->name) > TLSEXT_MAXLEN_host_name)
        return rni_tls_refuse(err, RN_E_VALUE,
                              "start TLS: \"%.100s\" is no name that a "
                              "certificate could be valid for",
                              t->name);
    return expect(t)
        ? RN_OK
        : rni_tls_refuse(err, RN_E_MEMORY, "start TLS: out of memory");
}

static void
resume(struct rni_tls *t)
{
    SSL_SESSION *session = rni_sessions_take(t);
    if (session == NULL)
        return;
    SSL_set_session(t->ssl, session);
    SSL_SESSION_free(session);
}

static int
be_client(struct rni_tls *t, rn_error *err)
{
    SSL_set_connect_state(t->ssl);
    SSL_set_verify(t->ssl, SSL_VERIFY_PEER, rni_tls_judge);
    int rc = set_peer(t, err);
    if (rc == RN_OK)
        resume(t);
    return rc;
}

static int
be_server(struct rni_tls *t, rn_error *err)
{
    if (!t->shared->has_certificate)
        return rni_tls_refuse(err, RN_E_VALUE,
                              "start TLS: a server needs a certificate "
                              "(options.cert_file)");
    SSL_set_accept_state(t->ssl);
    if (t->shared->client_certificate)
        SSL_set_verify(t->ssl,
                       SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       rni_tls_judge);
    return RN_OK;
}

/* ---- The stream */

static struct rni_tls *
make(rn_stream *below, const rn_tls_options *o, rn_error *err)
{
    size_t len;
    const char *name =
        name_of(o->name != NULL ? o->name : host_of(below), &len);
    struct rni_tls *t = calloc(1, sizeof *t + len + 1);
    if (t == NULL) {
        rni_tls_refuse(err, RN_E_MEMORY, "out of memory");
        return NULL;
    }
    memcpy(t->name, name, len);
    pthread_mutex_init(&t->lock, NULL);
    t->below = below;
    t->took = rn_now();
    t->shared = rni_shared_of(o, err);
    if (t->shared == NULL)
        return t;
    t->unchecked = t->shared->unchecked;
    t->ssl = SSL_new(t->shared->ctx);
    BIO *bio = BIO_new(t->shared->method);
    if (t->ssl == NULL || bio == NULL) {
        rni_tls_refuse(err, RN_E_MEMORY, "out of memory");
        BIO_free(bio);
        SSL_free(t->ssl);
        t->ssl = NULL;
        return t;
    }
    BIO_set_data(bio, t);
    SSL_set_bio(t->ssl, bio, bio);
    return t;
}

static void
discard(struct rni_tls *t)
{
    if (t == NULL)
        return;
    rni_tls_ops.abort(t, NULL);
    rni_tls_ops.free(t);
}

static rn_stream *
put_over(struct rni_tls *t, rn_stream *below, rn_error *err)
{
    t->self = rn_stream_over(&rni_tls_ops, t, below, err);
    return t->self;
}

/* The limits of the options hold for the handshake alone: a stream made anew
 * has those of `below` again. */
static rn_stream *
shake_within(struct rni_tls *t, rn_time end, rn_cancel *cancel, rn_error *err)
{
    rn_stream *s = t->self;
    rn_time own = rn_until(s, RN_WRITABLE);
    if (end != RN_FOREVER)
        rn_set_deadline(s, RN_BOTH, end < own ? end : own);
    if (cancel != NULL)
        rn_set_cancel(s, cancel);
    int rc = rn_flush(s);
    if (rc < 0)
        rn_error_of(s, err);
    if (rc == RN_OK && end == RN_FOREVER && cancel == NULL)
        return s;
    rn_stream *below = rn_stream_undo(s);
    return rc == RN_OK ? put_over(t, below, err) : NULL;
}

static rn_stream *
start(rn_stream *below, const rn_tls_options *o, bool as_server, rn_error *err)
{
    if (o == NULL)
        o = &no_options;
    if (err != NULL)
        memset(err, 0, sizeof *err);
    if (below == NULL || o->timeout < 0 || o->deadline < 0) {
        rni_tls_refuse(err, RN_E_VALUE, "start TLS: %s",
                       below == NULL
                           ? "the stream is NULL"
                           : "a timeout or deadline cannot be negative");
        return NULL;
    }
    rn_time end = o->deadline > 0 ? o->deadline : RN_FOREVER;
    if (o->timeout > 0 && rn_in(o->timeout) < end)
        end = rn_in(o->timeout);
    ERR_set_mark();
    struct rni_tls *t = make(below, o, err);
    rn_stream *s = NULL;
    if (t != NULL && t->ssl != NULL &&
        (as_server ? be_server(t, err) : be_client(t, err)) == RN_OK)
        s = put_over(t, below, err);
    if (s != NULL) {
        rn_explain(s, RN_BOTH, RN_PHASE_TLS, RN_OK, NULL);
        if (!o->later)
            s = shake_within(t, end, o->cancel, err);
    }
    if (s == NULL)
        discard(t);
    ERR_pop_to_mark();
    return s;
}

rn_stream *
rn_tls_start(rn_stream *s, const rn_tls_options *options, rn_error *err)
{
    return start(s, options, false, err);
}

rn_stream *
rn_tls_accept(rn_stream *s, const rn_tls_options *options, rn_error *err)
{
    return start(s, options, true, err);
}

/* One end of the waiting for both, and one token. */
static void
join(rn_connect_options *c, rn_tls_options *o)
{
    rn_time ends[] = {c->deadline, o->deadline,
                      c->timeout > 0 ? rn_in(c->timeout) : 0,
                      o->timeout > 0 ? rn_in(o->timeout) : 0};
    rn_time end = 0;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (ends[i] != 0 && (end == 0 || ends[i] < end))
            end = ends[i];
    c->timeout = o->timeout = 0;
    c->deadline = o->deadline = end;
    if (c->cancel == NULL)
        c->cancel = o->cancel;
    if (o->cancel == NULL)
        o->cancel = c->cancel;
}

rn_stream *
rn_tls_connect_with(const rn_connect_options *connect,
                    const rn_tls_options *options, rn_error *err)
{
    if (connect == NULL) {
        rni_tls_refuse(err, RN_E_VALUE, "the options are NULL");
        return NULL;
    }
    rn_connect_options c = *connect;
    rn_tls_options o = options != NULL ? *options : no_options;
    if (c.timeout >= 0 && o.timeout >= 0 && c.deadline >= 0 && o.deadline >= 0)
        join(&c, &o);
    rn_socket *below = rn_connect_with(&c, err);
    if (below == NULL)
        return NULL;
    rn_stream *s = rn_tls_start(below, &o, err);
    if (s == NULL)
        rn_free(below);
    return s;
}

rn_stream *
rn_tls_connect(const char *host, int port, rn_buffering buffering,
               const rn_tls_options *options, rn_error *err)
{
    const rn_connect_options c = {
        .host = host, .port = port, .buffering = buffering};
    return rn_tls_connect_with(&c, options, err);
}
