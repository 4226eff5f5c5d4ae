/* SPDX-License-Identifier: MIT */
/*
 * Connecting to the first of several addresses that answers (RFC 8305, Happy
 * Eyeballs): attempts start 250 ms apart, or as soon as the one before has
 * failed; the earlier ones stay in the race to the end.
 */
#include "race.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "wait.h"

#define STAGGER INT64_C(250000000) /* nanoseconds (RFC 8305, section 5) */

#define NONE                                                                   \
    (-1) /* no descriptor: 0 is one, where standard input is closed            \
          */

struct race {
    const struct rni_addresses *list;
    const struct rni_source *from;
    const rn_wait *wait;
    rni_attempt_failed *failed;
    void *arg;
    size_t next; /* the next address to start */
    int count;
    struct pollfd *fds; /* room for all addresses, and one for rni_wait_any */
    size_t *which;      /* the address of each */
};

static void
drop(struct race *r, int i, ptrdiff_t failure)
{
    rni_fd_close(r->fds[i].fd);
    r->failed(r->arg, &r->list->at[r->which[i]], failure);
    r->count--;
    r->fds[i] = r->fds[r->count];
    r->which[i] = r->which[r->count];
}

/* Everyone still running is told `failure`. */
static void
call_off(struct race *r, ptrdiff_t failure)
{
    while (r->count > 0)
        drop(r, 0, failure);
}

/* Alone and without a limit, the kernel may do the waiting. */
static bool
may_block(const struct race *r)
{
    return r->list->count == 1 && rni_may_block(r->wait);
}

/* Give the descriptor the local end that was asked for. */
static int
bind_source(int fd, const struct rni_source *from, int family)
{
    if (from == NULL || family == AF_UNIX)
        return RN_OK;
    union rni_sockaddr local = from->address;
    if (local.sa.sa_family != family && !from->any)
        return -EAFNOSUPPORT;
    if (local.sa.sa_family != family)
        local = rni_wildcard(family, rni_address_port(&from->address));
    int rc = rni_fd_bind(fd, &local);
    return rc == -EADDRNOTAVAIL ? RN_E_VALUE : rc;
}

/* Open a descriptor for one attempt. */
static int
prepare(struct race *r, const union rni_sockaddr *to)
{
    int fd = rni_fd_socket(to->sa.sa_family, may_block(r));
    int rc = fd < 0 ? fd : bind_source(fd, r->from, to->sa.sa_family);
    if (rc >= 0)
        return fd;
    if (fd >= 0)
        rni_fd_close(fd);
    return rc;
}

/* A unix socket whose listener's queue is full says EAGAIN where another kind
 * would wait (connect(2)), and nothing tells when there is room: so look again
 * in growing steps. */
static int
connect_patiently(const struct race *r, int fd, const union rni_sockaddr *to)
{
    int64_t nap = 1000000;
    for (;;) {
        int rc = rni_fd_connect(fd, to);
        if (rc != -EAGAIN || to->sa.sa_family != AF_UNIX)
            return rc;
        struct rn_wait w = rni_wait_at_most(r->wait, nap);
        struct pollfd room; /* for the token */
        rc = rni_wait_any(&w, &room, 0);
        if (rc != RN_E_TIMEOUT || rni_is_over(r->wait))
            return rc;
        if (nap < 32000000)
            nap *= 2;
    }
}

/* Start the next attempt. Its descriptor if it connected on the spot; NONE if
 * it is under way or failed. */
static int
start(struct race *r)
{
    const union rni_sockaddr *to = &r->list->at[r->next];
    int fd = prepare(r, to);
    if (fd < 0) {
        r->next++;
        r->failed(r->arg, to, fd);
        return NONE;
    }
    int i = r->count++;
    r->fds[i] = (struct pollfd){.fd = fd, .events = POLLOUT};
    r->which[i] = r->next++;
    int rc = connect_patiently(r, fd, to);
    if (rc == 0)
        return fd;
    if (rc != -EINPROGRESS)
        drop(r, i, rc);
    return NONE;
}

/* Look at everyone who may have arrived. A connected descriptor, or NONE. */
static int
judge(struct race *r)
{
    for (int i = r->count - 1; i >= 0; i--) {
        if (r->fds[i].revents == 0)
            continue;
        int rc = rni_fd_connect_outcome(r->fds[i].fd);
        if (rc == 0)
            return r->fds[i].fd;
        drop(r, i, rc);
    }
    return NONE;
}

/* A connected descriptor; or why waiting ended; or REFUSED where nobody is
 * left, of which the story tells more. */
static int
run(struct race *r)
{
    for (;;) {
        if (r->next < r->list->count) {
            int before = r->count;
            int fd = start(r);
            if (fd != NONE)
                return fd;
            if (r->count == before)
                continue; /* failed on the spot: no need to wait for it */
        }
        if (r->count == 0)
            return RN_E_REFUSED;
        struct rn_wait w = *r->wait;
        if (r->next < r->list->count)
            w = rni_wait_at_most(r->wait, STAGGER);
        int rc = rni_wait_any(&w, r->fds, r->count);
        if (rc == RN_E_TIMEOUT && w.until != r->wait->until)
            continue; /* only the stagger is over */
        if (rc < 0)
            return rc;
        int fd = judge(r);
        if (fd != NONE)
            return fd;
    }
}

/* The winner's address; the others are told nothing more. */
static size_t
dismiss(struct race *r, int winner)
{
    size_t won = 0;
    for (int i = 0; i < r->count; i++) {
        if (r->fds[i].fd == winner)
            won = r->which[i];
        else
            rni_fd_close(r->fds[i].fd);
    }
    return won;
}

/* Linux connects a socket to itself when its own port comes up as the one asked
 * for and nobody listens there (RFC 9293, 3.5: simultaneous open). */
static int
check_local(int fd, const union rni_sockaddr *to, union rni_sockaddr *local)
{
    int rc = rni_fd_local(fd, local);
    return rc == 0 && rni_same_endpoint(local, to) ? RN_E_REFUSED : rc;
}

static int
race(struct race *r, struct rni_winner *won)
{
    int fd = run(r);
    if (fd < 0) {
        call_off(r, fd);
        return fd;
    }
    won->index = dismiss(r, fd);
    const union rni_sockaddr *to = &r->list->at[won->index];
    int rc = check_local(fd, to, &won->local);
    if (rc < 0) {
        r->failed(r->arg, to, rc);
        rni_fd_linger_zero(fd);
        rni_fd_close(fd);
        return rc;
    }
    if (!may_block(r))
        rni_fd_set_blocking(fd, 1);
    return fd;
}

int
rni_race(const struct rni_addresses *list, const struct rni_source *from,
         const rn_wait *wait, struct rni_winner *won,
         rni_attempt_failed *failed, void *arg)
{
    struct race r = {
        .list = list, .from = from, .wait = wait, .failed = failed, .arg = arg};
    enum {
        FEW = 4
    };
    struct pollfd few_fds[FEW + 1];
    size_t few_which[FEW];
    bool few = list->count <= FEW;
    r.fds = few ? few_fds : calloc(list->count + 1, sizeof *r.fds);
    r.which = few ? few_which : calloc(list->count, sizeof *r.which);
    int fd = r.fds == NULL || r.which == NULL ? -ENOMEM : race(&r, won);
    if (!few) {
        free(r.fds);
        free(r.which);
    }
    return fd;
}
