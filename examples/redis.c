/* SPDX-License-Identifier: MIT */
/*
 * Say one command to a Redis server and print its reply, of whatever type:
 * RESP2, in which every argument is counted, so that any bytes can be said.
 * An error of the server is exit code 1.
 *
 * usage: redis HOST PORT COMMAND [ARGUMENT...]
 */
#include <runnel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEEPEST = 32,       /* arrays within arrays */
    LARGEST = 512 << 20 /* bytes of one string, as the server itself has it */
};

static void
stop(const char *why)
{
    fprintf(stderr, "redis: %s\n", why);
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

static void
say(rn_socket *s, int count, char **words)
{
    check(s, rn_printf(s, "*%d\r\n", count));
    for (int i = 0; i < count; i++) {
        size_t len = strlen(words[i]);
        check(s, rn_printf(s, "$%zu\r\n", len));
        check(s, rn_write(s, words[i], len));
        check(s, rn_writeln(s, "", 0));
    }
}

static long
number(const char *text)
{
    char *end;
    long n = strtol(text, &end, 10);
    if (end == text || *end != '\0')
        stop("the server sent a number that is none");
    return n;
}

static void
print_string(rn_socket *s, long len)
{
    if (len < 0) {
        puts("(nil)");
        return;
    }
    if (len > LARGEST)
        stop("the server sent a string that is too long");
    char *data = malloc((size_t)len + 2);
    if (data == NULL)
        stop("no memory");
    ptrdiff_t got = rn_read(s, data, (size_t)len + 2);
    check(s, got);
    if (got != len + 2 || memcmp(data + len, "\r\n", 2) != 0)
        stop("the reply is cut");
    fwrite(data, 1, (size_t)len, stdout);
    putchar('\n');
    free(data);
}

/* Print one reply; 0, or 1 where it is an error. */
static int
print_reply(rn_socket *s, int depth)
{
    const char *line;
    int bad = 0;
    int rc = rn_readln(s, &line, NULL);
    check(s, rc);
    if (rc == 0)
        stop("the server ended the connection");
    switch (line[0]) {
    case '+':
    case ':':
        puts(line + 1);
        return 0;
    case '-':
        fprintf(stderr, "redis: %s\n", line + 1);
        return 1;
    case '$':
        print_string(s, number(line + 1));
        return 0;
    case '*':
        if (depth == DEEPEST)
            stop("the reply is too deep");
        for (long left = number(line + 1); left > 0; left--)
            bad |= print_reply(s, depth + 1);
        return bad;
    default:
        stop("this is no Redis server");
        return 1;
    }
}

int
main(int argc, char **argv)
{
    rn_error err;
    if (argc < 4)
        stop("usage: redis HOST PORT COMMAND [ARGUMENT...]");
    const rn_connect_options o = {
        .host = argv[1],
        .port = atoi(argv[2]),
        .buffering = RN_BUFFERED, /* all that is said goes out as one */
        .timeout = 5000,
    };
    rn_socket *s = rn_connect_with(&o, &err);
    if (s == NULL)
        stop(err.message);
    rn_set_timeout(s, RN_BOTH, 5000);
    rn_set_newline(s, RN_NEWLINE_STRICT);
    say(s, argc - 3, argv + 3);
    int bad = print_reply(s, 0);
    rn_close(s);
    rn_free(s);
    return bad;
}
