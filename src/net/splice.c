/* SPDX-License-Identifier: MIT */
/*
 * splice(2) needs a pipe on one side. Where neither is one, the bytes go
 * through a pipe of our own, which is emptied before it is filled again: so a
 * step always knows which side would not go on.
 */
#include "splice.h"

#include <errno.h>
#include <sched.h>

#include "wait.h"

enum {
    CHUNK = 1 << 20
};

/* SPLICE_F_NONBLOCK is for pipes alone. */
static bool
unblock(struct rni_bypass *socket, int fd)
{
    if (socket == NULL)
        return true;
    while (atomic_exchange(&socket->locked, true))
        sched_yield();
    int rc = socket->users > 0 ? 0 : rni_fd_set_blocking(fd, 0);
    if (socket->users == 0)
        socket->blocked = rc > 0;
    socket->users += rc >= 0;
    atomic_store(&socket->locked, false);
    return rc >= 0;
}

static void
block_again(struct rni_bypass *socket, int fd)
{
    if (socket == NULL)
        return;
    while (atomic_exchange(&socket->locked, true))
        sched_yield();
    if (--socket->users == 0 && socket->blocked)
        rni_fd_set_blocking(fd, 1);
    atomic_store(&socket->locked, false);
}

static bool
unblock_both(struct rni_splice *p)
{
    if (!unblock(p->in, p->from))
        return false;
    if (unblock(p->out, p->to))
        return true;
    block_again(p->in, p->from);
    return false;
}

/* Terminals and the like cannot be spliced. Into a file that others write, too,
 * by the same description, splice(2) would lose bytes: alone of all calls it
 * does not lock the position (and copying costs no more). */
static bool
is_possible(const struct rni_splice *p, enum rni_fd_kind to_kind)
{
    return (p->in != NULL || p->from_kind != RNI_FD_OTHER) &&
        (p->out != NULL || to_kind == RNI_FD_PIPE || to_kind == RNI_FD_NULL);
}

void
rni_splice_begin(struct rni_splice *p, rn_stream *from, rn_stream *to)
{
    *p = (struct rni_splice){.in = rni_socket_bypass(from),
                             .out = rni_socket_bypass(to),
                             .pipe = {-1, -1}};
    p->from = p->in != NULL ? rni_socket_fd(from) : rni_file_fd(from);
    p->to = p->out != NULL ? rni_socket_fd(to) : rni_file_fd(to);
    p->from_kind = rni_fd_kind(p->from);
    enum rni_fd_kind to_kind = rni_fd_kind(p->to);
    bool direct = p->from_kind == RNI_FD_PIPE || to_kind == RNI_FD_PIPE;
    if (!is_possible(p, to_kind) || !unblock_both(p))
        return;
    p->on = true;
    /* Where none is to be had, the first step finds that it cannot. */
    if (!direct)
        rni_fd_pipe(p->pipe);
}

static int
judge(ptrdiff_t r, int blame)
{
    if (r == -EAGAIN)
        return blame;
    return r == 0 || r == -EINVAL || r == -ENOSYS ? RNI_CANNOT : (int)r;
}

/* Straight from one to the other. Which of the two said no is to be asked. */
static int
step_direct(struct rni_splice *p, size_t *in, size_t *out)
{
    ptrdiff_t r = rni_fd_splice(p->from, p->to, CHUNK);
    if (r > 0) {
        *in = *out = (size_t)r;
        return RNI_MOVED;
    }
    if (r == -EAGAIN && rni_look(&rni_no_wait, p->from, POLLIN) == RN_OK)
        return RNI_WAIT_TO;
    p->to_failed = r == -EPIPE || p->from_kind == RNI_FD_PIPE;
    return judge(r, RNI_WAIT_FROM);
}

int
rni_splice_step(struct rni_splice *p, size_t *in, size_t *out)
{
    *in = *out = 0;
    if (p->pipe[0] < 0)
        return step_direct(p, in, out);
    if (p->held == 0) {
        p->to_failed = false;
        ptrdiff_t r = rni_fd_splice(p->from, p->pipe[1], CHUNK);
        if (r <= 0)
            return judge(r, RNI_WAIT_FROM);
        p->held = *in = (size_t)r;
    }
    ptrdiff_t r = rni_fd_splice(p->pipe[0], p->to, p->held);
    p->to_failed = r <= 0;
    if (r <= 0)
        return judge(r, *in > 0 ? RNI_MOVED : RNI_WAIT_TO);
    *out = (size_t)r;
    p->held -= *out;
    return RNI_MOVED;
}

bool
rni_splice_take(const struct rni_splice *p, unsigned char *data, size_t n)
{
    const struct rn_wait wait = {.until = RN_FOREVER}; /* it is all there */
    while (n > 0) {
        ptrdiff_t r = rni_fd_read(p->pipe[0], data, n, &wait);
        if (r <= 0)
            return false;
        data += r;
        n -= (size_t)r;
    }
    return true;
}

void
rni_splice_end(struct rni_splice *p)
{
    p->on = false;
    block_again(p->in, p->from);
    block_again(p->out, p->to);
    for (int i = 0; i < 2; i++)
        if (p->pipe[i] >= 0)
            rni_fd_close(p->pipe[i]);
}
