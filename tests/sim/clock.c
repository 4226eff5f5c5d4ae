/* SPDX-License-Identifier: MIT */
/* Virtual time: it goes on by a moment at each call to the system, and in a
 * wait from one event to the next. The library must not use it up in vain. */
#include <time.h>

#include "../support/wrapped.h"
#include "sim.h"
#include "wire.h"

enum {
    IDLE = 14, /* calls to the system with nothing coming of them */
    FIRST = 64 /* that a call of the library may make in any case */
};

static struct {
    int64_t at;
    void (*act)(void);
} actors[SIM_ACTORS];
static int64_t next = NEVER; /* the earliest of them */

void
sim_clock_begin(void)
{
    sim.now = 1000 * SECOND;
    for (int i = 0; i < SIM_ACTORS; i++)
        actors[i].at = NEVER;
    next = NEVER;
}

void
sim_actor_is(enum sim_actor actor, void (*act)(void))
{
    actors[actor].act = act;
}

void
sim_at(enum sim_actor actor, int64_t at)
{
    actors[actor].at = at;
    next = NEVER;
    for (int i = 0; i < SIM_ACTORS; i++)
        if (actors[i].at < next)
            next = actors[i].at;
}

/* Everything that is due, in its order. */
static void
happen(void)
{
    while (next <= sim.now) {
        int i = 0;
        while (actors[i].at != next)
            i++;
        sim_at((enum sim_actor)i, NEVER);
        sim.nested = true;
        actors[i].act();
        sim.nested = false;
        sim.op.moves++;
    }
}

/* Events between now and then come at their own times. */
static void
go_on(int64_t then)
{
    while (next <= then) {
        if (next > sim.now)
            sim.now = next;
        happen();
    }
    if (then > sim.now)
        sim.now = then;
}

void
sim_pass(int64_t ns)
{
    go_on(sim.now + ns);
}

void
sim_moved(void)
{
    sim.op.moves++;
    sim.op.idle = 0;
    sim.op.moved_at = sim.now;
}

void
sim_disturbed(void)
{
    sim.op.disturbed = true;
    sim_moved();
}

bool
sim_disturbs(int rate)
{
    if (sim.nested || !sim_one_in(rate))
        return false;
    sim_disturbed();
    return true;
}

void
sim_call(const char *name)
{
    if (sim.nested)
        return;
    struct sim_op *op = &sim.op;
    sim_figures.calls++;
    op->calls++;
    op->idle++;
    sim_pass(sim.moment);
    sim_trace("        %s", name);
    sim_check(op->idle <= IDLE, "it spins: %d calls, and nothing comes of it",
              op->idle);
    int64_t most =
        FIRST + 8 * (int64_t)op->moves + (sim.now - op->began) / (5 * MS);
    sim_check(op->calls <= most, "it spins: %d calls in %lld us", op->calls,
              (long long)((sim.now - op->began) / US));
}

bool
sim_wait(bool (*ready)(const void *arg), const void *arg, int64_t until)
{
    int64_t began = sim.now;
    bool is = ready(arg);
    while (!is && sim.now < until) {
        sim_check(sim.op.until != RN_NOW && sim.op.kind != SIM_QUICK,
                  "it waits, and may not");
        sim_check(until != NEVER || next != NEVER, "it waits for ever");
        go_on(next < until ? next : until);
        is = ready(arg);
    }
    if (sim.now > began)
        sim.op.waited = true;
    if (sim.now - began >= 500 * US)
        sim.op.idle = 0;
    return is;
}

void
sim_enter(const char *name, enum sim_kind kind, int64_t until)
{
    sim.op = (struct sim_op){
        .name = name, .kind = kind, .began = sim.now, .until = until};
    sim_figures.ops++;
    sim_chance_of_kernel(true);
    sim.token_counts = false;
    sim_trace("%9lld us  %s%s", (long long)(sim.now / US), name,
              until == RN_NOW ? ", now" : "");
    if (until != RN_NOW && until != NEVER)
        sim_trace("                until %lld us", (long long)(until / US));
}

static int64_t
later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void
check_time(void)
{
    const struct sim_op *op = &sim.op;
    int64_t over = sim.now - later(op->until, op->began);
    if (op->until != RN_NOW)
        sim_check(over <= MS + op->slack,
                  "it comes back %lld us after its time",
                  (long long)(over / US));
}

void
sim_leave(void)
{
    sim_chance_of_kernel(false);
    check_time();
    if (!sim.token_counts || !sim.op.waited || sim.token_since == NEVER)
        return;
    /* What can be done without waiting is still done. */
    int64_t from = later(sim.op.began, sim.op.moved_at);
    int64_t over = sim.now - later(sim.token_since, from);
    sim_check(over <= MS, "it comes back %lld us after it was canceled",
              (long long)(over / US));
}

int64_t
sim_until(const struct sim_limits *limits)
{
    if (limits->timeout == 0 || limits->deadline == RN_NOW)
        return RN_NOW;
    if (limits->timeout < 0)
        return limits->deadline;
    int64_t end = sim.now + limits->timeout * MS;
    return end < limits->deadline ? end : limits->deadline;
}

void
sim_told_end(void)
{
    struct sim_op *op = &sim.op;
    if (op->then == NULL)
        return;
    check_time();
    op->kind = SIM_CLOSING;
    op->began = sim.now;
    op->until = sim_until(op->then);
    op->then = NULL;
}

int
__wrap_clock_gettime(clockid_t which, struct timespec *t)
{
    sim_check(which == CLOCK_MONOTONIC, "another clock than the monotonic one");
    if (!sim.nested)
        sim_pass(50);
    t->tv_sec = (time_t)(sim.now / SECOND);
    t->tv_nsec = (long)(sim.now % SECOND);
    return 0;
}
