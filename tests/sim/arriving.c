/* SPDX-License-Identifier: MIT */
/* A listening socket, and those who connect to it. */
#include <errno.h>
#include <string.h>

#include "../support/wrapped.h"
#include "kernel.h"

struct sim_arrivals sim_arrivals;

static void
wake(void)
{
    for (int i = sim_arrivals.next; i < sim_arrivals.count; i++) {
        if (sim_arrivals.one[i].at <= sim.now)
            continue;
        sim_at(SIM_ARRIVAL, sim_arrivals.one[i].at);
        return;
    }
}

void
sim_arrivals_draw(void)
{
    static const int errors[] = {ECONNABORTED, EPROTO, ENETDOWN, EHOSTUNREACH,
                                 ETIMEDOUT};
    struct sim_arrivals *a = &sim_arrivals;
    memset(a, 0, sizeof *a);
    a->count = sim_between(1, SIM_ARRIVALS);
    int64_t at = sim.now;
    for (int i = 0; i < a->count; i++) {
        at += sim_one_in(3) ? 0 : sim_span(5 * SECOND);
        a->one[i].at = at;
        if (i + 1 < a->count && sim_one_in(3))
            a->one[i].error = errors[sim_between(0, 4)];
    }
    sim_actor_is(SIM_ARRIVAL, wake);
    wake();
}

bool
sim_arrived(void)
{
    const struct sim_arrivals *a = &sim_arrivals;
    return a->next < a->count && a->one[a->next].at <= sim.now;
}

static bool
arrived(const void *arg)
{
    (void)arg;
    return sim_arrived();
}

int
__wrap_bind(int fd, const struct sockaddr *to, socklen_t len)
{
    sim_call("bind");
    struct sim_descriptor *d = sim_descriptor(fd);
    memcpy(&d->local, to, len < sizeof d->local ? len : sizeof d->local);
    return 0;
}

int
__wrap_listen(int fd, int backlog)
{
    sim_call("listen");
    sim_check(backlog > 0, "a backlog of %d", backlog);
    sim_descriptor(fd)->state = SIM_LISTENS;
    return 0;
}

int
__wrap_accept4(int fd, struct sockaddr *from, socklen_t *len, int flags)
{
    sim_call("accept4");
    sim_check(flags == SOCK_CLOEXEC, "an accept without close-on-exec");
    static const int errors[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM};
    sim_check(!sim.op.no_files, "it tries again without a descriptor");
    if (sim_disturbs(sim.rate.files)) {
        sim.op.no_files = true;
        errno = errors[sim_between(0, 3)];
        return -1;
    }
    if (!sim_arrived() && sim_descriptor(fd)->nonblock) {
        errno = EAGAIN;
        return -1;
    }
    if (!sim_wait(arrived, NULL, sim_signal_at(NEVER))) {
        errno = EINTR;
        return -1;
    }
    int error = sim_arrivals.one[sim_arrivals.next++].error;
    sim_moved();
    if (error != 0) {
        errno = error;
        return -1;
    }
    struct sockaddr_in far = {.sin_family = AF_INET,
                              .sin_port = htons(50000),
                              .sin_addr.s_addr = htonl(0xc6336401)};
    int made = sim_descriptor_new(SIM_CONNECTED, false);
    sim_descriptor(made)->remote = far;
    memcpy(from, &far, *len < sizeof far ? *len : sizeof far);
    *len = sizeof far;
    return made;
}
