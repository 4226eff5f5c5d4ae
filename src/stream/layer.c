/* SPDX-License-Identifier: MIT */
/* Streams of a user's kind: rn_stream_new, rn_stream_over and what its
 * functions call. A stream that was taken over is unbuffered: the one over it
 * gathers. */
#include "layer.h"

#include <stdlib.h>
#include <string.h>

#include "write.h"

static rn_stream *
make(const rn_stream_ops *ops, void *ctx, rn_buffering buffering, rn_error *err)
{
    rn_stream *s = rni_stream_make(ops, sizeof(struct rni_layer), buffering, 0);
    if (s == NULL) {
        rni_error_set(err, RN_E_MEMORY, RN_PHASE_SETUP, 0, NULL, NULL);
        return NULL;
    }
    s->layer = s->ctx;
    s->ctx = ctx;
    return s;
}

static int
check_ops(const rn_stream_ops *ops, rn_error *err)
{
    rni_error_clear(err);
    if (ops != NULL)
        return RN_OK;
    return rni_error_set(err, RN_E_VALUE, RN_PHASE_SETUP, 0, NULL,
                         "the stream's operations are NULL");
}

rn_stream *
rn_stream_new(const rn_stream_ops *ops, void *ctx, int flags, rn_error *err)
{
    if (check_ops(ops, err) < 0 ||
        rni_check_buffering(flags, RN_PHASE_SETUP, NULL, err) < 0)
        return NULL;
    return make(ops, ctx, (rn_buffering)flags, err);
}

/* ---- One over another */

static void
inherit_limits(struct rni_limits *to, const struct rni_limits *from)
{
    atomic_init(&to->deadline, atomic_load(&from->deadline));
    atomic_init(&to->timeout, atomic_load(&from->timeout));
    atomic_init(&to->cancel, atomic_load(&from->cancel));
}

/* The new stream is set as `below` was. */
static void
inherit(rn_stream *s, const rn_stream *below)
{
    s->unlocked = below->unlocked;
    s->buffer_size = below->buffer_size;
    s->target = below->target;
    inherit_limits(&s->in.limits, &below->in.limits);
    s->in.ahead = below->in.ahead;
    s->in.max_line = below->in.max_line;
    s->in.max_all = below->in.max_all;
    s->in.line.strict = below->in.line.strict;
    inherit_limits(&s->out.limits, &below->out.limits);
    s->out.limit = below->out.limit;
    s->out.flush_byte = below->out.flush_byte;
    s->out.crlf = below->out.crlf;
    rni_output_changed(&s->out);
}

static void
take_over(struct rni_layer *layer, rn_stream *below)
{
    layer->below = below;
    below->in.ahead = 0;
    below->out.limit = 0;
    below->out.flush_byte = -1;
    rni_output_changed(&below->out);
}

/* Both halves of it, to be taken over: what is in the way, told in err. */
static int
claim_below(rn_stream *below, rn_error *err)
{
    int rc = RN_E_VALUE;
    if (below != NULL)
        rc = atomic_load(&below->closing) ? RN_E_CLOSED
                                          : rni_claim_both(below, false);
    if (rc < 0)
        rni_error_set(err, rc, below == NULL ? RN_PHASE_NONE : RN_PHASE_SETUP,
                      0, below == NULL ? NULL : &below->target,
                      below == NULL ? "the stream below is NULL" : NULL);
    return rc;
}

rn_stream *
rn_stream_over(const rn_stream_ops *ops, void *ctx, rn_stream *below,
               rn_error *err)
{
    if (check_ops(ops, err) < 0 || claim_below(below, err) < 0)
        return NULL;
    rn_stream *s = make(ops, ctx, RN_UNBUFFERED, err);
    if (s != NULL) {
        inherit(s, below);
        take_over(s->layer, below);
        rni_ask_pending(s);
    }
    rni_end_write(below);
    rni_end_read(below);
    return s;
}

static const rn_stream_ops no_ops;

rn_stream *
rn_stream_undo(rn_stream *s)
{
    if (s == NULL || rni_below(s) == NULL || atomic_load(&s->closing))
        return NULL;
    rn_stream *below = s->layer->below;
    below->in.ahead = s->in.ahead;
    below->out.limit = s->out.limit;
    below->out.flush_byte = s->out.flush_byte;
    rni_output_changed(&below->out);
    s->layer->below = NULL;
    rni_room_drop(&s->out.win, NULL);
    s->ops = &no_ops;
    rn_free(s);
    return below;
}

rn_stream *
rni_who_waits(rn_stream *s)
{
    while (s != NULL && s->ops->wait == NULL)
        s = rni_below(s);
    return s;
}

rn_stream *
rni_who_wakes(rn_stream *s)
{
    while (s != NULL && s->ops->wake == NULL)
        s = rni_below(s);
    return s;
}

bool
rni_is_any_agreeing(const rn_stream *s)
{
    while (!rni_is_agreeing(s) && rni_below(s) != NULL)
        s = rni_below(s);
    return rni_is_agreeing(s);
}

int
rni_needs(const rn_stream *s, int directions)
{
    while (s->ops->wait == NULL && rni_below(s) != NULL) {
        rn_stream *below = rni_below(s);
        /* What it had to say comes before what it wants to hear. */
        if (rni_is_agreeing(s))
            directions = rn_unsent(below) > 0 ? RN_WRITABLE : RN_READABLE;
        s = below;
    }
    return directions;
}

void
rni_ask_pending(rn_stream *s)
{
    if (s->ops->pending != NULL)
        atomic_store_explicit(&s->layer->pending, s->ops->pending(s->ctx),
                              memory_order_relaxed);
}

void *
rn_stream_ctx(const rn_stream *s, const rn_stream_ops *ops)
{
    return s != NULL && s->ops == ops ? s->ctx : NULL;
}

void
rni_layer_free(struct rni_layer *layer)
{
    if (layer == NULL)
        return;
    for (int i = 0; i < 2; i++)
        free(atomic_load(&layer->why[i]));
    rn_free(layer->below);
}

/* ---- What its functions call */

static struct rn_wait
within(const rn_wait *wait)
{
    return wait == NULL ? rni_no_wait : *wait;
}

int
rn_wait_is_over(const rn_wait *wait)
{
    return wait != NULL && wait->until != RN_NOW && rni_is_over(wait);
}

ptrdiff_t
rn_below_read(rn_stream *below, void *data, size_t n, const rn_wait *wait)
{
    ptrdiff_t r = rni_begin_read(below);
    if (r < 0)
        return r;
    /* A call that begins after its time gives what a single look finds. */
    bool late = rn_wait_is_over(wait) != 0;
    below->in.wait = late ? rni_no_wait : within(wait);
    r = rni_read_some(below, data, n);
    rni_end_read(below);
    return r == RN_E_AGAIN && late ? RN_E_TIMEOUT : r;
}

/* A farewell is missing in what the peer gets, even if the system goes on. Who
 * writes all the same has lost something by that. */
static int
tell_lost(rn_stream *below)
{
    if (below->out.stuck == 0)
        return rni_break_output(below, below->out.lost, RNI_PLAIN);
    return rni_fault(below, RN_PHASE_WRITE, below->out.stuck, RNI_PLAIN);
}

int
rn_below_write(rn_stream *below, const void *data, size_t len,
               const rn_wait *wait)
{
    int rc = rni_begin_write(below);
    if (rc < 0)
        return rc;
    below->out.wait = within(wait);
    rc = below->out.lost < 0 ? tell_lost(below)
                             : rni_write_or_keep(below, data, len);
    rni_end_write(below);
    return rc;
}

int
rn_below_flush(rn_stream *below, const rn_wait *wait)
{
    int rc = rni_begin_write(below);
    if (rc < 0)
        return rc;
    below->out.wait = within(wait);
    rc = below->out.stuck < 0
        ? rni_fault(below, RN_PHASE_WRITE, below->out.stuck, RNI_PLAIN)
        : rni_flush(below, &below->out.wait);
    rni_end_write(below);
    return rc;
}

int
rni_below_farewell(rn_stream *below, const void *data, size_t len,
                   const rn_wait *wait)
{
    int rc = rni_begin_write(below);
    if (rc < 0)
        return rc;
    struct rni_output *out = &below->out;
    out->wait = within(wait);
    if (out->lost < 0) {
        rc = rni_fault(below, RN_PHASE_WRITE, out->lost, RNI_PLAIN);
        rni_end_write(below);
        return rc;
    }
    bool broken = out->stuck < 0;
    rc = rni_write_or_keep(below, data, len);
    if (rc == RN_OK)
        rc = rni_flush(below, &out->wait);
    if (rc == RN_E_BUSY)
        rc = RN_E_AGAIN; /* it is kept, and not to be given again */
    /* Nothing that matters was lost: closing has no failure to report. */
    if (rc < 0 && !rni_repeatable(rc) && !broken) {
        out->lost = (short)rc;
        out->stuck = 0;
    }
    rni_end_write(below);
    return rc;
}

/* ---- Explaining failures */

static int
half_of(int phase)
{
    return phase == RN_PHASE_READ ? RN_READABLE - 1 : RN_WRITABLE - 1;
}

static int
explain_half(rn_stream *s, int half, int phase, int code, const char *reason)
{
    atomic_store(&s->phase[half], (unsigned char)phase);
    if (reason == NULL)
        return RN_OK;
    size_t size = strlen(reason) + 1;
    struct rni_why *why = malloc(sizeof *why + size);
    if (why == NULL)
        return RN_E_MEMORY;
    why->code = code;
    memcpy(why->reason, reason, size);
    /* Never replaced: another thread may be reading it. */
    struct rni_why *none = NULL;
    if (!atomic_compare_exchange_strong(&s->layer->why[half], &none, why))
        free(why);
    return RN_OK;
}

int
rn_explain(rn_stream *s, int directions, int phase, int code,
           const char *reason)
{
    if (s == NULL || s->layer == NULL || (directions & ~RN_BOTH) != 0)
        return RN_E_VALUE;
    int rc = RN_OK;
    bool was_agreeing = rni_is_agreeing(s);
    for (int half = 0; half < 2; half++)
        if ((directions & (half + 1)) != 0 && rc == RN_OK)
            rc = explain_half(s, half, phase, code, reason);
    /* What came with the last word of agreeing is not to be waited for. */
    if (was_agreeing && !rni_is_agreeing(s))
        rni_ask_pending(s);
    return rc;
}

int
rni_explained_phase(const rn_stream *s, int phase)
{
    if (phase != RN_PHASE_READ && phase != RN_PHASE_WRITE)
        return phase;
    int chosen = atomic_load(&s->phase[half_of(phase)]);
    return chosen != 0 ? chosen : phase;
}

const char *
rni_explained(const rn_stream *s, int phase, int code)
{
    if (s->layer == NULL)
        return NULL;
    const struct rni_why *why = atomic_load(&s->layer->why[half_of(phase)]);
    return why != NULL && why->code == code ? why->reason : NULL;
}
