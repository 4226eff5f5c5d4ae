/* SPDX-License-Identifier: MIT */
/*
 * Fetch a page with HTTP/1.1 and write its body to standard output. It knows
 * the three ways in which a body ends: a length, chunks, or the end of the
 * connection. A status other than 2xx is exit code 1.
 *
 * usage: http_get HOST [PORT [PATH]]
 */
#include <ctype.h>
#include <inttypes.h>
#include <runnel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum framing {
    TO_THE_END,
    BY_LENGTH,
    BY_CHUNKS
};

static void
stop(const char *why)
{
    fprintf(stderr, "http_get: %s\n", why);
    exit(1);
}

static void
stop_with_error_of(rn_stream *s)
{
    rn_error err;
    rn_error_of(s, &err);
    stop(err.message);
}

/* A line that must be there. */
static const char *
next_line(rn_socket *s)
{
    const char *line;
    int rc = rn_readln(s, &line, NULL);
    if (rc < 0)
        stop_with_error_of(s);
    if (rc == 0)
        stop("the server ended the connection too early");
    return line;
}

static void
copy_body(rn_socket *s, uint64_t bytes, enum framing framing)
{
    char data[16384];
    while (bytes > 0) {
        size_t n = bytes < sizeof data ? (size_t)bytes : sizeof data;
        ptrdiff_t got = rn_read_some(s, data, n);
        if (got < 0)
            stop_with_error_of(s);
        if (got == 0 && framing == TO_THE_END)
            return;
        if (got == 0)
            stop("the page is cut: the server ended the connection");
        if (fwrite(data, 1, (size_t)got, stdout) != (size_t)got)
            stop("standard output takes no more");
        bytes -= (uint64_t)got;
    }
}

/* A number with nothing but blanks or `end` behind it. */
static uint64_t
number(const char *text, int base, char end)
{
    char *rest;
    while (*text == ' ' || *text == '\t')
        text++;
    uint64_t value = strtoumax(text, &rest, base);
    while (*rest == ' ' || *rest == '\t')
        rest++;
    if (!isxdigit((unsigned char)*text) || (*rest != '\0' && *rest != end))
        stop("the server gave a length that is no number");
    return value;
}

static void
copy_chunks(rn_socket *s)
{
    uint64_t bytes;
    while ((bytes = number(next_line(s), 16, ';')) > 0) {
        copy_body(s, bytes, BY_CHUNKS);
        if (*next_line(s) != '\0')
            stop("a chunk is longer than the server said");
    }
    while (*next_line(s) != '\0')
        continue; /* header lines may follow the last chunk */
}

/* What follows `name:` in the line, or NULL. */
static const char *
header(const char *line, const char *name)
{
    size_t len = strlen(name);
    if (strncasecmp(line, name, len) != 0 || line[len] != ':')
        return NULL;
    return line + len + 1 + strspn(line + len + 1, " \t");
}

static void
copy_answer(rn_socket *s)
{
    enum framing framing = TO_THE_END;
    uint64_t length = UINT64_MAX;
    const char *line = next_line(s);
    const char *value;
    char status[256];
    if (strncmp(line, "HTTP/1.", 7) != 0)
        stop("this is no HTTP server");
    snprintf(status, sizeof status, "%s", line);
    while (*(line = next_line(s)) != '\0') {
        if ((value = header(line, "transfer-encoding")) != NULL) {
            if (strcasecmp(value, "chunked") != 0)
                stop("the server encodes the page in an unknown way");
            framing = BY_CHUNKS;
        } else if ((value = header(line, "content-length")) != NULL &&
                   framing != BY_CHUNKS) {
            framing = BY_LENGTH;
            length = number(value, 10, '\0');
        }
    }
    if (strncmp(status + strcspn(status, " "), " 2", 2) != 0)
        stop(status);
    if (framing == BY_CHUNKS)
        copy_chunks(s);
    else
        copy_body(s, length, framing);
}

int
main(int argc, char **argv)
{
    if (argc < 2)
        stop("usage: http_get HOST [PORT [PATH]]");
    rn_error err;
    const char *path = argc > 3 ? argv[3] : "/";
    const rn_connect_options o = {
        .host = argv[1],
        .port = argc > 2 ? atoi(argv[2]) : 80,
        .buffering = RN_BUFFERED,
        .family = RN_ANY,
        .timeout = 10000,
    };
    /* A line break would let the path write header lines of its own. */
    for (const char *p = path; *p != '\0'; p++)
        if (*path != '/' || isspace((unsigned char)*p) ||
            iscntrl((unsigned char)*p))
            stop("a path begins with / and has no blanks");
    rn_socket *s = rn_connect_with(&o, &err);
    if (s == NULL)
        stop(err.message);
    rn_set_timeout(s, RN_BOTH, 10000);             /* for each call */
    rn_set_deadline(s, RN_BOTH, rn_in(5 * 60000)); /* for all of it */
    rn_set_newline(s, RN_NEWLINE_CRLF);
    if (rn_printf(s,
                  "GET %s HTTP/1.1\r\nHost: %s:%d\r\n"
                  "User-Agent: http_get\r\nConnection: close\r\n\r\n",
                  path, o.host, o.port) < 0)
        stop_with_error_of(s);
    copy_answer(s);
    if (fflush(stdout) != 0)
        stop("standard output takes no more");
    rn_close(s);
    rn_free(s);
}
