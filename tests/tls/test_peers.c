/* SPDX-License-Identifier: MIT */
/* TLS with programs that nobody here wrote: OpenSSL's and GnuTLS's own, nginx,
 * a mail server behind STARTTLS, Python's ssl module; each in the version of
 * TLS that it is told. */
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../peers/known.h"
#include "../support/check.h"
#include "../support/peer.h"
#include "two.h"

static char port_text[16];
static char path_text[PATH_SIZE];
static const char *version_text;

static void
need_program(const char *path, const char *package)
{
    if (access(path, X_OK) == 0)
        return;
    print_message("SKIPPED: %s is not installed (package %s)\n", path, package);
    skip();
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

static rn_stream *
connect_to(const struct server *s, const struct identity *we)
{
    rn_error err;
    rn_tls_options o = {
        .name = "a.example", .ca_file = authority.cert_file, .timeout = 30000};
    if (we != NULL) {
        o.cert_file = we->cert_file;
        o.key_file = we->key_file;
    }
    rn_stream *c = rn_tls_connect("127.0.0.1", s->port, RN_BUFFERED, &o, &err);
    if (c == NULL)
        fail_msg("%s", err.message);
    rn_set_deadline(c, RN_BOTH, rn_in(60000));
    return c;
}

static void
assert_version(rn_stream *c, const char *version)
{
    rn_tls_info info;
    assert_code(rn_tls_get_info(c, &info), RN_OK);
    assert_string_equal(info.version, version);
    assert_int_equal(info.verified, 1);
}

/* ---- openssl s_server, which sends each line back, reversed */

static void
s_server_arguments(struct server *s, const char **argv)
{
    snprintf(port_text, sizeof port_text, "%d", s->port);
    fill(argv, "/usr/bin/openssl", "s_server", "-accept", port_text, "-rev",
         "-cert", good.cert_file, "-key", good.key_file, version_text,
         "-Verify", "1", "-verify_return_error", "-CAfile", authority.cert_file,
         NULL);
}

static void
openssl_serves(void **state)
{
    (void)state;
    static const char *const versions[][2] = {{"-tls1_2", "TLSv1.2"},
                                              {"-tls1_3", "TLSv1.3"}};
    need_program("/usr/bin/openssl", "openssl");
    for (int i = 0; i < 2; i++) {
        struct server one;
        version_text = versions[i][0];
        server_prepare(&one);
        server_start(&one, s_server_arguments, "ACCEPT");
        rn_stream *c = connect_to(&one, &person);
        assert_version(c, versions[i][1]);
        assert_code(rn_writeln(c, "stressed", 8), RN_OK);
        assert_line(c, "desserts");
        assert_code(rn_writeln(c, "live", 4), RN_OK);
        assert_line(c, "evil");
        assert_code(rn_close(c), RN_OK);
        rn_free(c);
        server_stop(&one);
    }
}

/* ---- Programs that connect to us: a line to the shell's pipe, an answer back.
 */

static void
serve_one(const char *format, const char *version)
{
    char command[2048];
    char answer[256] = "";
    rn_error err;
    rn_tls_options so = server_options(&good);
    so.ca_file = authority.cert_file;
    so.client_certificate = 1;
    so.later = 0;
    so.timeout = 30000;
    rn_server *listener = rn_listen(0, "127.0.0.1", NULL);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(command, sizeof command, format, rn_server_port(listener),
             authority.cert_file, person.cert_file, person.key_file);
#pragma GCC diagnostic pop
    FILE *client = popen(command, "r");
    assert_non_null(client);
    assert_code(rn_server_set_deadline(listener, rn_in(30000)), RN_OK);
    rn_socket *plain = rn_accept(listener, RN_BUFFERED, &err);
    assert_non_null(plain);
    rn_stream *c = rn_tls_accept(plain, &so, &err);
    if (c == NULL)
        fail_msg("%s", err.message);
    assert_version(c, version);
    assert_line(c, "question");
    assert_code(rn_writeln(c, "the answer", 10), RN_OK);
    assert_code(rn_close(c), RN_OK);
    rn_free(c);
    rn_server_free(listener);
    int found = 0;
    while (fgets(answer, sizeof answer, client) != NULL)
        found = found || strcmp(answer, "the answer\n") == 0;
    int status = pclose(client);
    assert_true(found);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void
openssl_connects(void **state)
{
    (void)state;
    need_program("/usr/bin/openssl", "openssl");
#define S_CLIENT                                                               \
    "echo question | openssl s_client -quiet -connect 127.0.0.1:%d "           \
    "-CAfile %s -cert %s -key %s -verify_return_error "                        \
    "-verify_hostname a.example 2>/dev/null "
    serve_one(S_CLIENT "-tls1_2", "TLSv1.2");
    serve_one(S_CLIENT "-tls1_3", "TLSv1.3");
}

/* ---- GnuTLS */

static void
gnutls_connects(void **state)
{
    (void)state;
    need_program("/usr/bin/gnutls-cli", "gnutls-bin");
#define GNUTLS_CLI                                                             \
    "echo question | gnutls-cli 127.0.0.1 --port %d --x509cafile %s "          \
    "--x509certfile %s --x509keyfile %s --verify-hostname a.example "          \
    "--sni-hostname a.example --logfile=/dev/null "
    serve_one(GNUTLS_CLI "--priority 'NORMAL:-VERS-ALL:+VERS-TLS1.2'",
              "TLSv1.2");
    serve_one(GNUTLS_CLI "--priority 'NORMAL:-VERS-ALL:+VERS-TLS1.3'",
              "TLSv1.3");
}

static void
gnutls_serv_arguments(struct server *s, const char **argv)
{
    snprintf(port_text, sizeof port_text, "%d", s->port);
    fill(argv, "/usr/bin/gnutls-serv", "--echo", "--port", port_text,
         "--x509certfile", good.cert_file, "--x509keyfile", good.key_file,
         "--x509cafile", authority.cert_file, "--require-client-cert",
         "--priority", version_text, NULL);
}

static void
gnutls_serves(void **state)
{
    (void)state;
    static const char *const versions[][2] = {
        {"NORMAL:-VERS-ALL:+VERS-TLS1.2", "TLSv1.2"},
        {"NORMAL:-VERS-ALL:+VERS-TLS1.3", "TLSv1.3"}};
    need_program("/usr/bin/gnutls-serv", "gnutls-bin");
    for (int i = 0; i < 2; i++) {
        struct server one;
        version_text = versions[i][0];
        server_prepare(&one);
        server_start(&one, gnutls_serv_arguments, "listening on");
        rn_stream *c = connect_to(&one, &person);
        assert_version(c, versions[i][1]);
        for (int k = 0; k < 3; k++) {
            assert_code(rn_writeln(c, "echo, please", 12), RN_OK);
            assert_line(c, "echo, please");
        }
        assert_code(rn_close(c), RN_OK);
        rn_free(c);
        server_stop(&one);
    }
}

/* ---- nginx, and a large file */

enum {
    BLOCK = 1 << 16,
    BLOCKS = 50 * 16 /* 50 MiB */
};

static void
fill_block(unsigned char *block, unsigned *seed)
{
    for (int i = 0; i < BLOCK; i++) {
        *seed = *seed * 1664525 + 1013904223;
        block[i] = (unsigned char)(*seed >> 24);
    }
}

static void
nginx_arguments(struct server *s, const char **argv)
{
    unsigned char *block = malloc(BLOCK);
    unsigned seed = 1;
    snprintf(path_text, sizeof path_text, "%s/large", s->dir);
    FILE *f = fopen(path_text, "w");
    assert_non_null(f);
    for (int i = 0; i < BLOCKS; i++) {
        fill_block(block, &seed);
        assert_int_equal(fwrite(block, BLOCK, 1, f), 1);
    }
    assert_int_equal(fclose(f), 0);
    free(block);
    snprintf(path_text, sizeof path_text, "%s/conf", s->dir);
    f = fopen(path_text, "w");
    assert_non_null(f);
    fprintf(f,
            "daemon off; master_process off; pid %s/pid;\n"
            "error_log stderr notice; events { worker_connections 64; }\n"
            "http { access_log off; client_body_temp_path %s/a;\n"
            "proxy_temp_path %s/b; fastcgi_temp_path %s/c;\n"
            "uwsgi_temp_path %s/d; scgi_temp_path %s/e;\n"
            "server { listen 127.0.0.1:%d ssl; root %s;\n"
            "ssl_certificate %s; ssl_certificate_key %s; } }\n",
            s->dir, s->dir, s->dir, s->dir, s->dir, s->dir, s->port, s->dir,
            good.cert_file, good.key_file);
    assert_int_equal(fclose(f), 0);
    fill(argv, "/usr/sbin/nginx", "-p", s->dir, "-c", path_text, "-e", "stderr",
         NULL);
}

static void
nginx_sends_a_large_file(void **state)
{
    struct server *s = *state;
    const char *line;
    size_t len;
    need_program("/usr/sbin/nginx", "nginx-light");
    server_start(s, nginx_arguments, "getrlimit");
    rn_stream *c = connect_to(s, NULL);
    assert_code(rn_printf(c,
                          "GET /large HTTP/1.1\r\nHost: a.example\r\n"
                          "Connection: close\r\n\r\n"),
                RN_OK);
    assert_line(c, "HTTP/1.1 200 OK");
    while (rn_readln(c, &line, &len) > 0 && len > 0)
        continue;
    unsigned char *want = malloc(BLOCK);
    unsigned char *got = malloc(BLOCK);
    unsigned seed = 1;
    for (int i = 0; i < BLOCKS; i++) {
        fill_block(want, &seed);
        assert_int_equal(rn_read(c, got, BLOCK), BLOCK);
        assert_memory_equal(got, want, BLOCK);
    }
    free(want);
    free(got);
    assert_int_equal(rn_eof(c), 1); /* nginx does say goodbye */
    assert_code(rn_close(c), RN_OK);
    rn_free(c);
}

/* ---- Mail, encrypted from STARTTLS on */

static void
join_files(const char *path)
{
    FILE *to = fopen(path, "w");
    const char *const from[] = {good.cert_file, good.key_file};
    assert_non_null(to);
    for (int i = 0; i < 2; i++) {
        FILE *f = fopen(from[i], "r");
        assert_non_null(f);
        for (int c; (c = fgetc(f)) != EOF;)
            fputc(c, to);
        fclose(f);
    }
    assert_int_equal(fclose(to), 0);
}

static void
say(rn_stream *c, const char *command, const char *answer)
{
    const char *line;
    if (command != NULL)
        assert_code(rn_writeln(c, command, strlen(command)), RN_OK);
    do
        assert_int_equal(rn_readln(c, &line, NULL), 1);
    while (strlen(line) > 3 && line[3] == '-');
    if (strncmp(line, answer, strlen(answer)) != 0)
        fail_msg("%s: %s", command, line);
}

static void
mail_behind_starttls(void **state)
{
    struct server *s = *state;
    char both[PATH_SIZE];
    rn_error err;
    need_program(known_smtp.path, known_smtp.package);
    certificate_path(both, "both.pem");
    join_files(both);
    setenv("CERTIFICATE", both, 1);
    server_start(s, known_smtp.arguments, known_smtp.ready);
    unsetenv("CERTIFICATE");
    rn_socket *plain = server_connect(s, RN_BUFFERED);
    rn_set_newline(plain, RN_NEWLINE_CRLF);
    rn_set_deadline(plain, RN_BOTH, rn_in(60000));
    say(plain, NULL, "220");
    say(plain, "EHLO me.example", "250");
    say(plain, "MAIL FROM:<a@a.example>", "530"); /* it insists */
    say(plain, "STARTTLS", "220");
    rn_tls_options o = {.name = "a.example", .ca_file = authority.cert_file};
    rn_stream *c = rn_tls_start(plain, &o, &err);
    if (c == NULL)
        fail_msg("%s", err.message);
    say(c, "EHLO me.example", "250");
    say(c, "MAIL FROM:<a@a.example>", "250");
    say(c, "RCPT TO:<b@a.example>", "250");
    say(c, "DATA", "354");
    assert_code(rn_writeln(c, "Subject: under cover", 20), RN_OK);
    say(c, ".", "250");
    say(c, "QUIT", "221");
    assert_code(rn_close(c), RN_OK);
    rn_free(c);
    const char *line;
    do
        assert_int_equal(rn_readln(s->log, &line, NULL), 1);
    while (strstr(line, "Subject: under cover") == NULL);
}

/* ---- Python's ssl: who ends abruptly, and who does not */

static const char *ending_text;

static void
python_arguments(struct server *s, const char **argv)
{
    static const char script[] =
        "import socket, ssl, sys\n"
        "c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\n"
        "c.load_cert_chain(sys.argv[2], sys.argv[3])\n"
        "l = socket.create_server(('127.0.0.1', int(sys.argv[1])))\n"
        "print('ready', flush=True)\n"
        "t = c.wrap_socket(l.accept()[0], server_side=True)\n"
        "t.recv(100)\n"
        "t.sendall(b'half')\n"
        "if sys.argv[4] == 'well': t.unwrap()\n"
        "t.close()\n";
    snprintf(port_text, sizeof port_text, "%d", s->port);
    fill(argv, "/usr/bin/python3", "-c", script, port_text, good.cert_file,
         good.key_file, ending_text, NULL);
}

static void
python_ends_well_or_not(void **state)
{
    (void)state;
    need_program("/usr/bin/python3", "python3");
    for (int i = 0; i < 2; i++) {
        struct server one;
        rn_error err;
        ending_text = i == 0 ? "well" : "abruptly";
        server_prepare(&one);
        server_start(&one, python_arguments, "ready");
        rn_stream *c = connect_to(&one, NULL);
        assert_code(rn_write(c, "?", 1), RN_OK);
        assert_read(c, 4, "half");
        if (i == 0) {
            assert_int_equal(rn_eof(c), 1);
            assert_code(rn_close(c), RN_OK);
        } else {
            assert_code(rn_eof(c), RN_E_TLS);
            assert_code(rn_error_of(c, &err), RN_E_TLS);
            assert_non_null(strstr(err.message, "something may be missing"));
        }
        rn_free(c);
        server_stop(&one);
    }
}

static int
prepare(void **state)
{
    static struct server s;
    server_prepare(&s);
    *state = &s;
    return 0;
}

static int
stop(void **state)
{
    server_stop(*state);
    return 0;
}

#define PEER(f) cmocka_unit_test_setup_teardown(f, prepare, stop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(openssl_serves),
        cmocka_unit_test(openssl_connects),
        cmocka_unit_test(gnutls_serves),
        cmocka_unit_test(gnutls_connects),
        PEER(nginx_sends_a_large_file),
        PEER(mail_behind_starttls),
        cmocka_unit_test(python_ends_well_or_not),
    };
    return cmocka_run_group_tests_name("tls_peers", tests, make_all, drop_all);
}
