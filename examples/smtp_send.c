/* SPDX-License-Identifier: MIT */
/*
 * Send a mail: the message, header lines first, is read from standard input.
 * Line ends go as CRLF, a dot at the beginning of a line is doubled, and
 * replies are read strictly, so that nobody can smuggle a second mail into the
 * first. Exit code 0: the server has taken the responsibility for it.
 *
 * usage: smtp_send HOST PORT FROM TO <message
 */
#include <runnel.h>
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
 * It must begin with that digit. */
static void
expect(rn_socket *s, char digit)
{
    const char *line;
    do {
        int rc = rn_readln(s, &line, NULL);
        check(s, rc);
        if (rc == 0)
            stop("the server has ended the connection");
    } while (strlen(line) > 3 && line[3] == '-');
    if (line[0] != digit)
        stop(line);
}

static void
say(rn_socket *s, const char *command, const char *rest, char digit)
{
    check(s, rn_printf(s, "%s%s\r\n", command, rest));
    expect(s, digit);
}

static void
greet(rn_socket *s)
{
    char name[RN_HOST_SIZE];
    rn_error err;
    if (rn_host_name(name, sizeof name, &err) < 0)
        stop(err.message);
    say(s, "EHLO ", name, '2');
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
    if (argc != 5)
        stop("usage: smtp_send HOST PORT FROM TO <message");
    const rn_connect_options o = {
        .host = argv[1],
        .port = atoi(argv[2]),
        .buffering = RN_BUFFERED,
        .family = RN_ANY,
        .timeout = PATIENCE,
    };
    rn_socket *s = rn_connect_with(&o, &err);
    if (s == NULL)
        stop(err.message);
    rn_set_timeout(s, RN_BOTH, PATIENCE);
    rn_set_newline(s, RN_NEWLINE_STRICT);
    expect(s, '2');
    greet(s);
    envelope(s, "MAIL FROM:", argv[3]);
    envelope(s, "RCPT TO:", argv[4]);
    say(s, "DATA", "", '3');
    send_message(s);
    say(s, "QUIT", "", '2');
    rn_close(s);
    rn_free(s);
}
