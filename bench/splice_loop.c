/* SPDX-License-Identifier: MIT */
/* The barest relay there is, to measure `runnel relay` by: one connection taken
 * and one made, and splice(2) through a pipe from the first to the second.
 * usage: splice_loop PORT-TO-CONNECT-TO
 * prints the port it listens on */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CHUNK = 1 << 20
};

static void
need(int ok, const char *what)
{
    if (ok)
        return;
    perror(what);
    exit(1);
}

static int
listen_and_accept(struct sockaddr_in *a)
{
    socklen_t len = sizeof *a;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    need(bind(fd, (struct sockaddr *)a, len) == 0 && listen(fd, 1) == 0 &&
             getsockname(fd, (struct sockaddr *)a, &len) == 0,
         "listen");
    printf("%d\n", ntohs(a->sin_port));
    fflush(stdout);
    return accept(fd, NULL, NULL);
}

int
main(int argc, char **argv)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int from = listen_and_accept(&a);
    int to = socket(AF_INET, SOCK_STREAM, 0);
    int ends[2];
    a.sin_port = htons((uint16_t)(argc > 1 ? atoi(argv[1]) : 0));
    need(from >= 0 && connect(to, (struct sockaddr *)&a, sizeof a) == 0,
         "connect");
    need(pipe(ends) == 0 && fcntl(ends[1], F_SETPIPE_SZ, CHUNK) > 0, "pipe");
    ssize_t n;
    while ((n = splice(from, NULL, ends[1], NULL, CHUNK, 0)) > 0)
        while (n > 0) {
            ssize_t m = splice(ends[0], NULL, to, NULL, (size_t)n, 0);
            need(m > 0, "splice");
            n -= m;
        }
    need(n == 0, "splice");
    return 0;
}
