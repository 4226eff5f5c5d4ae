/* SPDX-License-Identifier: MIT */
/*
 * close(2) with unread input, or with input still on its way, resets the
 * connection, and a reset destroys what was sent but has not arrived (RFC 9293,
 * 3.10.7; RFC 1122, 4.2.2.13). So closing waits until everything has been
 * confirmed and takes in, to throw away, what comes meanwhile. All of it is
 * bounded, for a peer that is silent, slow or flooding must not hold us.
 */
#include "linger.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>

#include "../stream/stream.h"
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
    bool deaf;
    bool sent_fin;
    bool dead;       /* there is no connection any more to confirm anything */
    int unconfirmed; /* at the last look; the FIN not counted */
    int farewell;    /* so many of them need not arrive */
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
    if (left == 1 && c->sent_fin)
        left = 0; /* that is the FIN, which carries nothing of ours */
    if (left < c->unconfirmed)
        c->silence = rni_wait_at_most(&c->whole, SILENCE_MS * MS);
    c->unconfirmed = left;
    return left;
}

/* There will be no more confirmations: was anything lost? */
static int
lost(struct closing *c, int failure)
{
    /* What was confirmed and not yet read a reset destroys, too: only where the
     * last words are of no matter can it be the answer to them. */
    if (c->farewell == 0)
        return failure;
    int left = look(c);
    return left >= 0 && left <= c->farewell + c->sent_fin ? RN_OK : failure;
}

/* Nothing tells when the last confirmation comes, so look in growing steps;
 * arriving input wakes at once. Once the input has ended, poll(2) would report
 * just that, always: then only the clock is waited for. */
static int
nap(struct closing *c)
{
    struct rn_wait w = rni_wait_at_most(&c->silence, c->nap);
    struct pollfd fds[2] = {{.fd = c->fd, .events = POLLIN}};
    int rc = rni_wait_any(&w, fds, c->deaf ? 0 : 1);
    if (rc != RN_E_TIMEOUT)
        return rc;
    if (c->nap < 32 * MS)
        c->nap *= 2;
    return RN_OK;
}

/* The input has ended. If the peer is wholly gone there is a reset behind its
 * end, which recv(2) hides. */
static int
hear_the_end(struct closing *c)
{
    c->deaf = true;
    return rni_fd_connect_outcome(c->fd);
}

/* One step: 1 to go on, else the outcome. */
static int
step(struct closing *c)
{
    char scratch[SCRATCH];
    ptrdiff_t r =
        rni_fd_recv(c->fd, scratch, sizeof scratch, &rni_no_wait, NULL);
    if (r < 0 && r != RN_E_AGAIN)
        return c->unconfirmed > c->farewell ? lost(c, (int)r) : RN_OK;
    int rc = r == 0 ? hear_the_end(c) : RN_OK;
    if (rc < 0)
        return lost(c, rc);
    int left = look(c);
    if (left < 0)
        return left;
    if (left > 0 && c->dead)
        return lost(c, RN_E_RESET);
    c->drained += r > 0 ? (size_t)r : 0;
    if (left == 0 && (r <= 0 || c->drained >= FLOOD))
        return RN_OK;
    /* Once all was confirmed there is nothing to wait for, only to take in. */
    if (left > 0 && rn_now() >= c->silence.until)
        return lost(c, RN_E_TIMEOUT);
    if (r > 0)
        return 1;
    rc = nap(c);
    return rc < 0 ? lost(c, rc) : 1;
}

int
rni_linger(int fd, bool deaf, unsigned farewell, const rn_wait *wait)
{
    int rc = rni_fd_shutdown_write(fd);
    if (rni_may_not_wait(wait))
        return RN_OK;
    struct closing c = {.fd = fd,
                        .deaf = deaf,
                        .sent_fin = rc == 0,
                        .dead = rc == -ENOTCONN,
                        .unconfirmed = INT_MAX,
                        .farewell = (int)farewell,
                        .nap = MS};
    c.whole = rni_wait_at_most(wait, WHOLE_MS * MS);
    c.silence = rni_wait_at_most(&c.whole, SILENCE_MS * MS);
    do
        rc = step(&c);
    while (rc > 0);
    return rc;
}

void
rni_drain(int fd)
{
    char scratch[SCRATCH];
    size_t drained = 0;
    ptrdiff_t r = 1;
    rni_fd_shutdown_write(fd);
    while (r > 0 && drained < FLOOD) {
        r = rni_fd_recv(fd, scratch, sizeof scratch, &rni_no_wait, NULL);
        drained += r > 0 ? (size_t)r : 0;
    }
}
