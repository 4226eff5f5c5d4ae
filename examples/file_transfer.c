/* SPDX-License-Identifier: MIT */
/*
 * Send a file, with its progress. The size goes first, as a line; the receiver
 * answers "stored" when the whole file has its name, and only then does the
 * sender say that it went well. What is cut never gets the name.
 *
 * usage: file_transfer receive PORT FILE        0 picks a free port
 *        file_transfer send FILE HOST PORT
 */
#include <inttypes.h>
#include <runnel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PIECE = 65536,
    PATIENCE = 30000 /* ms in which nothing moves */
};

static int
fail(const char *why)
{
    fprintf(stderr, "file_transfer: %s\n", why);
    return 1;
}

static int
fail_of(rn_stream *s)
{
    rn_error err;
    rn_error_of(s, &err);
    return fail(err.message);
}

/* A line for each per cent, the same line again on a terminal. */
static void
show(uint64_t done, uint64_t size)
{
    static int last = -1;
    int percent = size == 0 ? 100 : (int)((double)done / (double)size * 100);
    if (percent == last)
        return;
    last = percent;
    fprintf(stderr, "%s%3d %%%s", isatty(2) ? "\r" : "", percent,
            isatty(2) && percent < 100 ? "" : "\n");
}

/* Exactly `size` bytes from one stream into another. NULL, or why not. */
static rn_stream *
copy(rn_stream *from, rn_stream *to, uint64_t size, uint64_t *done)
{
    static char data[PIECE];
    for (*done = 0; *done < size;) {
        uint64_t left = size - *done;
        ptrdiff_t got =
            rn_read_some(from, data, left < PIECE ? (size_t)left : PIECE);
        if (got < 0)
            return from;
        if (got == 0)
            break;
        if (rn_write(to, data, (size_t)got) < 0)
            return to;
        *done += (uint64_t)got;
        show(*done, size);
    }
    return NULL;
}

static int
send_file(rn_stream *file, uint64_t size, rn_socket *s)
{
    const char *line;
    uint64_t done;
    rn_stream *failed = s;
    rn_set_timeout(s, RN_BOTH, PATIENCE);
    if (rn_printf(s, "%" PRIu64 "\n", size) < 0 ||
        (failed = copy(file, s, size, &done)) != NULL)
        return fail_of(failed);
    if (done < size)
        return fail("the file has become shorter meanwhile");
    int rc = rn_readln(s, &line, NULL); /* sends what is buffered first */
    if (rc < 0)
        return fail_of(s);
    if (rc == 0 || strcmp(line, "stored") != 0)
        return fail(rc == 0 ? "the receiver has not stored it" : line);
    return 0;
}

static int
receive_file(rn_socket *s, const char *name)
{
    rn_error err;
    char part[4096];
    const char *line;
    char *end;
    uint64_t done;
    rn_set_timeout(s, RN_BOTH, PATIENCE);
    int rc = rn_readln(s, &line, NULL);
    if (rc <= 0)
        return rc < 0 ? fail_of(s) : fail("the sender has said nothing");
    uint64_t size = strtoumax(line, &end, 10);
    if (line[0] < '0' || line[0] > '9' || *end != '\0')
        return fail("this is no sender of files");
    if (snprintf(part, sizeof part, "%s.part", name) >= (int)sizeof part)
        return fail("the name is too long");
    FILE *f = fopen(part, "wx"); /* of nobody else */
    if (f == NULL)
        return perror(part), 1;
    rn_stream *file = rn_from_fd(fileno(f), RN_BUFFERED | RN_KEEP_FD, &err);
    rn_stream *failed = file ? copy(s, file, size, &done) : NULL;
    if (file == NULL)
        rc = fail(err.message);
    else if (failed != NULL)
        rc = fail_of(failed);
    else if (done < size)
        rc = fail("the sender has ended too early");
    else if (rn_close(file) < 0)
        rc = fail_of(file);
    else if (fsync(fileno(f)) < 0 || rename(part, name) < 0)
        rc = (perror(name), 1);
    else
        rc = 0;
    rn_free(file);
    fclose(f);
    if (rc != 0) {
        unlink(part);
        return rc;
    }
    return rn_writeln(s, "stored", 6) < 0 || rn_close(s) < 0 ? fail_of(s) : 0;
}

static int
send_to(const char *name, const char *host, int port)
{
    rn_error err;
    struct stat st;
    FILE *f = fopen(name, "r");
    if (f == NULL || fstat(fileno(f), &st) < 0)
        return perror(name), 1;
    rn_stream *file = rn_from_fd(fileno(f), RN_UNBUFFERED | RN_KEEP_FD, &err);
    const rn_connect_options o = {.host = host,
                                  .port = port,
                                  .buffering = RN_BUFFERED,
                                  .timeout = PATIENCE};
    rn_socket *s = file ? rn_connect_with(&o, &err) : NULL;
    int rc = s ? send_file(file, (uint64_t)st.st_size, s) : fail(err.message);
    rn_free(s);
    rn_free(file);
    fclose(f);
    return rc;
}

static int
receive_on(int port, const char *name)
{
    rn_error err;
    rn_server *server = rn_listen(port, "127.0.0.1", &err);
    if (server == NULL)
        return fail(err.message);
    printf("%d\n", rn_server_port(server));
    fflush(stdout);
    rn_socket *s = rn_accept(server, RN_BUFFERED, &err);
    int rc = s ? receive_file(s, name) : fail(err.message);
    rn_free(s);
    rn_server_free(server);
    return rc;
}

int
main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "receive") == 0)
        return receive_on(atoi(argv[2]), argv[3]);
    if (argc == 5 && strcmp(argv[1], "send") == 0)
        return send_to(argv[2], argv[3], atoi(argv[4]));
    return fail("usage: receive PORT FILE, or send FILE HOST PORT"), 2;
}
