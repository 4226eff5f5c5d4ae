/* SPDX-License-Identifier: MIT */
/*
 * Every call to the kernel that concerns a descriptor. Each is restarted after
 * a signal, raises no SIGPIPE, makes only close-on-exec descriptors, and
 * returns a result >= 0, or a negated errno value, or what waiting returned.
 */
#ifndef RNI_FD_H
#define RNI_FD_H

#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "runnel.h"

/* An endpoint as the kernel knows it. */
union rni_sockaddr {
    struct sockaddr sa;
    struct sockaddr_in in4;
    struct sockaddr_in6 in6;
    struct sockaddr_un un;
};

/* How many of its bytes count. */
socklen_t rni_address_length(const union rni_sockaddr *a);

int rni_fd_socket(int family, bool block);

/* Connect; -EINPROGRESS: it goes on by itself, and poll(2) says POLLOUT when
 * rni_fd_connect_outcome knows how it went. */
int rni_fd_connect(int fd, const union rni_sockaddr *to);
int rni_fd_connect_outcome(int fd);

int rni_fd_bind(int fd, const union rni_sockaddr *to);
int rni_fd_listen(int fd, int backlog);

/* The next connection, of a listener that does not block, and its far end. */
int rni_fd_accept(int fd, union rni_sockaddr *from, const rn_wait *wait);

/* A socket's own limit on a blocking receive (socket(7), SO_RCVTIMEO), as last
 * set here, in nanoseconds; 0: none. NULL in its place: leave it alone. */
typedef int64_t rni_recv_limit;

/* 1..n bytes, or 0 at the end. For sockets. */
ptrdiff_t rni_fd_recv(int fd, void *data, size_t n, const rn_wait *wait,
                      rni_recv_limit *limit);

/* 1.. bytes sent. For sockets. */
ptrdiff_t rni_fd_send(int fd, const void *data, size_t n, const rn_wait *wait);
ptrdiff_t rni_fd_sendv(int fd, const struct iovec *pieces, int count,
                       const rn_wait *wait);

/* The same for descriptors that are no sockets. */
ptrdiff_t rni_fd_read(int fd, void *data, size_t n, const rn_wait *wait);
ptrdiff_t rni_fd_writev(int fd, const struct iovec *pieces, int count,
                        const rn_wait *wait);

/*
 * Some calls raise SIGPIPE and have no flag against it. Holding the signal back
 * in this thread, and taking away the one that we `raised`, changes nothing for
 * the rest of the process.
 */
struct rni_sigpipe {
    sigset_t before;
    bool was_pending;
};
void rni_sigpipe_hold(struct rni_sigpipe *held);
void rni_sigpipe_release(const struct rni_sigpipe *held, bool raised);

/* Move up to n bytes from one descriptor to another, of which at least one is a
 * pipe, inside the kernel; 0 at the end, -EAGAIN where one of them would block
 * (a socket must not block by itself). Raises SIGPIPE. */
ptrdiff_t rni_fd_splice(int from, int to, size_t n);

/* A pipe(2) that never blocks, as large as may be; where there is none to be
 * had the ends stay as they are. */
void rni_fd_pipe(int ends[2]);

/* An eventfd(2) that never blocks, made readable and not so again. */
int rni_fd_event(void);
void rni_fd_raise(int fd);
void rni_fd_lower(int fd);
bool rni_fd_is_raised(int fd);

int rni_fd_shutdown_write(int fd);

/* Also wakes whoever blocks on fd in another thread. */
int rni_fd_shutdown_read(int fd);
int rni_fd_shutdown_both(int fd);

/* Whether the path of a unix address is in use: by a socket that is open (it
 * hears nothing of the question), or by a file that is no socket at all. True
 * where that cannot be told. */
bool rni_fd_is_bound(const union rni_sockaddr *at);

/* getpid(2): to know whether this is a forked copy of what made something. */
pid_t rni_this_process(void);

/* Which file a path means, and for which process. False: none. */
struct rni_path_id {
    bool is_known;
    dev_t device;
    ino_t inode;
    pid_t maker;
};
bool rni_fd_path_id(const char *path, struct rni_path_id *id);
bool rni_same_path(const struct rni_path_id *a, const struct rni_path_id *b);

/* Remove the path of a unix socket. */
int rni_fd_unlink(const char *path);
int rni_fd_close(int fd);

/* Make close(2) reset the connection. */
int rni_fd_linger_zero(int fd);

int rni_fd_set(int fd, int level, int option, int value);

/* Probe the peer of a TCP connection, and give up on it after so many seconds;
 * 0: neither. */
int rni_fd_set_liveness(int fd, int seconds);

/* 1: it was not so before; 0: it was. */
int rni_fd_set_blocking(int fd, int blocking);

int rni_fd_local(int fd, union rni_sockaddr *address);
int rni_fd_remote(int fd, union rni_sockaddr *address);

/* 1: the text is an IPv6 address, with an interface or without; 0: it is none;
 * -ENODEV: there is no such interface; or why it could not be looked up. */
int rni_fd_ipv6(const char *text, int port, union rni_sockaddr *address);

/* Sent bytes that the peer's system has not confirmed yet, a FIN counting as
 * one. */
int rni_fd_unconfirmed(int fd);

/* The kernel's estimate for a TCP connection, in nanoseconds, or -1. */
int64_t rni_fd_round_trip(int fd);

/* SOCK_STREAM, ...; -ENOTSOCK for what is no socket. */
int rni_fd_socket_type(int fd);

/* O_RDONLY, O_WRONLY or O_RDWR. */
int rni_fd_access_mode(int fd);

enum rni_fd_kind {
    RNI_FD_OTHER, /* also what is not open */
    RNI_FD_PIPE,
    RNI_FD_DISK, /* a regular file, which blocks nobody */
    RNI_FD_NULL  /* /dev/null and its kin, which do not either */
};
enum rni_fd_kind rni_fd_kind(int fd);

#endif
