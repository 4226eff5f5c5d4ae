/* SPDX-License-Identifier: MIT */
/* Options that cannot be used, and what is left alone. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/peer.h"
#include "two.h"

static void
check_option(const rn_tls_options *o, int code, const char *message)
{
    rn_error err;
    assert_null(rn_tls_config_new(o, &err));
    assert_int_equal(err.code, code);
    if (strstr(err.message, message) == NULL)
        print_error("%s\n", err.message);
    assert_non_null(strstr(err.message, message));
}

static void
bad_files_are_told_by_name(void **state)
{
    (void)state;
    char path[PATH_SIZE];
    certificate_path(path, "none.pem");
    check_option(&(rn_tls_options){.ca_file = path}, RN_E_VALUE,
                 "none.pem: No such file");
    check_option(&(rn_tls_options){.cert_file = path}, RN_E_VALUE,
                 "none.pem: No such file");
    check_option(&(rn_tls_options){.cert_file = good.key_file}, RN_E_VALUE,
                 "read certificate file");
    check_option(&(rn_tls_options){.cert_file = good.cert_file,
                                   .key_file = alone.key_file},
                 RN_E_VALUE, "it is not the key of the certificate in");
    check_option(&(rn_tls_options){.key_file = good.key_file}, RN_E_VALUE,
                 "there is no certificate for it");
    check_option(&(rn_tls_options){.cert_file = good.cert_file}, RN_E_VALUE,
                 "read key file");
    check_option(&(rn_tls_options){.alpn = "h2,,x"}, RN_E_VALUE, "alpn");
    check_option(&(rn_tls_options){.min_version = (rn_tls_version)7},
                 RN_E_VALUE, "min_version 7");
    check_option(&(rn_tls_options){.client_certificate = 1}, RN_E_VALUE,
                 "ca_file");
    assert_int_equal(ERR_peek_error(), 0);
    rn_error err;
    assert_null(rn_tls_accept(NULL, NULL, &err));
    assert_int_equal(err.code, RN_E_VALUE);
    assert_null(rn_tls_accept(NULL, NULL, NULL));
}

/* What the system says of a file comes first, and has its own codes. */
static void
files_that_cannot_be_opened_are_told(void **state)
{
    (void)state;
    char path[PATH_SIZE];
    rn_error err;
    certificate_path(path, "good.cert.pem/x");
    check_option(&(rn_tls_options){.ca_file = path}, RN_E_IO,
                 "x: Not a directory");
    /* Root may read everything, so it is somebody else for a moment. */
    certificate_path(path, "secret.pem");
    close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0));
    bool root = geteuid() == 0;
    if (root)
        assert_int_equal(seteuid(65534), 0);
    rn_tls_config *c =
        rn_tls_config_new(&(rn_tls_options){.ca_file = path}, &err);
    if (root)
        assert_int_equal(seteuid(0), 0);
    assert_null(c);
    assert_code(err.code, RN_E_DENIED);
    assert_int_equal(err.sys_errno, EACCES);
    assert_non_null(strstr(err.message, "secret.pem: Permission denied"));
}

/* An error of the program's own was told instead of what is wrong. */
static void
what_is_no_certificate_is_told(void **state)
{
    (void)state;
    char folder[PATH_SIZE];
    certificate_path(folder, "");
    check_option(&(rn_tls_options){.cert_file = folder}, RN_E_VALUE,
                 ": there is none in it (PEM)");
    check_option(&(rn_tls_options){.cert_file = good.key_file}, RN_E_VALUE,
                 ": there is none in it (PEM)");
    ERR_raise(ERR_LIB_USER, ERR_R_INTERNAL_ERROR);
    check_option(&(rn_tls_options){.ca_file = good.key_file}, RN_E_VALUE,
                 ": no certificate or crl found");
    assert_int_equal(ERR_GET_LIB(ERR_get_error()), ERR_LIB_USER);
    assert_int_equal(ERR_peek_error(), 0);
}

static void
a_key_of_another_kind_is_told(void **state)
{
    (void)state;
    char path[PATH_SIZE];
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    certificate_path(path, "other.pem");
    FILE *f = fopen(path, "w");
    PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL);
    fclose(f);
    EVP_PKEY_free(key);
    check_option(
        &(rn_tls_options){.cert_file = good.cert_file, .key_file = path},
        RN_E_VALUE, "it is not the key of the certificate in");
}

/* What can be seen to be wrong before the peer is asked. */
static void
bad_values_are_refused_at_once(void **state)
{
    (void)state;
    char list[300];
    rn_error err;
    memset(list, 'x', sizeof list);
    list[256] = '\0';
    check_option(&(rn_tls_options){.alpn = list}, RN_E_VALUE,
                 "a protocol has from 1 to 255 bytes");
    check_option(&(rn_tls_options){.min_version = (rn_tls_version)-1},
                 RN_E_VALUE, "min_version -1");
    assert_code(rn_tls_config_reload(NULL, &err), RN_E_VALUE);
    rn_socket *a;
    rn_socket *b;
    tcp_pair(&a, &b, RN_BUFFERED);
    assert_null(rn_tls_start(a, &(rn_tls_options){.timeout = -1}, &err));
    assert_code(err.code, RN_E_VALUE);
    assert_non_null(strstr(err.message, "cannot be negative"));
    assert_null(rn_tls_start(a, &(rn_tls_options){.deadline = -1}, &err));
    assert_null(
        rn_tls_start(a, &(rn_tls_options){.ca_file = "/nowhere"}, NULL));
    assert_code(err.code, RN_E_VALUE);
    assert_null(rn_tls_accept(b, NULL, &err));
    assert_code(err.code, RN_E_VALUE);
    assert_non_null(strstr(err.message, "a server needs a certificate"));
    /* They are as they were. */
    assert_code(rn_writeln(a, "x", 1), RN_OK);
    assert_code(rn_flush(a), RN_OK);
    assert_line(b, "x");
    rn_free(a);
    rn_free(b);
}

/* Nobody is asked for a passphrase, least of all a terminal. */
static void
a_key_with_a_passphrase_is_refused(void **state)
{
    (void)state;
    char path[PATH_SIZE];
    certificate_path(path, "locked.pem");
    FILE *f = fopen(path, "w");
    PEM_write_PrivateKey(f, good.key, EVP_aes_128_cbc(),
                         (const unsigned char *)"abcd", 4, NULL, NULL);
    fclose(f);
    check_option(
        &(rn_tls_options){.cert_file = good.cert_file, .key_file = path},
        RN_E_VALUE, "it has a passphrase");
}

static void
keys_are_logged_only_when_asked(void **state)
{
    (void)state;
    struct two t;
    char path[PATH_SIZE];
    struct stat st;
    rn_tls_options co = client_options();
    rn_tls_options so = server_options(&good);
    certificate_path(path, "keys.log");
    setenv("SSLKEYLOGFILE", path, 1);
    assert_code(open_two(&t, &co, &so, RN_BUFFERED), RN_OK);
    free_two(&t);
    assert_int_equal(stat(path, &st), -1);
    co.keylog = 1;
    assert_code(open_two(&t, &co, &so, RN_BUFFERED), RN_OK);
    free_two(&t);
    assert_int_equal(stat(path, &st), 0);
    assert_true(st.st_size > 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    /* A log that cannot be kept ends no connection. */
    certificate_path(path, "nowhere/keys.log");
    setenv("SSLKEYLOGFILE", path, 1);
    assert_code(open_two(&t, &co, &so, RN_BUFFERED), RN_OK);
    free_two(&t);
    unsetenv("SSLKEYLOGFILE");
    assert_code(open_two(&t, &co, &so, RN_BUFFERED), RN_OK);
    free_two(&t);
}

/* The program's own errors stay where they are, and ours leave none. */
static void
openssl_s_queue_is_left_alone(void **state)
{
    (void)state;
    struct two t;
    rn_tls_options co = client_options();
    rn_tls_options so = server_options(&alone);
    assert_code(open_two(&t, &co, &so, RN_BUFFERED), RN_E_TLS);
    free_two(&t);
    assert_int_equal(ERR_get_error(), 0);
    open_plain_two(&t, RN_BUFFERED); /* OpenSSL itself empties it for that */
    ERR_raise(ERR_LIB_USER, 42);
    unsigned long mine = ERR_peek_error();
    assert_code(rn_writeln(t.client, "x", 1), RN_OK);
    assert_code(rn_flush(t.client), RN_OK);
    assert_line(t.server, "x");
    assert_code(rn_abort(t.client), RN_OK);
    assert_true(rn_eof(t.server) < 0);
    free_two(&t);
    assert_int_equal(ERR_get_error(), mine);
    assert_int_equal(ERR_get_error(), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_files_are_told_by_name),
        cmocka_unit_test(files_that_cannot_be_opened_are_told),
        cmocka_unit_test(what_is_no_certificate_is_told),
        cmocka_unit_test(a_key_of_another_kind_is_told),
        cmocka_unit_test(bad_values_are_refused_at_once),
        cmocka_unit_test(a_key_with_a_passphrase_is_refused),
        cmocka_unit_test(keys_are_logged_only_when_asked),
        cmocka_unit_test(openssl_s_queue_is_left_alone),
        cmocka_unit_test(nothing_is_left),
    };
    return cmocka_run_group_tests_name("tls_options", tests, make_all,
                                       drop_all);
}
