/* SPDX-License-Identifier: MIT */
/* A stream's life: rn_stream_new, rn_close, rn_abort, rn_shutdown_write,
 * rn_free. The buffering modes are numbers that are set here and nowhere
 * looked at again. */
#include "stream.h"

#include <stdlib.h>

const struct rn_wait rni_no_wait = {.deadline = RNI_NEVER};

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
rni_stream_make(const rn_stream_ops *ops, void *ctx, size_t extra,
                rn_buffering buffering, size_t buffer_size)
{
    rn_stream *s = calloc(1, sizeof *s + extra);
    if (s == NULL)
        return NULL;
    size_t size = buffer_size > 0 ? buffer_size : RNI_BUFFER_SIZE;
    s->ops = ops;
    s->ctx = extra > 0 ? s + 1 : ctx;
    s->target = (struct rni_target){.host = "", .address = ""};
    s->buffer_size = size;
    s->in.wait.deadline = RNI_FOREVER;
    s->in.max_line = RNI_MAX_LINE;
    s->in.max_all = PTRDIFF_MAX;
    s->in.ahead = buffering == RN_UNBUFFERED ? 0 : size;
    s->out.wait.deadline = RNI_FOREVER;
    s->out.limit = buffering == RN_UNBUFFERED ? 0 : size;
    s->out.flush_byte = buffering == RN_LINE_BUFFERED ? '\n' : -1;
    return s;
}

rn_stream *
rn_stream_new(const rn_stream_ops *ops, void *ctx, int flags, rn_error *err)
{
    rni_error_clear(err);
    if (ops == NULL) {
        rni_error_set(err, RN_E_VALUE, RN_PHASE_SETUP, 0, NULL,
                      "the stream's operations are NULL");
        return NULL;
    }
    if (rni_check_buffering(flags, RN_PHASE_SETUP, NULL, err) < 0)
        return NULL;
    rn_stream *s = rni_stream_make(ops, ctx, 0, (rn_buffering)flags, 0);
    if (s == NULL)
        rni_error_set(err, RN_E_MEMORY, RN_PHASE_SETUP, 0, NULL, NULL);
    return s;
}

/* The kind of stream is done with; so are the buffers. */
static int
finish(rn_stream *s, int (*end)(void *ctx, const struct rn_wait *wait),
       const struct rn_wait *wait)
{
    int rc = end == NULL ? RN_OK : end(s->ctx, wait);
    atomic_store_explicit(&s->closed, true, memory_order_relaxed);
    rni_room_drop(&s->in.win, &s->in.line);
    rni_room_drop(&s->out.win, NULL);
    atomic_store_explicit(&s->out.unsent, 0, memory_order_relaxed);
    return rc < 0 ? rni_fault(s, RN_PHASE_CLOSE, rc, RNI_PLAIN) : RN_OK;
}

/* Flush and close, both halves held. What was lost is told, whichever of the
 * two lost it; the first loss wins. */
static int
close_claimed(rn_stream *s, const struct rn_wait *wait)
{
    int flushed = RN_OK;
    if (s->out.stuck < 0)
        flushed = rni_fault(s, RN_PHASE_WRITE, s->out.stuck, RNI_PLAIN);
    else if (rni_window_len(&s->out.win) > 0)
        flushed = rni_flush(s, wait);
    uint_least64_t told = atomic_load(&s->fault);
    int closed = finish(s, s->ops->close, wait);
    if (flushed < 0)
        atomic_store(&s->fault, told);
    return flushed < 0 ? flushed : closed;
}

/* Claim both halves; RN_OK, or BUSY with neither claimed. */
static int
claim_both(rn_stream *s)
{
    if (rni_claim(&s->in.claim) < 0)
        return rni_fault(s, RN_PHASE_CLOSE, RN_E_BUSY, RNI_PLAIN);
    if (rni_claim(&s->out.claim) < 0) {
        rni_end_read(s);
        return rni_fault(s, RN_PHASE_CLOSE, RN_E_BUSY, RNI_PLAIN);
    }
    return RN_OK;
}

int
rni_close_held(rn_stream *s)
{
    if (rni_claim(&s->out.claim) < 0)
        return rni_fault(s, RN_PHASE_CLOSE, RN_E_BUSY, RNI_PLAIN);
    int rc = close_claimed(s, &s->out.wait);
    rni_end_write(s);
    return rc;
}

int
rn_close(rn_stream *s)
{
    if (s == NULL)
        return RN_E_VALUE;
    int rc = claim_both(s);
    if (rc < 0)
        return rc;
    if (!atomic_load(&s->closed))
        rc = close_claimed(s, &s->out.wait);
    rni_end_write(s);
    rni_end_read(s);
    return rc;
}

int
rn_abort(rn_stream *s)
{
    if (s == NULL)
        return RN_E_VALUE;
    int rc = claim_both(s);
    if (rc < 0)
        return rc;
    if (!atomic_load(&s->closed))
        rc = finish(s, s->ops->abort != NULL ? s->ops->abort : s->ops->close,
                    &rni_no_wait);
    rni_end_write(s);
    rni_end_read(s);
    return rc;
}

int
rn_shutdown_write(rn_stream *s)
{
    int rc = rni_begin_write(s);
    if (rc < 0)
        return rc;
    if (s->ops->shutdown_write == NULL) {
        rc = rni_fault(s, RN_PHASE_WRITE, RN_E_UNSUPPORTED, RNI_PLAIN);
    } else if (!s->out.shut) {
        rc = s->out.stuck < 0
            ? rni_fault(s, RN_PHASE_WRITE, s->out.stuck, RNI_PLAIN)
            : rni_flush(s, &s->out.wait);
        if (rc == RN_OK)
            rc = s->ops->shutdown_write(s->ctx, &s->out.wait);
        if (rc == RN_OK)
            s->out.shut = true;
        else
            rc = rni_fault(s, RN_PHASE_WRITE, rc, RNI_PLAIN);
    }
    rni_end_write(s);
    return rc;
}

void
rn_free(rn_stream *s)
{
    if (s == NULL)
        return;
    if (!atomic_load(&s->closed))
        close_claimed(s, &rni_no_wait);
    free(s);
}

int
rn_fd(const rn_stream *s)
{
    if (s == NULL)
        return RN_E_VALUE;
    if (atomic_load_explicit(&s->closed, memory_order_relaxed))
        return RN_E_CLOSED;
    return s->ops->fd == NULL ? RN_E_UNSUPPORTED : s->ops->fd(s->ctx);
}
