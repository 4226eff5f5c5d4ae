/* SPDX-License-Identifier: MIT */
/*
 * A kind of stream of one's own, over another stream: what is written to it
 * goes compressed (zlib), and what comes is expanded. Lines, buffers, time
 * limits, cancelling and event loops work on it as on any other stream: the
 * functions below only move bytes, and pass on how long they may wait.
 *
 * usage: deflate PORT             a server that gives lines back; 0: a free
 * port deflate HOST PORT        sends standard input, prints the answer
 */
#include <pthread.h>
#include <runnel.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

enum {
    PIECE = 65536
};

struct deflated {
    rn_stream *below;
    z_stream in, out;          /* one thread may use each */
    unsigned char from[PIECE]; /* compressed, not yet expanded */
    int ended;                 /* the other side has ended its half */
    int full; /* the last read was: there may be more behind it */
    int held; /* the compressor has something that was not sent yet */
    int finished;
};

/* ---- Writing */

/* Give `n` bytes to the compressor, and what it makes of them to the stream
 * below, which keeps what it cannot send yet. */
static int
compress_piece(struct deflated *z, const void *data, size_t n, int how,
               const rn_wait *wait)
{
    unsigned char to[PIECE];
    z->out.next_in = (unsigned char *)(uintptr_t)data; /* zlib has no const */
    z->out.avail_in = (unsigned)n;
    do {
        z->out.next_out = to;
        z->out.avail_out = sizeof to;
        if (deflate(&z->out, how) == Z_STREAM_ERROR)
            return RN_E_IO;
        size_t made = sizeof to - z->out.avail_out;
        int rc = made == 0 ? RN_OK : rn_below_write(z->below, to, made, wait);
        if (rc < 0)
            return rc;
    } while (z->out.avail_out == 0);
    return RN_OK;
}

static ptrdiff_t
deflated_write(void *ctx, const void *data, size_t n, const rn_wait *wait)
{
    struct deflated *z = ctx;
    /* Nothing new is taken while the old is not gone: whatever the peer does,
     * no more than a piece is ever kept. */
    int rc = rn_unsent(z->below) > 0 ? rn_below_flush(z->below, wait) : RN_OK;
    if (n > PIECE)
        n = PIECE;
    if (rc == RN_OK)
        rc = compress_piece(z, data, n, Z_NO_FLUSH, wait);
    z->held = 1;
    return rc < 0 ? rc : (ptrdiff_t)n;
}

static int
deflated_flush(void *ctx, const rn_wait *wait)
{
    struct deflated *z = ctx;
    int rc = z->held ? compress_piece(z, NULL, 0, Z_SYNC_FLUSH, wait) : RN_OK;
    if (rc == RN_OK) {
        z->held = 0;
        rc = rn_below_flush(z->below, wait);
    }
    return rc;
}

/* zlib has an end of its own, so the connection's half stays open. */
static int
deflated_shutdown_write(void *ctx, const rn_wait *wait)
{
    struct deflated *z = ctx;
    int rc = z->finished ? RN_OK : compress_piece(z, NULL, 0, Z_FINISH, wait);
    if (rc < 0)
        return rc;
    z->finished = 1;
    z->held = 0;
    return rn_below_flush(z->below, wait);
}

/* ---- Reading */

static ptrdiff_t
deflated_read(void *ctx, void *data, size_t n, const rn_wait *wait)
{
    struct deflated *z = ctx;
    unsigned room = n > PIECE ? PIECE : (unsigned)n;
    z->in.next_out = data;
    z->in.avail_out = room;
    while (!z->ended && z->in.avail_out == room) {
        if (z->in.avail_in == 0 && !z->full) {
            ptrdiff_t got = rn_below_read(z->below, z->from, PIECE, wait);
            if (got == 0)
                return RN_E_RESET; /* an end that nobody announced */
            if (got < 0)
                return got;
            z->in.next_in = z->from;
            z->in.avail_in = (unsigned)got;
        }
        int rc = inflate(&z->in, Z_SYNC_FLUSH);
        z->full = z->in.avail_out == 0;
        if (rc == Z_STREAM_END)
            z->ended = 1;
        else if (rc == Z_MEM_ERROR)
            return RN_E_MEMORY;
        else if (rc != Z_OK && rc != Z_BUF_ERROR)
            return RN_E_IO; /* see rn_explain below */
    }
    return (ptrdiff_t)(room - z->in.avail_out);
}

static size_t
deflated_pending(void *ctx)
{
    struct deflated *z = ctx;
    return !z->ended && (z->full || z->in.avail_in > 0);
}

/* ---- Ending */

static int
deflated_abort(void *ctx, const rn_wait *wait)
{
    struct deflated *z = ctx;
    (void)wait;
    inflateEnd(&z->in);
    deflateEnd(&z->out);
    free(z);
    return RN_OK;
}

/* The stream below is closed afterwards, by the library. */
static int
deflated_close(void *ctx, const rn_wait *wait)
{
    int rc = deflated_shutdown_write(ctx, wait);
    deflated_abort(ctx, wait);
    return rc;
}

static const rn_stream_ops deflated_ops = {
    .read = deflated_read,
    .pending = deflated_pending,
    .write = deflated_write,
    .flush = deflated_flush,
    .shutdown_write = deflated_shutdown_write,
    .close = deflated_close,
    .abort = deflated_abort,
};

/* A stream over `below`, which belongs to it from now on; NULL, with `below`
 * freed, where it cannot be had. */
static rn_stream *
deflated_new(rn_stream *below, rn_error *err)
{
    rn_stream *s = NULL;
    struct deflated *z = calloc(1, sizeof *z);
    *err = (rn_error){.code = RN_E_MEMORY, .message = "no memory for zlib"};
    if (z != NULL) {
        z->below = below;
        if (inflateInit(&z->in) == Z_OK &&
            deflateInit(&z->out, Z_DEFAULT_COMPRESSION) == Z_OK)
            s = rn_stream_over(&deflated_ops, z, below, err);
        if (s == NULL)
            deflated_abort(z, NULL);
    }
    if (s == NULL)
        rn_free(below);
    else
        rn_explain(s, RN_READABLE, 0, RN_E_IO, "this was not compressed");
    return s;
}

/* ---- A program with it */

static int
fail(const rn_error *err)
{
    fprintf(stderr, "deflate: %s\n", err->message);
    return 1;
}

static int
fail_of(rn_stream *s)
{
    rn_error err;
    rn_error_of(s, &err);
    rn_free(s);
    return fail(&err);
}

static int
serve(int port)
{
    rn_error err;
    const char *line;
    size_t len;
    int rc;
    rn_server *server = rn_listen(port, "127.0.0.1", &err);
    if (server == NULL)
        return fail(&err);
    printf("%d\n", rn_server_port(server));
    fflush(stdout);
    rn_socket *below = rn_accept(server, RN_BUFFERED, &err);
    rn_server_free(server);
    rn_stream *s = below ? deflated_new(below, &err) : NULL;
    if (s == NULL)
        return fail(&err);
    rn_set_timeout(s, RN_BOTH, 30000);
    while ((rc = rn_readln(s, &line, &len)) > 0)
        if ((rc = rn_writeln(s, line, len)) < 0)
            break;
    if (rc < 0 || rn_shutdown_write(s) < 0 || rn_close(s) < 0)
        return fail_of(s);
    rn_free(s);
    return 0;
}

/* Everything from standard input to the server. */
static void *
send_input(void *arg)
{
    rn_stream *s = arg;
    char data[65536];
    ptrdiff_t got = 0;
    rn_stream *input = rn_from_fd(0, RN_UNBUFFERED | RN_KEEP_FD, NULL);
    while (input != NULL && (got = rn_read_some(input, data, sizeof data)) > 0)
        if (rn_write(s, data, (size_t)got) < 0 || rn_flush(s) < 0)
            break;
    rn_free(input);
    if (got == 0) /* not when something failed: the server shall know */
        rn_shutdown_write(s);
    return NULL;
}

/* Print what comes back, while another thread sends. */
static int
call(const char *host, int port)
{
    rn_error err;
    pthread_t sender;
    char data[65536];
    ptrdiff_t got;
    rn_socket *below = rn_connect(host, port, RN_BUFFERED, &err);
    rn_stream *s = below ? deflated_new(below, &err) : NULL;
    if (s == NULL)
        return fail(&err);
    rn_set_timeout(s, RN_BOTH, 30000);
    if (pthread_create(&sender, NULL, send_input, s) != 0)
        return fprintf(stderr, "deflate: no thread\n"), 1;
    while ((got = rn_read_some(s, data, sizeof data)) > 0) {
        fwrite(data, 1, (size_t)got, stdout);
        fflush(stdout);
    }
    if (got < 0) {
        rn_error_of(s, &err);
        rn_abort(s); /* so that the other thread ends, too */
    }
    pthread_join(sender, NULL);
    if (got < 0)
        return rn_free(s), fail(&err);
    const struct deflated *z = rn_stream_ctx(s, &deflated_ops);
    fprintf(stderr, "%lu bytes went as %lu\n", z->out.total_in,
            z->out.total_out);
    if (rn_close(s) < 0)
        return fail_of(s);
    rn_free(s);
    return 0;
}

int
main(int argc, char **argv)
{
    if (argc == 2)
        return serve(atoi(argv[1]));
    if (argc == 3)
        return call(argv[1], atoi(argv[2]));
    return fprintf(stderr, "usage: deflate [HOST] PORT\n"), 2;
}
