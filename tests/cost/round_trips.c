/* SPDX-License-Identifier: MIT */
/*
 * Round trips with a bare echo server in another process, for counting the
 * system calls of this one. usage: round_trips HOW COUNT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../support/peer.h"
#include "runnel.h"

static void
echo(int listener)
{
    char data[4096];
    ssize_t n;
    int fd = accept(listener, NULL, NULL);
    while ((n = recv(fd, data, sizeof data, 0)) > 0)
        if (send(fd, data, (size_t)n, MSG_NOSIGNAL) != n)
            break;
    _exit(0);
}

int
main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    const char *how = argv[1];
    int count = atoi(argv[2]);
    int port;
    int listener = raw_listen(&port);
    pid_t child = fork();
    if (child == 0)
        echo(listener);
    rn_error err;
    rn_buffering mode =
        strcmp(how, "unbuffered") == 0 ? RN_UNBUFFERED : RN_LINE_BUFFERED;
    rn_socket *s = rn_connect("127.0.0.1", port, mode, &err);
    if (s == NULL)
        return 1;
    if (strcmp(how, "timeout") == 0)
        rn_set_timeout(s, RN_BOTH, 5000);
    if (strcmp(how, "deadline") == 0)
        rn_set_deadline(s, RN_BOTH, rn_in(60000));
    rn_cancel *token = rn_cancel_new(NULL);
    if (strcmp(how, "token") == 0)
        rn_set_cancel(s, token);
    const char *line;
    int done = 0;
    while (done < count && rn_writeln(s, "a small line", 12) == RN_OK &&
           rn_readln(s, &line, NULL) == 1)
        done++;
    int rc = rn_close(s);
    rn_free(s);
    rn_cancel_free(token);
    waitpid(child, NULL, 0);
    close(listener);
    return done == count && rc == RN_OK ? 0 : 1;
}
