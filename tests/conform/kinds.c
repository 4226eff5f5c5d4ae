/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "kinds.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../support/peer.h"

/* ---- In memory, one byte a call: a kind of stream made by a user. */

struct tube {
    char data[1 << 16];
    size_t beg;
    size_t end;
    bool ended;
    int users;
};

struct end {
    struct tube *in;
    struct tube *out;
};

static ptrdiff_t
tube_read(void *ctx, void *data, size_t n, const rn_wait *wait)
{
    struct tube *t = ((struct end *)ctx)->in;
    (void)n;
    (void)wait;
    if (t->beg == t->end)
        return t->ended ? 0 : RN_E_AGAIN;
    memcpy(data, &t->data[t->beg++], 1);
    return 1;
}

static ptrdiff_t
tube_write(void *ctx, const void *data, size_t n, const rn_wait *wait)
{
    struct tube *t = ((struct end *)ctx)->out;
    (void)n;
    (void)wait;
    if (t->end == sizeof t->data)
        return RN_E_AGAIN;
    memcpy(&t->data[t->end++], data, 1);
    return 1;
}

static int
tube_shutdown_write(void *ctx, const rn_wait *wait)
{
    (void)wait;
    ((struct end *)ctx)->out->ended = true;
    return RN_OK;
}

static void
leave(struct tube *t)
{
    t->ended = true;
    if (--t->users == 0)
        free(t);
}

static int
tube_close(void *ctx, const rn_wait *wait)
{
    struct end *e = ctx;
    (void)wait;
    leave(e->in);
    leave(e->out);
    free(e);
    return RN_OK;
}

static const rn_stream_ops tube_ops = {
    .read = tube_read,
    .write = tube_write,
    .shutdown_write = tube_shutdown_write,
    .close = tube_close,
};

static void *
need(void *p)
{
    if (p == NULL)
        abort();
    return p;
}

static rn_stream *
tube_stream(struct tube *in, struct tube *out, rn_buffering buffering)
{
    struct end *e = need(calloc(1, sizeof *e));
    e->in = in;
    e->out = out;
    in->users++;
    out->users++;
    return need(rn_stream_new(&tube_ops, e, (int)buffering, NULL));
}

static void
open_tubes(struct pair *pair, rn_buffering buffering)
{
    struct tube *a = need(calloc(1, sizeof *a));
    struct tube *b = need(calloc(1, sizeof *b));
    pair->from = tube_stream(a, b, buffering);
    pair->to = tube_stream(b, a, buffering);
}

/* ---- Descriptors */

static void
open_fds(struct pair *pair, int to, int from, rn_buffering buffering)
{
    pair->from = need(rn_from_fd(from, (int)buffering, NULL));
    pair->to = need(rn_from_fd(to, (int)buffering, NULL));
}

static void
open_pipe(struct pair *pair, rn_buffering buffering)
{
    int fd[2];
    if (pipe2(fd, O_CLOEXEC) != 0)
        abort();
    open_fds(pair, fd[0], fd[1], buffering);
}

static void
open_socketpair(struct pair *pair, rn_buffering buffering)
{
    int fd[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) != 0)
        abort();
    open_fds(pair, fd[0], fd[1], buffering);
}

/* ---- A user's own over a descriptor, as the header advises: it waits first,
 * with rn_wait_fd, and then makes a call that could block. */

static ptrdiff_t
own_read(void *ctx, void *data, size_t n, const rn_wait *wait)
{
    int fd = *(int *)ctx;
    int rc = rn_wait_fd(wait, fd, RN_READABLE);
    if (rc < 0)
        return rc;
    ssize_t r = read(fd, data, n);
    return r < 0 ? -errno : r;
}

static ptrdiff_t
own_write(void *ctx, const void *data, size_t n, const rn_wait *wait)
{
    int fd = *(int *)ctx;
    int rc = rn_wait_fd(wait, fd, RN_WRITABLE);
    if (rc < 0)
        return rc;
    ssize_t r = send(fd, data, n, MSG_NOSIGNAL);
    return r < 0 ? -errno : r;
}

static int
own_wait(void *ctx, int directions, const rn_wait *wait)
{
    return rn_wait_fd(wait, *(int *)ctx, directions);
}

static int
own_shutdown_write(void *ctx, const rn_wait *wait)
{
    (void)wait;
    return shutdown(*(int *)ctx, SHUT_WR) < 0 ? -errno : RN_OK;
}

static int
own_close(void *ctx, const rn_wait *wait)
{
    (void)wait;
    int rc = close(*(int *)ctx);
    free(ctx);
    return rc < 0 ? -errno : RN_OK;
}

static const rn_stream_ops own_ops = {
    .read = own_read,
    .write = own_write,
    .wait = own_wait,
    .shutdown_write = own_shutdown_write,
    .close = own_close,
};

static rn_stream *
own_stream(int fd, rn_buffering buffering)
{
    int *ctx = need(malloc(sizeof *ctx));
    *ctx = fd;
    return need(rn_stream_new(&own_ops, ctx, (int)buffering, NULL));
}

static void
open_own(struct pair *pair, rn_buffering buffering)
{
    int fd[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) != 0)
        abort();
    pair->from = own_stream(fd[0], buffering);
    pair->to = own_stream(fd[1], buffering);
}

/* ---- TCP, the connecting end writing and the accepted end writing. */

static void
open_tcp(struct pair *pair, rn_buffering buffering)
{
    tcp_pair(&pair->from, &pair->to, buffering);
}

static void
open_tcp_back(struct pair *pair, rn_buffering buffering)
{
    tcp_pair(&pair->to, &pair->from, buffering);
}

const struct kind kinds[] = {
    {"scripted", true, open_tubes},
    {"pipe", false, open_pipe},
    {"socketpair", true, open_socketpair},
    {"a user's own", true, open_own},
    {"tcp", true, open_tcp},
    {"tcp, accepted end", true, open_tcp_back},
};
const int kind_count = sizeof kinds / sizeof kinds[0];

int
kinds_begin(void **state)
{
    (void)state;
    return 0;
}

int
kinds_end(void **state)
{
    (void)state;
    return 0;
}
