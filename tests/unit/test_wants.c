/* SPDX-License-Identifier: MIT */
/* Calls that are refused for now: what an event loop is told to watch for, and
 * that each is refused whole, can be repeated, and loses nothing. */
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/clock.h"
#include "../support/peer.h"

/* ---- Never waiting */

static void
now_says_again_and_what_is_wanted(void **state)
{
    (void)state;
    int raw;
    char c;
    const char *line;
    rn_socket *s = socket_to_raw(&raw, RN_BUFFERED);
    rn_set_deadline(s, RN_BOTH, RN_NOW);
    assert_int_equal(rn_wants(s), 0);
    assert_code(rn_readln(s, &line, NULL), RN_E_AGAIN);
    assert_int_equal(rn_wants(s), RN_READABLE);
    assert_code(rn_eof(s), RN_E_AGAIN);
    assert_code(rn_read(s, &c, 1), RN_E_AGAIN);
    assert_code(rn_write(s, "x", 1), RN_OK);
    assert_int_equal(rn_wants(s), RN_BOTH);
    assert_code(rn_flush(s), RN_OK);
    assert_int_equal(rn_wants(s), RN_READABLE);
    struct pollfd p = {.fd = rn_fd(s), .events = POLLIN};
    assert_int_equal(write(raw, "y\n", 2), 2);
    assert_int_equal(poll(&p, 1, 10000), 1);
    assert_line(s, "y");
    assert_int_equal(rn_wants(s), 0);
    rn_set_timeout(s, RN_BOTH, 0); /* the same by another name */
    rn_set_deadline(s, RN_BOTH, RN_FOREVER);
    assert_code(rn_read(s, &c, 1), RN_E_AGAIN);
    rn_free(s);
    close(raw);
}

/* Both ends never wait, lines of every length go both ways at once, and what
 * was refused is simply repeated. */
enum {
    LINES = 12000 /* more than the system holds */
};

struct party {
    rn_socket *s;
    int sent;
    int got;
    bool flushed;
};

static size_t
spell(int number, char *text)
{
    size_t len = (size_t)(number * 37 % 900);
    for (size_t i = 0; i < len; i++)
        text[i] = (char)('a' + (number + (int)i) % 26);
    text[len] = '\0';
    return len;
}

static void
step(struct party *p)
{
    char text[1000];
    const char *line;
    size_t len;
    int rc = RN_OK;
    while (p->sent < LINES && rc == RN_OK) {
        size_t n = spell(p->sent, text);
        rc = rn_writeln(p->s, text, n);
        if (rc == RN_OK)
            p->sent++;
    }
    assert_true(rc == RN_OK || rc == RN_E_AGAIN);
    if (p->sent == LINES && !p->flushed) {
        rc = rn_flush(p->s);
        assert_true(rc == RN_OK || rc == RN_E_AGAIN);
        p->flushed = rc == RN_OK;
    }
    while (p->got < LINES && (rc = rn_readln(p->s, &line, &len)) > 0) {
        assert_int_equal(len, spell(p->got, text));
        assert_string_equal(line, text);
        p->got++;
    }
    assert_true(rc >= 0 || rc == RN_E_AGAIN);
}

static void
two_that_never_wait_lose_nothing(void **state)
{
    (void)state;
    for (int mode = RN_UNBUFFERED; mode <= RN_BUFFERED; mode++) {
        struct party p[2] = {{.sent = 0}, {.sent = 0}};
        tcp_pair(&p[0].s, &p[1].s, (rn_buffering)mode);
        for (int i = 0; i < 2; i++)
            rn_set_deadline(p[i].s, RN_BOTH, RN_NOW);
        while (p[0].got < LINES || p[1].got < LINES) {
            struct pollfd fds[2];
            for (int i = 0; i < 2; i++) {
                step(&p[i]);
                int wants = rn_wants(p[i].s);
                fds[i].fd = rn_fd(p[i].s);
                fds[i].events = (short)((wants & RN_READABLE ? POLLIN : 0) |
                                        (wants & RN_WRITABLE ? POLLOUT : 0));
            }
            if (p[0].got < LINES || p[1].got < LINES)
                assert_true(poll(fds, 2, 10000) > 0);
        }
        rn_free(p[0].s);
        rn_free(p[1].s);
    }
}

/* What rn_wants says must wake a loop when, and only when, there is something
 * to do. Here much is unsent, the peer does not read, and then it writes. */
static void
wants_neither_too_little_nor_too_much(void **state)
{
    (void)state;
    int raw;
    const char *line;
    char data[65536] = {0};
    int rc = RN_OK;
    rn_socket *s = socket_to_raw(&raw, RN_BUFFERED);
    rn_set_deadline(s, RN_BOTH, RN_NOW);
    while (rc == RN_OK)
        rc = rn_write(s, data, sizeof data);
    rn_write(s, "x", 1);
    assert_true(rn_unsent(s) > 0);
    assert_code(rn_readln(s, &line, NULL), RN_E_AGAIN);
    assert_int_equal(rn_wants(s), RN_BOTH);
    struct pollfd p = {.fd = rn_fd(s), .events = POLLIN};
    assert_int_equal(write(raw, "line\n", 5), 5);
    shutdown(raw, SHUT_WR);
    assert_int_equal(poll(&p, 1, 10000), 1);
    assert_line(s, "line");
    while ((rc = rn_readln(s, &line, NULL)) == RN_E_AGAIN)
        assert_int_equal(poll(&p, 1, 10000), 1);
    assert_int_equal(rc, 0);
    assert_int_equal(rn_wants(s), RN_WRITABLE); /* the end is read for good */
    rn_abort(s);
    rn_free(s);
    close(raw);
}

/* Reading as it goes, the peer takes all that is unsent. */
static void
send_by_reading(rn_socket *s, int raw)
{
    static char data[65536];
    const char *line;
    while (rn_unsent(s) > 0) {
        struct pollfd p = {.fd = raw, .events = POLLIN};
        assert_int_equal(poll(&p, 1, 10000), 1);
        assert_true(read(raw, data, sizeof data) > 0);
        assert_code(rn_readln(s, &line, NULL), RN_E_AGAIN);
    }
}

/* A write was refused, and then a read sent what stood in its way. Nothing else
 * tells a loop that the write can go on: the socket has room, and it did not
 * watch for any. */
static void
a_refused_write_is_wanted_until_it_is_repeated(void **state)
{
    (void)state;
    int raw;
    char data[3000] = {0};
    int rc = RN_OK;
    rn_socket *s = socket_to_raw(&raw, RN_BUFFERED);
    rn_set_deadline(s, RN_BOTH, RN_NOW);
    while (rc == RN_OK)
        rc = rn_write(s, data, sizeof data);
    assert_code(rc, RN_E_AGAIN);
    send_by_reading(s, raw);
    assert_int_equal(rn_wants(s), RN_BOTH);
    assert_code(rn_write(s, data, sizeof data), RN_OK);
    assert_code(rn_write(s, data, 1), RN_OK);
    send_by_reading(s, raw);
    assert_int_equal(rn_wants(s), RN_READABLE);
    rn_abort(s);
    rn_free(s);
    close(raw);
}

/* ---- Writing to a peer that does not read */

static void
refused_writes_are_refused_whole(void **state)
{
    (void)state;
    enum {
        PIECE_LEN = 10007
    };
    for (int mode = RN_UNBUFFERED; mode <= RN_BUFFERED; mode++) {
        int raw;
        char piece[PIECE_LEN];
        size_t accepted = 0;
        rn_socket *s = socket_to_raw(&raw, (rn_buffering)mode);
        rn_set_timeout(s, RN_WRITABLE, 40);
        int rc = RN_OK;
        rn_time start = rn_now();
        while (rc == RN_OK) {
            start = rn_now();
            for (size_t i = 0; i < PIECE_LEN; i++)
                piece[i] = (char)((accepted + i) % 251);
            rc = rn_write(s, piece, PIECE_LEN);
            if (rc == RN_OK)
                accepted += PIECE_LEN;
        }
        assert_code(rc, RN_E_TIMEOUT);
        assert_took(start, 40);

        /* Now the peer reads; the same call goes through, once. */
        char *got = malloc(accepted + PIECE_LEN + 1);
        size_t at = 0;
        while (at + 200000 < accepted) {
            ssize_t n = read(raw, got + at, 65536);
            assert_true(n > 0);
            at += (size_t)n;
        }
        rn_set_timeout(s, RN_WRITABLE, 10000);
        assert_code(rn_write(s, piece, PIECE_LEN), RN_OK);
        accepted += PIECE_LEN;
        assert_code(rn_shutdown_write(s), RN_OK);
        ptrdiff_t rest = raw_read_all(raw, got + at, accepted - at + 1);
        assert_int_equal(at + (size_t)rest, accepted);
        for (size_t i = 0; i < accepted; i++)
            if (got[i] != (char)(i % 251))
                fail_msg("byte %zu is wrong", i);
        free(got);
        rn_free(s);
        close(raw);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(now_says_again_and_what_is_wanted),
        cmocka_unit_test(two_that_never_wait_lose_nothing),
        cmocka_unit_test(refused_writes_are_refused_whole),
        cmocka_unit_test(wants_neither_too_little_nor_too_much),
        cmocka_unit_test(a_refused_write_is_wanted_until_it_is_repeated),
    };
    return cmocka_run_group_tests_name("wants", tests, NULL, NULL);
}
