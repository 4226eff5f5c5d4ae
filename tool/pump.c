/* SPDX-License-Identifier: MIT */
/*
 * Two directions between two ends. Each has its own end, which is passed on;
 * what ends the whole is the hard part:
 *
 * An input that waits (a person, a silent pipe) must not hold up what is over:
 * so when the far end has ended, near input that is there is sent to its end,
 * and only silence ends it. A command that has exited reads no more, although
 * nothing comes of its input pipe to say so.
 *
 * A direction that cannot be written any more does not end the other one: a
 * server may answer and close without reading all. The answer counts.
 */
#include "pump.h"

#include "exit.h"
#include "filter.h"
#include "interrupt.h"
#include "limits.h"
#include "options.h"
#include "report.h"
#include "say.h"

/* One direction. */
struct way {
    struct end *from;
    struct end *to;
    rn_stream *filter; /* over from->in, or NULL */
    bool open;         /* there is something to do yet */
    int code;          /* of its failure, which did not end the other way */
    rn_error err;
    uint64_t bytes;
};

struct job {
    struct pump *p;
    struct way way[2]; /* to the far end, and to the near one */
    struct idle idle;
};

/* ---- Failures */

/* The exit code for a failure of a stream of `e`, which is told. */
static int
fail(struct job *j, const struct end *e, const rn_error *err)
{
    bool local = e->standard || e->pid != 0;
    j->p->ended = local ? "local" : exit_name(exit_of(err->code));
    int code = complain(err);
    return local ? EXIT_LOCAL : code;
}

/* What a route told about its way: EXIT_FINE, or the exit code for a failure
 * that ends everything. */
static int
settle(struct job *j, struct way *w, const rn_route *route)
{
    w->bytes += route->bytes;
    if (route->code == RN_OK) {
        w->open = route->ended == 0;
        /* A pipe has no other way to be told its end. */
        if (!w->open && w->to->pid != 0)
            rn_close(w->to->out);
        return EXIT_FINE;
    }
    w->open = false;
    bool writing = route->failed == w->to->out;
    rn_error_of(writing ? w->to->out : w->from->in, &w->err);
    if (!writing || w->to->standard)
        return fail(j, writing ? w->to : w->from, &w->err);
    w->code = route->code;
    return EXIT_FINE;
}

/* ---- One relay, until something has to be decided */

enum {
    ROUTES = 3 /* both ways, and the life of a command */
};

/* The way back has ended; is this one worth waiting for? */
static bool
is_lingering(const struct job *j, const struct way *w)
{
    return w == &j->way[0] && !j->way[1].open && w->from->standard &&
        w->from->waits;
}

/* The command that reads what goes this way, if it writes no more. */
static rn_stream *
life_to_watch(const struct job *j, const struct way *w)
{
    const struct way *back = &j->way[w == &j->way[0]];
    return w->open && !back->open ? w->to->life : NULL;
}

/* For how long nothing may move, until it is looked at why. */
static int64_t
patience(const struct job *j)
{
    if (!is_lingering(j, &j->way[0]))
        return idle_slice();
    return settings.idle == 0 || j->p->linger < settings.idle ? j->p->linger
                                                              : settings.idle;
}

static int
add_ways(struct job *j, rn_route *routes, struct way **of)
{
    int n = 0;
    for (int i = 0; i < 2; i++) {
        struct way *w = &j->way[i];
        if (!w->open)
            continue;
        int keep = i == 0 && j->p->eof == EOF_IGNORE ? RN_ROUTE_KEEP_OPEN : 0;
        of[n] = w;
        routes[n++] =
            (rn_route){.from = w->filter != NULL ? w->filter : w->from->in,
                       .to = w->to->out,
                       .flags = RN_ROUTE_FINAL | keep};
        rn_stream *life = life_to_watch(j, w);
        if (life != NULL) {
            of[n] = NULL;
            routes[n++] =
                (rn_route){.from = life, .to = life, .flags = RN_ROUTE_FINAL};
        }
    }
    return n;
}

/* After TIMEOUT and CANCELED, in which so many bytes were moved: EXIT_FINE
 * where the waiting was for a silent input, that is all, or may go on. */
static int
stop(struct job *j, int rc, uint64_t bytes)
{
    if (rc == RN_E_CANCELED) {
        j->p->ended = "signal";
        return EXIT_OTHER; /* main knows better */
    }
    if (!deadline_over() && is_lingering(j, &j->way[0])) {
        j->way[0].open = false;
        return EXIT_FINE;
    }
    if (!deadline_over() &&
        !idle_over(&j->idle, bytes, j->p->far.out, j->p->near.out))
        return EXIT_FINE;
    return complain_over(j->p->target, &j->p->ended);
}

static int
relay_once(struct job *j)
{
    rn_relay_options o = {.idle = patience(j),
                          .deadline = settings.deadline,
                          .cancel = interrupt_token()};
    rn_route routes[ROUTES];
    struct way *of[ROUTES];
    int n = add_ways(j, routes, of);
    int rc = rn_relay_routes(routes, n, &o);
    int code = EXIT_FINE;
    uint64_t bytes = 0;
    for (int i = 0; i < n && code == EXIT_FINE; i++) {
        bytes += routes[i].bytes;
        if (of[i] != NULL)
            code = settle(j, of[i], &routes[i]);
        else if (routes[i].ended)
            of[i - 1]->open = false; /* nobody reads it any more */
    }
    if (code == EXIT_FINE && (rc == RN_E_TIMEOUT || rc == RN_E_CANCELED))
        return stop(j, rc, bytes);
    bool told = false;
    for (int i = 0; i < n; i++)
        told = told || routes[i].code < 0;
    if (code == EXIT_FINE && rc < 0 && !told)
        return complain_as(EXIT_OTHER, "%s: %s", j->p->target,
                           rn_code_name(rc));
    return code;
}

/* Whether what is left is not worth it. */
static bool
is_over(const struct job *j)
{
    const struct way *out = &j->way[0];
    const struct way *in = &j->way[1];
    if (!out->open && !in->open)
        return true;
    if (j->p->eof == EOF_CLOSE && !out->open && out->code == RN_OK)
        return true;
    return !in->open && out->from->terminal;
}

static int
run(struct job *j)
{
    int code = EXIT_FINE;
    idle_begin(&j->idle);
    while (code == EXIT_FINE && !is_over(j))
        code = relay_once(j);
    /* What the other way went on after; a command may well not read all. */
    for (int i = 0; i < 2 && code == EXIT_FINE; i++)
        if (j->way[i].code != RN_OK && j->way[i].to->pid == 0)
            code = fail(j, j->way[i].to, &j->way[i].err);
    return code;
}

/* ---- The whole */

static int
set_filters(struct job *j)
{
    const struct pump *p = j->p;
    struct filter_options o[2] = {
        {.mark = SENT, .endings = p->crlf ? ENDINGS_CRLF : ENDINGS_AS_THEY_ARE},
        {.mark = RECEIVED,
         .endings = p->line ? ENDINGS_LF : ENDINGS_AS_THEY_ARE}};
    for (int i = 0; i < 2; i++) {
        struct way *w = &j->way[i];
        o[i].number = p->number;
        o[i].gather = p->gather;
        if (!w->open || !filter_needed(&o[i]))
            continue;
        w->filter = filter_new(w->from->in, &o[i]);
        if (w->filter == NULL)
            return complain_as(EXIT_OTHER, "%s: no memory", p->target);
    }
    return EXIT_FINE;
}

int
pump(struct pump *p)
{
    struct job j = {.p = p,
                    .way = {{.from = &p->near, .to = &p->far},
                            {.from = &p->far, .to = &p->near}}};
    p->ended = "peer";
    for (int i = 0; i < 2; i++)
        j.way[i].open = j.way[i].from->in != NULL;
    int code = set_filters(&j);
    if (code == EXIT_FINE)
        code = run(&j);
    if (code == EXIT_FINE && p->eof == EOF_CLOSE && j.way[1].open)
        p->ended = "input";
    for (int i = 0; i < 2; i++)
        rn_free(j.way[i].filter);
    p->sent = j.way[0].bytes;
    p->received = j.way[1].bytes;
    if (p->number == 0) {
        report_result(p->far.in, p->sent, p->received, p->ended);
    } else { /* one of many */
        report_add("bytes_sent", p->sent);
        report_add("bytes_received", p->received);
    }
    bool well = code == EXIT_FINE;
    int far = end_close(&p->far, !well);
    code = well ? far : code;
    int near = end_close(&p->near, code != EXIT_FINE);
    code = code == EXIT_FINE ? near : code;
    if (well && code != EXIT_FINE && p->number == 0)
        report_ended(exit_name(code));
    return code;
}
