/* SPDX-License-Identifier: MIT */
/*
 * Relaying: rn_relay, rn_relay_routes. Every route takes a step that does not
 * wait, in turns, until none can; then all of them are waited for together.
 */
#include <stdlib.h>

#include "../error.h"
#include "../stream/duration.h"
#include "../stream/layer.h"
#include "cancel.h"
#include "route.h"
#include "wait.h"

enum {
    MOST_ROUTES = 64
};

struct relay {
    struct rni_route *route;
    int count;
    bool raised;     /* SIGPIPE */
    int64_t idle;    /* nanoseconds, or 0 */
    rn_time quiet;   /* since when no byte has moved */
    uint64_t moved;  /* bytes, until then */
    rn_cancel *bell; /* rung where a stream is being closed; or NULL */
    struct rn_wait wait;
    struct pollfd *fds;
};

/* Until when there may be no progress. */
static struct rn_wait
patience(struct relay *y)
{
    struct rn_wait w = y->wait;
    if (y->idle == 0)
        return w;
    uint64_t moved = 0;
    for (int i = 0; i < y->count; i++)
        if (!y->route[i].ended)
            moved += rni_route_moved(&y->route[i]);
    if (y->quiet == 0 || moved != y->moved)
        y->quiet = rn_now();
    y->moved = moved;
    rn_time end = rni_time_after(y->quiet, y->idle);
    if (end < w.until)
        w.until = end;
    return w;
}

/* Wait until one of the routes may go on. */
static int
wait_for_any(struct relay *y, const struct rn_wait *wait)
{
    int n = 0;
    for (int i = 0; i < y->count; i++)
        if (!y->route[i].ended)
            n += rni_route_watch(&y->route[i], y->fds + n);
    if (y->bell != NULL)
        y->fds[n++] = (struct pollfd){.fd = y->bell->fd, .events = POLLIN};
    int sys;
    int rc = rni_wait_any(wait, y->fds, n);
    if (rc < 0)
        return rni_code_of(RN_PHASE_NONE, rc, &sys);
    /* A bell that was rung stays so: the next step finds who is closing, and
     * the relay ends. */
    const struct pollfd *told = y->fds;
    for (int i = 0; i < y->count; i++)
        if (!y->route[i].ended)
            told += rni_route_heed(&y->route[i], told);
    return RN_OK;
}

/* Whether the time is over although bytes move without a wait. */
static int
check_time(const struct relay *y)
{
    if (rni_is_over(&y->wait))
        return RN_E_TIMEOUT;
    return rn_cancel_is_set(y->wait.cancel) ? RN_E_CANCELED : RN_OK;
}

static int
leave(struct relay *y, struct rni_route *t)
{
    int rc = rni_route_leave(t);
    y->raised |= t->raised;
    return rc;
}

/* A step of every route: 1 something was done, 0 all of them wait, RNI_OVER the
 * relay has ended, else a failure. */
enum {
    RNI_OVER = 2
};

static int
step_all(struct relay *y, const struct rn_wait *wait)
{
    bool moved = false;
    bool open = false;
    for (int i = 0; i < y->count; i++) {
        struct rni_route *t = &y->route[i];
        if (t->ended)
            continue;
        int r = rni_route_step(t, wait);
        if (r >= 0 && t->ended)
            r = leave(y, t);
        if (r < 0)
            return r;
        if (t->ended && t->told->flags & RN_ROUTE_FINAL)
            return RNI_OVER;
        moved = moved || r > 0 || t->ended;
        open = open || !t->ended;
    }
    return open ? moved : RNI_OVER;
}

/* A `to` that is gone ends the relay although nothing is there to be sent. */
static int
check_all(struct relay *y)
{
    int rc = RN_OK;
    for (int i = 0; i < y->count && rc == RN_OK; i++)
        if (!y->route[i].ended)
            rc = rni_route_check(&y->route[i]);
    return rc;
}

static int
run(struct relay *y)
{
    for (;;) {
        struct rn_wait wait = patience(y);
        int r = step_all(y, &wait);
        if (r == RNI_OVER)
            return RN_OK;
        if (r > 0) {
            r = check_time(y);
        } else if (r == 0) {
            wait = patience(y);
            r = check_all(y);
            if (r == RN_OK)
                r = wait_for_any(y, &wait);
        }
        if (r < 0)
            return r;
    }
}

/* Whether another thread may close one of the streams meanwhile. */
static bool
needs_bell(const rn_route *routes, int count)
{
    for (int i = 0; i < count; i++)
        if ((rni_who_wakes(routes[i].from) != NULL &&
             !rni_is_alone(routes[i].from)) ||
            (rni_who_wakes(routes[i].to) != NULL &&
             !rni_is_alone(routes[i].to)))
            return true;
    return false;
}

static int
join_all(struct relay *y, rn_route *routes, int count)
{
    rn_error err;
    int rc = RN_OK;
    if (needs_bell(routes, count)) {
        y->bell = rn_cancel_new(&err);
        if (y->bell == NULL)
            return err.code;
    }
    for (int i = 0; i < count && rc == RN_OK; i++) {
        rc = rni_route_join(&y->route[i], &routes[i], count == 1, y->bell);
        y->count += rc == RN_OK;
    }
    return rc;
}

/* With room for the routes, and SIGPIPE held back. */
static int
relay(struct relay *y, rn_route *routes, int count)
{
    int rc = join_all(y, routes, count);
    if (rc == RN_OK)
        rc = run(y);
    /* Those say that nothing is lost. */
    bool told = rc < 0 && !rni_repeatable(rc);
    for (int i = 0; i < y->count; i++) {
        int lost = leave(y, &y->route[i]);
        if (lost < 0 && !told)
            rc = lost;
        told = told || lost < 0;
    }
    rn_cancel_free(y->bell);
    return rc;
}

static bool
are_routes(rn_route *routes, int count)
{
    if (routes == NULL || count < 1 || count > MOST_ROUTES)
        return false;
    for (int i = 0; i < count; i++) {
        routes[i].bytes = 0;
        routes[i].code = RN_OK;
        routes[i].ended = 0;
        routes[i].failed = NULL;
        if (routes[i].from == NULL || routes[i].to == NULL)
            return false;
    }
    return true;
}

int
rn_relay_routes(rn_route *routes, int count, const rn_relay_options *options)
{
    const rn_relay_options none = {0};
    const rn_relay_options *o = options != NULL ? options : &none;
    struct relay y = {.idle = o->idle > 0 ? rni_time_of_ms(o->idle) : 0};
    if (!are_routes(routes, count) || o->idle < 0 ||
        rni_wait_of_options(o->timeout, o->deadline, o->cancel, &y.wait, NULL) <
            0)
        return RN_E_VALUE;
    size_t n = (size_t)count;
    y.route = calloc(n, sizeof *y.route);
    y.fds = calloc(2 * n + 2, sizeof *y.fds); /* and the bell, and the token */
    int rc = RN_E_MEMORY;
    if (y.route != NULL && y.fds != NULL) {
        struct rni_sigpipe held;
        rni_sigpipe_hold(&held);
        rc = relay(&y, routes, count);
        rni_sigpipe_release(&held, y.raised);
    }
    free(y.route);
    free(y.fds);
    return rc;
}

int
rn_relay(rn_stream *a, rn_stream *b, const rn_relay_options *options)
{
    rn_route both[2] = {{.from = a, .to = b}, {.from = b, .to = a}};
    return rn_relay_routes(both, 2, options);
}
