/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: a TLS stream, client or server, whose peer sends arbitrary bytes
 * as records: from the start, or after OpenSSL at the other end has agreed with
 * it. The input is a script; what OpenSSL sends can be changed on its way.
 * Nobody but that OpenSSL is ever agreed with, and what is read is what it
 * wrote, in order and once.
 */
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../tls/certificates.h"
#include "runnel_tls.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static rn_tls_config *our_client;
static rn_tls_config *our_server;
static SSL_CTX *ctx; /* of the peer */

struct play {
    const uint8_t *at;
    const uint8_t *end;
    rn_stream *s;
    int peer;
    SSL *ssl;
    BIO *in;
    BIO *out;
    bool spoke;    /* the peer has said something of its own */
    uint8_t wrote; /* the peer counts its bytes */
    uint8_t read;
    unsigned unread;
};

static void
check(bool fine)
{
    if (!fine)
        abort();
}

static uint8_t
next(struct play *p)
{
    return p->at < p->end ? *p->at++ : 0;
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct identity authority;
    struct identity good;
    (void)argc;
    (void)argv;
    certificates_begin();
    certificate_make(&authority, "authority", NULL, NULL, -1, 100);
    certificate_make(&good, "good", "DNS:a.example", &authority, -1, 50);
    rn_tls_options client = {.ca_file = authority.cert_file};
    rn_tls_options server = {.cert_file = good.cert_file,
                             .key_file = good.key_file};
    our_client = rn_tls_config_new(&client, NULL);
    our_server = rn_tls_config_new(&server, NULL);
    ctx = SSL_CTX_new(TLS_method());
    SSL_CTX_use_certificate(ctx, good.cert);
    SSL_CTX_use_PrivateKey(ctx, good.key);
    certificate_free(&authority);
    certificate_free(&good);
    certificates_end();
    check(our_client != NULL && our_server != NULL);
    return 0;
}

/* What we sent, to OpenSSL; what that says, to us. */
static void
pass_on(struct play *p)
{
    char data[16384];
    ssize_t n;
    while ((n = recv(p->peer, data, sizeof data, MSG_DONTWAIT)) > 0)
        BIO_write(p->in, data, (int)n);
    if (!SSL_is_init_finished(p->ssl))
        SSL_do_handshake(p->ssl);
    while ((n = BIO_read(p->out, data, sizeof data)) > 0)
        p->spoke =
            send(p->peer, data, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT) > 0 ||
            p->spoke;
    ERR_clear_error();
}

static void
look(struct play *p, int rc)
{
    rn_error err;
    check(rc == RN_OK || rc == RN_E_AGAIN || rc == RN_E_TLS);
    if (rc == RN_E_TLS)
        check(rn_error_of(p->s, &err) == RN_E_TLS && err.message[0] != '\0');
    check(rc != RN_OK || p->spoke);
}

static void
read_bytes(struct play *p)
{
    uint8_t data[300];
    ptrdiff_t n = rn_read_some(p->s, data, 1 + (size_t)next(p));
    check(n >= 0 || n == RN_E_AGAIN || n == RN_E_TLS);
    check(n <= (ptrdiff_t)p->unread);
    for (ptrdiff_t i = 0; i < n; i++, p->unread--)
        check(data[i] == p->read++);
    check(rn_pending(p->s) >= 0);
}

static void
peer_writes(struct play *p)
{
    uint8_t data[256];
    int n = 1 + next(p) % 200;
    for (int i = 0; i < n; i++)
        data[i] = (uint8_t)(p->wrote + i);
    if (!SSL_is_init_finished(p->ssl) || SSL_write(p->ssl, data, n) != n)
        return;
    p->wrote = (uint8_t)(p->wrote + n);
    p->unread += (unsigned)n;
}

static void
peer_sends_raw(struct play *p)
{
    size_t n = next(p);
    if (n > (size_t)(p->end - p->at))
        n = (size_t)(p->end - p->at);
    send(p->peer, p->at, n, MSG_NOSIGNAL | MSG_DONTWAIT);
    p->at += n;
}

static void
change(struct play *p)
{
    char *data;
    long n = BIO_get_mem_data(p->out, &data);
    size_t where = (size_t)next(p) << 8 | next(p);
    if (n > 0)
        data[where % (size_t)n] ^= (char)next(p);
}

static void
step(struct play *p)
{
    switch (next(p) % 9) {
    case 0:
        peer_sends_raw(p);
        break;
    case 1:
        pass_on(p);
        break;
    case 2:
        look(p, rn_flush(p->s));
        break;
    case 3:
        read_bytes(p);
        break;
    case 4:
        peer_writes(p);
        break;
    case 5:
        change(p);
        break;
    case 6:
        rn_write(p->s, "some words", 10);
        break;
    case 7:
        SSL_key_update(p->ssl, next(p) % 2);
        break;
    case 8:
        SSL_shutdown(p->ssl);
        break;
    }
    ERR_clear_error();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int pair[2];
    if (size < 2 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
        return 0;
    struct play p = {.at = data + 1, .end = data + size, .peer = pair[1]};
    bool we_serve = data[0] & 1;
    rn_tls_options o = {.config = we_serve ? our_server : our_client,
                        .name = "a.example",
                        .later = 1};
    rn_stream *below = rn_from_fd(pair[0], RN_BUFFERED, NULL);
    p.s = we_serve ? rn_tls_accept(below, &o, NULL)
                   : rn_tls_start(below, &o, NULL);
    p.ssl = SSL_new(ctx);
    check(p.s != NULL && p.ssl != NULL);
    rn_set_deadline(p.s, RN_BOTH, RN_NOW);
    SSL_set_max_proto_version(p.ssl,
                              data[0] & 4 ? TLS1_2_VERSION : TLS1_3_VERSION);
    p.in = BIO_new(BIO_s_mem());
    p.out = BIO_new(BIO_s_mem());
    SSL_set_bio(p.ssl, p.in, p.out);
    if (we_serve)
        SSL_set_connect_state(p.ssl);
    else
        SSL_set_accept_state(p.ssl);
    for (int i = 0; i < 4 && (data[0] & 2) != 0; i++) {
        look(&p, rn_flush(p.s));
        pass_on(&p);
    }
    while (p.at < p.end)
        step(&p);
    rn_close(p.s);
    rn_free(p.s);
    check(ERR_peek_error() == 0);
    SSL_free(p.ssl);
    close(pair[1]);
    return 0;
}
