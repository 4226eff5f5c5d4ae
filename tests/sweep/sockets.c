/* SPDX-License-Identifier: MIT */
/* Sockets: connected, bound, asked, told, and the bytes through them. */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/time.h>

#include "real.h"
#include "sweep.h"

/* One that fails with EINTR or EINPROGRESS goes on by itself. */
int
__wrap_connect(int fd, const struct sockaddr *to, socklen_t len)
{
    bool is_unix = to->sa_family == AF_UNIX;
    int told = sw.inside ? sw_fails(is_unix ? SW_CONNECT_UNIX : SW_CONNECT) : 0;
    int sys = errno;
    if (told < 0)
        return -1;
    int rc = __real_connect(fd, to, len);
    if (told > 0)
        errno = sys;
    return told > 0 ? -1 : rc;
}

int
__wrap_bind(int fd, const struct sockaddr *to, socklen_t len)
{
    return sw.inside && sw_fails(SW_BIND) ? -1 : __real_bind(fd, to, len);
}

int
__wrap_listen(int fd, int backlog)
{
    return sw.inside && sw_fails(SW_LISTEN) ? -1 : __real_listen(fd, backlog);
}

static enum sw_call
question(int level, int option)
{
    if (level == SOL_SOCKET && option == SO_ERROR)
        return SW_OUTCOME;
    return level == SOL_SOCKET ? SW_TYPE : SW_TCP_FIGURES;
}

int
__wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *len)
{
    if (!sw.inside)
        return __real_getsockopt(fd, level, option, value, len);
    const struct sw_fault *fault = sw_point(question(level, option));
    if (fault != NULL && fault->kind == SW_TELL) {
        memcpy(value, &fault->value, sizeof fault->value);
        return 0;
    }
    if (fault == NULL)
        return __real_getsockopt(fd, level, option, value, len);
    errno = fault->value;
    return -1;
}

/* The kernel's own limit of a receive must count in virtual time. */
int
__wrap_setsockopt(int fd, int level, int option, const void *value,
                  socklen_t len)
{
    if (!sw.inside)
        return __real_setsockopt(fd, level, option, value, len);
    if (sw_fails(SW_OPTION))
        return -1;
    if (level == SOL_SOCKET && option == SO_RCVTIMEO) {
        struct timeval t;
        memcpy(&t, value, sizeof t);
        sw_limit_set(fd, t.tv_sec * INT64_C(1000000000) + t.tv_usec * 1000);
        return 0;
    }
    return __real_setsockopt(fd, level, option, value, len);
}

int
__wrap_getsockname(int fd, struct sockaddr *a, socklen_t *len)
{
    return sw.inside && sw_fails(SW_LOCAL) ? -1
                                           : __real_getsockname(fd, a, len);
}

int
__wrap_getpeername(int fd, struct sockaddr *a, socklen_t *len)
{
    return sw.inside && sw_fails(SW_REMOTE) ? -1
                                            : __real_getpeername(fd, a, len);
}

/* One that fails with ENOTCONN finds a connection that is gone; where it fails
 * for want of memory the end was not told either. */
int
__wrap_shutdown(int fd, int how)
{
    return sw.inside && sw_fails(SW_SHUTDOWN) ? -1 : __real_shutdown(fd, how);
}

/* How many of n bytes the fault leaves; 0: it fails, or is the end. */
size_t
sw_cut(const struct sw_fault *fault, size_t n)
{
    if (fault == NULL)
        return n;
    if (fault->kind == SW_SHORT)
        return 1;
    if (fault->kind == SW_HALF)
        return n / 2 + 1 < n ? n / 2 + 1 : n;
    errno = fault->value;
    return 0;
}

ssize_t
__wrap_recv(int fd, void *data, size_t n, int flags)
{
    if (!sw.inside)
        return __real_recv(fd, data, n, flags);
    const struct sw_fault *fault = sw_point(SW_RECV);
    n = sw_cut(fault, n);
    if (n == 0)
        return fault->kind == SW_END ? 0 : -1;
    for (;;) {
        ssize_t r = __real_recv(fd, data, n, flags | MSG_DONTWAIT);
        if (r >= 0 || errno != EAGAIN || flags & MSG_DONTWAIT ||
            !sw_wait_for(fd, POLLIN))
            return r;
    }
}

ssize_t
__wrap_send(int fd, const void *data, size_t n, int flags)
{
    if (!sw.inside)
        return __real_send(fd, data, n, flags);
    if ((flags & MSG_NOSIGNAL) == 0)
        sw_bad("a send without MSG_NOSIGNAL");
    n = sw_cut(sw_point(SW_SEND), n);
    if (n == 0)
        return -1;
    for (;;) {
        ssize_t r = __real_send(fd, data, n, flags | MSG_DONTWAIT);
        if (r >= 0 || errno != EAGAIN || flags & MSG_DONTWAIT ||
            !sw_wait_for(fd, POLLOUT))
            return r;
    }
}

/* The first `n` bytes of the pieces, in `some`: how many pieces. */
int
sw_first_bytes(const struct iovec *pieces, int count, size_t n,
               struct iovec *some, int most)
{
    int used = 0;
    for (int i = 0; i < count && n > 0 && used < most; i++) {
        some[used] = pieces[i];
        if (some[used].iov_len > n)
            some[used].iov_len = n;
        n -= some[used++].iov_len;
    }
    return used;
}

size_t
sw_sum(const struct iovec *pieces, int count)
{
    size_t sum = 0;
    for (int i = 0; i < count; i++)
        sum += pieces[i].iov_len;
    return sum;
}

ssize_t
__wrap_sendmsg(int fd, const struct msghdr *m, int flags)
{
    if (!sw.inside)
        return __real_sendmsg(fd, m, flags);
    if ((flags & MSG_NOSIGNAL) == 0)
        sw_bad("a sendmsg without MSG_NOSIGNAL");
    struct iovec some[SW_PIECES];
    size_t n = sw_sum(m->msg_iov, (int)m->msg_iovlen);
    n = sw_cut(sw_point(SW_SENDMSG), n);
    if (n == 0)
        return -1;
    int used =
        sw_first_bytes(m->msg_iov, (int)m->msg_iovlen, n, some, SW_PIECES);
    const struct msghdr part = {.msg_iov = some, .msg_iovlen = (size_t)used};
    for (;;) {
        ssize_t r = __real_sendmsg(fd, &part, flags | MSG_DONTWAIT);
        if (r >= 0 || errno != EAGAIN || flags & MSG_DONTWAIT ||
            !sw_wait_for(fd, POLLOUT))
            return r;
    }
}
