/* SPDX-License-Identifier: MIT */
/* rn_from_fd: a stream over a descriptor that is open already. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "socket.h"
#include "wait.h"

struct file {
    int fd;
    bool keep;
    char name[16]; /* for sentences */
};

static ptrdiff_t
file_read(void *ctx, void *data, size_t n, const rn_wait *wait)
{
    struct file *f = ctx;
    return rni_fd_read(f->fd, data, n, wait);
}

static ptrdiff_t
file_writev(void *ctx, const struct iovec *pieces, int count,
            const rn_wait *wait)
{
    struct file *f = ctx;
    return rni_fd_writev(f->fd, pieces, count, wait);
}

static ptrdiff_t
file_write(void *ctx, const void *data, size_t n, const rn_wait *wait)
{
    struct iovec piece = {.iov_base = (void *)(uintptr_t)data, .iov_len = n};
    return file_writev(ctx, &piece, 1, wait);
}

static int
file_wait(void *ctx, int directions, const rn_wait *wait)
{
    struct file *f = ctx;
    return rn_wait_fd(wait, f->fd, directions);
}

static int
file_close(void *ctx, const rn_wait *wait)
{
    struct file *f = ctx;
    (void)wait;
    return f->keep ? RN_OK : rni_fd_close(f->fd);
}

static int
file_fd(void *ctx)
{
    struct file *f = ctx;
    return f->fd;
}

/* One table for each access mode: a missing function is what makes a stream
 * one-way. */
static const rn_stream_ops file_ops[] = {
    [O_RDONLY] = {.read = file_read,
                  .wait = file_wait,
                  .close = file_close,
                  .fd = file_fd},
    [O_WRONLY] = {.write = file_write,
                  .writev = file_writev,
                  .wait = file_wait,
                  .close = file_close,
                  .fd = file_fd},
    [O_RDWR] = {.read = file_read,
                .write = file_write,
                .writev = file_writev,
                .wait = file_wait,
                .close = file_close,
                .fd = file_fd},
};

int
rni_file_fd(const rn_stream *s)
{
    const struct file *f = s->ctx;
    for (size_t i = 0; i < sizeof file_ops / sizeof *file_ops; i++)
        if (s->ops == &file_ops[i])
            return f->fd;
    return -1;
}

static rn_stream *
from_file(int fd, rn_buffering buffering, bool keep, rn_error *err)
{
    int mode = rni_fd_access_mode(fd);
    if (mode < 0 || mode > O_RDWR) {
        rni_error_set(err, RN_E_VALUE, RN_PHASE_SETUP, mode < 0 ? -mode : 0,
                      NULL, "descriptor %d is not open for reading or writing",
                      fd);
        return NULL;
    }
    rn_stream *s =
        rni_stream_make(&file_ops[mode], sizeof(struct file), buffering, 0);
    if (s == NULL) {
        rni_error_set(err, RN_E_MEMORY, RN_PHASE_SETUP, 0, NULL, NULL);
        return NULL;
    }
    struct file *f = s->ctx;
    f->fd = fd;
    f->keep = keep;
    static const char *const standard[] = {"standard input", "standard output",
                                           "standard error"};
    if (fd <= 2)
        snprintf(f->name, sizeof f->name, "%s", standard[fd]);
    else
        snprintf(f->name, sizeof f->name, "fd %d", fd);
    s->target.host = f->name;
    return s;
}

rn_stream *
rn_from_fd(int fd, int flags, rn_error *err)
{
    rni_error_clear(err);
    bool keep = (flags & RN_KEEP_FD) != 0;
    int buffering = flags & ~RN_KEEP_FD;
    if (rni_check_buffering(buffering, RN_PHASE_SETUP, NULL, err) < 0)
        return NULL;
    int type = rni_fd_socket_type(fd);
    if (type == -ENOTSOCK || type == -EBADF)
        return from_file(fd, (rn_buffering)buffering, keep, err);
    union rni_sockaddr remote;
    int rc = type;
    if (type >= 0)
        rc = type == SOCK_STREAM ? rni_fd_remote(fd, &remote) : -ENOTCONN;
    if (rc < 0 && rc != -ENOTCONN && rc != -EINVAL) {
        int sys;
        int code = rni_code_of(RN_PHASE_SETUP, rc, &sys);
        rni_error_set(err, code, RN_PHASE_SETUP, sys, NULL, NULL);
        return NULL;
    }
    if (rc < 0) {
        rni_error_set(err, RN_E_VALUE, RN_PHASE_SETUP, 0, NULL,
                      "descriptor %d is not a connected stream socket", fd);
        return NULL;
    }
    const struct rni_socket_plan plan = {
        .host = "", .buffering = (rn_buffering)buffering, .keep_fd = keep};
    return rni_socket_make(fd, &remote, &plan, RN_PHASE_SETUP, err);
}
