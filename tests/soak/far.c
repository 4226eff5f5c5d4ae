/* SPDX-License-Identifier: MIT */
/* A far end: answers each line with itself, and checks that none is missing or
 * comes twice. */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "secret.h"

enum {
    EVENTS = 256
};

struct visitor {
    rn_socket *s;
    const char *line; /* read, and not yet written back */
    size_t len;
    struct line last;
    uint32_t seq; /* expected next */
    bool leaves;  /* nothing more is read; what is unsent must still go */
    bool broken;
    rn_time paused_until;
    struct visitor *next_paused;
};

struct far {
    struct board *b;
    struct slot *slot;
    rn_server *server;
    rn_server *secret;
    int epoll;
    int visitors;
    struct visitor *paused;
    uint64_t random;
};

static void
check_line(struct far *f, struct visitor *v)
{
    struct line *l = &v->last;
    uint32_t id = l->id;
    uint32_t gen = l->gen;
    if (!line_check(v->line, v->len, l)) {
        bad(f->slot, "far: a wrong line: %.60s", v->line);
        v->broken = true;
        return;
    }
    if (l->seq != v->seq || (v->seq > 0 && (l->id != id || l->gen != gen)))
        bad(f->slot, "far: line %u of %u.%u where %u of %u.%u was due", l->seq,
            l->id, l->gen, v->seq, id, gen);
    v->seq++;
    atomic_fetch_add_explicit(&f->slot->lines, 1, memory_order_relaxed);
}

/* The next line: RN_OK, or why there is none now. */
static int
take_line(struct far *f, struct visitor *v)
{
    int rc = rn_readln(v->s, &v->line, &v->len);
    if (rc <= 0) {
        v->leaves = rc == 0;
        return rc < 0 ? rc : RN_E_EOF;
    }
    if (rn_line_ending(v->s) == RN_ENDING_NONE) {
        v->broken = true; /* its client was killed */
        return RN_E_EOF;
    }
    check_line(f, v);
    return RN_OK;
}

static void
begin_pause(struct far *f, struct visitor *v)
{
    v->paused_until = rn_in(v->last.pause);
    v->next_paused = f->paused;
    f->paused = v;
}

/* Lines in, lines out, as long as both go. */
static int
answer(struct far *f, struct visitor *v)
{
    int rc = RN_OK;
    while (!v->leaves && !v->broken && v->paused_until == 0) {
        if (v->line == NULL && (rc = take_line(f, v)) < 0)
            return rc;
        if (v->broken || (rc = rn_writeln(v->s, v->line, v->len)) < 0)
            return rc;
        v->line = NULL;
        v->leaves = v->last.kind == KIND_BYE;
        if (v->last.kind == KIND_PAUSE)
            begin_pause(f, v);
    }
    return rc;
}

/* Do what can be done without waiting; whether the visitor stays. */
static bool
serve(struct far *f, struct visitor *v)
{
    int rc = answer(f, v);
    if (v->line == NULL && (rc == RN_OK || rc == RN_E_AGAIN || rc == RN_E_EOF))
        rc = rn_flush(v->s);
    if (rc < 0 && rc != RN_E_AGAIN && rc != RN_E_RESET &&
        !secret_was_cut(v->s, rc))
        bad(f->slot, "far: %s in %u.%u", rn_code_name(rc), v->last.id,
            v->last.gen);
    return !v->broken && (rc == RN_E_AGAIN || (rc == RN_OK && !v->leaves));
}

static void
end_pause(struct far *f, struct visitor *v)
{
    struct visitor **p = &f->paused;
    while (*p != NULL && *p != v)
        p = &(*p)->next_paused;
    if (*p != NULL)
        *p = v->next_paused;
    v->paused_until = 0;
}

static void
dismiss(struct far *f, struct visitor *v)
{
    end_pause(f, v);
    if (v->broken)
        rn_abort(v->s);
    else
        rn_close(v->s);
    rn_free(v->s);
    free(v);
    f->visitors--;
}

static void
attend(struct far *f, struct visitor *v, int how)
{
    if (!serve(f, v)) {
        dismiss(f, v);
        return;
    }
    int wants = rn_wants(v->s);
    struct epoll_event e = {.data.ptr = v};
    if (wants & RN_READABLE && v->paused_until == 0)
        e.events |= EPOLLIN;
    if (wants & RN_WRITABLE)
        e.events |= EPOLLOUT;
    if (epoll_ctl(f->epoll, how, rn_fd(v->s), &e) < 0)
        bad(f->slot, "far: epoll_ctl: errno %d", errno);
}

static void
accept_all(struct far *f, rn_server *server)
{
    rn_error err;
    rn_socket *s;
    while ((s = rn_accept(server, RN_BUFFERED, &err)) != NULL) {
        struct visitor *v = calloc(1, sizeof *v);
        if (v == NULL)
            abort();
        v->s = s;
        rn_set_deadline(s, RN_BOTH, RN_NOW);
        rn_set_timeout(s, RN_BOTH, TIMEOUT);
        int rc = rn_set_liveness(s, LIVENESS);
        if (rc < 0 && rc != RN_E_RESET)
            bad(f->slot, "far: liveness: %s", rn_code_name(rc));
        if (server == f->secret)
            v->s = secret_over(s, true);
        f->visitors++;
        attend(f, v, EPOLL_CTL_ADD);
    }
    if (err.code != RN_E_AGAIN)
        bad(f->slot, "far: %s", err.message);
}

/* Those whose pause is over; in how many milliseconds to look again. */
static int
end_pauses(struct far *f)
{
    rn_time now = rn_now();
    struct visitor *list = f->paused;
    f->paused = NULL;
    while (list != NULL) {
        struct visitor *v = list;
        list = v->next_paused;
        if (v->paused_until > now) {
            v->next_paused = f->paused;
            f->paused = v;
            continue;
        }
        v->paused_until = 0;
        attend(f, v, EPOLL_CTL_MOD);
    }
    return f->paused != NULL ? 10 : 200;
}

/* What is paused watches for nothing, but epoll always tells of a reset, and
 * would for ever. */
static void
wake(struct far *f, struct visitor *v)
{
    if (v->paused_until != 0 && rn_unsent(v->s) == 0)
        end_pause(f, v);
    attend(f, v, EPOLL_CTL_MOD);
}

static void
follow_steps(struct far *f)
{
    int number = atomic_load(&f->b->number);
    int done = atomic_load(&f->slot->done);
    if (number == done)
        return;
    int step = atomic_load(&f->b->step);
    if (done > 0 && f->slot->cpu < 0 && step != STEP_IDLE)
        look_at_time(f->slot, false);
    if (step == STEP_LOOK)
        look_at_memory(f->slot);
    else if (step == STEP_IDLE)
        look_at_time(f->slot, true);
    else if (step == STEP_END && f->visitors > 0)
        return;
    atomic_store(&f->slot->done, number);
    if (step != STEP_END)
        return;
    rn_server_free(f->server);
    rn_server_free(f->secret);
    close(f->epoll);
    look_at_descriptors(f->slot, false);
    _exit(0);
}

static rn_server *
open_door(struct far *f, int port)
{
    rn_error err;
    rn_listen_options o = {
        .port = port, .address = "127.0.0.1", .buffer_size = BUFFER};
    rn_server *server = rn_listen_with(&o, &err);
    if (server == NULL) {
        bad(f->slot, "far: %s", err.message);
        _exit(1);
    }
    rn_server_set_deadline(server, RN_NOW);
    struct epoll_event door = {.events = EPOLLIN, .data.ptr = server};
    if (epoll_ctl(f->epoll, EPOLL_CTL_ADD, rn_server_fd(server), &door) < 0)
        abort();
    return server;
}

_Noreturn void
far_run(struct board *b, int number)
{
    struct far f = {.b = b, .slot = &b->slot[number]};
    look_at_descriptors(f.slot, true);
    f.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (f.epoll < 0)
        abort();
    f.server = open_door(&f, BASE_PORT + number);
    f.secret = open_door(&f, SECRET_PORT + number);
    for (;;) {
        struct epoll_event events[EVENTS];
        follow_steps(&f);
        int n = epoll_wait(f.epoll, events, EVENTS, end_pauses(&f));
        for (int i = 0; i < n; i++)
            if (events[i].data.ptr == f.server ||
                events[i].data.ptr == f.secret)
                accept_all(&f, events[i].data.ptr);
            else
                wake(&f, events[i].data.ptr);
    }
}
