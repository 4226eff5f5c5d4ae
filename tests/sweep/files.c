/* SPDX-License-Identifier: MIT */
/* Descriptors that are no sockets: pipes, files, and the eventfds of cancel
 * tokens and lookups. */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "real.h"
#include "sweep.h"

/* A blocking call on a pipe must find it ready, or the whole run would block.
 */
static bool
is_ready(int fd, short events)
{
    struct pollfd p = {.fd = fd, .events = events};
    const struct timespec at_once = {0};
    return __real_ppoll(&p, 1, &at_once, NULL) > 0;
}

ssize_t
__wrap_read(int fd, void *data, size_t n)
{
    if (!sw.inside)
        return __real_read(fd, data, n);
    bool event = sw_is_event(fd);
    enum sw_call call = event ? SW_LOWER
        : sw_is_own_pipe(fd)  ? SW_TAKE_BACK
                              : SW_READ;
    const struct sw_fault *fault = sw_point(call);
    n = event && fault == NULL ? n : sw_cut(fault, n);
    if (n == 0)
        return fault->kind == SW_END ? 0 : -1;
    while (!event && !is_ready(fd, POLLIN))
        if (!sw_wait_for(fd, POLLIN))
            return -1;
    return __real_read(fd, data, n);
}

ssize_t
__wrap_write(int fd, const void *data, size_t n)
{
    if (sw.inside && sw_fails(SW_RAISE))
        return -1;
    return __real_write(fd, data, n);
}

/* Of what is no pipe it must not be one that blocks: then this would hang. */
ssize_t
__wrap_splice(int from, int64_t *from_at, int to, int64_t *to_at, size_t n,
              unsigned flags)
{
    if (!sw.inside)
        return __real_splice(from, from_at, to, to_at, n, flags);
    const struct sw_fault *fault = sw_point(SW_SPLICE);
    n = sw_cut(fault, n);
    if (n == 0)
        return fault->kind == SW_END ? 0 : -1;
    return __real_splice(from, from_at, to, to_at, n, flags);
}

/* In portions that a pipe which is ready takes without blocking; between them
 * the peer may read. */
static ssize_t
write_out(int fd, const char *data, size_t n)
{
    size_t done = 0;
    while (done < n) {
        size_t part = n - done < PIPE_BUF ? n - done : PIPE_BUF;
        if (!is_ready(fd, POLLOUT)) {
            if (!sw_wait_for(fd, POLLOUT))
                break;
            continue;
        }
        ssize_t r = __real_write(fd, data + done, part);
        if (r < 0)
            break;
        done += (size_t)r;
    }
    return done > 0 ? (ssize_t)done : -1;
}

ssize_t
__wrap_writev(int fd, const struct iovec *pieces, int count)
{
    if (!sw.inside)
        return __real_writev(fd, pieces, count);
    static char all[1 << 18];
    size_t len = 0;
    for (int i = 0; i < count; i++) {
        if (pieces[i].iov_len > sizeof all - len)
            sw_stuck("a writev of too many bytes");
        memcpy(all + len, pieces[i].iov_base, pieces[i].iov_len);
        len += pieces[i].iov_len;
    }
    len = sw_cut(sw_point(SW_WRITEV), len);
    return len == 0 ? -1 : write_out(fd, all, len);
}

int
__wrap_sigtimedwait(const sigset_t *set, siginfo_t *info,
                    const struct timespec *time)
{
    if (sw.inside && sw_fails(SW_TAKE_SIGNAL))
        return -1;
    return __real_sigtimedwait(set, info, time);
}
