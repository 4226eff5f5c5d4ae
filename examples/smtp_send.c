/* SPDX-License-Identifier: MIT */
/*
 * Send a mail: the message, header lines first, is read from standard input. It
 * goes over TLS (STARTTLS), to a server whose certificate is good, or not at
 * all, unless told that plain is good enough. Line ends go as CRLF, a dot at
 * the beginning of a line is doubled, and replies are read strictly, so that
 * nobody can smuggle a second mail into the first. Exit code 0: the server has
 * taken the responsibility for it.
 *
 * usage: smtp_send [--plain | --ca FILE] HOST PORT FROM TO <message
 */
#include <runnel_tls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PATIENCE = 60000, /* ms for each call; servers look things up meanwhile */
    LONGEST = 998     /* bytes in a line of a mail (RFC 5322) */
};

static void
stop(const char *why)
{
    fprintf(stderr, "smtp_send: %s\n", why);
    exit(1);
}

static void
check(rn_stream *s, ptrdiff_t rc)
{
    rn_error err;
    if (rc >= 0)
        return;
    rn_error_of(s, &err);
    stop(err.message);
}

/* A reply has several lines, all but the last with a hyphen behind the code.
 * It must begin with that digit. 1: one of them is `word` alone. */
static int
expect(rn_socket *s, char digit, const char *word)
{
    const char *line;
    int found = 0;
    do {
        int rc = rn_readln(s, &line, NULL);
        check(s, rc);
        if (rc == 0)
            stop("the server has ended the connection");
        if (strlen(line) > 4 && strcmp(line + 4, word) == 0)
            found = 1;
    } while (strlen(line) > 3 && line[3] == '-');
    if (line[0] != digit)
        stop(line);
    return found;
}

static void
say(rn_socket *s, const char *command, const char *rest, char digit)
{
    check(s, rn_printf(s, "%s%s\r\n", command, rest));
    expect(s, digit, "");
}

/* 1: the server can do TLS. */
static int
greet(rn_socket *s)
{
    char name[RN_HOST_SIZE];
    rn_error err;
    if (rn_host_name(name, sizeof name, &err) < 0)
        stop(err.message);
    check(s, rn_printf(s, "EHLO %s\r\n", name));
    return expect(s, '2', "STARTTLS");
}

/* The same stream, encrypted; what the server said before is forgotten. */
static rn_stream *
start_tls(rn_socket *s, const char *ca)
{
    rn_error err;
    const rn_tls_options o = {.ca_file = ca, .timeout = PATIENCE};
    say(s, "STARTTLS", "", '2');
    rn_stream *encrypted = rn_tls_start(s, &o, &err);
    if (encrypted == NULL)
        stop(err.message);
    greet(encrypted);
    return encrypted;
}

/* "<address>", in which nothing can end the line or the brackets. */
static void
envelope(rn_socket *s, const char *command, const char *address)
{
    char path[512];
    for (const char *p = address; *p != '\0'; p++)
        if ((unsigned char)*p <= ' ' || *p == '<' || *p == '>')
            stop("an address has a blank or a bracket in it");
    if (snprintf(path, sizeof path, "<%s>", address) >= (int)sizeof path)
        stop("an address is too long");
    say(s, command, path, '2');
}

static void
send_message(rn_socket *s)
{
    rn_error err;
    const char *line;
    size_t len;
    int rc;
    rn_stream *input = rn_from_fd(0, RN_BUFFERED | RN_KEEP_FD, &err);
    if (input == NULL)
        stop(err.message);
    rn_set_name(input, "the message");
    rn_set_max_line(input, LONGEST);
    while ((rc = rn_readln(input, &line, &len)) > 0) {
        if (line[0] == '.')
            check(s, rn_write(s, ".", 1));
        check(s, rn_writeln(s, line, len));
    }
    check(input, rc); /* then the server never sees the end of a mail */
    rn_free(input);
    say(s, ".", "", '2');
}

int
main(int argc, char **argv)
{
    rn_error err;
    int plain = argc > 1 && strcmp(argv[1], "--plain") == 0;
    const char *ca = NULL; /* the system's authorities */
    if (argc > 2 && strcmp(argv[1], "--ca") == 0)
        ca = argv[2];
    argv += plain ? 1 : ca ? 2 : 0;
    argc -= plain ? 1 : ca ? 2 : 0;
    if (argc != 5)
        stop("usage: [--plain | --ca FILE] HOST PORT FROM TO <message");
    const rn_connect_options o = {
        .host = argv[1],
        .port = atoi(argv[2]),
        .buffering = RN_BUFFERED,
        .family = RN_ANY,
        .timeout = PATIENCE,
    };
    rn_stream *s = rn_connect_with(&o, &err);
    if (s == NULL)
        stop(err.message);
    rn_set_timeout(s, RN_BOTH, PATIENCE);
    rn_set_newline(s, RN_NEWLINE_STRICT);
    expect(s, '2', "");
    int can_encrypt = greet(s);
    if (!plain && !can_encrypt)
        stop("the server has no TLS; --plain sends without");
    if (!plain)
        s = start_tls(s, ca);
    envelope(s, "MAIL FROM:", argv[3]);
    envelope(s, "RCPT TO:", argv[4]);
    say(s, "DATA", "", '3');
    send_message(s);
    say(s, "QUIT", "", '2');
    rn_close(s);
    rn_free(s);
}
