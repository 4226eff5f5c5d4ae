/* SPDX-License-Identifier: MIT */
/* A stream's life: how one is made, rn_close, rn_abort, rn_shutdown_write,
 * rn_free. The buffering modes are numbers that are set here and nowhere
 * looked at again. */
#include "layer.h"

#include <sched.h>
#include <stdlib.h>

const struct rn_wait rni_no_wait = {.until = RN_NOW, .look = true};

int
rni_check_buffering(int buffering, int phase, const struct rni_target *target,
                    rn_error *err)
{
    if (buffering >= RN_UNBUFFERED && buffering <= RN_BUFFERED)
        return RN_OK;
    return rni_error_set(err, RN_E_VALUE, phase, 0, target,
                         "buffering %d is none of RN_UNBUFFERED (0), "
                         "RN_LINE_BUFFERED (1) and RN_BUFFERED (2)",
                         buffering);
}

rn_stream *
rni_stream_make(const rn_stream_ops *ops, size_t extra, rn_buffering buffering,
                size_t buffer_size)
{
    /* calloc(3) passes by what free(3) has put at hand (glibc before 2.41), and
     * of one memset behind a malloc(3) compilers make just that. */
    rn_stream *s = malloc(sizeof *s + extra);
    if (s == NULL)
        return NULL;
    *s = (rn_stream){0};
    memset(s + 1, 0, extra);
    size_t size = buffer_size > 0 ? buffer_size : RNI_BUFFER_SIZE;
    s->ops = ops;
    s->ctx = s + 1;
    s->target = (struct rni_target){.host = "", .address = ""};
    s->buffer_size = size;
    s->born = rn_now();
    s->in.exists = ops->read != NULL;
    s->out.exists = ops->write != NULL;
    rni_limits_init(&s->in.limits);
    s->in.max_line = RNI_MAX_LINE;
    s->in.max_all = PTRDIFF_MAX;
    s->in.ahead = buffering == RN_UNBUFFERED ? 0 : size;
    rni_limits_init(&s->out.limits);
    s->out.limit = buffering == RN_UNBUFFERED ? 0 : size;
    s->out.flush_byte = buffering == RN_LINE_BUFFERED ? '\n' : -1;
    rni_room_own(&s->in.win, s->in.own);
    rni_room_own(&s->out.win, s->out.own);
    rni_output_changed(&s->out);
    return s;
}

/* Closed is closed: BUSY would say that nothing was done, and to try again. */
static int
not_busy(int rc)
{
    return rc == RN_E_BUSY ? RN_E_IO : rc;
}

/* The kind of stream is done with, and so is the output. The input window stays
 * until rn_free: a reader in another thread may still look at its line. */
static int
finish(rn_stream *s, int (*end)(void *ctx, const struct rn_wait *wait),
       const struct rn_wait *wait)
{
    int rc = end == NULL ? RN_OK : end(s->ctx, wait);
    rni_room_drop(&s->out.win, NULL);
    rni_output_changed(&s->out);
    return rc < 0 ? rni_fault(s, RN_PHASE_CLOSE, not_busy(rc), RNI_PLAIN)
                  : RN_OK;
}

static int (*abort_of(const rn_stream *s))(void *ctx, const rn_wait *wait)
{
    return s->ops->abort != NULL ? s->ops->abort : s->ops->close;
}

static int
throw_away(rn_stream *s)
{
    int rc = finish(s, abort_of(s), &rni_no_wait);
    if (rni_below(s) != NULL) {
        atomic_store(&rni_below(s)->closing, true);
        throw_away(rni_below(s));
    }
    return rc;
}

/* So often a kind that cannot write is read from before it is given up. */
enum {
    PATIENCE = 1000
};

/* A flush was BUSY: the kind has to read before it can write, as TLS in the
 * middle of a message of its own. Nobody else reads any more, and what comes is
 * of no use. */
static int
read_and_flush(rn_stream *s, rn_stream *waits, const struct rn_wait *wait)
{
    char scratch[512];
    int rc = RN_E_BUSY;
    for (int i = 0; rc == RN_E_BUSY && i < PATIENCE; i++) {
        int sys;
        ptrdiff_t r =
            s->ops->read(s->ctx, scratch, sizeof scratch, &rni_no_wait);
        rc = rni_flush(s, wait); /* it may have found what it needs */
        if (rc != RN_E_BUSY)
            break;
        if (r < 0 && rni_code_of(RN_PHASE_READ, r, &sys) == RN_E_AGAIN)
            r = waits->ops->wait(waits->ctx, rni_needs(s, RN_READABLE), wait);
        else if (r == 0)
            r = RN_E_RESET;
        if (r < 0)
            rc = rni_fault(s, RN_PHASE_CLOSE, r, RNI_PLAIN);
    }
    return rc;
}

/* Where nobody can wait apart from reading, a read might wait for more than the
 * flush needs, and is not tried. */
static int
flush_last(rn_stream *s, const struct rn_wait *wait)
{
    uint_least64_t told = atomic_load(&s->fault);
    rn_stream *waits = rni_who_waits(s);
    int rc = rni_flush(s, wait);
    if (rc == RN_E_BUSY && s->in.exists && waits != NULL)
        rc = read_and_flush(s, waits, wait);
    if (rc == RN_E_BUSY)
        rc = rni_fault(s, RN_PHASE_CLOSE, not_busy(rc), RNI_PLAIN);
    if (rc == RN_OK)
        atomic_store(&s->fault, told);
    return rc;
}

/* Flush and close, both halves held. What was lost is told, whichever of the
 * two lost it; the first loss wins. */
static int
finish_gracefully(rn_stream *s, const struct rn_wait *wait)
{
    int flushed = RN_OK;
    if (s->out.stuck == RN_E_CLOSED) {
        /* A write was cut short. A clean end would make the peer believe that
         * it has everything. */
        throw_away(s);
        return rni_fault(s, RN_PHASE_CLOSE, RN_E_RESET, RNI_CUT_WRITE);
    }
    if (s->out.stuck < 0)
        flushed = rni_fault(s, RN_PHASE_WRITE, s->out.stuck, RNI_PLAIN);
    else if (rni_window_len(&s->out.win) + s->out.held > 0)
        flushed = flush_last(s, wait);
    uint_least64_t told = atomic_load(&s->fault);
    rn_stream *below = rni_below(s);
    /* The peer must not take what is left for the whole. */
    bool cut = below != NULL && flushed < 0;
    int closed = finish(s, cut ? abort_of(s) : s->ops->close, wait);
    if (below != NULL) {
        atomic_store(&below->closing, true);
        int rc = finish_gracefully(below, wait);
        if (rc < 0 && closed == RN_OK)
            closed = rni_fault(s, RN_PHASE_CLOSE, rc, RNI_PLAIN);
    }
    if (flushed < 0)
        atomic_store(&s->fault, told);
    return flushed < 0 ? flushed : closed;
}

/* To write, one over another may be waiting for input (to agree on TLS), and to
 * read for output. After that the other direction is left as it is: what was
 * written is still to be sent. */
static void
wake(rn_stream *s, int direction)
{
    rn_stream *w = rni_who_wakes(s);
    w->ops->wake(w->ctx, direction);
    if (rni_is_any_agreeing(s))
        w->ops->wake(w->ctx, RN_BOTH & ~direction);
}

/* Claim a half, calling back a thread that waits in it. */
static void
call_back(rn_stream *s, atomic_int *claim, struct rni_bell *bell, int direction)
{
    while (!rni_claim(claim)) {
        /* A writer that only fills the buffer is through in a moment, and what
         * it filled must still find its way out. A bell hangs before a relay
         * says SENDING and until it says so no more, hence the second look. */
        bool sends = atomic_load(claim) == RNI_SENDING;
        if (!rni_bell_ring(bell) &&
            (direction == RN_READABLE ||
             (sends && atomic_load(claim) == RNI_SENDING)))
            wake(s, direction);
        sched_yield();
    }
}

/* 1: closing is ours to do and both halves are claimed; RN_OK: it is done or
 * being done; BUSY: it cannot be done now. */
static int
begin_close(rn_stream *s, bool holds_input)
{
    if (rni_who_wakes(s) == NULL) {
        if (atomic_load(&s->closing))
            return RN_OK;
        if (rni_claim_both(s, holds_input) < 0)
            return rni_fault(s, RN_PHASE_CLOSE, RN_E_BUSY, RNI_PLAIN);
        if (!atomic_exchange(&s->closing, true))
            return 1;
        rni_end_write(s);
        if (!holds_input)
            rni_end_read(s);
        return RN_OK;
    }
    if (atomic_exchange(&s->closing, true))
        return RN_OK;
    if (!holds_input)
        call_back(s, &s->in.claim, &s->in.bell, RN_READABLE);
    call_back(s, &s->out.claim, &s->out.bell, RN_WRITABLE);
    return 1;
}

static int
end_close(rn_stream *s, int rc)
{
    rni_end_write(s);
    rni_end_read(s);
    return rc;
}

int
rni_begin_close_held(rn_stream *s)
{
    return begin_close(s, true);
}

int
rni_end_close_held(rn_stream *s)
{
    struct rn_wait wait = rni_limits_begin(&s->out.limits);
    int rc = finish_gracefully(s, &wait);
    rni_end_write(s);
    return rc;
}

int
rn_close(rn_stream *s)
{
    if (s == NULL)
        return RN_E_VALUE;
    int rc = begin_close(s, false);
    if (rc <= 0)
        return rc;
    struct rn_wait wait = rni_limits_begin(&s->out.limits);
    return end_close(s, finish_gracefully(s, &wait));
}

int
rn_abort(rn_stream *s)
{
    if (s == NULL)
        return RN_E_VALUE;
    int rc = begin_close(s, false);
    if (rc <= 0)
        return rc;
    return end_close(s, throw_away(s));
}

int
rn_shutdown_write(rn_stream *s)
{
    int rc = rni_begin_write(s);
    if (rc < 0)
        return rc;
    if (s->ops->shutdown_write == NULL) {
        rc = rni_fault(s, RN_PHASE_WRITE, RN_E_UNSUPPORTED, RNI_PLAIN);
    } else if (!s->out.told) {
        const struct rn_wait *wait = rni_wait_of(&s->out.limits, &s->out.wait);
        rc = s->out.stuck < 0
            ? rni_fault(s, RN_PHASE_WRITE, s->out.stuck, RNI_PLAIN)
            : rni_flush(s, wait);
        if (rc == RN_OK) {
            rc = s->ops->shutdown_write(s->ctx, wait);
            s->out.told = rc == RN_OK;
            if (rc < 0)
                rc = rni_fault(s, RN_PHASE_WRITE, rc, RNI_PLAIN);
            /* Of one over another the last word is made by now, and may be on
             * its way: nothing can follow it. */
            bool made = rni_below(s) != NULL && rc != RN_E_MEMORY &&
                rc != RN_E_BUSY && rc != RN_E_UNSUPPORTED;
            s->out.shut = s->out.shut || s->out.told || made;
            rni_output_changed(&s->out);
        }
    }
    rni_end_write(s);
    return rc;
}

void
rn_free(rn_stream *s)
{
    if (s == NULL)
        return;
    if (!atomic_load(&s->closing))
        finish_gracefully(s, &rni_no_wait);
    if (s->ops->free != NULL)
        s->ops->free(s->ctx);
    rni_room_drop(&s->in.win, NULL);
    rni_layer_free(s->layer);
    free(s->name);
    free(s);
}

int
rn_fd(const rn_stream *s)
{
    if (s == NULL)
        return RN_E_VALUE;
    if (atomic_load_explicit(&s->closing, memory_order_relaxed))
        return RN_E_CLOSED;
    if (s->ops->fd == NULL && rni_below(s) != NULL)
        return rn_fd(rni_below(s));
    return s->ops->fd == NULL ? RN_E_UNSUPPORTED : s->ops->fd(s->ctx);
}
