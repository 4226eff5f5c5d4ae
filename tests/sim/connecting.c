/* SPDX-License-Identifier: MIT */
/* Hosts to connect to: one accepts, one refuses, one keeps silent. */
#include <errno.h>
#include <string.h>

#include "../support/wrapped.h"
#include "kernel.h"
#include "wire.h"

struct sim_hosts sim_hosts;
struct sim_attempts sim_attempts;

static void
draw_host(struct sim_host *h)
{
    static const int refusals[] = {ECONNREFUSED, ECONNREFUSED, ECONNRESET,
                                   EHOSTUNREACH};
    static const int at_once[] = {ENETUNREACH, EACCES, ECONNREFUSED};
    *h = (struct sim_host){.after = sim_span(500 * MS)};
    switch (sim_between(0, 7)) {
    case 0:
        h->outcome = refusals[sim_between(0, 3)];
        break;
    case 1:
        h->at_once = true;
        h->outcome = at_once[sim_between(0, 2)];
        break;
    case 2: /* nobody answers: the kernel gives up */
        h->after = 127 * SECOND;
        h->outcome = ETIMEDOUT;
        break;
    case 3:
        h->after = sim_span(20 * SECOND);
        break;
    default:
        h->at_once = sim_one_in(3);
        h->meets_itself = sim_one_in(40);
        break;
    }
}

void
sim_hosts_draw(void)
{
    memset(&sim_attempts, 0, sizeof sim_attempts);
    memset(&sim_hosts, 0, sizeof sim_hosts);
    sim_hosts.count = sim_one_in(2) ? 1 : sim_between(1, SIM_HOSTS);
    for (int i = 0; i < sim_hosts.count; i++)
        draw_host(&sim_hosts.host[i]);
}

/* The attempts that are under way, for the clock. */
static int64_t outcomes[SIM_HOSTS];

static void
attempt_is_over(void)
{
    int64_t next = NEVER;
    for (int i = 0; i < SIM_HOSTS; i++)
        if (outcomes[i] > sim.now && outcomes[i] < next)
            next = outcomes[i];
    sim_at(SIM_ATTEMPT, next);
}

static bool
has_outcome(const void *arg)
{
    const struct sim_descriptor *d = arg;
    return sim.now >= d->outcome_at;
}

/* RFC 8305, section 5: the next attempt starts 250 ms after the last, or when
 * one has failed. */
static void
check_start(void)
{
    struct sim_attempts *a = &sim_attempts;
    int64_t gap = sim.now - a->last;
    sim_check(a->started == 0 || gap >= 250 * MS || a->told_since > 0,
              "an attempt starts %lld us after the last, and none has failed",
              (long long)(gap / US));
    if (a->started++ == 0) {
        a->first = sim.now;
        for (int i = 0; i < SIM_HOSTS; i++)
            outcomes[i] = 0;
    }
    a->last = sim.now;
    a->told_since = 0;
    sim_actor_is(SIM_ATTEMPT, attempt_is_over);
}

static int
finish(struct sim_descriptor *d, int outcome)
{
    d->state = outcome == 0 ? SIM_CONNECTED : SIM_FAILED;
    sim_attempts.told += outcome != 0;
    sim_attempts.told_since += outcome != 0;
    errno = outcome;
    return outcome == 0 ? 0 : -1;
}

int
__wrap_connect(int fd, const struct sockaddr *to, socklen_t len)
{
    sim_call("connect");
    (void)len;
    struct sim_descriptor *d = sim_descriptor(fd);
    memcpy(&d->remote, to, sizeof d->remote);
    uint32_t i = (ntohl(d->remote.sin_addr.s_addr) & 0xff) - 1;
    sim_check(d->state == SIM_IDLE && i < (uint32_t)sim_hosts.count,
              "it connects to a host that nobody named");
    check_start();
    const struct sim_host *h = &sim_hosts.host[i];
    sim_trace("            to host %u: errno %d in %lld us", i, h->outcome,
              (long long)(h->after / US));
    d->meets_itself = h->meets_itself;
    if (h->at_once)
        return finish(d, h->outcome);
    d->state = SIM_CONNECTING;
    d->outcome = h->outcome;
    d->outcome_at = outcomes[i] = sim.now + h->after;
    attempt_is_over();
    if (d->nonblock) {
        errno = EINPROGRESS;
        return -1;
    }
    if (!sim_wait(has_outcome, d, sim_signal_at(NEVER))) {
        errno = EINTR;
        return -1;
    }
    return finish(d, h->outcome);
}
