/* SPDX-License-Identifier: MIT */
#include "bare.h"

#include <sys/socket.h>
#include <unistd.h>

#include "../support/check.h"

void
open_bare(struct peer *p, bool we_serve, int *fd)
{
    int pair[2];
    rn_tls_options co = client_options();
    rn_tls_options so = server_options(&good);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair),
                     0);
    rn_stream *s = rn_from_fd(pair[0], RN_BUFFERED, NULL);
    p->s = we_serve ? rn_tls_accept(s, &so, &p->error)
                    : rn_tls_start(s, &co, &p->error);
    assert_non_null(p->s);
    rn_set_deadline(p->s, RN_BOTH, RN_NOW);
    *fd = pair[1];
}

void
peer_open(struct peer *p, bool we_serve, int version)
{
    *p = (struct peer){0};
    open_bare(p, we_serve, &p->fd);
    p->ctx = SSL_CTX_new(TLS_method());
    SSL_CTX_set_max_proto_version(p->ctx, version);
    if (!we_serve) {
        SSL_CTX_use_certificate_file(p->ctx, good.cert_file, SSL_FILETYPE_PEM);
        SSL_CTX_use_PrivateKey_file(p->ctx, good.key_file, SSL_FILETYPE_PEM);
    }
    p->ssl = SSL_new(p->ctx);
    p->in = BIO_new(BIO_s_mem());
    p->out = BIO_new(BIO_s_mem());
    BIO_set_mem_eof_return(p->in, -1);
    SSL_set_bio(p->ssl, p->in, p->out);
    if (we_serve)
        SSL_set_connect_state(p->ssl);
    else
        SSL_set_accept_state(p->ssl);
}

void
peer_free(struct peer *p)
{
    rn_free(p->s);
    if (p->fd >= 0)
        close(p->fd);
    SSL_free(p->ssl);
    SSL_CTX_free(p->ctx);
    ERR_clear_error();
}

void
hear(struct peer *p)
{
    char data[65536];
    ssize_t n;
    while ((n = recv(p->fd, data, sizeof data, MSG_DONTWAIT)) > 0)
        BIO_write(p->in, data, (int)n);
}

void
say(struct peer *p)
{
    char *data;
    long n = BIO_get_mem_data(p->out, &data);
    if (n > 0)
        assert_int_equal(send(p->fd, data, (size_t)n, MSG_NOSIGNAL), n);
    (void)BIO_reset(p->out);
}

void
peer_shakes(struct peer *p)
{
    hear(p);
    SSL_do_handshake(p->ssl);
    ERR_clear_error();
}

void
agree(struct peer *p)
{
    int rc = RN_E_AGAIN;
    for (int i = 0;
         i < 10 && (rc == RN_E_AGAIN || !SSL_is_init_finished(p->ssl)); i++) {
        rc = rn_flush(p->s);
        peer_shakes(p);
        say(p);
    }
    if (rc < 0)
        rn_error_of(p->s, &p->error);
    assert_code(rc, RN_OK);
    assert_true(SSL_is_init_finished(p->ssl));
    rn_eof(p->s); /* the tickets */
}

void
peer_writes(struct peer *p, const char *text)
{
    assert_int_equal(SSL_write(p->ssl, text, (int)strlen(text)), strlen(text));
    say(p);
}

void
assert_tells(struct peer *p, const char *words)
{
    assert_code(rn_error_of(p->s, &p->error), RN_E_TLS);
    bool well = strstr(p->error.message, words) != NULL;
    if (!well)
        print_error("\"%s\" does not tell \"%s\"\n", p->error.message, words);
    assert_true(well);
}

bool
ask_for_new_keys(struct peer *p)
{
    /* Each message is said at once, so that the next one can be asked for. */
    return SSL_key_update(p->ssl, SSL_KEY_UPDATE_REQUESTED) == 1 &&
        SSL_do_handshake(p->ssl) == 1;
}

void
assert_heard(struct peer *p, const char *text)
{
    char data[100];
    hear(p);
    int n = SSL_read(p->ssl, data, sizeof data);
    assert_int_equal(n, strlen(text));
    assert_memory_equal(data, text, strlen(text));
    assert_true(SSL_read(p->ssl, data, sizeof data) < 0);
    ERR_clear_error();
}
