/* SPDX-License-Identifier: MIT */
/*
 * Writing: rn_write, rn_writeln, rn_writev, rn_flush. A call is accepted whole
 * or not at all. What fits below the limit is copied into the window; else the
 * window and the caller's pieces go out together, in one gathered send, or one
 * plain send of a few bytes (batch.c). Where waiting ends in mid-call, the rest
 * moves into the window: it was accepted.
 */
#include "write.h"

#include <sched.h>
#include <string.h>

#include "batch.h"
#include "layer.h"

void
rni_output_changed(struct rni_output *out)
{
    const struct rni_window *w = &out->win;
    bool plain = out->exists && out->stuck == 0 && !out->shut &&
        out->held == 0 && out->flush_byte < 0 &&
        !atomic_load_explicit(&out->refused, memory_order_relaxed);
    out->fill = 0;
    if (plain && out->limit > 0)
        out->fill = w->beg + out->limit;
    if (out->fill > w->cap + 1)
        out->fill = w->cap + 1;
    atomic_store_explicit(&out->unsent, rni_window_len(w) + out->held,
                          memory_order_relaxed);
}

static void
set_refused(struct rni_output *out, bool refused)
{
    atomic_store_explicit(&out->refused, refused, memory_order_relaxed);
}

/* Tell a reader about to wait that it need not flush: all that is unsent is on
 * its way out. While the reader itself flushes, the claim is not ours. */
static int
mark_sending(struct rni_output *out)
{
    int claim = atomic_load_explicit(&out->claim, memory_order_relaxed);
    if (claim == RNI_CLAIMED)
        atomic_store_explicit(&out->claim, RNI_SENDING, memory_order_relaxed);
    return claim;
}

/* One send of the window and the pieces; how much of it went out. */
static ptrdiff_t
send_once(rn_stream *s, struct rni_batch *b, const struct rn_wait *wait)
{
    struct rni_window *w = &s->out.win;
    struct iovec *first = &b->piece[b->next];
    int count = b->end - b->next;
    if (rni_window_len(w) > 0) {
        first--;
        count++;
        first->iov_base = w->base + w->beg;
        first->iov_len = rni_window_len(w);
    }
    size_t most = first->iov_len;
    ptrdiff_t r;
    int claim = mark_sending(&s->out);
    if (count > 1 && s->ops->writev != NULL) {
        most = rni_window_len(w) + b->len;
        r = s->ops->writev(s->ctx, first, count, wait);
    } else {
        r = s->ops->write(s->ctx, first->iov_base, first->iov_len, wait);
    }
    atomic_store_explicit(&s->out.claim, claim, memory_order_relaxed);
    if (r == 0 || (r > 0 && (size_t)r > most))
        return RN_E_IO; /* a kind of stream that lies */
    return r;
}

int
rni_break_output(rn_stream *s, ptrdiff_t failure, enum rni_detail detail)
{
    s->out.stuck = (int)failure;
    s->out.held = 0;
    rni_room_drop(&s->out.win, NULL);
    rni_output_changed(&s->out);
    return rni_fault(s, RN_PHASE_WRITE, failure, detail);
}

/* Whether another thread is closing the stream, and this is not its flush. A
 * look of a relay's is not cut short: that notices by itself, and then closing
 * sends the rest. */
static bool
called_back(rn_stream *s, const struct rn_wait *wait)
{
    return wait == &s->out.wait && !wait->look &&
        atomic_load_explicit(&s->closing, memory_order_relaxed);
}

/* Bring what the kind took on its way. What it holds back is counted as that of
 * the stream below, where there is one; while it agrees on something with its
 * peer it has taken nothing. */
static ptrdiff_t
pass_on(rn_stream *s, const struct rn_wait *wait)
{
    if (s->ops->flush == NULL)
        return RN_OK;
    int claim = mark_sending(&s->out);
    ptrdiff_t r = s->ops->flush(s->ctx, wait);
    atomic_store_explicit(&s->out.claim, claim, memory_order_relaxed);
    rn_stream *below = rni_below(s);
    ptrdiff_t unsent = r < 0 && below != NULL ? rn_unsent(below) : 0;
    s->out.held = unsent > 0 ? (size_t)unsent : r < 0;
    if (rni_is_agreeing(s))
        s->out.held = 0;
    return r;
}

/* Keep the unsent pieces in the window. */
static int
keep(rn_stream *s, const struct rni_batch *b)
{
    struct rni_window *w = &s->out.win;
    if (rni_room(w, NULL, b->len, s->buffer_size) < 0)
        return RN_E_MEMORY;
    for (int i = b->next; i < b->end; i++)
        rni_window_put(w, b->piece[i].iov_base, b->piece[i].iov_len);
    return RN_OK;
}

static int
accepted(rn_stream *s, bool is_own)
{
    if (is_own)
        set_refused(&s->out, false);
    rni_output_changed(&s->out);
    return RN_OK;
}

/* The kind took everything and failed to send it on: not now, which is a
 * failure of a flush alone, or for good. */
static int
held_back(rn_stream *s, const struct rn_wait *wait, ptrdiff_t r, bool wrote)
{
    bool is_own = wait == &s->out.wait;
    if (called_back(s, wait))
        r = RN_E_CLOSED;
    int sys;
    int code = rni_code_of(RN_PHASE_WRITE, r, &sys);
    if (!rni_repeatable(code))
        return rni_break_output(s, r, RNI_PLAIN);
    if (wrote)
        return accepted(s, is_own);
    if (is_own && !wait->look)
        set_refused(&s->out, code == RN_E_AGAIN);
    rni_output_changed(&s->out);
    if (!wait->look || code != RN_E_AGAIN)
        rni_fault(s, RN_PHASE_WRITE, r, RNI_PLAIN);
    return code;
}

/* Send the window and the pieces. What became of the user's own call is noted;
 * that a reader's flush goes through is no news to a write that was refused. */
static int
send_all(rn_stream *s, struct rni_batch *b, const struct rn_wait *wait)
{
    struct rni_output *out = &s->out;
    bool is_own = wait == &out->wait;
    size_t whole = b->len;
    bool again = false;
    while (rni_window_len(&out->win) + b->len > 0) {
        /* A peer that takes a little each time, so that it never comes to wait,
         * must not hold a call beyond its time. */
        bool late = again && wait->until != RN_NOW && rni_is_over(wait);
        ptrdiff_t r = late ? RN_E_TIMEOUT : send_once(s, b, wait);
        if (r > 0) {
            again = true;
            rni_batch_advance(b, &out->win, (size_t)r);
            rni_count(&out->bytes, (size_t)r);
            continue;
        }
        if (called_back(s, wait))
            r = RN_E_CLOSED;
        int sys;
        int code = rni_code_of(RN_PHASE_WRITE, r, &sys);
        if (is_own && !wait->look)
            set_refused(out, code == RN_E_AGAIN);
        if (!rni_repeatable(code))
            return rni_break_output(s, r, RNI_PLAIN);
        if (b->len == whole) {
            rni_output_changed(out);
            /* That a look of ours, not the user's, would have to wait is no
             * failure. */
            if (!wait->look || code != RN_E_AGAIN)
                rni_fault(s, RN_PHASE_WRITE, r, RNI_PLAIN);
            return code;
        }
        if (keep(s, b) < 0)
            return rni_break_output(s, RN_E_IO, RNI_HALF_SENT);
        return accepted(s, is_own);
    }
    ptrdiff_t r = pass_on(s, wait);
    return r == RN_OK ? accepted(s, is_own) : held_back(s, wait, r, whole > 0);
}

/* Everything is to go out now, and then there may be a pause: what was needed
 * to hold it is let go. */
int
rni_flush(rn_stream *s, const struct rn_wait *wait)
{
    struct rni_batch nothing;
    nothing.next = nothing.end = 1;
    nothing.len = 0;
    int rc = send_all(s, &nothing, wait);
    if (rc == RN_OK) {
        rni_room_drop(&s->out.win, NULL);
        rni_output_changed(&s->out);
    }
    return rc;
}

/* Copy the pieces behind what the window holds. */
static int
copy_in(rn_stream *s, const struct iovec *pieces, int count, size_t len)
{
    struct rni_window *w = &s->out.win;
    if (rni_room(w, NULL, len, s->buffer_size) < 0)
        return rni_fault(s, RN_PHASE_WRITE, RN_E_MEMORY, RNI_PLAIN);
    for (int i = 0; i < count; i++)
        rni_window_put(w, pieces[i].iov_base, pieces[i].iov_len);
    set_refused(&s->out, false);
    rni_output_changed(&s->out);
    return RN_OK;
}

/* For too many pieces, or a kind of stream that takes one at a time: gather
 * them in the window, and take them back if not one byte went out. */
static int
send_gathered(rn_stream *s, const struct iovec *pieces, int count, size_t len)
{
    struct rni_window *w = &s->out.win;
    int rc = copy_in(s, pieces, count, len);
    if (rc < 0)
        return rc;
    rc = rni_flush(s, rni_wait_of(&s->out.limits, &s->out.wait));
    if (rc == RN_OK || s->out.stuck < 0)
        return rc;
    if (rni_window_len(w) < len)
        return RN_OK; /* a part is on its way, the rest was accepted */
    w->end -= len;
    rni_output_changed(&s->out);
    return rc;
}

static bool
holds_byte(const struct iovec *pieces, int count, int byte)
{
    for (int i = 0; i < count; i++)
        if (pieces[i].iov_len > 0 &&
            memchr(pieces[i].iov_base, byte, pieces[i].iov_len) != NULL)
            return true;
    return false;
}

int
rni_write(rn_stream *s, const struct iovec *pieces, int count, size_t len)
{
    struct rni_output *out = &s->out;
    if (out->stuck < 0)
        return rni_fault(s, RN_PHASE_WRITE, out->stuck, RNI_PLAIN);
    if (out->shut)
        return rni_fault(s, RN_PHASE_WRITE, RN_E_CLOSED, RNI_SHUT);
    if (len == 0)
        return RN_OK;
    size_t held = rni_window_len(&out->win);
    if (held < out->limit && len < out->limit - held &&
        (out->flush_byte < 0 || !holds_byte(pieces, count, out->flush_byte)))
        return copy_in(s, pieces, count, len);
    if (count > RNI_BATCH_PIECES || (count > 1 && s->ops->writev == NULL))
        return send_gathered(s, pieces, count, len);
    struct rni_batch b;
    rni_batch_fill(&b, pieces, count, len);
    return send_all(s, &b, rni_wait_of(&out->limits, &out->wait));
}

int
rni_write_or_keep(rn_stream *s, const void *data, size_t len)
{
    struct iovec piece = {.iov_base = (void *)(uintptr_t)data, .iov_len = len};
    int rc = rni_write(s, &piece, 1, len);
    if (rc == RN_OK || !rni_repeatable(rc))
        return rc;
    if (copy_in(s, &piece, 1, len) < 0)
        return rni_break_output(s, RN_E_IO, RNI_HALF_SENT);
    return RN_OK;
}

/* Claim the output for a reader. A writer that is only putting bytes into the
 * buffer is through in a moment; one that is sending sends everything. */
static bool
claim_for_reader(struct rni_output *out, int as)
{
    for (;;) {
        int seen = RNI_FREE;
        if (atomic_compare_exchange_strong_explicit(&out->claim, &seen, as,
                                                    memory_order_acquire,
                                                    memory_order_relaxed))
            return true;
        if (seen == RNI_SENDING)
            return false;
        sched_yield();
    }
}

int
rni_flush_for_reader(rn_stream *s)
{
    bool waits = rni_who_waits(s) == NULL;
    if (!claim_for_reader(&s->out, waits ? RNI_CLAIMED : RNI_LENT))
        return RN_OK;
    int rc = s->out.stuck < 0
        ? RN_OK
        : rni_flush(s,
                    waits ? rni_wait_of(&s->in.limits, &s->in.wait)
                          : &rni_no_wait);
    rni_end_write(s);
    return rc;
}
