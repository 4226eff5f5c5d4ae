/* SPDX-License-Identifier: MIT */
/*
 * Conversations with real servers: redis (RESP), nginx (HTTP/1.1, keep-alive),
 * an SMTP server, memcached; each in every buffering mode.
 */
#include <stdlib.h>
#include <unistd.h>

#include "../support/check.h"
#include "known.h"

static const rn_buffering modes[] = {RN_UNBUFFERED, RN_LINE_BUFFERED,
                                     RN_BUFFERED};

enum {
    MODES = 3
};

/* A program that is missing is a skipped test, loudly. */
static void
start(struct server *s, const struct known *k)
{
    if (access(k->path, X_OK) != 0) {
        print_message("SKIPPED: %s is not installed (package %s)\n", k->path,
                      k->package);
        skip();
    }
    server_start(s, k->arguments, k->ready);
}

/* ---- redis */

/* A RESP bulk string: "$<length>", then as many bytes and a line break. */
static void
assert_bulk(rn_socket *c, const char *want, size_t len)
{
    const char *line;
    assert_int_equal(rn_readln(c, &line, NULL), 1);
    assert_int_equal(line[0], '$');
    assert_int_equal(strtoul(line + 1, NULL, 10), len);
    char *data = malloc(len + 2);
    assert_int_equal(rn_read(c, data, len + 2), len + 2);
    assert_memory_equal(data, want, len);
    assert_memory_equal(data + len, "\r\n", 2);
    free(data);
}

static void
talk_to_redis(const struct server *s, rn_buffering mode)
{
    enum {
        LARGE = 300000
    };
    rn_socket *c = server_connect(s, mode);
    rn_set_newline(c, RN_NEWLINE_STRICT);
    assert_code(rn_writeln(c, "PING", 4), RN_OK);
    assert_line(c, "+PONG");

    /* Every byte value, line breaks among them, through both directions. */
    char *large = malloc(LARGE);
    for (int i = 0; i < LARGE; i++)
        large[i] = (char)(i * 31 + i / 256);
    assert_code(rn_printf(c, "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$%d\r\n", LARGE),
                RN_OK);
    assert_code(rn_write(c, large, LARGE), RN_OK);
    assert_code(rn_writeln(c, "", 0), RN_OK);
    assert_line(c, "+OK");
    assert_code(rn_writeln(c, "GET k", 5), RN_OK);
    assert_bulk(c, large, LARGE);
    free(large);

    /* A pipeline: many requests, then many answers. */
    assert_code(rn_writeln(c, "SET n 0", 7), RN_OK);
    assert_line(c, "+OK");
    for (int i = 0; i < 1000; i++)
        assert_code(rn_writeln(c, "INCR n", 6), RN_OK);
    for (int i = 1; i <= 1000; i++) {
        char want[16];
        snprintf(want, sizeof want, ":%d", i);
        assert_line(c, want);
    }
    assert_code(rn_writeln(c, "QUIT", 4), RN_OK);
    assert_line(c, "+OK");
    assert_int_equal(rn_eof(c), 1);
    assert_code(rn_close(c), RN_OK);
    rn_free(c);
}

static void
redis_resp(void **state)
{
    struct server *s = *state;
    start(s, &known_redis);
    for (int i = 0; i < MODES; i++)
        talk_to_redis(s, modes[i]);
}

/* ---- nginx */

/* One request on a connection that stays: status 200, a body of KNOWN_PAGE
 * bytes. */
static void
get_page(rn_socket *c)
{
    const char *line;
    size_t len;
    size_t length = 0;
    assert_code(rn_printf(c, "GET /page HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                RN_OK);
    assert_line(c, "HTTP/1.1 200 OK");
    while (rn_readln(c, &line, &len) > 0 && len > 0)
        if (strncmp(line, "Content-Length: ", 16) == 0)
            length = strtoul(line + 16, NULL, 10);
    assert_int_equal(length, KNOWN_PAGE);
    char *body = malloc(length);
    assert_int_equal(rn_read(c, body, length), length);
    for (size_t i = 0; i < length; i++)
        if (body[i] != (i % 61 == 60 ? '\n' : (char)('a' + i % 26)))
            fail_msg("byte %zu of the page is wrong", i);
    free(body);
}

static void
nginx_keep_alive(void **state)
{
    struct server *s = *state;
    start(s, &known_nginx);
    for (int i = 0; i < MODES; i++) {
        rn_socket *c = server_connect(s, modes[i]);
        rn_set_newline(c, RN_NEWLINE_STRICT);
        get_page(c);
        get_page(c);
        get_page(c);
        assert_code(rn_close(c), RN_OK);
        rn_free(c);

        /* HTTP/1.0: the answer is all there is until the end. */
        char *all;
        size_t len;
        c = server_connect(s, modes[i]);
        assert_code(rn_printf(c, "GET /page HTTP/1.0\r\n\r\n"), RN_OK);
        assert_line(c, "HTTP/1.1 200 OK");
        assert_code(rn_read_all(c, &all, &len), RN_OK);
        assert_true(len > KNOWN_PAGE);
        assert_non_null(strstr(all, "\r\n\r\nabc"));
        rn_release(all);
        rn_free(c);
    }
}

/* ---- SMTP */

/* Lines until one whose code is followed by a space; its first four bytes. */
static void
assert_reply(rn_socket *c, const char *code)
{
    const char *line;
    do
        assert_int_equal(rn_readln(c, &line, NULL), 1);
    while (strlen(line) > 3 && line[3] == '-');
    if (strncmp(line, code, 3) != 0)
        fail_msg("expected %s, got %s", code, line);
}

static void
say(rn_socket *c, const char *text, const char *code)
{
    assert_code(rn_writeln(c, text, strlen(text)), RN_OK);
    assert_reply(c, code);
}

static void
smtp_dialogue(void **state)
{
    struct server *s = *state;
    start(s, &known_smtp);
    for (int i = 0; i < MODES; i++) {
        char mark[32];
        snprintf(mark, sizeof mark, "mode %d was here", i);
        rn_socket *c = server_connect(s, modes[i]);
        rn_set_newline(c, RN_NEWLINE_STRICT);
        assert_reply(c, "220");
        say(c, "EHLO me.example", "250");
        say(c, "MAIL FROM:<a@me.example>", "250");
        say(c, "RCPT TO:<b@you.example>", "250");
        say(c, "DATA", "354");
        assert_code(rn_writeln(c, "Subject: test", 13), RN_OK);
        assert_code(rn_writeln(c, "", 0), RN_OK);
        assert_code(rn_writeln(c, mark, strlen(mark)), RN_OK);
        say(c, ".", "250");
        say(c, "QUIT", "221");
        assert_int_equal(rn_eof(c), 1);
        assert_code(rn_close(c), RN_OK);
        rn_free(c);

        const char *line;
        do
            assert_int_equal(rn_readln(s->log, &line, NULL), 1);
        while (strstr(line, mark) == NULL);
    }
}

/* ---- memcached */

static void
memcached_text(void **state)
{
    struct server *s = *state;
    start(s, &known_memcached);
    for (int i = 0; i < MODES; i++) {
        rn_socket *c = server_connect(s, modes[i]);
        rn_set_newline(c, RN_NEWLINE_STRICT);
        struct iovec v[2] = {PIECE("set key 7 0 6\r\n"),
                             PIECE("a\r\nb\rc\r\n")};
        assert_code(rn_writev(c, v, 2), RN_OK);
        assert_line(c, "STORED");
        assert_code(rn_writeln(c, "get key", 7), RN_OK);
        assert_line(c, "VALUE key 7 6");
        assert_read(c, 8, "a\r\nb\rc\r\n");
        assert_line(c, "END");
        assert_code(rn_writeln(c, "nonsense", 8), RN_OK);
        assert_line(c, "ERROR");
        assert_code(rn_writeln(c, "quit", 4), RN_OK);
        assert_int_equal(rn_eof(c), 1);
        assert_code(rn_close(c), RN_OK);
        rn_free(c);
    }
}

static int
set_up(void **state)
{
    static struct server s;
    server_prepare(&s);
    *state = &s;
    return 0;
}

static int
tear_down(void **state)
{
    server_stop(*state);
    return 0;
}

#define PEER(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        PEER(redis_resp),
        PEER(nginx_keep_alive),
        PEER(smtp_dialogue),
        PEER(memcached_text),
    };
    return cmocka_run_group_tests_name("peers", tests, NULL, NULL);
}
