/* SPDX-License-Identifier: MIT */
/*
 * The one place that waits. Time is monotonic and a deadline absolute, so an
 * interrupted wait goes on for just what is left.
 */
#include "wait.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <time.h>

int64_t
rni_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* For poll(2): -1 for ever, else milliseconds, rounded up so that a deadline
 * is never kept too early. */
static int
timeout_ms(int64_t deadline, int64_t now)
{
    if (deadline == RNI_FOREVER)
        return -1;
    if (deadline <= now)
        return 0;
    int64_t ms = (deadline - now + 999999) / 1000000;
    return ms > INT_MAX ? INT_MAX : (int)ms;
}

int
rni_look(const struct rn_wait *w, int fd, short events)
{
    struct pollfd p = {.fd = fd, .events = events};
    for (;;) {
        int64_t now = w->deadline == RNI_FOREVER ? 0 : rni_now();
        int n = poll(&p, 1, timeout_ms(w->deadline, now));
        if (n > 0)
            return p.revents & POLLNVAL ? -EBADF : RN_OK;
        if (n < 0 && errno != EINTR && errno != EAGAIN)
            return -errno;
        if (rni_may_not_wait(w))
            return RN_E_AGAIN;
        if (w->deadline != RNI_FOREVER && rni_now() >= w->deadline)
            return RN_E_TIMEOUT;
    }
}

int
rni_wait(const struct rn_wait *w, int fd, short events)
{
    return rni_may_not_wait(w) ? RN_E_AGAIN : rni_look(w, fd, events);
}

struct rn_wait
rni_wait_at_most(const struct rn_wait *w, int64_t ns)
{
    struct rn_wait shorter = *w;
    int64_t end = rni_now() + ns;
    if (end < shorter.deadline)
        shorter.deadline = end;
    return shorter;
}

int
rn_wait_fd(const rn_wait *wait, int fd, int directions)
{
    if (wait == NULL || (directions & ~(RN_READABLE | RN_WRITABLE)) != 0 ||
        directions == 0)
        return RN_E_VALUE;
    int events = (directions & RN_READABLE ? POLLIN : 0) |
        (directions & RN_WRITABLE ? POLLOUT : 0);
    int sys;
    int rc = rni_wait(wait, fd, (short)events);
    return rc < 0 ? rni_code_of(RN_PHASE_NONE, rc, &sys) : RN_OK;
}
