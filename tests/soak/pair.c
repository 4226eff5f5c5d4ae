/* SPDX-License-Identifier: MIT */
/* One connection of a client: sends lines, checks the answers and its end. */
#include "client.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>

#include "secret.h"

static struct slot *
far_slot(const struct client *c, const struct pair *p)
{
    return &c->b->slot[p->id % FARS];
}

/* Whether its far end's process was or is being killed: see kill_one. */
static bool
was_killed(const struct client *c, const struct pair *p)
{
    int lives = atomic_load(&far_slot(c, p)->lives);
    return lives != p->lives || lives % 2 == 1;
}

static void
set_busy(struct client *c, struct pair *p, bool busy)
{
    c->busy += busy - p->busy;
    p->busy = busy;
}

static void
watch(struct client *c, struct pair *p, int how)
{
    int wants = rn_wants(p->s);
    struct epoll_event e = {.data.ptr = p};
    if (p->paused_until == 0)
        e.events |= EPOLLIN;
    if (wants & RN_WRITABLE)
        e.events |= EPOLLOUT;
    if (epoll_ctl(c->epoll, how, rn_fd(p->s), &e) < 0)
        bad(c->slot, "client: epoll_ctl: errno %d", errno);
}

bool
pair_connect(struct client *c, struct pair *p)
{
    rn_error err;
    int far = (int)(p->id % FARS);
    bool secret = secret_is(c->b, p->id);
    if (c->far_down[far] > rn_now())
        return false;
    rn_connect_options o = {.host = "127.0.0.1",
                            .port = (secret ? SECRET_PORT : BASE_PORT) + far,
                            .buffering = RN_BUFFERED,
                            .timeout = 10000,
                            .liveness = LIVENESS,
                            .buffer_size = BUFFER};
    p->lives = atomic_load(&far_slot(c, p)->lives);
    p->s = rn_connect_with(&o, &err);
    if (p->s == NULL) {
        /* It was killed, and is not yet back. */
        if (err.code != RN_E_REFUSED && err.code != RN_E_RESET)
            bad(c->slot, "client: %s", err.message);
        c->far_down[far] = rn_in(20);
        return false;
    }
    if (secret)
        p->s = secret_over(p->s, false);
    rn_set_deadline(p->s, RN_BOTH, RN_NOW);
    rn_set_timeout(p->s, RN_BOTH, TIMEOUT);
    c->closed--;
    p->sent = p->heard = 0;
    p->shut = false;
    p->ending = ENDS_NOT;
    atomic_fetch_add(&c->slot->connections, 1);
    watch(c, p, EPOLL_CTL_ADD);
    return true;
}

/* It is closed: whatever it was at, the next connection begins anew. */
static void
drop(struct client *c, struct pair *p)
{
    rn_free(p->s);
    p->s = NULL;
    p->gen++;
    p->todo = 0;
    c->closed++;
    c->paused -= p->paused_until != 0;
    p->paused_until = 0;
    set_busy(c, p, false);
}

void
pair_close(struct client *c, struct pair *p)
{
    int rc = rn_close(p->s);
    if (rc < 0 && !was_killed(c, p))
        bad(c->slot, "client: close of %u.%u: %s", p->id, p->gen,
            rn_code_name(rc));
    drop(c, p);
}

static void
abort_it(struct client *c, struct pair *p)
{
    atomic_fetch_add(&c->slot->aborts, 1);
    rn_abort(p->s);
    drop(c, p);
}

/* The connection is at its end, by its peer's will or not. */
static void
end(struct client *c, struct pair *p, int rc)
{
    bool in_order =
        rc == 0 && p->ending != ENDS_NOT && p->todo == 0 && p->heard == p->sent;
    if (in_order) {
        atomic_fetch_add(&c->slot->half_closes, 1);
        pair_close(c, p);
        return;
    }
    if (!was_killed(c, p))
        bad(c->slot,
            "client: %s in %u.%u, which had sent %u, heard %u, ending %d",
            rc == 0 ? "the end" : rn_code_name(rc), p->id, p->gen, p->sent,
            p->heard, (int)p->ending);
    rn_abort(p->s);
    drop(c, p);
}

static int
send_lines(struct pair *p)
{
    char text[LINE_SIZE];
    int rc = RN_OK;
    while (p->todo > 0) {
        struct line l = {.kind = KIND_PLAIN, .id = p->id, .gen = p->gen};
        l.seq = p->sent;
        if (p->todo == 1)
            l.kind = p->last_kind;
        if (l.kind == KIND_PAUSE)
            l.pause = p->pause;
        int len = line_make(&l, text);
        rc = rn_writeln(p->s, text, (size_t)len);
        if (rc < 0)
            return rc;
        p->sent++;
        p->todo--;
    }
    if (p->ending == ENDS_HALF && !p->shut) {
        rc = rn_shutdown_write(p->s);
        p->shut = rc == RN_OK;
    } else if (!p->shut) {
        rc = rn_flush(p->s);
    }
    return rc;
}

/* Check an answer; whether it is the right one. */
static bool
hear(struct client *c, struct pair *p, const char *text, size_t len)
{
    struct line *l = &p->line;
    bool whole = rn_line_ending(p->s) != RN_ENDING_NONE;
    if (whole && line_check(text, len, l) && l->seq == p->heard &&
        l->id == p->id && l->gen == p->gen) {
        p->heard++;
        atomic_fetch_add_explicit(&c->slot->lines, 1, memory_order_relaxed);
        return true;
    }
    if (whole)
        bad(c->slot, "client: answer %u of %u.%u is wrong: %.60s", p->heard,
            p->id, p->gen, text);
    return false; /* cut off: the end tells whether that may be */
}

static int
hear_lines(struct client *c, struct pair *p)
{
    const char *text;
    size_t len;
    int rc;
    while ((rc = rn_readln(p->s, &text, &len)) > 0)
        if (!hear(c, p, text, len))
            return 0;
    return rc;
}

void
pair_work(struct client *c, struct pair *p)
{
    int rc = send_lines(p);
    if (rc == RN_OK && p->ending == ENDS_ABORT) {
        abort_it(c, p);
        return;
    }
    if (rc == RN_OK || rc == RN_E_AGAIN)
        rc = p->paused_until != 0 ? RN_E_AGAIN : hear_lines(c, p);
    if (rc != RN_E_AGAIN) {
        end(c, p, rc);
        return;
    }
    if (p->todo == 0 && p->heard == p->sent && p->ending == ENDS_NOT)
        set_busy(c, p, false);
    watch(c, p, EPOLL_CTL_MOD);
}

void
pair_begin(struct client *c, struct pair *p, int lines, enum ending ending)
{
    p->todo = lines;
    p->ending = ending;
    p->last_kind = ending == ENDS_BYE ? KIND_BYE : KIND_PLAIN;
    set_busy(c, p, true);
}
