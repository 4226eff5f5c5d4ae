/* SPDX-License-Identifier: MIT */
/*
 * COUNT connections, one after another or all at once, for counting what this
 * process asks of the system for each; the far ends are bare and in a process
 * of their own. usage: connections connect|accept|writev|idle COUNT
 */
#define _GNU_SOURCE
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../support/peer.h"
#include "runnel.h"

static rn_error error;

/* Takes every connection that comes, and reads each to its end. */
static pid_t
start_taker(int listener)
{
    pid_t child = fork();
    if (child != 0)
        return child;
    struct pollfd fds[4096] = {{.fd = listener, .events = POLLIN}};
    nfds_t n = 1;
    char data[65536];
    while (poll(fds, n, -1) > 0) {
        for (nfds_t i = 1; i < n; i++)
            if (fds[i].revents != 0 &&
                recv(fds[i].fd, data, sizeof data, 0) <= 0) {
                close(fds[i].fd);
                fds[i--] = fds[--n];
            }
        if (fds[0].revents != 0 && n < 4096)
            fds[n++] = (struct pollfd){accept(listener, NULL, NULL), POLLIN, 0};
    }
    _exit(0);
}

static int
connect_each(int port, long count)
{
    for (long i = 0; i < count; i++) {
        rn_socket *s = rn_connect("127.0.0.1", port, RN_BUFFERED, &error);
        if (s == NULL || rn_close(s) != RN_OK)
            return 1;
        rn_free(s);
    }
    return 0;
}

static int
write_pieces(int port, long count)
{
    char text[] = "a line!\n";
    struct iovec pieces[] = {
        {text, 1}, {text + 1, 1}, {text + 2, 4}, {text + 6, 1}, {text + 7, 1}};
    rn_socket *s = rn_connect("127.0.0.1", port, RN_UNBUFFERED, &error);
    for (long i = 0; s != NULL && i < count; i++)
        if (rn_writev(s, pieces, 5) != RN_OK)
            return 1;
    rn_free(s);
    return s == NULL;
}

/* Prints the bytes of heap that one open stream takes. */
static int
hold(int port, long count)
{
    rn_socket **s = calloc((size_t)count, sizeof(rn_socket *));
    struct mallinfo2 before = mallinfo2();
    for (long i = 0; i < count; i++)
        if ((s[i] = rn_connect("127.0.0.1", port, RN_BUFFERED, NULL)) == NULL)
            return 1;
    struct mallinfo2 after = mallinfo2();
    printf("%zu\n",
           (after.uordblks + after.hblkhd - before.uordblks - before.hblkhd) /
               (size_t)count);
    for (long i = 0; i < count; i++)
        rn_free(s[i]);
    free(s);
    return 0;
}

/* All of them wait to be accepted before the first one is. */
static int
accept_each(long count)
{
    int ready[2];
    char byte;
    rn_server *server = rn_listen(0, "127.0.0.1", &error);
    if (server == NULL || pipe(ready) != 0)
        return 1;
    pid_t child = fork();
    if (child == 0) {
        for (long i = 0; i < count; i++)
            raw_connect(rn_server_port(server));
        if (write(ready[1], "", 1) == 1)
            pause();
        _exit(0);
    }
    int bad = read(ready[0], &byte, 1) != 1;
    for (long i = 0; i < count && !bad; i++) {
        rn_socket *s = rn_accept(server, RN_BUFFERED, &error);
        bad = s == NULL || rn_close(s) != RN_OK;
        rn_free(s);
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    rn_server_free(server);
    return bad;
}

int
main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    long count = atol(argv[2]);
    if (strcmp(argv[1], "accept") == 0)
        return accept_each(count);
    int port;
    int listener = raw_listen(&port);
    listen(listener, SOMAXCONN);
    pid_t taker = start_taker(listener);
    int bad = strcmp(argv[1], "connect") == 0 ? connect_each(port, count)
        : strcmp(argv[1], "writev") == 0      ? write_pieces(port, count)
                                              : hold(port, count);
    kill(taker, SIGKILL);
    waitpid(taker, NULL, 0);
    close(listener);
    return bad;
}
