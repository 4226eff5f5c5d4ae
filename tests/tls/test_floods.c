/* SPDX-License-Identifier: MIT */
/* Peers that go on for ever: with something small, or with new agreements. */
#include <sys/socket.h>
#include <unistd.h>

#include "../support/check.h"
#include "bare.h"

/* How much of our memory and of the peer's patience an endless stream of
 * something small takes: it ends with an error, or nothing piles up. */
static void
flood(struct peer *p, bool (*more)(struct peer *p), int most)
{
    int rc = RN_E_AGAIN;
    for (int i = 0; i < most && rc == RN_E_AGAIN; i++) {
        char *data;
        while (BIO_get_mem_data(p->out, &data) < 8192 && more(p))
            ;
        say(p);
        rc = rn_eof(p->s);
    }
    if (rc < 0)
        rn_error_of(p->s, &p->error);
}

/* Our answers are taken, or not: then they must not pile up for ever. */
static void
a_flood_of_key_updates_is_bounded(void **state)
{
    (void)state;
    struct peer p;
    peer_open(&p, false, TLS1_3_VERSION);
    agree(&p);
    flood(&p, ask_for_new_keys, 10000);
    assert_code(p.error.code, RN_E_TLS);
    assert_tells(&p, "the peer asks for answers without end, and takes none");
    peer_free(&p);
}

static void
new_keys_are_agreed_on_by_who_only_reads(void **state)
{
    (void)state;
    struct peer p;
    char c;
    peer_open(&p, false, TLS1_3_VERSION);
    agree(&p);
    for (int i = 0; i < 3000; i++) {
        assert_true(ask_for_new_keys(&p));
        say(&p);
        assert_code(rn_eof(p.s), RN_E_AGAIN);
        hear(&p);
        assert_true(SSL_read(p.ssl, &c, 1) < 0);
    }
    peer_writes(&p, "still here\n");
    assert_line(p.s, "still here");
    peer_free(&p);
}

/* A client that asks to begin again gets an answer, and no second handshake;
 * one that does it without end gets no more than its room. */
static void
renegotiation_is_refused(void **state)
{
    (void)state;
    struct peer p;
    char c;
    peer_open(&p, true, TLS1_2_VERSION);
    agree(&p);
    peer_writes(&p, "before\n");
    assert_line(p.s, "before");
    assert_int_equal(SSL_renegotiate(p.ssl), 1);
    SSL_do_handshake(p.ssl);
    say(&p);
    assert_code(rn_eof(p.s), RN_E_AGAIN);
    hear(&p);
    assert_true(SSL_read(p.ssl, &c, 1) <= 0);
    unsigned long error = ERR_peek_last_error();
    assert_int_equal(ERR_GET_REASON(error), SSL_R_NO_RENEGOTIATION);
    peer_free(&p);
}

static void
renegotiation_that_a_server_wants_is_refused(void **state)
{
    (void)state;
    struct peer p;
    peer_open(&p, false, TLS1_2_VERSION);
    agree(&p);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(SSL_renegotiate(p.ssl), 1);
        SSL_do_handshake(p.ssl);
        say(&p);
        int rc = rn_eof(p.s);
        assert_true(rc == RN_E_AGAIN || rc == RN_E_TLS);
    }
    peer_free(&p);
}

/* OpenSSL sends no empty records by itself; the old ones of 1.0 that CBC asks
 * for are made by hand in the fuzzer. Here: warnings that mean nothing. */
static void
a_flood_of_plain_warnings_ends(void **state)
{
    (void)state;
    static const unsigned char warning[] = {21, 3, 3, 0, 2, 1, 90};
    struct peer p;
    open_bare(&p, true, &p.fd);
    int rc = RN_E_AGAIN;
    int sent = 0;
    for (; sent < 1000 && rc == RN_E_AGAIN; sent++) {
        assert_int_equal(send(p.fd, warning, sizeof warning, 0), 7);
        rc = rn_flush(p.s);
    }
    assert_code(rc, RN_E_TLS);
    assert_true(sent < 20);
    rn_free(p.s);
    close(p.fd);
}

/* Plain empty records in front of the handshake. */
static void
a_flood_of_empty_records_ends(void **state)
{
    (void)state;
    static const unsigned char empty[] = {22, 3, 3, 0, 0};
    struct peer p;
    open_bare(&p, true, &p.fd);
    int rc = RN_E_AGAIN;
    int sent = 0;
    for (; sent < 1000 && rc == RN_E_AGAIN; sent++) {
        assert_int_equal(send(p.fd, empty, sizeof empty, 0), 5);
        rc = rn_flush(p.s);
    }
    assert_code(rc, RN_E_TLS);
    assert_true(sent < 100);
    rn_free(p.s);
    close(p.fd);
}

/* A message that says it is huge, and never comes: what is kept for it has a
 * bound of its own (OpenSSL's, 131 KB for a client's first). */
static void
a_huge_first_message_is_refused(void **state)
{
    (void)state;
    static const unsigned char huge[] = {22, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff};
    struct peer p;
    open_bare(&p, true, &p.fd);
    assert_int_equal(send(p.fd, huge, sizeof huge, 0), 9);
    assert_code(rn_flush(p.s), RN_E_TLS);
    rn_free(p.s);
    close(p.fd);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flood_of_key_updates_is_bounded),
        cmocka_unit_test(new_keys_are_agreed_on_by_who_only_reads),
        cmocka_unit_test(renegotiation_is_refused),
        cmocka_unit_test(renegotiation_that_a_server_wants_is_refused),
        cmocka_unit_test(a_flood_of_plain_warnings_ends),
        cmocka_unit_test(a_flood_of_empty_records_ends),
        cmocka_unit_test(a_huge_first_message_is_refused),
        cmocka_unit_test(nothing_is_left),
    };
    return cmocka_run_group_tests_name("tls_floods", tests, make_all, drop_all);
}
