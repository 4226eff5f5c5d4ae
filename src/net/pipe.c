/* SPDX-License-Identifier: MIT */
/* Descriptors that are no sockets: pipes, terminals, files. Their calls have no
 * flags, neither against blocking nor against SIGPIPE. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "call.h"
#include "fd.h"

/* read(2) has no flag for not blocking, and O_NONBLOCK would belong to all who
 * share the descriptor: so look first, where waiting is limited. */
ptrdiff_t
rni_fd_read(int fd, void *data, size_t n, const rn_wait *wait)
{
    for (;;) {
        if (!rni_may_block(wait)) {
            int rc = rni_look(wait, fd, POLLIN);
            if (rc < 0)
                return rc;
        }
        ssize_t r;
        RNI_RESTART(r, read(fd, data, n));
        if (r >= 0)
            return r;
        int rc = rni_wait_again(fd, POLLIN, wait);
        if (rc < 0)
            return rc;
    }
}

void
rni_sigpipe_hold(struct rni_sigpipe *held)
{
    sigset_t pending;
    sigset_t pipe_only;
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    sigemptyset(&pending);
    sigpending(&pending);
    held->was_pending = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_only, &held->before);
}

void
rni_sigpipe_release(const struct rni_sigpipe *held, bool raised)
{
    if (raised && !held->was_pending) {
        struct timespec none = {0};
        sigset_t pipe_only;
        sigemptyset(&pipe_only);
        sigaddset(&pipe_only, SIGPIPE);
        int taken;
        RNI_RESTART(taken, sigtimedwait(&pipe_only, NULL, &none));
    }
    pthread_sigmask(SIG_SETMASK, &held->before, NULL);
}

static ssize_t
writev_without_signal(int fd, const struct iovec *pieces, int count)
{
    struct rni_sigpipe held;
    rni_sigpipe_hold(&held);
    ssize_t r;
    RNI_RESTART(r, writev(fd, pieces, count));
    int sys = errno;
    rni_sigpipe_release(&held, r < 0 && sys == EPIPE);
    errno = sys;
    return r;
}

ptrdiff_t
rni_fd_writev(int fd, const struct iovec *pieces, int count,
              const rn_wait *wait)
{
    struct iovec part;
    for (;;) {
        if (!rni_may_block(wait)) {
            int rc = rni_look(wait, fd, POLLOUT);
            if (rc < 0)
                return rc;
            while (count > 1 && pieces->iov_len == 0) {
                pieces++;
                count--;
            }
            /* That much and no more is sure not to block (pipe(7)). */
            part = pieces[0];
            if (part.iov_len > PIPE_BUF)
                part.iov_len = PIPE_BUF;
            pieces = &part;
            count = 1;
        }
        ssize_t r = writev_without_signal(fd, pieces, count);
        if (r >= 0)
            return r;
        int rc = rni_wait_again(fd, POLLOUT, wait);
        if (rc < 0)
            return rc;
    }
}

ptrdiff_t
rni_fd_splice(int from, int to, size_t n)
{
    ssize_t r;
    RNI_RESTART(
        r, splice(from, NULL, to, NULL, n, SPLICE_F_NONBLOCK | SPLICE_F_MOVE));
    return r < 0 ? -errno : r;
}

void
rni_fd_pipe(int ends[2])
{
    enum {
        SIZE = 1 << 20 /* what anybody may ask for (pipe(7)) */
    };
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0)
        fcntl(ends[1], F_SETPIPE_SZ, SIZE); /* else it stays at 64 KiB */
}
