/* SPDX-License-Identifier: MIT */
/* Virtual time, and waiting in it: the peer has its turn, and where it has
 * nothing more the clock jumps to the end of the wait. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>

#include "real.h"
#include "sweep.h"

static int64_t now;
static int64_t limits[256]; /* SO_RCVTIMEO of each descriptor */
static bool acted;          /* the peer did something, and it is on its way */

#define SECOND INT64_C(1000000000)
static const struct timespec at_once;

void
sw_clock_reset(void)
{
    now = 1000 * SECOND;
    acted = false;
}

void
sw_clock_advance(int64_t ns)
{
    now += ns;
}

void
sw_limit_reset(int fd)
{
    if (fd >= 0)
        limits[fd] = 0;
}

void
sw_limit_set(int fd, int64_t ns)
{
    limits[fd] = ns;
}

/* Each look takes a little time, so that whoever watches the clock and makes no
 * other progress comes to his end. */
int
__wrap_clock_gettime(clockid_t which, struct timespec *t)
{
    if (!sw.inside)
        return __real_clock_gettime(which, t);
    now += 100;
    t->tv_sec = (time_t)(now / SECOND);
    t->tv_nsec = (long)(now % SECOND);
    return 0;
}

/* Loopback delivers while the sender sends, but for a rare moment; that there
 * is room again is told 40 ms late where the system takes its time to confirm.
 * Who waits for ever gets a second before that is called a mistake. */
static bool
settle(struct pollfd *fds, nfds_t count, bool for_ever)
{
    const struct timespec moment = {.tv_sec = for_ever,
                                    .tv_nsec = for_ever ? 0 : 2000000};
    if (!acted && !for_ever)
        return false;
    acted = false;
    return __real_ppoll(fds, count, &moment, NULL) > 0;
}

static bool
turn(short events)
{
    bool was = sw.inside;
    sw.inside = false;
    bool did = sw_turn(events);
    sw.inside = was;
    acted = acted || did;
    return did;
}

bool
sw_wait_for(int fd, short events)
{
    struct pollfd p = {.fd = fd, .events = events};
    int flags = __real_fcntl64(fd, F_GETFL);
    errno = EAGAIN;
    if (flags & O_NONBLOCK)
        return false;
    bool for_ever = limits[fd] == 0 || events != POLLIN;
    if (turn(events) || settle(&p, 1, for_ever))
        return true;
    if (for_ever)
        sw_stuck("a call that blocks waits for ever");
    now += limits[fd];
    errno = EAGAIN;
    return false;
}

static bool
may_lie(int fd)
{
    int listens = 0;
    socklen_t len = sizeof listens;
    struct sockaddr_storage far;
    socklen_t far_len = sizeof far;
    return __real_getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) ==
        0 &&
        (listens ||
         __real_getpeername(fd, (struct sockaddr *)&far, &far_len) == 0);
}

/* Ready, says the system, and is wrong: it can be of a socket (poll(2), BUGS),
 * never of an eventfd, a pipe or one that is connecting. */
static int
lie(struct pollfd *fds, nfds_t count)
{
    int ready = 0;
    for (nfds_t i = 0; i < count; i++) {
        fds[i].revents = may_lie(fds[i].fd) ? fds[i].events : 0;
        ready += fds[i].revents != 0;
    }
    return ready;
}

static short
wanted(const struct pollfd *fds, nfds_t count)
{
    short events = 0;
    for (nfds_t i = 0; i < count; i++)
        events = (short)(events | fds[i].events);
    return events;
}

static int
wait_for(struct pollfd *fds, nfds_t count, const struct timespec *time)
{
    for (;;) {
        int n = __real_ppoll(fds, count, &at_once, NULL);
        if (n != 0 || (time != NULL && time->tv_sec == 0 && time->tv_nsec == 0))
            return n;
        if (turn(wanted(fds, count)) || settle(fds, count, time == NULL))
            continue;
        if (time == NULL)
            sw_stuck("poll waits for ever");
        now += time->tv_sec * SECOND + time->tv_nsec;
        return 0;
    }
}

int
__wrap_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *time,
             const sigset_t *mask)
{
    if (!sw.inside)
        return __real_ppoll(fds, count, time, mask);
    const struct sw_fault *fault = sw_point(SW_PPOLL);
    bool waits = time == NULL || time->tv_sec > 0 || time->tv_nsec > 0;
    if (fault != NULL && fault->kind == SW_FAIL) {
        errno = fault->value;
        return -1;
    }
    if (fault != NULL && fault->kind == SW_EARLY && waits) {
        for (nfds_t i = 0; i < count; i++)
            fds[i].revents = 0;
        return 0;
    }
    int ready = 0;
    if (fault != NULL && fault->kind == SW_READY && (ready = lie(fds, count)))
        return ready;
    return wait_for(fds, count, time);
}
