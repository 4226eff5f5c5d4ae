/* SPDX-License-Identifier: MIT */
/* A message of the peer's own that has only come in part, and who writes in the
 * meantime. */
#include <sys/socket.h>

#include "../support/check.h"
#include "../support/peer.h"
#include "bare.h"

static struct peer p;

/* A ticket so long that it takes several records. */
static int
lengthen(SSL *ssl, void *arg)
{
    static const char much[2000];
    (void)arg;
    return SSL_SESSION_set1_ticket_appdata(SSL_get_session(ssl), much,
                                           sizeof much);
}

static SSL_TICKET_RETURN
take(SSL *ssl, SSL_SESSION *session, const unsigned char *name, size_t len,
     SSL_TICKET_STATUS status, void *arg)
{
    (void)ssl;
    (void)session;
    (void)name;
    (void)len;
    (void)status;
    (void)arg;
    return SSL_TICKET_RETURN_IGNORE;
}

enum {
    PART = 1000 /* one whole record of the ticket, and not the last */
};

static char rest[8192]; /* of what the peer has said */
static size_t rest_len;

static void
say_rest(void)
{
    assert_int_equal(send(p.fd, rest, rest_len, MSG_NOSIGNAL), rest_len);
}

/* Hands are shaken, and the first ticket has come in part. */
static void
begin_in_part(void)
{
    char *data;
    peer_open(&p, false, TLS1_3_VERSION);
    SSL_CTX_set_session_ticket_cb(p.ctx, lengthen, take, NULL);
    SSL_set_max_send_fragment(p.ssl, 512);
    while (!SSL_is_init_finished(p.ssl)) {
        rn_flush(p.s);
        say(&p);
        peer_shakes(&p);
    }
    long n = BIO_get_mem_data(p.out, &data);
    assert_in_range(n, 2 * PART, PART + (long)sizeof rest);
    assert_int_equal(send(p.fd, data, PART, MSG_NOSIGNAL), PART);
    rest_len = (size_t)n - PART;
    memcpy(rest, data + PART, rest_len);
    (void)BIO_reset(p.out);
    assert_code(rn_eof(p.s), RN_E_AGAIN);
}

/* It was the end of the connection. */
static void
a_writer_is_busy_until_the_rest_is_read(void **state)
{
    (void)state;
    begin_in_part();
    assert_code(rn_writeln(p.s, "one", 3), RN_OK);
    assert_code(rn_flush(p.s), RN_E_BUSY);
    assert_code(rn_eof(p.s), RN_E_BUSY); /* as it would have to flush first */
    say_rest();
    peer_writes(&p, "hello\n");
    assert_line(p.s, "hello");
    assert_code(rn_flush(p.s), RN_OK);
    assert_heard(&p, "one\n");
    peer_free(&p);
}

/* The peer hears that text, and that nothing more comes. */
static void
assert_last_heard(const char *text)
{
    char data[100] = "";
    hear(&p);
    if (text[0] != '\0')
        assert_int_equal(SSL_read(p.ssl, data, sizeof data), strlen(text));
    assert_string_equal(data, text);
    assert_int_equal(SSL_read(p.ssl, data, sizeof data), 0);
    assert_true(SSL_get_shutdown(p.ssl) & SSL_RECEIVED_SHUTDOWN);
}

/* Nobody else will read the rest. */
static void
closing_reads_the_rest_for_what_is_unsent(void **state)
{
    (void)state;
    begin_in_part();
    assert_code(rn_writeln(p.s, "one", 3), RN_OK);
    say_rest();
    assert_code(rn_close(p.s), RN_OK);
    assert_last_heard("one\n");
    peer_free(&p);
}

static void
closing_waits_for_the_rest_as_it_may(void **state)
{
    (void)state;
    for (int waits = 0; waits < 2; waits++) {
        begin_in_part();
        assert_code(rn_writeln(p.s, "one", 3), RN_OK);
        if (waits)
            rn_set_deadline(p.s, RN_BOTH, rn_in(30));
        assert_code(rn_close(p.s), waits ? RN_E_TIMEOUT : RN_E_AGAIN);
        assert_code(rn_close(p.s), RN_OK); /* it is closed */
        peer_free(&p);
    }
}

/* Nothing is lost, but the peer cannot be told so. */
static void
goodbye_cannot_be_said_amid_a_message(void **state)
{
    (void)state;
    begin_in_part();
    assert_code(rn_close(p.s), RN_E_TLS);
    assert_tells(&p, "closed in the middle of a message of the peer's");
    assert_code(rn_close(p.s), RN_OK);
    peer_free(&p);
}

/* A failure is for good, and BUSY would be to try again. */
static void
after_a_failure_a_half_close_is_no_longer_busy(void **state)
{
    (void)state;
    begin_in_part();
    rest[0] ^= 1;
    say_rest();
    assert_code(rn_eof(p.s), RN_E_TLS);
    assert_code(rn_shutdown_write(p.s), RN_E_TLS);
    peer_free(&p);
}

static void
a_half_close_is_busy_until_the_rest_is_read(void **state)
{
    (void)state;
    begin_in_part();
    assert_code(rn_shutdown_write(p.s), RN_E_BUSY);
    say_rest();
    assert_code(rn_eof(p.s), RN_E_AGAIN);
    assert_code(rn_shutdown_write(p.s), RN_OK);
    assert_last_heard("");
    peer_free(&p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_writer_is_busy_until_the_rest_is_read),
        cmocka_unit_test(a_half_close_is_busy_until_the_rest_is_read),
        cmocka_unit_test(closing_reads_the_rest_for_what_is_unsent),
        cmocka_unit_test(goodbye_cannot_be_said_amid_a_message),
        cmocka_unit_test(after_a_failure_a_half_close_is_no_longer_busy),
        cmocka_unit_test(closing_waits_for_the_rest_as_it_may),
        cmocka_unit_test(nothing_is_left),
    };
    return cmocka_run_group_tests_name("tls_part", tests, make_all, drop_all);
}
