/* SPDX-License-Identifier: MIT */
/*
 * Sockets, byte by byte: opened, connected, accepted, sent, received, ended.
 * Where nothing limits the waiting a call blocks in the kernel itself, so that
 * a receive is one system call; else it is tried without blocking and waited
 * for in wait.c. Options and questions are in option.c, other descriptors in
 * pipe.c.
 */
#define _GNU_SOURCE
#include "fd.h"

#include <stddef.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "../stream/stream.h"
#include "call.h"

int
rni_fd_socket(int family, bool block)
{
    int flags = SOCK_CLOEXEC | (block ? 0 : SOCK_NONBLOCK);
    return rni_result(socket(family, SOCK_STREAM | flags, 0));
}

socklen_t
rni_address_length(const union rni_sockaddr *a)
{
    if (a->sa.sa_family == AF_INET)
        return sizeof a->in4;
    if (a->sa.sa_family == AF_INET6)
        return sizeof a->in6;
    /* A path ends with its NUL; an abstract name (unix(7)) starts with one, and
     * every byte that counts is part of it. */
    size_t start = a->un.sun_path[0] == '\0' ? 1 : 0;
    size_t len = strnlen(a->un.sun_path + start, sizeof a->un.sun_path - start);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + start + len +
                       (start == 0 ? 1 : 0));
}

/* An interrupted connect goes on by itself, as a non-blocking one does; asking
 * again is not portable (POSIX connect(): EALREADY). */
int
rni_fd_connect(int fd, const union rni_sockaddr *to)
{
    int rc = rni_result(connect(fd, &to->sa, rni_address_length(to)));
    return rc == -EINTR ? -EINPROGRESS : rc;
}

int
rni_fd_connect_outcome(int fd)
{
    int outcome = 0;
    socklen_t len = sizeof outcome;
    int rc = rni_result(getsockopt(fd, SOL_SOCKET, SO_ERROR, &outcome, &len));
    return rc < 0 ? rc : -outcome;
}

int
rni_fd_bind(int fd, const union rni_sockaddr *to)
{
    return rni_result(bind(fd, &to->sa, rni_address_length(to)));
}

int
rni_fd_listen(int fd, int backlog)
{
    return rni_result(listen(fd, backlog));
}

int
rni_fd_accept(int fd, union rni_sockaddr *from, const rn_wait *wait)
{
    for (;;) {
        socklen_t len = sizeof *from;
        int r;
        memset(from, 0, sizeof *from); /* an unnamed peer fills two bytes */
        RNI_RESTART(r, accept4(fd, &from->sa, &len, SOCK_CLOEXEC));
        if (r >= 0)
            return r;
        int rc = rni_wait_again(fd, POLLIN, wait);
        if (rc < 0)
            return rc;
    }
}

#define MS INT64_C(1000000)
#define YEAR (MS * 1000 * 86400 * 365)

/*
 * Whether a receive may block although its waiting is limited. The kernel can
 * keep a limit for us, so that a reply with a timeout set costs one call, not
 * three; but it counts in ticks that grow coarser with the time, and may be
 * late by an eighth of it. So it is set to end well before ours does, and only
 * what is left then is waited for with poll(2). A deadline that comes nearer
 * needs a shorter limit now and then: half of what is left, so that there are
 * few such times.
 */
static bool
may_block_within_limit(int fd, const rn_wait *wait, rni_recv_limit *limit)
{
    if (limit == NULL || wait->cancel != NULL || rni_may_not_wait(wait))
        return false;
    int64_t left = wait->until - rn_now() - 10 * MS;
    if (left < 20 * MS)
        return false;
    if (left > YEAR) /* seconds may be counted in 32 bits */
        left = YEAR;
    if (*limit > 0 && *limit <= left - left / 4 && *limit >= left / 4)
        return true;
    int64_t ms = left / 2 / MS;
    struct timeval t = {.tv_sec = (time_t)(ms / 1000),
                        .tv_usec = (suseconds_t)(ms % 1000 * 1000)};
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t) < 0)
        return false;
    *limit = ms * MS;
    return true;
}

ptrdiff_t
rni_fd_recv(int fd, void *data, size_t n, const rn_wait *wait,
            rni_recv_limit *limit)
{
    bool block = rni_may_block(wait);
    bool first = block || may_block_within_limit(fd, wait, limit);
    int flags = first ? 0 : MSG_DONTWAIT;
    for (;;) {
        ssize_t r = recv(fd, data, n, flags);
        if (r >= 0)
            return r;
        if (errno == EINTR && block)
            continue;
        /* A signal or the kernel's limit ended it: from here on by the clock.
         */
        int rc = errno == EINTR ? RN_OK : rni_wait_again(fd, POLLIN, wait);
        if (rc < 0)
            return rc;
        flags = block ? 0 : MSG_DONTWAIT;
    }
}

ptrdiff_t
rni_fd_send(int fd, const void *data, size_t n, const rn_wait *wait)
{
    int flags = MSG_NOSIGNAL | (rni_may_block(wait) ? 0 : MSG_DONTWAIT);
    for (;;) {
        ssize_t r;
        RNI_RESTART(r, send(fd, data, n, flags));
        if (r >= 0)
            return r;
        int rc = rni_wait_again(fd, POLLOUT, wait);
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
        RNI_RESTART(r, sendmsg(fd, &m, flags));
        if (r >= 0)
            return r;
        int rc = rni_wait_again(fd, POLLOUT, wait);
        if (rc < 0)
            return rc;
    }
}

int
rni_fd_event(void)
{
    return rni_result(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
}

/* Cannot fail but for a counter that is full, and then it is readable. */
void
rni_fd_raise(int fd)
{
    const uint64_t one = 1;
    ssize_t r;
    RNI_RESTART(r, write(fd, &one, sizeof one));
}

void
rni_fd_lower(int fd)
{
    uint64_t count;
    ssize_t r;
    RNI_RESTART(r, read(fd, &count, sizeof count));
}

bool
rni_fd_is_raised(int fd)
{
    return rni_look(&rni_no_wait, fd, POLLIN) == RN_OK;
}

int
rni_fd_shutdown_write(int fd)
{
    return rni_result(shutdown(fd, SHUT_WR));
}

int
rni_fd_shutdown_read(int fd)
{
    return rni_result(shutdown(fd, SHUT_RD));
}

int
rni_fd_shutdown_both(int fd)
{
    return rni_result(shutdown(fd, SHUT_RDWR));
}

bool
rni_fd_is_bound(const union rni_sockaddr *at)
{
    /* connect(2) refuses a plain file just as it refuses a dead socket. */
    struct stat st;
    if (lstat(at->un.sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
        return true;
    /* A stream socket at that path refuses a datagram one for its type, without
     * a connection that it would have to accept. */
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return true;
    int rc = rni_fd_connect(fd, at);
    rni_fd_close(fd);
    return rc != -ECONNREFUSED;
}

pid_t
rni_this_process(void)
{
    return getpid();
}

bool
rni_fd_path_id(const char *path, struct rni_path_id *id)
{
    struct stat st;
    if (lstat(path, &st) < 0)
        return false;
    *id = (struct rni_path_id){.is_known = true,
                               .device = st.st_dev,
                               .inode = st.st_ino,
                               .maker = rni_this_process()};
    return true;
}

bool
rni_same_path(const struct rni_path_id *a, const struct rni_path_id *b)
{
    return a->device == b->device && a->inode == b->inode &&
        a->maker == b->maker;
}

int
rni_fd_unlink(const char *path)
{
    return rni_result(unlink(path));
}

/* Never repeated: after EINTR Linux has released the number, and it may be
 * another thread's by now (close(2), NOTES). */
int
rni_fd_close(int fd)
{
    int rc = rni_result(close(fd));
    return rc == -EINTR ? 0 : rc;
}
