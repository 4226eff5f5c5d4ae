/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "peer.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* glibc's own header knows only the first fields of struct tcp_info. */
#ifdef __GLIBC__
#include <linux/tcp.h>
#else
#include <netinet/tcp.h>
#endif

/* Not being able to set a test up is no result of the test. */
static void
need(int fine, const char *what)
{
    if (fine)
        return;
    perror(what);
    abort();
}

void
tcp_pair(rn_socket **client, rn_socket **accepted, rn_buffering buffering)
{
    rn_error err;
    rn_server *server = rn_listen(0, "127.0.0.1", &err);
    need(server != NULL, err.message);
    *client = rn_connect("127.0.0.1", rn_server_port(server), buffering, &err);
    need(*client != NULL, err.message);
    *accepted = rn_accept(server, buffering, &err);
    need(*accepted != NULL, err.message);
    rn_server_free(server);
}

rn_socket *
socket_to_raw(int *raw, rn_buffering buffering)
{
    rn_error err;
    int port;
    int listener = raw_listen(&port);
    rn_socket *s = rn_connect("127.0.0.1", port, buffering, &err);
    need(s != NULL, err.message);
    *raw = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    need(*raw >= 0, "accept4");
    close(listener);
    return s;
}

rn_socket *
socket_to_small(int *raw)
{
    rn_error err;
    int port;
    int small = 4096;
    int listener = raw_listen(&port);
    setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    rn_socket *s = rn_connect("127.0.0.1", port, RN_UNBUFFERED, &err);
    need(s != NULL, err.message);
    *raw = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    need(*raw >= 0, "accept4");
    close(listener);
    return s;
}

static int
raw_bound(struct sockaddr_in *a)
{
    socklen_t len = sizeof *a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    need(fd >= 0, "socket");
    memset(a, 0, sizeof *a);
    a->sin_family = AF_INET;
    a->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    need(bind(fd, (struct sockaddr *)a, len) == 0, "bind");
    need(getsockname(fd, (struct sockaddr *)a, &len) == 0, "getsockname");
    return fd;
}

int
raw_listen(int *port)
{
    struct sockaddr_in a;
    int fd = raw_bound(&a);
    need(listen(fd, 16) == 0, "listen");
    *port = ntohs(a.sin_port);
    return fd;
}

int
raw_connect(int port)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    need(fd >= 0, "socket");
    a.sin_port = htons((uint16_t)port);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    need(connect(fd, (struct sockaddr *)&a, sizeof a) == 0, "connect");
    return fd;
}

int
closed_port(int *holder)
{
    struct sockaddr_in a;
    *holder = raw_bound(&a);
    return ntohs(a.sin_port);
}

int
full_port(const char *address, int fds[FULL_FDS])
{
    struct sockaddr_in a;
    socklen_t len = sizeof a;
    memset(&a, 0, sizeof a);
    a.sin_family = AF_INET;
    a.sin_addr.s_addr = inet_addr(address != NULL ? address : "127.0.0.1");
    fds[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    need(fds[0] >= 0, "socket");
    need(bind(fds[0], (struct sockaddr *)&a, len) == 0, "bind");
    need(listen(fds[0], 0) == 0, "listen");
    need(getsockname(fds[0], (struct sockaddr *)&a, &len) == 0, "getsockname");
    for (int i = 1; i < FULL_FDS; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        need(fds[i] >= 0, "socket");
        connect(fds[i], (struct sockaddr *)&a, len);
    }
    return ntohs(a.sin_port);
}

void
full_port_close(const int fds[FULL_FDS])
{
    for (int i = 0; i < FULL_FDS; i++)
        close(fds[i]);
}

ptrdiff_t
raw_read_all(int fd, char *data, size_t cap)
{
    size_t len = 0;
    ssize_t n = 1;
    while (n > 0 && len + 1 < cap) {
        n = read(fd, data + len, cap - 1 - len);
        if (n > 0)
            len += (size_t)n;
    }
    data[len] = '\0';
    return n < 0 ? -1 : (ptrdiff_t)len;
}

int
open_descriptors(void)
{
    int count = 0;
    DIR *d = opendir("/proc/self/fd");
    need(d != NULL, "/proc/self/fd");
    while (readdir(d) != NULL)
        count++;
    closedir(d);
    return count;
}

int
nothing_was_left_open(void **state)
{
    static int before;
    if (*state == NULL) {
        before = open_descriptors();
        *state = &before;
        return 0;
    }
    int now = open_descriptors();
    if (now != before)
        fprintf(stderr, "%d descriptors were left open\n", now - before);
    return now != before;
}

int
tells_tcp_info(void)
{
    struct tcp_info info;
    socklen_t len = sizeof info;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int rc = getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len);
    close(fd);
    return rc == 0 && len > offsetof(struct tcp_info, tcpi_data_segs_out);
}

unsigned
segments_sent(int fd)
{
    struct tcp_info info;
    socklen_t len = sizeof info;
    memset(&info, 0, sizeof info);
    need(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0, "TCP_INFO");
    return info.tcpi_data_segs_out;
}
