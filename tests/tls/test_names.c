/* SPDX-License-Identifier: MIT */
/* Whom a certificate must be valid for, what certificates bear, also odd ones,
 * and which lead from them to an authority. */
#include <fcntl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/peer.h"
#include "two.h"

static struct two t;
static rn_tls_info info; /* of the server, as the client has it */

/* A client with `co` meets that server: RN_OK, or a code. */
static int
meet(const rn_tls_options *co, const struct identity *id)
{
    rn_tls_options so = server_options(id);
    int rc = open_two(&t, co, &so, RN_BUFFERED);
    if (rc == RN_OK)
        assert_code(rn_tls_get_info(t.client, &info), RN_OK);
    free_two(&t);
    return rc;
}

static int
meet_as(const char *name, const struct identity *id)
{
    rn_tls_options co = client_options();
    co.name = name;
    return meet(&co, id);
}

static void
assert_tells(const char *words)
{
    if (strstr(t.error.message, words) == NULL)
        print_error("\"%s\" does not tell \"%s\"\n", t.error.message, words);
    assert_non_null(strstr(t.error.message, words));
}

/* Whoever it is may be anybody. */
static rn_tls_options
trusting(void)
{
    return (rn_tls_options){.later = 1, .dangerously_skip_verification = 1};
}

/* ---- Whom we talk to */

/* Brackets and a scope are no part of an address. */
static void
an_address_is_looked_for_among_addresses(void **state)
{
    (void)state;
    struct identity six;
    certificate_make(&six, "six", "IP:::1,IP:fe80::1,DNS:a.example", &authority,
                     -1, 50);
    assert_code(meet_as("::1", &six), RN_OK);
    assert_code(meet_as("[::1]", &six), RN_OK);
    assert_code(meet_as("fe80::1%lo", &six), RN_OK);
    assert_code(meet_as("[::2]", &six), RN_E_TLS);
    assert_tells("certificate for ::1, fe80::1, a.example is not valid for "
                 "::2");
    certificate_free(&six);
}

/* What is no address is a name, as it is. */
static void
half_an_address_is_a_name(void **state)
{
    (void)state;
    assert_code(meet_as("[", &good), RN_E_TLS);
    assert_tells("is not valid for [");
    assert_code(meet_as("a.example%lo", &good), RN_E_TLS);
    assert_tells("is not valid for a.example%lo");
}

static void
a_name_can_be_too_long(void **state)
{
    (void)state;
    char name[257];
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_code(meet_as(name, &good), RN_E_VALUE);
    assert_tells("aaaa\" is no name that a certificate could be valid for");
}

/* A path is nobody's name: it must be said. */
static void
a_unix_socket_has_no_name(void **state)
{
    (void)state;
    char path[PATH_SIZE];
    rn_error err;
    certificate_path(path, "socket");
    char host[PATH_SIZE + 5];
    snprintf(host, sizeof host, "unix:%s", path);
    rn_server *listener = rn_listen(0, host, &err);
    assert_non_null(listener);
    rn_socket *a = rn_connect(host, 0, RN_BUFFERED, &err);
    assert_non_null(a);
    rn_tls_options co = client_options();
    co.name = NULL;
    assert_null(rn_tls_start(a, &co, &err));
    assert_code(err.code, RN_E_VALUE);
    assert_non_null(strstr(err.message, "options.name"));
    rn_free(a);
    rn_server_free(listener);
    unlink(path);
    /* Of nobody in particular is enough where nobody is checked. */
    co = trusting();
    co.name = "";
    assert_code(meet(&co, &good), RN_OK);
    assert_string_equal(info.name, "");
}

/* ---- What certificates bear */

static void
more_names_than_there_is_room_for_are_cut(void **state)
{
    (void)state;
    struct identity id;
    char names[1000] = "";
    for (int i = 0; i < 40; i++)
        snprintf(names + strlen(names), sizeof names - strlen(names),
                 "%sDNS:n%d.example", i > 0 ? "," : "", i);
    certificate_make(&id, "many", names, &authority, -1, 50);
    assert_code(meet_as("a.example", &id), RN_E_TLS);
    assert_tells("certificate for n0.example, n1.example, ");
    assert_tells(" is not valid for a.example");
    assert_code(meet_as("n39.example", &id), RN_OK);
    assert_int_equal(strlen(info.subject), sizeof info.subject - 1);
    certificate_free(&id);
}

/* An address of 5 bytes, and a name that deletes itself. */
static void
what_cannot_be_shown_is_a_question_mark(void **state)
{
    (void)state;
    struct identity id;
    certificate_make(&id, "odd", "DNS:b\177.example,IP:1.2.3.4", &authority, -1,
                     50);
    GENERAL_NAMES *names =
        X509_get_ext_d2i(id.cert, NID_subject_alt_name, NULL, NULL);
    ASN1_STRING_set(sk_GENERAL_NAME_value(names, 1)->d.iPAddress, "12345", 5);
    assert_int_equal(X509_add1_ext_i2d(id.cert, NID_subject_alt_name, names, 0,
                                       X509V3_ADD_REPLACE),
                     1);
    GENERAL_NAMES_free(names);
    certificate_sign(&id, &authority);
    assert_code(meet_as("a.example", &id), RN_E_TLS);
    assert_tells("certificate for b?.example, ? is not valid for a.example");
    certificate_free(&id);
}

static void
one_may_bear_nothing_at_all(void **state)
{
    (void)state;
    struct identity id;
    certificate_make(&id, "nobody", NULL, NULL, -1, 50);
    X509_NAME *none = X509_NAME_new();
    X509_set_subject_name(id.cert, none);
    X509_set_issuer_name(id.cert, none);
    X509_NAME_free(none);
    certificate_sign(&id, &id);
    rn_tls_options co = trusting();
    assert_code(meet(&co, &id), RN_OK);
    assert_string_equal(info.subject, "");
    assert_string_equal(info.issuer, "");
    assert_true(info.not_after > info.not_before);
    certificate_free(&id);
}

static void
a_date_may_be_none(void **state)
{
    (void)state;
    struct identity id;
    certificate_make(&id, "never", "DNS:a.example", &authority, -1, 50);
    ASN1_STRING_set(X509_getm_notAfter(id.cert), "never", 5);
    certificate_sign(&id, &authority);
    rn_tls_options co = trusting();
    assert_code(meet(&co, &id), RN_OK);
    assert_true(info.not_before > 0);
    assert_true(info.not_after == 0);
    assert_non_null(strstr(info.description, "certificate NOT VERIFIED"));
    assert_code(meet_as("a.example", &id), RN_E_TLS);
    assert_tells("certificate for a.example: ");
    assert_tells("notAfter");
    certificate_free(&id);
}

/* Not that it could not be verified counts, but that it was not. */
static void
a_good_one_that_is_not_checked_is_not_verified(void **state)
{
    (void)state;
    rn_tls_options co = client_options();
    co.dangerously_skip_verification = 1;
    assert_code(meet(&co, &good), RN_OK);
    assert_int_equal(info.verified, 0);
    assert_non_null(strstr(info.description, "certificate NOT VERIFIED"));
}

/* ---- What leads to an authority */

static char *
chain_of(rn_stream *s)
{
    char *pem = NULL;
    assert_code(rn_tls_get_chain(s, &pem), RN_OK);
    assert_non_null(pem);
    return pem;
}

static void
assert_is_file(char *pem, const char *path)
{
    char file[8192] = "";
    int fd = open(path, O_RDONLY);
    assert_true(read(fd, file, sizeof file - 1) > 0);
    close(fd);
    assert_string_equal(pem, file);
    rn_release(pem);
}

static struct identity middle;
static struct identity leaf; /* its file has both */

static void
both_ends_have_the_whole_chain(void **state)
{
    (void)state;
    rn_tls_options co = client_options();
    rn_tls_options so = server_options(&leaf);
    co.cert_file = leaf.cert_file;
    co.key_file = leaf.key_file;
    so.client_certificate = 1;
    so.ca_file = authority.cert_file;
    assert_code(open_two(&t, &co, &so, RN_BUFFERED), RN_OK);
    assert_is_file(chain_of(t.client), leaf.cert_file);
    assert_is_file(chain_of(t.server), leaf.cert_file);
    assert_code(rn_tls_get_chain(t.client, NULL), RN_E_VALUE);
    free_two(&t);
}

static void
a_client_without_one_has_no_chain(void **state)
{
    (void)state;
    open_plain_two(&t, RN_BUFFERED);
    char *pem = chain_of(t.server);
    assert_string_equal(pem, "");
    rn_release(pem);
    assert_code(rn_tls_get_info(t.server, &info), RN_OK);
    assert_int_equal(info.verified, 0);
    assert_non_null(strstr(info.description, "client without a certificate"));
    free_two(&t);
}

static void
a_chain_must_lead_to_an_authority(void **state)
{
    (void)state;
    rn_tls_options co = client_options();
    co.ca_file = middle.cert_file; /* which is none of its own */
    assert_code(meet(&co, &leaf), RN_E_TLS);
    assert_tells("certificate for CN=middle is of an unknown authority: "
                 "CN=authority");
    struct identity id;
    certificate_make(&id, "estranged", "DNS:a.example", &stranger, -1, 50);
    certificate_append(&id, &stranger);
    assert_code(meet_as("a.example", &id), RN_E_TLS);
    assert_tells("certificate for CN=stranger is of an unknown authority: "
                 "CN=stranger");
    certificate_free(&id);
}

static void
not_everybody_may_sign(void **state)
{
    (void)state;
    struct identity id;
    certificate_make(&id, "signed", "DNS:a.example", &good, -1, 50);
    certificate_append(&id, &good);
    assert_code(meet_as("a.example", &id), RN_E_TLS);
    assert_tells("certificate for ");
    assert_tells("CA certificate");
    certificate_free(&id);
}

static int
make_more(void **state)
{
    make_all(state);
    certificate_make(&middle, "middle", NULL, &authority, -50, 50);
    certificate_make(&leaf, "leaf", "DNS:a.example", &middle, -1, 50);
    certificate_append(&leaf, &middle);
    return 0;
}

static int
drop_more(void **state)
{
    certificate_free(&middle);
    certificate_free(&leaf);
    return drop_all(state);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_looked_for_among_addresses),
        cmocka_unit_test(half_an_address_is_a_name),
        cmocka_unit_test(a_name_can_be_too_long),
        cmocka_unit_test(a_unix_socket_has_no_name),
        cmocka_unit_test(more_names_than_there_is_room_for_are_cut),
        cmocka_unit_test(what_cannot_be_shown_is_a_question_mark),
        cmocka_unit_test(one_may_bear_nothing_at_all),
        cmocka_unit_test(a_date_may_be_none),
        cmocka_unit_test(a_good_one_that_is_not_checked_is_not_verified),
        cmocka_unit_test(both_ends_have_the_whole_chain),
        cmocka_unit_test(a_client_without_one_has_no_chain),
        cmocka_unit_test(a_chain_must_lead_to_an_authority),
        cmocka_unit_test(not_everybody_may_sign),
        cmocka_unit_test(nothing_is_left),
    };
    return cmocka_run_group_tests_name("tls_names", tests, make_more,
                                       drop_more);
}
