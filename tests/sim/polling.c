/* SPDX-License-Identifier: MIT */
/* Waiting for descriptors: ppoll(2), and whether what is waited for is right.
 */
#include <errno.h>
#include <poll.h>

#include "../support/wrapped.h"
#include "kernel.h"
#include "wire.h"

void
sim_check_watch(const struct sim_watch *w)
{
    /* One that agrees on TLS waits for words of the peer's, whoever calls. */
    if (wire.fd < 0 || wire.secret)
        return;
    bool news = wire_waiting() > 0 || wire.error != 0 ||
        ((wire.ended || wire.broken) && !wire.told_end);
    if (sim.op.kind == SIM_READING)
        sim_check(w->readable || !news, "it waits, and does not see what came");
    if (sim.op.kind == SIM_READING && talk_unsent() > 0)
        sim_check(w->writable || !wire_writable(),
                  "it waits for input with %zu bytes unsent", talk_unsent());
    if (sim.op.kind == SIM_WRITING)
        sim_check(w->writable || !wire_writable(),
                  "it waits, and does not see that there is room");
}

static int64_t
sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static short
state_of_wire(void)
{
    bool in = wire_readable();
    bool out = wire_writable();
    bool hup = wire.broken || (wire.ended && wire.finished);
    return (short)((in ? POLLIN : 0) | (out ? POLLOUT : 0) |
                   (hup ? POLLHUP : 0) | (wire.error != 0 ? POLLERR : 0));
}

static short
state_of(int fd)
{
    const struct sim_descriptor *d = sim_descriptor(fd);
    if (sim_is_wire(fd))
        return state_of_wire();
    switch (d->state) {
    case SIM_EVENT:
        return d->count > 0 ? POLLIN | POLLOUT : POLLOUT;
    case SIM_LISTENS:
        return sim_arrived() ? POLLIN : 0;
    case SIM_CONNECTING:
        if (sim.now < d->outcome_at)
            return 0;
        return d->outcome == 0 ? POLLOUT : POLLOUT | POLLIN | POLLERR | POLLHUP;
    default:
        return POLLOUT | POLLHUP;
    }
}

static int
look(struct pollfd *fds, nfds_t count)
{
    int ready = 0;
    for (nfds_t i = 0; i < count; i++) {
        short all = (short)(fds[i].events | POLLERR | POLLHUP);
        fds[i].revents = (short)(state_of(fds[i].fd) & all);
        ready += fds[i].revents != 0;
    }
    return ready;
}

static bool
any(const void *arg)
{
    const struct sim_watch *w = arg;
    sim_check_watch(w);
    for (nfds_t i = 0; i < w->count; i++)
        if (state_of(w->fds[i].fd) & (w->fds[i].events | POLLERR | POLLHUP))
            return true;
    return false;
}

/* "Ready", and wrong: it can be of a socket (poll(2), BUGS), never of an
 * eventfd or one that is connecting. */
static bool
pretend(struct pollfd *fds, nfds_t count)
{
    for (nfds_t i = 0; i < count; i++) {
        const struct sim_descriptor *d = sim_descriptor(fds[i].fd);
        if (d->state != SIM_LISTENS && !sim_is_wire(fds[i].fd))
            continue;
        fds[i].revents = fds[i].events;
        return fds[i].events != 0;
    }
    return false;
}

int
__wrap_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *time,
             const sigset_t *mask)
{
    (void)mask;
    sim_call("ppoll");
    int64_t left = time == NULL ? NEVER : time->tv_sec * SECOND + time->tv_nsec;
    int ready = look(fds, count);
    if (ready > 0 || left == 0)
        return ready;
    if (sim_disturbs(sim.rate.nothing) && pretend(fds, count))
        return 1;
    struct sim_watch w = {.fds = fds, .count = count};
    for (nfds_t i = 0; i < count; i++) {
        if (!sim_is_wire(fds[i].fd))
            continue;
        w.readable = fds[i].events & POLLIN;
        w.writable = fds[i].events & POLLOUT;
    }
    int64_t end = left > NEVER - sim.now ? NEVER : sim.now + left;
    int64_t signal = sim_signal_at(end);
    int64_t early = sim_disturbs(sim.rate.early) && left < NEVER
        ? sim.now + left / 2
        : NEVER;
    if (sim_wait(any, &w, sooner(end, sooner(signal, early))))
        return look(fds, count);
    if (signal < sooner(end, early)) {
        errno = EINTR;
        return -1;
    }
    if (early == NEVER)
        sim_pass(sim_between(0, 50) * US);
    look(fds, count);
    for (nfds_t i = 0; i < count; i++)
        fds[i].revents = 0;
    return 0;
}
