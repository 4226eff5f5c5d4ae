/* SPDX-License-Identifier: MIT */
/*
 * Every call to the kernel that concerns a descriptor. Each is restarted after
 * a signal, raises no SIGPIPE, makes only close-on-exec descriptors, and
 * returns a result >= 0, or a negated errno value, or what waiting returned.
 */
#ifndef RNI_FD_H
#define RNI_FD_H

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "runnel.h"

/* An IP endpoint as the kernel knows it. */
union rni_sockaddr {
    struct sockaddr sa;
    struct sockaddr_in in4;
    struct sockaddr_in6 in6;
};

int rni_fd_socket(int family);

/* Connect, waiting as `wait` says. */
int rni_fd_connect(int fd, const union rni_sockaddr *to, const rn_wait *wait);

int rni_fd_bind(int fd, const union rni_sockaddr *to);
int rni_fd_listen(int fd, int backlog);

/* The next connection, of a listener that does not block, and its far end. */
int rni_fd_accept(int fd, union rni_sockaddr *from, const rn_wait *wait);

/* 1..n bytes, or 0 at the end. For sockets. */
ptrdiff_t rni_fd_recv(int fd, void *data, size_t n, const rn_wait *wait);

/* 1.. bytes sent. For sockets. */
ptrdiff_t rni_fd_send(int fd, const void *data, size_t n, const rn_wait *wait);
ptrdiff_t rni_fd_sendv(int fd, const struct iovec *pieces, int count,
                       const rn_wait *wait);

/* The same for descriptors that are no sockets. */
ptrdiff_t rni_fd_read(int fd, void *data, size_t n, const rn_wait *wait);
ptrdiff_t rni_fd_writev(int fd, const struct iovec *pieces, int count,
                        const rn_wait *wait);

int rni_fd_shutdown_write(int fd);
int rni_fd_close(int fd);

/* Make close(2) reset the connection. */
int rni_fd_linger_zero(int fd);

int rni_fd_set(int fd, int level, int option, int value);
int rni_fd_set_blocking(int fd, int blocking);

int rni_fd_local(int fd, union rni_sockaddr *address);
int rni_fd_remote(int fd, union rni_sockaddr *address);

/* Sent bytes that the peer's system has not confirmed yet, a FIN counting as
 * one. */
int rni_fd_unconfirmed(int fd);

/* SOCK_STREAM, ...; -ENOTSOCK for what is no socket. */
int rni_fd_socket_type(int fd);

/* O_RDONLY, O_WRONLY or O_RDWR. */
int rni_fd_access_mode(int fd);

#endif
