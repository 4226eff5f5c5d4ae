/* SPDX-License-Identifier: MIT */
/* Pausing, as a read that has a deadline, from a pipe into which nobody writes:
 * so the cancel token ends it as it ends everything else. */
#include "pause.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "interrupt.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int silent[2] = {-1, -1};

static void
open_pipe(void)
{
    if (pipe(silent) != 0)
        return;
    fcntl(silent[0], F_SETFD, FD_CLOEXEC);
    fcntl(silent[1], F_SETFD, FD_CLOEXEC);
}

int
pause_until(rn_time when)
{
    rn_error err;
    char byte;
    pthread_once(&once, open_pipe);
    rn_stream *s = rn_from_fd(silent[0], RN_UNBUFFERED | RN_KEEP_FD, &err);
    if (s == NULL)
        return err.code;
    rn_set_deadline(s, RN_READABLE, when);
    rn_set_cancel(s, interrupt_token());
    ptrdiff_t n = rn_read_some(s, &byte, 1);
    rn_free(s);
    return n == RN_E_TIMEOUT ? RN_OK : (int)n;
}
