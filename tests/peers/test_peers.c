/* SPDX-License-Identifier: MIT */
/*
 * Conversations with real servers: redis (RESP), nginx (HTTP/1.1, keep-alive),
 * an SMTP server, memcached; each in every buffering mode.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "../support/check.h"
#include "server.h"

static const rn_buffering modes[] = {RN_UNBUFFERED, RN_LINE_BUFFERED,
                                     RN_BUFFERED};

enum {
    MODES = 3
};

static char port_text[16];
static char other_text[128];

/* A program that is missing is a skipped test, loudly. */
static void
need_program(const char *path, const char *package)
{
    if (access(path, X_OK) == 0)
        return;
    print_message("SKIPPED: %s is not installed (package %s)\n", path, package);
    skip();
}

static void
put_port(const struct server *s)
{
    snprintf(port_text, sizeof port_text, "%d", s->port);
}

static void
fill(const char **argv, ...)
{
    va_list args;
    va_start(args, argv);
    int i = 0;
    do
        argv[i] = va_arg(args, const char *);
    while (argv[i++] != NULL);
    va_end(args);
}

/* ---- redis */

static void
redis_arguments(struct server *s, const char **argv)
{
    put_port(s);
    fill(argv, "redis-server", "--port", port_text, "--bind", "127.0.0.1",
         "--save", "", "--appendonly", "no", "--dir", s->dir, NULL);
}

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
    need_program("/usr/bin/redis-server", "redis-server");
    server_start(s, redis_arguments, "Ready to accept connections");
    for (int i = 0; i < MODES; i++)
        talk_to_redis(s, modes[i]);
}

/* ---- nginx */

enum {
    PAGE = 200000
};

static void
nginx_arguments(struct server *s, const char **argv)
{
    snprintf(other_text, sizeof other_text, "%s/conf", s->dir);
    FILE *f = fopen(other_text, "w");
    assert_non_null(f);
    fprintf(f,
            "daemon off; master_process off; pid %s/pid;\n"
            "error_log stderr notice; events { worker_connections 64; }\n"
            "http { access_log off; client_body_temp_path %s/a;\n"
            "proxy_temp_path %s/b; fastcgi_temp_path %s/c;\n"
            "uwsgi_temp_path %s/d; scgi_temp_path %s/e;\n"
            "server { listen 127.0.0.1:%d; root %s; } }\n",
            s->dir, s->dir, s->dir, s->dir, s->dir, s->dir, s->port, s->dir);
    assert_int_equal(fclose(f), 0);
    char page[128];
    snprintf(page, sizeof page, "%s/page", s->dir);
    f = fopen(page, "w");
    assert_non_null(f);
    for (int i = 0; i < PAGE; i++)
        fputc(i % 61 == 60 ? '\n' : 'a' + i % 26, f);
    assert_int_equal(fclose(f), 0);
    fill(argv, "/usr/sbin/nginx", "-p", s->dir, "-c", other_text, "-e",
         "stderr", NULL);
}

/* One request on a connection that stays: status 200, a body of PAGE bytes. */
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
    assert_int_equal(length, PAGE);
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
    need_program("/usr/sbin/nginx", "nginx-light");
    server_start(s, nginx_arguments, "getrlimit");
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
        assert_true(len > PAGE);
        assert_non_null(strstr(all, "\r\n\r\nabc"));
        rn_release(all);
        rn_free(c);
    }
}

/* ---- SMTP */

static void
smtp_arguments(struct server *s, const char **argv)
{
    snprintf(other_text, sizeof other_text, "127.0.0.1:%d", s->port);
    fill(argv, "/usr/bin/aiosmtpd", "-n", "-d", "-l", other_text, "-c",
         "aiosmtpd.handlers.Debugging", "stderr", NULL);
}

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
    need_program("/usr/bin/aiosmtpd", "python3-aiosmtpd");
    server_start(s, smtp_arguments, "Server is listening");
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
memcached_arguments(struct server *s, const char **argv)
{
    put_port(s);
    fill(argv, "memcached", "-l", "127.0.0.1", "-p", port_text, "-U", "0", "-u",
         "nobody", "-vv", NULL);
}

static void
memcached_text(void **state)
{
    struct server *s = *state;
    need_program("/usr/bin/memcached", "memcached");
    server_start(s, memcached_arguments, "server listening");
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
