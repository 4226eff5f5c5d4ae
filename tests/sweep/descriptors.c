/* SPDX-License-Identifier: MIT */
/* Calls that make, end or ask about descriptors: which are runnel's is known,
 * and what it may close. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "real.h"
#include "sweep.h"

enum {
    MOST = 256 /* numbers that are watched */
};

static bool owned[MOST];
static bool events[MOST];
static bool pipes[MOST];
static bool open_before[MOST];

bool
sw_is_event(int fd)
{
    return fd >= 0 && fd < MOST && events[fd];
}

bool
sw_is_own_pipe(int fd)
{
    return fd >= 0 && fd < MOST && pipes[fd];
}

void
sw_owns(int fd)
{
    if (fd >= MOST)
        sw_stuck("too many descriptors");
    if (fd >= 0)
        owned[fd] = true;
}

void
sw_disowns(int fd)
{
    owned[fd] = false;
}

static bool
is_open(int fd)
{
    return __real_fcntl64(fd, F_GETFD) >= 0;
}

void
sw_descriptors_begin(void)
{
    for (int fd = 0; fd < MOST; fd++) {
        owned[fd] = events[fd] = pipes[fd] = false;
        open_before[fd] = fd < 64 && is_open(fd);
    }
}

void
sw_descriptors_end(void)
{
    for (int fd = 0; fd < MOST; fd++) {
        if (owned[fd])
            sw_bad("descriptor %d is left open", fd);
        else if (fd < 64 && is_open(fd) != open_before[fd])
            sw_bad("descriptor %d is %s at the end", fd,
                   open_before[fd] ? "closed" : "open");
        if (owned[fd])
            __real_close(fd);
    }
}

int
sw_fails(enum sw_call call)
{
    const struct sw_fault *fault = sw_point(call);
    if (fault == NULL)
        return 0;
    errno = fault->value;
    return fault->kind == SW_AFTER ? 1 : -1;
}

/* A new descriptor of runnel's, close-on-exec as it promises. */
static int
made(int fd)
{
    if (fd >= 0 && (__real_fcntl64(fd, F_GETFD) & FD_CLOEXEC) == 0)
        sw_bad("descriptor %d is not close-on-exec", fd);
    sw_owns(fd);
    sw_limit_reset(fd);
    if (fd >= 0)
        events[fd] = pipes[fd] = false;
    return fd;
}

int
__wrap_socket(int family, int type, int protocol)
{
    if (!sw.inside)
        return __real_socket(family, type, protocol);
    return sw_fails(SW_SOCKET) ? -1
                               : made(__real_socket(family, type, protocol));
}

int
__wrap_accept4(int fd, struct sockaddr *from, socklen_t *len, int flags)
{
    if (!sw.inside)
        return __real_accept4(fd, from, len, flags);
    if (sw_fails(SW_ACCEPT))
        return -1;
    const struct timespec at_once = {0};
    struct pollfd p = {.fd = fd, .events = POLLIN};
    while (__real_ppoll(&p, 1, &at_once, NULL) == 0)
        if (!sw_wait_for(fd, POLLIN))
            return -1;
    return made(__real_accept4(fd, from, len, flags));
}

int
__wrap_eventfd(unsigned value, int flags)
{
    if (!sw.inside)
        return __real_eventfd(value, flags);
    int fd = sw_fails(SW_EVENT) ? -1 : made(__real_eventfd(value, flags));
    if (fd >= 0)
        events[fd] = true;
    return fd;
}

int
__wrap_pipe2(int ends[2], int flags)
{
    if (!sw.inside)
        return __real_pipe2(ends, flags);
    if (sw_fails(SW_PIPE) || __real_pipe2(ends, flags) < 0)
        return -1;
    for (int i = 0; i < 2; i++)
        pipes[made(ends[i])] = true;
    return 0;
}

int
__wrap_fstat64(int fd, struct stat *st)
{
    return sw.inside && sw_fails(SW_KIND) ? -1 : __real_fstat64(fd, st);
}

/* Linux releases the number whatever it says (close(2), NOTES). */
int
__wrap_close(int fd)
{
    if (!sw.inside)
        return __real_close(fd);
    if (fd < 0 || fd >= MOST || !owned[fd])
        sw_bad("descriptor %d is closed and not its own", fd);
    else
        owned[fd] = false;
    int told = sw_fails(SW_CLOSE);
    int sys = errno;
    int rc = __real_close(fd);
    if (told != 0)
        errno = sys;
    return told != 0 ? -1 : rc;
}

int
__wrap_fcntl64(int fd, int command, ...)
{
    va_list args;
    va_start(args, command);
    int arg = va_arg(args, int);
    va_end(args);
    enum sw_call call = command == F_SETPIPE_SZ ? SW_PIPE_SIZE
        : command == F_SETFL                    ? SW_SET_FLAGS
                                                : SW_GET_FLAGS;
    if (sw.inside && sw_fails(call))
        return -1;
    return __real_fcntl64(fd, command, arg);
}

int
__wrap_ioctl(int fd, unsigned long request, ...)
{
    va_list args;
    va_start(args, request);
    void *arg = va_arg(args, void *);
    va_end(args);
    bool names = request == SIOCGIFINDEX;
    if (sw.inside && sw_fails(names ? SW_INTERFACE : SW_UNCONFIRMED))
        return -1;
    return __real_ioctl(fd, request, arg);
}

int
__wrap_lstat64(const char *path, struct stat *st)
{
    if (sw.inside && sw_fails(SW_LSTAT))
        return -1;
    return __real_lstat64(path, st);
}

int
__wrap_unlink(const char *path)
{
    if (sw.inside && sw_fails(SW_UNLINK))
        return -1;
    return __real_unlink(path);
}
