/* SPDX-License-Identifier: MIT */
/* SSLKEYLOGFILE, only when asked for. A file of secrets is for its owner alone.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"

/* One line, one write: other programs append to the same file. */
static void
append(const SSL *ssl, const char *line)
{
    (void)ssl;
    char text[512];
    const char *path = getenv("SSLKEYLOGFILE");
    int n = snprintf(text, sizeof text, "%s\n", line);
    int fd = path == NULL || n >= (int)sizeof text
        ? -1
        : open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    ssize_t written = write(fd, text, (size_t)n);
    (void)written; /* a log that cannot be kept ends no connection */
    close(fd);
}

void
rni_keylog(SSL_CTX *ctx)
{
    SSL_CTX_set_keylog_callback(ctx, append);
}
