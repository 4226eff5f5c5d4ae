/* SPDX-License-Identifier: MIT */
/* Connecting and its kin with bare calls, for clients that have none of their
 * own. */
#ifndef RAW_H
#define RAW_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"

static inline struct sockaddr_in
raw_address(int port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static inline int
raw_connect(int port)
{
    struct sockaddr_in address = raw_address(port);
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 ||
        connect(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) != 0)
        err(1, "connect");
    return fd;
}

/* All of the bytes. */
static inline void
raw_send(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
        if (n <= 0)
            err(1, "send");
        data += n;
        len -= (size_t)n;
    }
}

static inline void
raw_recv(int fd, char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = recv(fd, data, len, 0);
        if (n <= 0)
            err(1, "recv");
        data += n;
        len -= (size_t)n;
    }
}

#endif
