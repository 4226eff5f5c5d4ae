/* SPDX-License-Identifier: MIT */
/* Descriptors that are not runnel's: raw listeners and connections, both ends
 * of each way that a stream can go, and a folder for unix sockets. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "peer.h"
#include "real.h"

void
sw_need(bool fine, const char *what)
{
    if (fine)
        return;
    perror(what);
    sw_stuck(what);
}

static struct sockaddr_in
loopback(int port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

int
sw_raw_listen(int *port, int backlog)
{
    struct sockaddr_in a = loopback(0);
    socklen_t len = sizeof a;
    int fd = __real_socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sw_need(fd >= 0, "socket");
    sw_need(__real_bind(fd, (struct sockaddr *)&a, len) == 0, "bind");
    sw_need(__real_listen(fd, backlog) == 0, "listen");
    sw_need(__real_getsockname(fd, (struct sockaddr *)&a, &len) == 0, "port");
    *port = ntohs(a.sin_port);
    return fd;
}

int
sw_raw_connect(int port)
{
    struct sockaddr_in a = loopback(port);
    int fd = __real_socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sw_need(fd >= 0, "socket");
    sw_need(__real_connect(fd, (struct sockaddr *)&a, sizeof a) == 0,
            "connect");
    return fd;
}

/* With a reset, so that no port stays taken for a minute. */
void
sw_raw_close(int fd)
{
    struct linger none = {.l_onoff = 1, .l_linger = 0};
    __real_setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    __real_close(fd);
}

/* A connection whose system takes little, so that a writer has to wait. */
static int
tcp_pair(int *far)
{
    static int listener = -1;
    static int port;
    int small = 4096;
    if (listener < 0) {
        listener = sw_raw_listen(&port, 64);
        /* Out of the way of the numbers that are watched. */
        int high = __real_fcntl64(listener, F_DUPFD_CLOEXEC, 200);
        __real_close(listener);
        listener = high;
        __real_setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &small,
                          sizeof small);
    }
    int fd = sw_raw_connect(port);
    *far = __real_accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    sw_need(*far >= 0, "accept");
    __real_setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    return fd;
}

int
sw_open_way(enum sw_way way, int *far)
{
    int ends[2] = {-1, -1};
    switch (way) {
    case WAY_TCP:
        return tcp_pair(far);
    case WAY_UNIX:
        sw_need(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0,
                "socketpair");
        break;
    case WAY_IN:
    case WAY_OUT:
        sw_need(pipe2(ends, O_CLOEXEC) == 0, "pipe");
        break;
    case WAY_FILE:
        ends[0] = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
        sw_need(ends[0] >= 0, "a file");
        break;
    }
    *far = ends[way == WAY_OUT ? 0 : 1];
    return ends[way == WAY_OUT ? 1 : 0];
}

static char folder[64];
static char path[108];

/* Each process has one of its own. */
const char *
sw_path(void)
{
    snprintf(path, sizeof path, "unix:%s/%d", folder, (int)getpid());
    return path;
}

void
sw_path_make(void)
{
    snprintf(folder, sizeof folder, "/tmp/runnel-sweep-XXXXXX");
    sw_need(mkdtemp(folder) != NULL, "a folder");
}

void
sw_path_remove(void)
{
    DIR *d = opendir(folder);
    sw_need(d != NULL, "the folder");
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        unlinkat(dirfd(d), e->d_name, 0);
    closedir(d);
    rmdir(folder);
}
