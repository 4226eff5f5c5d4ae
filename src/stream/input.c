/* SPDX-License-Identifier: MIT */
/*
 * Input: the one place where bytes come into a stream. What is written but
 * unsent goes out before a read waits, and an LF that belongs to a CR already
 * taken is swallowed, so that nothing above ever sees it.
 */
#include <string.h>

#include "layer.h"

static void
set_refused(rn_stream *s, bool refused)
{
    atomic_store_explicit(&s->in.refused, refused, memory_order_relaxed);
}

/* The end, or a failure: remember it if it is for good. */
static ptrdiff_t
note(rn_stream *s, ptrdiff_t r)
{
    if (r == 0) {
        set_refused(s, false);
        s->in.ended = true;
        s->in.owes_lf = false;
        return 0;
    }
    int code = rni_fault(s, RN_PHASE_READ, r, RNI_PLAIN);
    if (!rni_repeatable(code))
        s->in.stuck = (int)r;
    set_refused(s, code == RN_E_AGAIN);
    return code;
}

void
rni_input_count(struct rni_input *in, size_t n)
{
    if (atomic_load_explicit(&in->bytes, memory_order_relaxed) == 0)
        atomic_store_explicit(&in->first, rn_now(), memory_order_relaxed);
    rni_count(&in->bytes, n);
}

static ptrdiff_t
ask_with(rn_stream *s, void *data, size_t n, const struct rn_wait *wait)
{
    ptrdiff_t r = s->ops->read(s->ctx, data, n, wait);
    rni_ask_pending(s);
    if (r > 0 && (size_t)r > n)
        r = RN_E_IO; /* a kind of stream that lies */
    if (atomic_load_explicit(&s->closing, memory_order_relaxed))
        return rni_fault(s, RN_PHASE_READ, RN_E_CLOSED, RNI_PLAIN);
    /* A look of ours, not the user's, that finds nothing is no failure. */
    int sys;
    if (r < 0 && wait->look &&
        rni_code_of(RN_PHASE_READ, r, &sys) == RN_E_AGAIN)
        return RN_E_AGAIN;
    if (r <= 0)
        return note(s, r);
    set_refused(s, false);
    rni_input_count(&s->in, (size_t)r);
    return r;
}

/* A call that asks once more has got something each time, so that it never came
 * to wait: a peer that sends without end must not hold it beyond its time. */
static bool
is_late(const struct rn_wait *wait)
{
    return wait->until != RNI_NOT_BEGUN && wait->until != RN_NOW &&
        rni_is_over(wait);
}

/*
 * Ask for bytes while there is something unsent: try without waiting, and only
 * if there is nothing, flush. While the peer does not take it all, wait for
 * either direction: two peers that both write first must not wait for each
 * other for ever. (Over another stream it may be input that a flush waits for.)
 */
static ptrdiff_t
ask_after_flush(rn_stream *s, void *data, size_t n)
{
    const struct rn_wait *wait = rni_wait_of(&s->in.limits, &s->in.wait);
    rn_stream *waits = rni_who_waits(s);
    for (;;) {
        ptrdiff_t r = ask_with(s, data, n, &rni_no_wait);
        if (r != RN_E_AGAIN)
            return r;
        int rc = rni_flush_for_reader(s);
        if (rc == RN_OK)
            return ask_with(s, data, n, wait);
        if (rc == RN_E_AGAIN && wait->look)
            return rc;
        if (rc != RN_E_AGAIN || waits == NULL) {
            set_refused(s, rc == RN_E_AGAIN);
            return rc;
        }
        rc = waits->ops->wait(waits->ctx, rni_needs(s, RN_BOTH), wait);
        if (rc >= 0 && is_late(wait))
            rc = RN_E_TIMEOUT;
        if (rc < 0) {
            rc = rni_fault(s, RN_PHASE_READ, rc, RNI_PLAIN);
            set_refused(s, rc == RN_E_AGAIN);
            return rc;
        }
    }
}

static ptrdiff_t
ask(rn_stream *s, void *data, size_t n)
{
    if (is_late(&s->in.wait))
        return rni_fault(s, RN_PHASE_READ, RN_E_TIMEOUT, RNI_PLAIN);
    if (atomic_load_explicit(&s->out.unsent, memory_order_relaxed) > 0)
        return ask_after_flush(s, data, n);
    return ask_with(s, data, n, rni_wait_of(&s->in.limits, &s->in.wait));
}

ptrdiff_t
rni_pull(rn_stream *s, void *data, size_t n)
{
    struct rni_input *in = &s->in;
    if (in->stuck < 0)
        return rni_fault(s, RN_PHASE_READ, in->stuck, RNI_PLAIN);
    if (in->ended)
        return 0;
    unsigned char *bytes = data;
    for (;;) {
        ptrdiff_t r = ask(s, data, n);
        if (r <= 0 || !in->owes_lf)
            return r;
        in->owes_lf = false;
        if (bytes[0] != '\n')
            return r;
        in->ending = RN_ENDING_CRLF;
        if (--r > 0) {
            memmove(bytes, bytes + 1, (size_t)r);
            return r;
        }
    }
}

/* What comes next is expected to be like what came last. But what a peer sends
 * fast comes with a little rest now and then, where its kernel cut: one small
 * piece after a large one proves nothing. */
static void
expect(struct rni_input *in, bool much)
{
    if (much)
        in->much = 2;
    else if (in->much > 0)
        in->much--;
}

/* As large as a buffer gets without a long line. The start of a line that lies
 * there already, if it is short, takes no room from what is asked for: it would
 * leave as much behind for a call of its own. */
static size_t
whole(const rn_stream *s)
{
    return s->buffer_size + RNI_OWN;
}

/* Room for what comes next: for much a whole buffer, for little the stream's
 * own memory. One long line must not cost for ever. */
static int
make_room(rn_stream *s)
{
    struct rni_input *in = &s->in;
    struct rni_window *w = &in->win;
    if (rni_window_len(w) == 0 && (in->much == 0 || w->cap > whole(s)))
        rni_room_drop(w, &in->line);
    rni_line_moved(&in->line, rni_window_compact(w));
    /* A long line makes no call for the little that is meant for short ones. */
    size_t least = rni_window_len(w) < s->buffer_size ? 1 : RNI_OWN + 1;
    if (in->much > 0 && w->base == w->own && s->buffer_size > w->cap)
        least = w->cap + 1;
    int rc = rni_room(w, NULL, least, whole(s));
    if (rc < 0 && rni_window_room(w) == 0)
        return rni_fault(s, RN_PHASE_READ, rc, RNI_PLAIN);
    return RN_OK;
}

ptrdiff_t
rni_fill(rn_stream *s)
{
    struct rni_input *in = &s->in;
    struct rni_window *w = &in->win;
    if (make_room(s) < 0)
        return RN_E_MEMORY;
    size_t n = rni_window_room(w);
    if (n > s->buffer_size && w->cap <= whole(s))
        n = s->buffer_size;
    ptrdiff_t r = rni_pull(s, w->base + w->end, n);
    if (r > 0) {
        w->end += (size_t)r;
        expect(in, r > RNI_OWN || (size_t)r == n);
    } else if (rni_window_len(w) == 0) {
        /* Idle streams hold no buffer, but for one whose read waits, for the
         * first time since much came. */
        rni_room_drop(w, &in->line);
    }
    return r;
}
