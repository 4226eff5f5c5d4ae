/* SPDX-License-Identifier: MIT */
/*
 * Descriptors: the only file with socket calls. Where nothing limits the
 * waiting a call blocks in the kernel itself, so that a receive is one system
 * call; else it is tried without blocking and waited for in wait.c.
 */
#define _GNU_SOURCE
#include "fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "wait.h"

/* A result of a call as (result or negated errno), restarted after signals. */
#define RESTART(result, call)                                                  \
    do {                                                                       \
        (result) = (call);                                                     \
    } while ((result) < 0 && errno == EINTR)

static int
result(int r)
{
    return r < 0 ? -errno : r;
}

static bool
would_block(int sys)
{
    return sys == EAGAIN || sys == EWOULDBLOCK;
}

/* After a call failed: RN_OK to try it again, now that fd is ready. */
static int
wait_again(int fd, short events, const rn_wait *wait)
{
    int sys = errno;
    return would_block(sys) ? rni_wait(wait, fd, events) : -sys;
}

int
rni_fd_socket(int family)
{
    return result(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static socklen_t
length(const union rni_sockaddr *a)
{
    return a->sa.sa_family == AF_INET6 ? sizeof a->in6 : sizeof a->in4;
}

/* An interrupted or non-blocking connect goes on by itself; asking again is
 * not portable (POSIX connect(): EALREADY), so wait for its outcome. */
static int
connect_outcome(int fd, const rn_wait *wait)
{
    int rc = rni_wait(wait, fd, POLLOUT);
    if (rc < 0)
        return rc;
    int outcome = 0;
    socklen_t len = sizeof outcome;
    rc = result(getsockopt(fd, SOL_SOCKET, SO_ERROR, &outcome, &len));
    return rc < 0 ? rc : -outcome;
}

int
rni_fd_connect(int fd, const union rni_sockaddr *to, const rn_wait *wait)
{
    bool block = rni_may_block(wait);
    int rc = block ? RN_OK : rni_fd_set_blocking(fd, 0);
    if (rc < 0)
        return rc;
    rc = result(connect(fd, &to->sa, length(to)));
    if (rc == -EINPROGRESS || rc == -EINTR)
        rc = connect_outcome(fd, wait);
    if (rc == 0 && !block)
        rc = rni_fd_set_blocking(fd, 1);
    return rc;
}

int
rni_fd_bind(int fd, const union rni_sockaddr *to)
{
    return result(bind(fd, &to->sa, length(to)));
}

int
rni_fd_listen(int fd, int backlog)
{
    return result(listen(fd, backlog));
}

int
rni_fd_accept(int fd, union rni_sockaddr *from, const rn_wait *wait)
{
    for (;;) {
        socklen_t len = sizeof *from;
        int r;
        RESTART(r, accept4(fd, &from->sa, &len, SOCK_CLOEXEC));
        if (r >= 0)
            return r;
        int rc = wait_again(fd, POLLIN, wait);
        if (rc < 0)
            return rc;
    }
}

ptrdiff_t
rni_fd_recv(int fd, void *data, size_t n, const rn_wait *wait)
{
    int flags = rni_may_block(wait) ? 0 : MSG_DONTWAIT;
    for (;;) {
        ssize_t r;
        RESTART(r, recv(fd, data, n, flags));
        if (r >= 0)
            return r;
        int rc = wait_again(fd, POLLIN, wait);
        if (rc < 0)
            return rc;
    }
}

ptrdiff_t
rni_fd_send(int fd, const void *data, size_t n, const rn_wait *wait)
{
    int flags = MSG_NOSIGNAL | (rni_may_block(wait) ? 0 : MSG_DONTWAIT);
    for (;;) {
        ssize_t r;
        RESTART(r, send(fd, data, n, flags));
        if (r >= 0)
            return r;
        int rc = wait_again(fd, POLLOUT, wait);
        if (rc < 0)
            return rc;
    }
}

ptrdiff_t
rni_fd_sendv(int fd, const struct iovec *pieces, int count, const rn_wait *wait)
{
    int flags = MSG_NOSIGNAL | (rni_may_block(wait) ? 0 : MSG_DONTWAIT);
    struct msghdr m = {.msg_iov = (struct iovec *)(uintptr_t)pieces,
                       .msg_iovlen = (size_t)count};
    for (;;) {
        ssize_t r;
        RESTART(r, sendmsg(fd, &m, flags));
        if (r >= 0)
            return r;
        int rc = wait_again(fd, POLLOUT, wait);
        if (rc < 0)
            return rc;
    }
}

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
        RESTART(r, read(fd, data, n));
        if (r >= 0)
            return r;
        int rc = wait_again(fd, POLLIN, wait);
        if (rc < 0)
            return rc;
    }
}

/*
 * writev(2) to a pipe without a reader raises SIGPIPE and has no flag against
 * it. Blocking the signal in this thread, and taking away the one that we
 * caused, changes nothing for the rest of the process.
 */
static ssize_t
writev_without_signal(int fd, const struct iovec *pieces, int count)
{
    sigset_t pipe_only;
    sigset_t pending;
    sigset_t before;
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    sigemptyset(&pending);
    sigpending(&pending);
    bool was_pending = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_only, &before);

    ssize_t r;
    RESTART(r, writev(fd, pieces, count));
    int sys = errno;

    if (r < 0 && sys == EPIPE && !was_pending) {
        struct timespec none = {0};
        int taken;
        RESTART(taken, sigtimedwait(&pipe_only, NULL, &none));
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
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
        int rc = wait_again(fd, POLLOUT, wait);
        if (rc < 0)
            return rc;
    }
}

int
rni_fd_shutdown_write(int fd)
{
    return result(shutdown(fd, SHUT_WR));
}

/* Never repeated: after EINTR Linux has released the number, and it may be
 * another thread's by now (close(2), NOTES). */
int
rni_fd_close(int fd)
{
    int rc = result(close(fd));
    return rc == -EINTR ? 0 : rc;
}

int
rni_fd_linger_zero(int fd)
{
    struct linger none = {.l_onoff = 1, .l_linger = 0};
    return result(setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none));
}

int
rni_fd_set(int fd, int level, int option, int value)
{
    return result(setsockopt(fd, level, option, &value, sizeof value));
}

int
rni_fd_set_blocking(int fd, int blocking)
{
    int flags = result(fcntl(fd, F_GETFL));
    if (flags < 0)
        return flags;
    flags = blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
    return result(fcntl(fd, F_SETFL, flags));
}

int
rni_fd_local(int fd, union rni_sockaddr *address)
{
    socklen_t len = sizeof *address;
    memset(address, 0, sizeof *address);
    return result(getsockname(fd, &address->sa, &len));
}

int
rni_fd_remote(int fd, union rni_sockaddr *address)
{
    socklen_t len = sizeof *address;
    memset(address, 0, sizeof *address);
    return result(getpeername(fd, &address->sa, &len));
}

int
rni_fd_unconfirmed(int fd)
{
    int bytes = 0;
    int rc = result(ioctl(fd, SIOCOUTQ, &bytes));
    return rc < 0 ? rc : bytes;
}

int
rni_fd_socket_type(int fd)
{
    int type = 0;
    socklen_t len = sizeof type;
    int rc = result(getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len));
    return rc < 0 ? rc : type;
}

int
rni_fd_access_mode(int fd)
{
    int flags = result(fcntl(fd, F_GETFL));
    return flags < 0 ? flags : flags & O_ACCMODE;
}
