/* SPDX-License-Identifier: MIT */
/* What two ends agree on: protocols, sessions, certificates that are renewed.
 */
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/peer.h"
#include "two.h"

static void
the_newest_version_and_what_both_know_is_chosen(void **state)
{
    (void)state;
    struct two t;
    rn_tls_info info;
    rn_tls_options co = client_options();
    rn_tls_options so = server_options(&good);
    co.alpn = "echo,http/1.1";
    so.alpn = "h2,http/1.1";
    assert_code(open_two(&t, &co, &so, RN_BUFFERED), RN_OK);
    assert_code(rn_tls_get_info(t.client, &info), RN_OK);
    assert_string_equal(info.version, "TLSv1.3");
    assert_string_equal(info.alpn, "http/1.1");
    assert_string_equal(info.name, "a.example");
    assert_string_equal(info.subject, "a.example, 127.0.0.1");
    assert_string_equal(info.issuer, "CN=authority");
    assert_int_equal(strncmp(info.public_key, "sha256//", 8), 0);
    assert_true(info.not_after - info.not_before == 51 * 86400);
    assert_true(info.verified && !info.resumed && info.handshake > 0);
    assert_non_null(strstr(info.description, ", certificate verified"));
    assert_code(rn_tls_get_info(t.server, &info), RN_OK);
    assert_string_equal(info.name, "a.example"); /* SNI */
    assert_string_equal(info.subject, "");
    assert_non_null(strstr(info.description, "client without a certificate"));
    rn_close(t.client);
    assert_code(rn_tls_get_info(t.client, &info), RN_E_CLOSED);
    free_two(&t);
}

static void
the_chain_is_had_as_pem(void **state)
{
    (void)state;
    struct two t;
    char *pem;
    char file[4096] = "";
    open_plain_two(&t, RN_BUFFERED);
    assert_code(rn_tls_get_chain(t.client, &pem), RN_OK);
    int fd = open(good.cert_file, O_RDONLY);
    assert_true(read(fd, file, sizeof file - 1) > 0);
    close(fd);
    assert_string_equal(pem, file);
    rn_release(pem);
    free_two(&t);
}

static void
info_is_refused_where_there_is_none(void **state)
{
    (void)state;
    rn_tls_info info;
    char *pem;
    rn_socket *a;
    rn_socket *b;
    tcp_pair(&a, &b, RN_BUFFERED);
    assert_code(rn_tls_get_info(a, &info), RN_E_UNSUPPORTED);
    assert_code(rn_tls_get_info(NULL, &info), RN_E_VALUE);
    assert_code(rn_tls_get_info(a, NULL), RN_E_VALUE);
    rn_tls_options co = client_options();
    rn_stream *s = rn_tls_start(a, &co, NULL);
    assert_code(rn_tls_get_info(s, &info), RN_E_AGAIN);
    assert_code(rn_tls_get_chain(s, &pem), RN_E_AGAIN);
    rn_free(s);
    rn_free(b);
}

static void
a_session_is_resumed_by_who_shares_a_config(void **state)
{
    (void)state;
    rn_error err;
    rn_tls_info info;
    rn_tls_options trust = {.ca_file = authority.cert_file};
    rn_tls_options server = server_options(&good);
    rn_tls_options co = {.name = "a.example", .later = 1};
    rn_tls_options so = {.later = 1};
    co.config = rn_tls_config_new(&trust, &err);
    so.config = rn_tls_config_new(&server, &err);
    for (int i = 0; i < 3; i++) {
        /* To the same port each time, as sessions are kept by it. */
        struct two t;
        rn_socket *a;
        rn_socket *b;
        static rn_server *listener;
        if (listener == NULL)
            listener = rn_listen(0, "127.0.0.1", NULL);
        a = rn_connect("127.0.0.1", rn_server_port(listener), RN_BUFFERED,
                       NULL);
        b = rn_accept(listener, RN_BUFFERED, NULL);
        t.client = rn_tls_start(a, &co, NULL);
        t.server = rn_tls_accept(b, &so, NULL);
        assert_code(shake(&t), RN_OK);
        assert_code(rn_tls_get_info(t.client, &info), RN_OK);
        assert_int_equal(info.resumed, i > 0);
        assert_true(info.verified);
        assert_code(rn_writeln(t.server, "x", 1), RN_OK); /* and a ticket */
        assert_code(rn_flush(t.server), RN_OK);
        assert_line(t.client, "x");
        free_two(&t);
        if (i == 2)
            rn_server_free(listener);
    }
    rn_tls_config_free(co.config);
    rn_tls_config_free(so.config);
}

/* ---- How many sessions are kept */

enum {
    KEPT = 64
};

static rn_server *listener;

/* A connection to that name: whether a session was resumed. Its own is kept
 * when something was read. */
static int
resumes(const char *name, rn_tls_options *co, const rn_tls_options *so,
        bool reads)
{
    struct two t;
    rn_tls_info info;
    rn_socket *a =
        rn_connect("127.0.0.1", rn_server_port(listener), RN_BUFFERED, NULL);
    rn_socket *b = rn_accept(listener, RN_BUFFERED, NULL);
    co->name = name;
    t.client = rn_tls_start(a, co, NULL);
    t.server = rn_tls_accept(b, so, NULL);
    assert_code(shake(&t), RN_OK);
    assert_code(rn_tls_get_info(t.client, &info), RN_OK);
    if (reads) {
        assert_code(rn_writeln(t.server, "x", 1), RN_OK);
        assert_code(rn_flush(t.server), RN_OK);
        assert_line(t.client, "x");
    }
    free_two(&t);
    return info.resumed;
}

/* Of one peer more than that, one is forgotten, but not the last. */
static void
so_many_sessions_are_kept(void **state)
{
    (void)state;
    char name[KEPT + 1][20];
    rn_tls_options anybody = {.dangerously_skip_verification = 1};
    rn_tls_options server = server_options(&good);
    rn_tls_options co = {.later = 1};
    rn_tls_options so = {.later = 1};
    co.config = rn_tls_config_new(&anybody, NULL);
    so.config = rn_tls_config_new(&server, NULL);
    listener = rn_listen(0, "127.0.0.1", NULL);
    for (int i = 0; i <= KEPT; i++) {
        snprintf(name[i], sizeof name[i], "n%d.example", i);
        assert_false(resumes(name[i], &co, &so, true));
    }
    assert_true(resumes(name[KEPT], &co, &so, false));
    int resumed = 1;
    for (int i = 0; i < KEPT; i++)
        resumed += resumes(name[i], &co, &so, false);
    assert_int_equal(resumed, KEPT);
    /* Each but once. */
    assert_false(resumes(name[KEPT], &co, &so, false));
    rn_server_free(listener);
    rn_tls_config_free(co.config);
    rn_tls_config_free(so.config);
}

/* A server that knows no more than 1.2 is refused by who wants 1.3. */
static void
an_older_version_can_be_refused(void **state)
{
    (void)state;
    rn_error err;
    int pair[2];
    rn_tls_options co = client_options();
    co.min_version = RN_TLS_1_3;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair),
                     0);
    rn_stream *s =
        rn_tls_start(rn_from_fd(pair[0], RN_BUFFERED, NULL), &co, &err);
    assert_non_null(s);
    rn_set_deadline(s, RN_BOTH, RN_NOW);
    assert_code(rn_flush(s), RN_E_AGAIN);
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
    SSL *ssl = SSL_new(ctx);
    SSL_set_fd(ssl, pair[1]);
    assert_true(SSL_accept(ssl) <= 0);
    assert_code(rn_flush(s), RN_E_TLS);
    rn_error_of(s, &err);
    assert_non_null(strstr(err.message, "the peer refuses our versions"));
    rn_free(s);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
    ERR_clear_error();
    close(pair[1]);
}

static void
a_reloaded_config_serves_the_new_certificate(void **state)
{
    (void)state;
    rn_error err;
    struct two t;
    rn_tls_info before;
    rn_tls_info after;
    struct identity first;
    struct identity second;
    certificate_make(&first, "renewed", "DNS:a.example", &authority, -1, 50);
    rn_tls_options files = server_options(&first);
    rn_tls_options so = {.later = 1, .config = rn_tls_config_new(&files, &err)};
    rn_tls_options co = client_options();
    assert_code(open_two(&t, &co, &so, RN_BUFFERED), RN_OK);
    rn_tls_get_info(t.client, &before);
    certificate_make(&second, "renewed", "DNS:a.example", &authority, -1, 40);
    assert_code(rn_tls_config_reload(so.config, &err), RN_OK);
    assert_code(rn_writeln(t.client, "old ones go on", 14), RN_OK);
    assert_code(rn_flush(t.client), RN_OK);
    assert_line(t.server, "old ones go on");
    free_two(&t);
    assert_code(open_two(&t, &co, &so, RN_BUFFERED), RN_OK);
    rn_tls_get_info(t.client, &after);
    assert_string_not_equal(before.public_key, after.public_key);
    free_two(&t);
    unlink(second.key_file);
    assert_code(rn_tls_config_reload(so.config, &err), RN_E_VALUE);
    assert_non_null(strstr(err.message, "renewed.key.pem: No such file"));
    assert_code(open_two(&t, &co, &so, RN_BUFFERED), RN_OK); /* as it was */
    free_two(&t);
    rn_tls_config_free(so.config);
    certificate_free(&first);
    certificate_free(&second);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_version_and_what_both_know_is_chosen),
        cmocka_unit_test(the_chain_is_had_as_pem),
        cmocka_unit_test(info_is_refused_where_there_is_none),
        cmocka_unit_test(a_session_is_resumed_by_who_shares_a_config),
        cmocka_unit_test(so_many_sessions_are_kept),
        cmocka_unit_test(an_older_version_can_be_refused),
        cmocka_unit_test(a_reloaded_config_serves_the_new_certificate),
        cmocka_unit_test(nothing_is_left),
    };
    return cmocka_run_group_tests_name("tls_agreed", tests, make_all, drop_all);
}
