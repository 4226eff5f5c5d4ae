/* SPDX-License-Identifier: MIT */
/*
 * close(2) with unread input, or with input still on its way, resets the
 * connection, and a reset destroys what was sent but has not arrived (RFC 9293,
 * 3.10.7; RFC 1122, 4.2.2.13). So closing waits until everything has been
 * confirmed and takes in, to throw away, what comes meanwhile. All of it is
 * bounded, for a peer that is silent, slow or flooding must not hold us.
 */
#include "linger.h"

#include <limits.h>
#include <poll.h>

#include "wait.h"

#define MS INT64_C(1000000)

enum {
    SILENCE_MS = 2000, /* without any progress */
    WHOLE_MS = 30000,
    FLOOD = 1 << 20, /* bytes thrown away after all was confirmed */
    SCRATCH = 4096
};

struct closing {
    int fd;
    int unconfirmed; /* at the last look; the FIN not counted */
    size_t drained;
    int64_t nap; /* until the next look, growing */
    struct rn_wait silence;
    struct rn_wait whole;
};

static int
look(struct closing *c)
{
    int left = rni_fd_unconfirmed(c->fd);
    if (left < 0)
        return left;
    left = left > 1 ? left : 0; /* the FIN carries nothing of ours */
    if (left < c->unconfirmed)
        c->silence = rni_wait_at_most(&c->whole, SILENCE_MS * MS);
    c->unconfirmed = left;
    return left;
}

/* Nothing tells when the last confirmation comes, so look in growing steps;
 * arriving input, the peer's end among it, wakes at once. */
static int
nap(struct closing *c)
{
    struct rn_wait w = rni_wait_at_most(&c->silence, c->nap);
    int rc = rni_wait(&w, c->fd, POLLIN);
    if (rc != RN_E_TIMEOUT)
        return rc;
    if (c->nap < 32 * MS)
        c->nap *= 2;
    return rni_now() < c->silence.deadline ? RN_OK : RN_E_TIMEOUT;
}

/* One step: 1 to go on, else the outcome. */
static int
step(struct closing *c)
{
    char scratch[SCRATCH];
    ptrdiff_t r = rni_fd_recv(c->fd, scratch, sizeof scratch, &rni_no_wait);
    if (r == 0)
        return RN_OK; /* no more can come, so nothing can cause a reset */
    if (r < 0 && r != RN_E_AGAIN)
        return c->unconfirmed > 0 ? (int)r : RN_OK;
    int left = look(c);
    if (left < 0)
        return left;
    if (r > 0) {
        c->drained += (size_t)r;
        if (left > 0 || c->drained < FLOOD)
            return rni_now() < c->whole.deadline ? 1 : RN_E_TIMEOUT;
        return RN_OK;
    }
    if (left == 0)
        return RN_OK;
    int rc = nap(c);
    return rc < 0 ? rc : 1;
}

int
rni_linger(int fd, const rn_wait *wait)
{
    /* Fails where both sides have ended already; receiving tells how. */
    rni_fd_shutdown_write(fd);
    if (rni_may_not_wait(wait))
        return RN_OK;
    struct closing c = {.fd = fd, .unconfirmed = INT_MAX, .nap = MS};
    c.whole = rni_wait_at_most(wait, WHOLE_MS * MS);
    c.silence = rni_wait_at_most(&c.whole, SILENCE_MS * MS);
    int rc;
    do
        rc = step(&c);
    while (rc > 0);
    return rc;
}
