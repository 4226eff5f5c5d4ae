/* SPDX-License-Identifier: MIT */
/* SSLKEYLOGFILE, only when asked for. A file of secrets is for its owner alone.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "config.h"

/* One line, one call: other programs append to the same file. */
static void
append(const SSL *ssl, const char *line)
{
    (void)ssl;
    struct iovec whole[] = {
        {(void *)(uintptr_t)line, strlen(line)},
        {(void *)(uintptr_t) "\n", 1},
    };
    const char *path = getenv("SSLKEYLOGFILE");
    int fd = path == NULL
        ? -1
        : open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    ssize_t written = writev(fd, whole, 2);
    (void)written; /* a log that cannot be kept ends no connection */
    close(fd);
}

void
rni_keylog(SSL_CTX *ctx)
{
    SSL_CTX_set_keylog_callback(ctx, append);
}
