/* SPDX-License-Identifier: MIT */
/* Whom a client and a server believe, and what a person is told. */
#include <stdlib.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/peer.h"
#include "two.h"

/* The handshake fails for the client, with this reason. */
static void
check_refused(const rn_tls_options *co, const struct identity *id,
              const char *reason)
{
    struct two t;
    char message[RN_MESSAGE_SIZE];
    rn_tls_options so = server_options(id);
    assert_code(open_two(&t, co, &so, RN_BUFFERED), RN_E_TLS);
    snprintf(message, sizeof message, "start TLS with 127.0.0.1:%d: %s",
             rn_remote_port(t.client), reason);
    assert_string_equal(t.error.message, message);
    assert_int_equal(t.error.phase, RN_PHASE_TLS);
    assert_code(rn_writeln(t.client, "secret", 6), RN_E_TLS);
    assert_code(rn_flush(t.server), RN_E_TLS); /* an alert told it */
    free_two(&t);
}

static void
a_certificate_for_another_name_is_refused(void **state)
{
    (void)state;
    rn_tls_options co = client_options();
    co.name = "b.example";
    check_refused(&co, &good,
                  "certificate for a.example, 127.0.0.1 is not valid for "
                  "b.example");
    co.name = "127.0.0.2";
    check_refused(&co, &good,
                  "certificate for a.example, 127.0.0.1 is not valid for "
                  "127.0.0.2");
}

static void
one_out_of_its_time_is_refused(void **state)
{
    (void)state;
    rn_tls_options co = client_options();
    struct two t;
    rn_tls_options so = server_options(&expired);
    assert_code(open_two(&t, &co, &so, RN_BUFFERED), RN_E_TLS);
    assert_non_null(
        strstr(t.error.message, "certificate for a.example expired on 20"));
    assert_non_null(strstr(t.error.message, " UTC"));
    free_two(&t);
    so = server_options(&early);
    assert_code(open_two(&t, &co, &so, RN_BUFFERED), RN_E_TLS);
    assert_non_null(strstr(t.error.message, "is not valid before 20"));
    free_two(&t);
}

static void
one_of_nobody_known_is_refused(void **state)
{
    (void)state;
    rn_tls_options co = client_options();
    check_refused(&co, &alone,
                  "certificate for a.example is self-signed, and not a trusted "
                  "one");
    co.ca_file = stranger.cert_file;
    check_refused(&co, &good,
                  "certificate for a.example, 127.0.0.1 is of an unknown "
                  "authority: CN=authority");
}

/* The system's store, as its two variables say where that is. */
static void
the_system_s_authorities_are_believed(void **state)
{
    (void)state;
    struct two t;
    char path[PATH_SIZE];
    char decoy[PATH_SIZE];
    char folder[PATH_SIZE];
    char hash[20];
    rn_tls_options co = {.name = "a.example", .later = 1};
    rn_tls_options so = server_options(&good);
    snprintf(hash, sizeof hash, "%08lx.0",
             X509_subject_name_hash(authority.cert));
    certificate_path(path, hash);
    certificate_path(folder, "");
    unsetenv("SSL_CERT_FILE"); /* this machine's, perhaps */
    setenv("SSL_CERT_DIR", "/nowhere", 1);
    assert_code(open_two(&t, &co, &so, RN_BUFFERED), RN_E_TLS);
    assert_non_null(strstr(t.error.message, "unknown authority"));
    free_two(&t);
    /* Not by its hash, and so not to be found. */
    certificate_path(decoy, "01234567.pem");
    assert_int_equal(symlink(authority.cert_file, decoy), 0);
    setenv("SSL_CERT_DIR", folder, 1);
    assert_code(open_two(&t, &co, &so, RN_BUFFERED), RN_E_TLS);
    assert_non_null(strstr(t.error.message, "unknown authority"));
    free_two(&t);
    assert_int_equal(symlink(authority.cert_file, path), 0);
    assert_code(open_two(&t, &co, &so, RN_BUFFERED), RN_OK);
    free_two(&t);
    setenv("SSL_CERT_DIR", "/nowhere", 1);
    setenv("SSL_CERT_FILE", authority.cert_file, 1);
    assert_code(open_two(&t, &co, &so, RN_BUFFERED), RN_OK);
    free_two(&t);
    unsetenv("SSL_CERT_DIR");
    unsetenv("SSL_CERT_FILE");
}

static void
the_name_is_that_of_the_host_unless_told(void **state)
{
    (void)state;
    struct two t;
    rn_tls_options co = client_options();
    rn_tls_options so = server_options(&good);
    co.name = NULL; /* 127.0.0.1 was connected to */
    assert_code(open_two(&t, &co, &so, RN_BUFFERED), RN_OK);
    free_two(&t);
    co.name = "a.example.";
    assert_code(open_two(&t, &co, &so, RN_BUFFERED), RN_OK);
    free_two(&t);
    co.name = "";
    assert_code(open_two(&t, &co, &so, RN_BUFFERED), RN_E_VALUE);
    assert_non_null(strstr(t.error.message, "options.name"));
}

static void
not_checking_takes_an_ugly_name_and_shows(void **state)
{
    (void)state;
    struct two t;
    rn_tls_info info;
    rn_tls_options co = {.later = 1, .dangerously_skip_verification = 1};
    rn_tls_options so = server_options(&alone);
    assert_code(open_two(&t, &co, &so, RN_BUFFERED), RN_OK);
    assert_code(rn_tls_get_info(t.client, &info), RN_OK);
    assert_int_equal(info.verified, 0);
    assert_non_null(strstr(info.description, "certificate NOT VERIFIED"));
    free_two(&t);
}

static void
a_pinned_key_must_be_the_peers(void **state)
{
    (void)state;
    struct two t;
    rn_tls_info info;
    char pins[200];
    rn_tls_options co = client_options();
    rn_tls_options so = server_options(&good);
    assert_code(open_two(&t, &co, &so, RN_BUFFERED), RN_OK);
    rn_tls_get_info(t.client, &info);
    free_two(&t);
    co.pinned_key = pins;
    snprintf(pins, sizeof pins, "sha256//AAAA=;%s", info.public_key);
    assert_code(open_two(&t, &co, &so, RN_BUFFERED), RN_OK);
    free_two(&t);
    snprintf(pins, sizeof pins, "%s;sha256//AAAA=", info.public_key);
    assert_code(open_two(&t, &co, &so, RN_BUFFERED), RN_OK);
    free_two(&t);
    /* Not what only begins like it. */
    snprintf(pins, sizeof pins, "%sA", info.public_key);
    assert_code(open_two(&t, &co, &so, RN_BUFFERED), RN_E_TLS);
    free_two(&t);
    co.pinned_key = "sha256//AAAA=";
    assert_code(open_two(&t, &co, &so, RN_BUFFERED), RN_E_TLS);
    assert_non_null(
        strstr(t.error.message, "the peer's public key is sha256//"));
    assert_non_null(strstr(t.error.message, ", not sha256//AAAA="));
    free_two(&t);
    co.pinned_key = "md5//AAAA";
    assert_code(open_two(&t, &co, &so, RN_BUFFERED), RN_E_VALUE);
}

/* Who shows no certificate has no key. */
static void
a_pinned_key_is_asked_of_clients_too(void **state)
{
    (void)state;
    struct two t;
    rn_tls_options co = client_options();
    rn_tls_options so = server_options(&good);
    so.pinned_key = "sha256//AAAA=";
    assert_code(open_two(&t, &co, &so, RN_BUFFERED), RN_E_TLS);
    assert_non_null(strstr(t.error.message,
                           "the peer's public key is unknown, not "
                           "sha256//AAAA="));
    free_two(&t);
}

static void
a_server_can_ask_clients_for_theirs(void **state)
{
    (void)state;
    struct two t;
    rn_tls_info info;
    rn_tls_options co = client_options();
    rn_tls_options so = server_options(&good);
    so.client_certificate = 1;
    so.ca_file = authority.cert_file;
    co.cert_file = person.cert_file;
    co.key_file = person.key_file;
    assert_code(open_two(&t, &co, &so, RN_BUFFERED), RN_OK);
    assert_code(rn_tls_get_info(t.server, &info), RN_OK);
    assert_string_equal(info.subject, "CN=person");
    assert_true(info.verified);
    free_two(&t);
    co.cert_file = co.key_file = NULL;
    /* In TLS 1.3 the client is through before the server has refused. */
    assert_code(open_two(&t, &co, &so, RN_BUFFERED), RN_E_TLS);
    assert_non_null(strstr(t.error.message, "the client has no certificate"));
    assert_code(rn_eof(t.client), RN_E_TLS);
    rn_error_of(t.client, &t.error);
    assert_non_null(strstr(t.error.message, "alert 'certificate required'"));
    free_two(&t);
}

static void
nothing_in_common_is_told(void **state)
{
    (void)state;
    struct two t;
    rn_tls_options co = client_options();
    rn_tls_options so = server_options(&good);
    co.alpn = "echo";
    so.alpn = "h2";
    assert_code(open_two(&t, &co, &so, RN_BUFFERED), RN_E_TLS);
    assert_non_null(strstr(t.error.message, "alert 'no application protocol'"));
    rn_error_of(t.server, &t.error);
    assert_non_null(strstr(t.error.message, "ALPN"));
    free_two(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_for_another_name_is_refused),
        cmocka_unit_test(one_out_of_its_time_is_refused),
        cmocka_unit_test(one_of_nobody_known_is_refused),
        cmocka_unit_test(the_system_s_authorities_are_believed),
        cmocka_unit_test(the_name_is_that_of_the_host_unless_told),
        cmocka_unit_test(not_checking_takes_an_ugly_name_and_shows),
        cmocka_unit_test(a_pinned_key_must_be_the_peers),
        cmocka_unit_test(a_pinned_key_is_asked_of_clients_too),
        cmocka_unit_test(a_server_can_ask_clients_for_theirs),
        cmocka_unit_test(nothing_in_common_is_told),
        cmocka_unit_test(nothing_is_left),
    };
    return cmocka_run_group_tests_name("tls_trust", tests, make_all, drop_all);
}
