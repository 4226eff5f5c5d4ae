/* SPDX-License-Identifier: MIT */
/* Options that cannot be used, and what is left alone. */
#include <openssl/err.h>
#include <openssl/pem.h>
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
    unsetenv("SSLKEYLOGFILE");
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

static int at_start;

static void
no_descriptor_is_left(void **state)
{
    (void)state;
    assert_int_equal(open_descriptors(), at_start);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_files_are_told_by_name),
        cmocka_unit_test(a_key_with_a_passphrase_is_refused),
        cmocka_unit_test(keys_are_logged_only_when_asked),
        cmocka_unit_test(openssl_s_queue_is_left_alone),
        cmocka_unit_test(no_descriptor_is_left),
    };
    at_start = open_descriptors();
    return cmocka_run_group_tests_name("tls_options", tests, make_all,
                                       drop_all);
}
