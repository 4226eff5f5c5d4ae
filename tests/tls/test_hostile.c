/* SPDX-License-Identifier: MIT */
/*
 * Peers that mean no good, or whose network cuts what they send: the bytes of a
 * bare one are passed on, cut, changed or repeated as each test likes.
 */
#include <sys/socket.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/peer.h"
#include "bare.h"

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

/* ---- Cut */

/* Everything one byte at a time, in both directions. */
static void
single_bytes_are_put_together(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct peer p;
        peer_open(&p, i >= 2, versions[i % 2]);
        int rc = RN_E_AGAIN;
        for (int turn = 0; turn < 10; turn++) {
            char *data;
            rc = rn_flush(p.s);
            peer_shakes(&p);
            long n = BIO_get_mem_data(p.out, &data);
            for (long k = 0; k < n; k++) {
                assert_int_equal(send(p.fd, data + k, 1, 0), 1);
                rc = rn_flush(p.s);
                if (rc == RN_OK)
                    assert_code(rn_eof(p.s), RN_E_AGAIN);
            }
            (void)BIO_reset(p.out);
        }
        assert_code(rc, RN_OK);
        assert_int_equal(SSL_write(p.ssl, "hello\n", 6), 6);
        char *data;
        long n = BIO_get_mem_data(p.out, &data);
        for (long k = 0; k < n; k++) {
            assert_code(rn_eof(p.s), RN_E_AGAIN);
            assert_int_equal(send(p.fd, data + k, 1, 0), 1);
        }
        assert_line(p.s, "hello");
        peer_free(&p);
    }
}

/* Records of one byte each. */
static void
records_of_one_byte_are_bytes(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct peer p;
        peer_open(&p, false, versions[i]);
        agree(&p);
        for (const char *c = "a line of ones\nand more\n"; *c != '\0'; c++)
            assert_int_equal(SSL_write(p.ssl, c, 1), 1);
        say(&p);
        assert_line(p.s, "a line of ones");
        assert_line(p.s, "and more");
        assert_code(rn_eof(p.s), RN_E_AGAIN);
        peer_free(&p);
    }
}

/* The server's first flight ends, or hangs, after each of its bytes. */
static void
an_end_in_the_handshake_is_told(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        long whole = 1;
        for (long k = 0; k < whole; k += k < 16 || k > whole - 16 ? 1 : 7) {
            struct peer p;
            char *data;
            peer_open(&p, false, versions[i]);
            assert_code(rn_flush(p.s), RN_E_AGAIN);
            peer_shakes(&p);
            whole = BIO_get_mem_data(p.out, &data);
            assert_true(whole > 500);
            if (k >= whole) { /* a signature is not always of one length */
                peer_free(&p);
                break;
            }
            assert_int_equal(send(p.fd, data, (size_t)k, 0), k);
            assert_code(rn_flush(p.s), RN_E_AGAIN);
            assert_int_equal(rn_wants(p.s), RN_READABLE);
            shutdown(p.fd, SHUT_WR);
            assert_code(rn_flush(p.s), RN_E_TLS);
            assert_tells(&p,
                         "the peer ended the connection before TLS was "
                         "agreed on");
            assert_int_equal(p.error.phase, RN_PHASE_TLS);
            assert_code(rn_eof(p.s), RN_E_TLS);
            peer_free(&p);
        }
    }
}

/* The peer stops in its flight number `flight`, behind a part of it, until the
 * deadline is over; then it goes on, and nothing was lost. Whether there is
 * such a flight. */
static bool
stalls(bool we_serve, int version, int flight, long thirds)
{
    struct peer p;
    bool stalled = false;
    int rc = RN_E_AGAIN;
    peer_open(&p, we_serve, version);
    for (int turn = 0, flights = 0; turn < 10; turn++) {
        char *data;
        rc = rn_flush(p.s);
        peer_shakes(&p);
        long n = BIO_get_mem_data(p.out, &data);
        if (n > 0 && rc == RN_E_AGAIN && flights++ == flight) {
            long part = n * thirds / 3;
            assert_int_equal(send(p.fd, data, (size_t)part, 0), part);
            rn_time end = rn_in(5);
            rn_set_deadline(p.s, RN_BOTH, end);
            assert_code(rn_flush(p.s), RN_E_TIMEOUT);
            assert_true(rn_now() >= end);
            assert_code(rn_error_of(p.s, &p.error), RN_E_TIMEOUT);
            assert_int_equal(p.error.phase, RN_PHASE_TLS);
            rn_set_deadline(p.s, RN_BOTH, RN_NOW);
            assert_int_equal(send(p.fd, data + part, (size_t)(n - part), 0),
                             n - part);
            (void)BIO_reset(p.out);
            stalled = true;
        }
        say(&p);
    }
    assert_code(rc, RN_OK);
    peer_writes(&p, "all of it\n");
    assert_line(p.s, "all of it");
    peer_free(&p);
    return stalled;
}

static void
a_deadline_holds_in_each_step_of_the_handshake(void **state)
{
    (void)state;
    int steps = 0;
    for (int i = 0; i < 4; i++)
        for (int flight = 0; flight < 3; flight++)
            for (long thirds = 0; thirds < 3; thirds++)
                steps += stalls(i >= 2, versions[i % 2], flight, thirds);
    print_message("%d steps\n", steps);
    assert_true(steps >= 3 * 7); /* 2 and 1 flights of a server, 2 and 2 of a
                                    client */
}

/* One bit of the server's flight is another one: that is an error, but in the
 * header of a plain record, of which nothing depends. */
static void
a_changed_handshake_is_refused(void **state)
{
    (void)state;
    long whole = 1;
    for (long k = 0; k < whole; k += 5) {
        struct peer p;
        char *data;
        peer_open(&p, false, TLS1_3_VERSION);
        assert_code(rn_flush(p.s), RN_E_AGAIN);
        peer_shakes(&p);
        whole = BIO_get_mem_data(p.out, &data);
        long hello = 5 + ((unsigned char)data[3] << 8 | (unsigned char)data[4]);
        bool depends = k >= 5 && (k < hello || k >= hello + 6);
        if (k < whole)
            data[k] = (char)(data[k] ^ 0x10);
        say(&p);
        int rc = rn_flush(p.s);
        shutdown(p.fd, SHUT_WR);
        if (rc == RN_E_AGAIN)
            rc = rn_flush(p.s);
        assert_true(rc == RN_E_TLS ||
                    (rc == RN_OK && (!depends || k >= whole)));
        peer_free(&p);
    }
}

/* ---- Not TLS */

static void
send_garbage(struct peer *p, const void *data, size_t n, const char *words)
{
    assert_int_equal(send(p->fd, data, n, MSG_NOSIGNAL), n);
    assert_code(rn_flush(p->s), RN_E_TLS);
    assert_tells(p, words);
    assert_int_equal(p->error.phase, RN_PHASE_TLS);
    rn_free(p->s);
    close(p->fd);
}

static void
garbage_is_no_handshake(void **state)
{
    (void)state;
    static const char http[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
    static const char smtp[] = "220 mail.example ESMTP\r\n";
    static const char get[] = "GET / HTTP/1.0\r\n\r\n";
    static const char zeros[64];
    static const char not_tls[] = "what the peer sent is not TLS";
    struct peer p;
    open_bare(&p, false, &p.fd);
    send_garbage(&p, http, sizeof http - 1, not_tls);
    open_bare(&p, false, &p.fd);
    send_garbage(&p, smtp, sizeof smtp - 1, not_tls);
    open_bare(&p, false, &p.fd);
    send_garbage(&p, zeros, sizeof zeros, not_tls);
    open_bare(&p, true, &p.fd);
    send_garbage(&p, get, sizeof get - 1, "HTTP request without TLS");
    open_bare(&p, true, &p.fd);
    send_garbage(&p, zeros, sizeof zeros, not_tls);
}

/* From fixed seeds: whatever comes, it is an error or a wait for more. */
static void
random_bytes_are_no_handshake(void **state)
{
    (void)state;
    uint32_t seed = 1;
    for (int i = 0; i < 300; i++) {
        struct peer p;
        unsigned char data[400];
        open_bare(&p, i % 2 == 0, &p.fd);
        for (size_t k = 0; k < sizeof data; k++) {
            seed = seed * 1664525 + 1013904223;
            data[k] = (unsigned char)(seed >> 24);
        }
        if (i % 4 >= 2) /* in a record that looks right */
            memcpy(data, "\x16\x03\x03\x00\x80", 5);
        assert_int_equal(send(p.fd, data, sizeof data, MSG_NOSIGNAL), 400);
        shutdown(p.fd, SHUT_WR);
        assert_code(rn_eof(p.s), RN_E_TLS);
        assert_code(rn_flush(p.s), RN_E_TLS);
        rn_free(p.s);
        close(p.fd);
    }
}

static void
records_beyond_the_largest_are_refused(void **state)
{
    (void)state;
    static const size_t lengths[] = {16384 + 257, 20000, 65535};
    for (int i = 0; i < 6; i++) {
        struct peer p;
        size_t n = lengths[i % 3];
        unsigned char header[5] = {23, 3, 3, (unsigned char)(n >> 8),
                                   (unsigned char)n};
        /* 1.2 allows 2048 bytes more than the text, 1.3 only 256 */
        if (i < 3 && n < 16384 + 2049)
            n = 16384 + 2049;
        header[3] = (unsigned char)(n >> 8);
        header[4] = (unsigned char)n;
        peer_open(&p, false, versions[i / 3]);
        agree(&p);
        assert_int_equal(send(p.fd, header, 5, 0), 5);
        assert_code(rn_eof(p.s), RN_E_TLS);
        assert_int_equal(rn_error_of(p.s, &p.error), RN_E_TLS);
        assert_int_equal(p.error.phase, RN_PHASE_READ);
        peer_free(&p);
    }
}

static void
a_changed_record_is_told(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct peer p;
        char *data;
        peer_open(&p, false, versions[i]);
        agree(&p);
        assert_int_equal(SSL_write(p.ssl, "pay 10\n", 7), 7);
        long n = BIO_get_mem_data(p.out, &data);
        data[n - 1] ^= 1;
        say(&p);
        assert_code(rn_eof(p.s), RN_E_TLS);
        assert_tells(&p, "a record was changed on its way (bad MAC)");
        /* The peer is told, and nothing can be written any more. */
        hear(&p);
        char c;
        assert_true(SSL_read(p.ssl, &c, 1) <= 0);
        assert_int_equal(ERR_GET_REASON(ERR_peek_last_error()),
                         SSL_R_SSLV3_ALERT_BAD_RECORD_MAC);
        rn_write(p.s, "x", 1);
        assert_code(rn_flush(p.s), RN_E_TLS);
        peer_free(&p);
    }
}

/* ---- Alerts */

static const unsigned char handshake_failure[] = {21, 3, 3, 0, 2, 2, 40};
static const unsigned char close_notify[] = {21, 3, 3, 0, 2, 1, 0};

/* A plain alert can come before there are keys; it is no way to begin. */
static void
an_alert_in_the_handshake_is_told(void **state)
{
    (void)state;
    static const char not_first[] = "what the peer sent does not belong there";
    struct peer p;
    open_bare(&p, false, &p.fd);
    send_garbage(&p, handshake_failure, sizeof handshake_failure,
                 "the peer refused with the alert 'handshake failure'");
    open_bare(&p, false, &p.fd);
    send_garbage(&p, close_notify, sizeof close_notify,
                 "the peer ended the connection before TLS was agreed on");
    open_bare(&p, true, &p.fd);
    send_garbage(&p, handshake_failure, sizeof handshake_failure, not_first);
    open_bare(&p, true, &p.fd);
    send_garbage(&p, close_notify, sizeof close_notify, not_first);
}

/* And one that is encrypted, whenever the peer likes. */
static void
an_alert_later_is_told(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct peer p;
        peer_open(&p, i == 1, TLS1_2_VERSION);
        agree(&p);
        peer_writes(&p, "last words\n");
        /* A record of ours with one bit changed makes it send bad_record_mac.
         */
        assert_code(rn_write(p.s, "x", 1), RN_OK);
        assert_code(rn_flush(p.s), RN_OK);
        char data[4096];
        ssize_t n = recv(p.fd, data, sizeof data, MSG_DONTWAIT);
        assert_true(n > 0);
        data[n - 1] ^= 1;
        BIO_write(p.in, data, (int)n);
        assert_true(SSL_read(p.ssl, data, 1) < 0);
        say(&p);
        assert_line(p.s, "last words");
        assert_code(rn_eof(p.s), RN_E_TLS);
        assert_tells(&p, "the peer refused with the alert 'bad record mac'");
        peer_free(&p);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(single_bytes_are_put_together),
        cmocka_unit_test(records_of_one_byte_are_bytes),
        cmocka_unit_test(an_end_in_the_handshake_is_told),
        cmocka_unit_test(a_deadline_holds_in_each_step_of_the_handshake),
        cmocka_unit_test(a_changed_handshake_is_refused),
        cmocka_unit_test(garbage_is_no_handshake),
        cmocka_unit_test(random_bytes_are_no_handshake),
        cmocka_unit_test(records_beyond_the_largest_are_refused),
        cmocka_unit_test(a_changed_record_is_told),
        cmocka_unit_test(an_alert_in_the_handshake_is_told),
        cmocka_unit_test(an_alert_later_is_told),
        cmocka_unit_test(nothing_is_left),
    };
    return cmocka_run_group_tests_name("tls_hostile", tests, make_all,
                                       drop_all);
}
