/* SPDX-License-Identifier: MIT */
/* How the files that make system calls make them. */
#ifndef RNI_CALL_H
#define RNI_CALL_H

#include <errno.h>

#include "wait.h"

/* Make a call again as long as a signal interrupts it. */
#define RNI_RESTART(result, call)                                              \
    do {                                                                       \
        (result) = (call);                                                     \
    } while ((result) < 0 && errno == EINTR)

/* What a call returned: itself, or its errno negated. */
static inline int
rni_result(int r)
{
    return r < 0 ? -errno : r;
}

/* After a call on fd failed: RN_OK to make it again, now that fd is ready.
 * (EWOULDBLOCK is the same number as EAGAIN on Linux.) */
static inline int
rni_wait_again(int fd, short events, const rn_wait *wait)
{
    int sys = errno;
    return sys == EAGAIN ? rni_wait(wait, fd, events) : -sys;
}

#endif
