/* SPDX-License-Identifier: MIT */
/*
 * The one place that waits. Time is monotonic and a deadline absolute, so an
 * interrupted wait goes on for just what is left.
 */
#define _GNU_SOURCE
#include "wait.h"

#include <errno.h>
#include <time.h>

#include "../error.h"
#include "../stream/duration.h"
#include "cancel.h"

rn_time
rn_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (rn_time)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* A time_t of 32 bits counts 68 years of seconds, and a deadline may lie
 * beyond: whoever waits looks at the clock and waits again. */
#define LONGEST (INT64_C(86400) * 365 * 1000000000)

/* poll(2) until `until`, or for a year of it; RN_FOREVER waits for ever, a time
 * that is over looks once. How many are ready, or a negated errno. */
static int
poll_until(struct pollfd *fds, int count, rn_time until)
{
    struct timespec left = {0};
    if (until != RN_FOREVER) {
        rn_time ns = until - rn_now();
        if (ns > LONGEST)
            ns = LONGEST;
        if (ns > 0) {
            left.tv_sec = (time_t)(ns / 1000000000);
            left.tv_nsec = (long)(ns % 1000000000);
        }
    }
    int n = ppoll(fds, (nfds_t)count, until == RN_FOREVER ? NULL : &left, NULL);
    return n < 0 ? -errno : n;
}

int
rni_wait_any(const struct rn_wait *w, struct pollfd *fds, int count)
{
    int all = count;
    if (w->cancel != NULL)
        fds[all++] = (struct pollfd){.fd = w->cancel->fd, .events = POLLIN};
    for (;;) {
        int n = poll_until(fds, all, w->until);
        /* The token first: what is ready will be so after it, too. */
        if (n > 0 && all > count && fds[count].revents != 0)
            return RN_E_CANCELED;
        if (n > 0)
            return RN_OK;
        if (n < 0 && n != -EINTR && n != -EAGAIN)
            return n;
        if (rni_may_not_wait(w))
            return RN_E_AGAIN;
        if (rni_is_over(w))
            return RN_E_TIMEOUT;
    }
}

int
rni_look(const struct rn_wait *w, int fd, short events)
{
    struct pollfd fds[2] = {{.fd = fd, .events = events}};
    int rc = rni_wait_any(w, fds, 1);
    return rc == RN_OK && fds[0].revents & POLLNVAL ? -EBADF : rc;
}

int
rni_wait(const struct rn_wait *w, int fd, short events)
{
    if (!rni_may_not_wait(w))
        return rni_look(w, fd, events);
    return rn_cancel_is_set(w->cancel) ? RN_E_CANCELED : RN_E_AGAIN;
}

int
rni_wait_of_options(int64_t timeout, rn_time deadline, rn_cancel *cancel,
                    struct rn_wait *wait, rn_error *err)
{
    struct rni_limits limits;
    rni_limits_init(&limits);
    atomic_init(&limits.cancel, cancel);
    if (timeout < 0 || deadline < 0)
        return rni_error_set(err, RN_E_VALUE, RN_PHASE_SETUP, 0, NULL,
                             "a timeout or deadline cannot be negative");
    if (timeout > 0)
        rni_limits_set_timeout(&limits, timeout);
    if (deadline > 0)
        rni_limits_set_deadline(&limits, deadline);
    *wait = rni_limits_begin(&limits);
    return RN_OK;
}

struct rn_wait
rni_wait_at_most(const struct rn_wait *w, int64_t ns)
{
    struct rn_wait shorter = *w;
    rn_time end = rni_time_after(rn_now(), ns);
    if (end < shorter.until)
        shorter.until = end;
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
    /* Even where no waiting is allowed: the caller may need to know before it
     * makes a call that would block. */
    int rc = rni_look(wait, fd, (short)events);
    return rc < 0 ? rni_code_of(RN_PHASE_NONE, rc, &sys) : RN_OK;
}
