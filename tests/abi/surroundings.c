/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "operations.h"

bool
surround(struct surroundings *around, const char *dir)
{
    int broken[2];
    memset(around, 0, sizeof *around);
    around->file = fileno(tmpfile());
    if (around->file < 0 || pipe(around->pipe) < 0 || pipe(broken) < 0 ||
        socketpair(AF_UNIX, SOCK_STREAM, 0, around->pair) < 0)
        return false;
    close(broken[0]);
    around->broken_pipe = broken[1];
    snprintf(around->abstract, sizeof around->abstract, "unix:@%s", dir);
    snprintf(around->dead, sizeof around->dead, "unix:%s/dead", dir);
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    snprintf(at.sun_path, sizeof at.sun_path, "%s", around->dead + 5);
    unlink(at.sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    int rc = bind(fd, (struct sockaddr *)&at, sizeof at);
    close(fd);
    return rc == 0;
}
