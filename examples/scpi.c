/* SPDX-License-Identifier: MIT */
/*
 * Say SCPI commands to a measuring instrument (its raw socket, often port 5025)
 * and print what it answers. A command with a question mark has an answer: a
 * line, or a block of bytes that says its length first (IEEE 488.2, "#216" and
 * 16 bytes). At the end the instrument is asked for its errors: exit code 1 if
 * any.
 *
 * usage: scpi HOST PORT COMMAND...   such as: scpi scope 5025 '*IDN?'
 * 'MEAS:VOLT?'
 */
#include <runnel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PATIENCE = 10000, /* ms; some measure for a long time */
    ERRORS = 20       /* that are asked for at the most */
};

static void
stop(const char *why)
{
    fprintf(stderr, "scpi: %s\n", why);
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

static const char *
answer_line(rn_socket *s)
{
    const char *line;
    int rc = rn_readln(s, &line, NULL);
    check(s, rc);
    if (rc == 0)
        stop("the instrument has ended the connection");
    return line;
}

static void
read_exactly(rn_socket *s, char *data, size_t n)
{
    ptrdiff_t got = rn_read(s, data, n);
    check(s, got);
    if ((size_t)got != n)
        stop("the block is cut");
}

/* "#", a digit that counts digits, these digits, so many bytes, a line break.
 */
static void
print_block(rn_socket *s)
{
    char data[4096] = {0};
    read_exactly(s, data, 2);
    if (data[1] < '1' || data[1] > '9')
        stop("a block without a length is beyond this example");
    size_t digits = (size_t)(data[1] - '0');
    read_exactly(s, data, digits);
    data[digits] = '\0';
    for (size_t left = strtoul(data, NULL, 10); left > 0;) {
        size_t n = left < sizeof data ? left : sizeof data;
        read_exactly(s, data, n);
        fwrite(data, 1, n, stdout);
        left -= n;
    }
    if (*answer_line(s) != '\0')
        stop("the block is longer than it said");
}

static void
print_answer(rn_socket *s)
{
    const void *data;
    int ended = rn_eof(s); /* waits until there is a byte */
    check(s, ended);
    if (!ended && rn_peek(s, &data) > 0 && *(const char *)data == '#')
        print_block(s);
    else
        puts(answer_line(s));
}

/* The instrument keeps a queue of them; 0 is that there are no more. */
static int
print_errors(rn_socket *s)
{
    int count = 0;
    while (count < ERRORS) {
        check(s, rn_writeln(s, "SYST:ERR?", 9));
        const char *line = answer_line(s);
        if (strtol(line, NULL, 10) == 0)
            break;
        fprintf(stderr, "scpi: the instrument says: %s\n", line);
        count++;
    }
    return count;
}

int
main(int argc, char **argv)
{
    rn_error err;
    if (argc < 4)
        stop("usage: scpi HOST PORT COMMAND...");
    const rn_connect_options o = {
        .host = argv[1],
        .port = atoi(argv[2]),
        .buffering = RN_LINE_BUFFERED,
        .timeout = PATIENCE,
    };
    rn_socket *s = rn_connect_with(&o, &err);
    if (s == NULL)
        stop(err.message);
    rn_set_timeout(s, RN_BOTH, PATIENCE);
    for (int i = 3; i < argc; i++) {
        check(s, rn_writeln(s, argv[i], strlen(argv[i])));
        if (strchr(argv[i], '?') != NULL)
            print_answer(s);
    }
    int errors = print_errors(s);
    rn_close(s);
    rn_free(s);
    return errors > 0;
}
