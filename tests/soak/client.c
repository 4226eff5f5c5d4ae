/* SPDX-License-Identifier: MIT */
/* A client: keeps some hundred of its connections busy at any time, with what
 * the seed says, and connects again what has ended. */
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "client.h"

enum {
    EVENTS = 256,
    BUSY = 300,
    CONNECTS = 64 /* at most, each turn */
};

static void
connect_some(struct client *c)
{
    static int at;
    int tries = c->closed < CONNECTS ? c->closed : CONNECTS;
    for (int i = 0; i < c->count && tries > 0; i++) {
        struct pair *p = &c->pair[at];
        at = (at + 1) % c->count;
        if (p->s == NULL) {
            pair_connect(c, p);
            tries--;
        }
    }
}

/* Something for an idle connection to do. */
static void
begin_something(struct client *c, struct pair *p)
{
    int lines = 1 + (int)draw(&c->random, 12);
    uint32_t what = draw(&c->random, 100);
    if (atomic_load(&c->b->step) == STEP_AGE)
        what /= 4;
    if (what < 5) {
        pair_begin(c, p, lines, ENDS_HALF);
    } else if (what < 8) {
        pair_begin(c, p, lines, ENDS_BYE);
    } else if (what < 10) {
        pair_begin(c, p, lines, ENDS_ABORT);
    } else if (what < 12) { /* a far end that reads slowly */
        pair_begin(c, p, lines, ENDS_NOT);
        p->last_kind = KIND_PAUSE;
        p->pause = 10 + draw(&c->random, 400);
        pair_work(c, p);
        if (p->s != NULL)
            pair_begin(c, p, 100, ENDS_NOT);
    } else if (what < 14) { /* and one on this side */
        pair_begin(c, p, 100, ENDS_NOT);
        p->paused_until = rn_in(10 + draw(&c->random, 400));
        c->paused++;
    } else {
        pair_begin(c, p, lines, ENDS_NOT);
    }
    if (p->s != NULL)
        pair_work(c, p);
}

static void
begin_some(struct client *c)
{
    for (int i = 0; i < BUSY && c->busy < BUSY; i++) {
        struct pair *p = &c->pair[draw(&c->random, (uint32_t)c->count)];
        if (p->s != NULL && !p->busy)
            begin_something(c, p);
    }
}

/* One line of full length on each connection, so that all memory is in the
 * state that it will be in at the next rest; true when all have had theirs. */
static bool
rest_some(struct client *c, int number)
{
    static int at;
    int rested = 0;
    for (int i = 0; i < c->count; i++) {
        struct pair *p = &c->pair[at];
        at = (at + 1) % c->count;
        if (p->s != NULL && !p->busy && p->rested != number) {
            if (c->busy >= BUSY)
                return false;
            p->rested = number;
            pair_begin(c, p, 1, ENDS_NOT);
            p->last_kind = KIND_FULL;
            pair_work(c, p);
        }
        rested += p->s != NULL && !p->busy && p->rested == number;
    }
    return rested == c->count;
}

/* Those whose pause is over, or all of them; whether there are more. */
static bool
end_pauses(struct client *c)
{
    rn_time now = rn_now();
    for (int i = 0; i < c->count && c->paused > 0; i++) {
        struct pair *p = &c->pair[i];
        if (p->paused_until == 0 || p->paused_until > now)
            continue;
        p->paused_until = 0;
        c->paused--;
        pair_work(c, p);
    }
    return c->paused > 0;
}

_Noreturn static void
end_all(struct client *c, int number)
{
    for (int i = 0; i < c->count; i++)
        if (c->pair[i].s != NULL)
            pair_close(c, &c->pair[i]);
    free(c->pair);
    close(c->epoll);
    look_at_descriptors(c->slot, false);
    atomic_store(&c->slot->done, number);
    _exit(0);
}

/* What is not yet done, for somebody to find out why. */
static void
tell(struct client *c)
{
    const struct pair *p = c->pair;
    while (p < c->pair + c->count - 1 && p->s != NULL && !p->busy)
        p++;
    bad(c->slot,
        "client: %d busy, %d closed, %d paused; %u.%u, lives %d: sent %u, "
        "heard %u, %d to send, ending %d, wants %d, unsent %td",
        c->busy, c->closed, c->paused, p->id, p->gen, p->lives, p->sent,
        p->heard, p->todo, (int)p->ending, rn_wants(p->s), rn_unsent(p->s));
}

/* What the step asks for; how many milliseconds may be waited. */
static int
follow_steps(struct client *c)
{
    int number = atomic_load(&c->b->number);
    int step = atomic_load(&c->b->step);
    bool is_new = number != atomic_load(&c->slot->done);
    if (is_new && c->slot->cpu < 0 && step != STEP_IDLE)
        look_at_time(c->slot, false);
    switch (step) {
    case STEP_AGE:
    case STEP_RUN:
        connect_some(c);
        begin_some(c);
        break;
    case STEP_REST:
        connect_some(c);
        is_new = is_new && rest_some(c, number);
        break;
    case STEP_LOOK:
        if (is_new)
            look_at_memory(c->slot);
        break;
    case STEP_IDLE:
        if (is_new)
            look_at_time(c->slot, true);
        break;
    case STEP_TELL:
        if (is_new)
            tell(c);
        break;
    case STEP_END:
        end_all(c, number);
    }
    if (is_new)
        atomic_store(&c->slot->done, number);
    return end_pauses(c) || step <= STEP_REST ? 5 : 200;
}

_Noreturn void
client_run(struct board *b, int number)
{
    struct client c = {.b = b, .slot = &b->slot[number]};
    int guest = number - FARS; /* 0 is none, but the one who stays */
    int share = b->pairs / GUEST_SHARE;
    look_at_descriptors(c.slot, true);
    c.count = guest > 0 ? share : b->pairs - GUESTS * share;
    c.closed = c.count;
    c.random = b->seed * 1000003u + (unsigned)number * 101u +
        (unsigned)atomic_load(&c.slot->lives);
    c.epoll = epoll_create1(EPOLL_CLOEXEC);
    c.pair = calloc((size_t)c.count + 1, sizeof *c.pair);
    if (c.epoll < 0 || c.pair == NULL)
        abort();
    for (int i = 0; i < c.count; i++) {
        c.pair[i].id = (uint32_t)(i * CLIENTS + guest);
        c.pair[i].gen = (uint32_t)atomic_load(&c.slot->lives) << 20;
    }
    for (;;) {
        struct epoll_event events[EVENTS];
        int n = epoll_wait(c.epoll, events, EVENTS, follow_steps(&c));
        for (int i = 0; i < n; i++) {
            struct pair *p = events[i].data.ptr;
            /* epoll always tells of a reset, and would for ever. */
            if (p->paused_until != 0 &&
                events[i].events & (EPOLLERR | EPOLLHUP)) {
                p->paused_until = 0;
                c.paused--;
            }
            if (p->s != NULL)
                pair_work(&c, p);
        }
    }
}
