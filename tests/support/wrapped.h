/* SPDX-License-Identifier: MIT */
/* The library's calls to the system as the linker's --wrap names them:
 * __wrap_X is what runnel gets in the place of X, __real_X is the system's. The
 * names are listed in tests/meson.build too. */
#ifndef TESTS_WRAPPED_H
#define TESTS_WRAPPED_H

#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>

/* The names that the linker sees where files may be large; musl has no others.
 */
#ifndef __GLIBC__
#define __real_fcntl64 __real_fcntl
#define __wrap_fcntl64 __wrap_fcntl
#define __real_fstat64 __real_fstat
#define __wrap_fstat64 __wrap_fstat
#define __real_lstat64 __real_lstat
#define __wrap_lstat64 __wrap_lstat
#endif

#define WRAPPED(type, name, args)                                              \
    type __real_##name args;                                                   \
    type __wrap_##name args

WRAPPED(void *, malloc, (size_t size));
WRAPPED(void *, calloc, (size_t count, size_t size));
WRAPPED(void *, realloc, (void *block, size_t size));
WRAPPED(void, free, (void *block));
WRAPPED(char *, strdup, (const char *text));
WRAPPED(int, socket, (int family, int type, int protocol));
WRAPPED(int, accept4,
        (int fd, struct sockaddr *from, socklen_t *len, int flags));
WRAPPED(int, eventfd, (unsigned value, int flags));
WRAPPED(int, close, (int fd));
WRAPPED(int, fcntl64, (int fd, int command, ...));
WRAPPED(int, ioctl, (int fd, unsigned long request, ...));
WRAPPED(int, pipe2, (int ends[2], int flags));
WRAPPED(int, fstat64, (int fd, struct stat *st));
WRAPPED(ssize_t, splice,
        (int from, int64_t *from_at, int to, int64_t *to_at, size_t n,
         unsigned flags));
WRAPPED(int, lstat64, (const char *path, struct stat *st));
WRAPPED(int, unlink, (const char *path));
WRAPPED(int, connect, (int fd, const struct sockaddr *to, socklen_t len));
WRAPPED(int, bind, (int fd, const struct sockaddr *to, socklen_t len));
WRAPPED(int, listen, (int fd, int backlog));
WRAPPED(int, getsockopt,
        (int fd, int level, int option, void *value, socklen_t *len));
WRAPPED(int, setsockopt,
        (int fd, int level, int option, const void *value, socklen_t len));
WRAPPED(int, getsockname, (int fd, struct sockaddr *a, socklen_t *len));
WRAPPED(int, getpeername, (int fd, struct sockaddr *a, socklen_t *len));
WRAPPED(int, shutdown, (int fd, int how));
WRAPPED(ssize_t, recv, (int fd, void *data, size_t n, int flags));
WRAPPED(ssize_t, send, (int fd, const void *data, size_t n, int flags));
WRAPPED(ssize_t, sendmsg, (int fd, const struct msghdr *m, int flags));
WRAPPED(ssize_t, read, (int fd, void *data, size_t n));
WRAPPED(ssize_t, write, (int fd, const void *data, size_t n));
WRAPPED(ssize_t, writev, (int fd, const struct iovec *pieces, int count));
WRAPPED(int, ppoll,
        (struct pollfd * fds, nfds_t count, const struct timespec *time,
         const sigset_t *mask));
WRAPPED(int, clock_gettime, (clockid_t which, struct timespec *time));
WRAPPED(int, getaddrinfo,
        (const char *host, const char *service, const struct addrinfo *hints,
         struct addrinfo **found));
WRAPPED(void, freeaddrinfo, (struct addrinfo * found));
WRAPPED(int, getnameinfo,
        (const struct sockaddr *a, socklen_t len, char *host,
         socklen_t host_len, char *service, socklen_t service_len, int flags));
WRAPPED(int, pthread_create,
        (pthread_t * thread, const pthread_attr_t *attributes,
         void *(*start)(void *), void *arg));
WRAPPED(int, pthread_attr_init, (pthread_attr_t * attributes));
WRAPPED(int, pthread_attr_setstacksize,
        (pthread_attr_t * attributes, size_t size));
WRAPPED(int, sigtimedwait,
        (const sigset_t *set, siginfo_t *info, const struct timespec *time));

#endif
