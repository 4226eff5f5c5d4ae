/* SPDX-License-Identifier: MIT */
/*
 * Bytes of a route go from a window of `from`, or from the kernel's own buffer,
 * straight into a send of `to`. What `to` does not take at once is its own to
 * send from then on, and nothing more is taken from `from` before it has.
 */
#include "route.h"

#include <errno.h>

#include "../stream/layer.h"
#include "../stream/write.h"
#include "wait.h"

/* ---- One step */

/* That time is over is no failure of a stream's. */
static int
fail(struct rni_route *t, rn_stream *s, int code)
{
    if (code == RN_E_TIMEOUT || code == RN_E_CANCELED)
        return code;
    t->told->failed = s;
    t->told->code = code;
    return code;
}

static struct rn_wait
may_wait(int fd, bool disk, const rn_wait *patience)
{
    if (disk)
        return (struct rn_wait){.until = RN_FOREVER};
    return fd < 0 ? *patience : rni_no_wait;
}

/* What to poll(2) for, so that `s` gets on in a direction. */
static short
events_of(const rn_stream *s, int direction)
{
    int needs = rni_needs(s, direction);
    return (short)((needs & RN_READABLE ? POLLIN : 0) |
                   (needs & RN_WRITABLE ? POLLOUT : 0));
}

static int
wait_for_to(struct rni_route *t, int code)
{
    if (code != RN_E_AGAIN || t->to_fd < 0)
        return fail(t, t->told->to, code);
    t->to_events = events_of(t->told->to, RN_WRITABLE);
    return 0;
}

/* As before every read that waits, what is unsent on the same stream goes out:
 * it may be what is to be answered. */
static int
wait_for_from(struct rni_route *t, int code)
{
    rn_stream *from = t->told->from;
    if (code == RN_E_AGAIN && t->from_fd >= 0) {
        t->from_events = events_of(from, RN_READABLE);
        if (atomic_load_explicit(&from->out.unsent, memory_order_relaxed) == 0)
            return 0;
        code = rni_flush_for_reader(from);
        if (code == RN_E_AGAIN)
            t->from_events |= events_of(from, RN_WRITABLE);
        if (code == RN_OK || code == RN_E_AGAIN)
            return 0;
    }
    return fail(t, from, code);
}

/* `to` ends too, if it can. */
static int
end(struct rni_route *t)
{
    rn_stream *to = t->told->to;
    if ((t->told->flags & RN_ROUTE_KEEP_OPEN) == 0 && !t->out->told &&
        to->ops->shutdown_write != NULL) {
        int sys;
        int rc = to->ops->shutdown_write(to->ctx, &t->out->wait);
        int code = rc < 0 ? rni_code_of(RN_PHASE_WRITE, rc, &sys) : RN_OK;
        if (code == RN_E_AGAIN)
            return wait_for_to(t, code);
        if (code < 0)
            return fail(t, to, rni_fault(to, RN_PHASE_WRITE, rc, RNI_PLAIN));
        t->out->shut = t->out->told = true;
    }
    t->ended = true;
    t->told->ended = 1;
    return 1;
}

/* Hand what the window of `from` holds to `to`. */
static int
hand_on(struct rni_route *t)
{
    struct rni_window *w = &t->in->win;
    size_t n = rni_window_len(w);
    struct iovec piece = {.iov_base = w->base + w->beg, .iov_len = n};
    int rc = rni_write(t->told->to, &piece, 1, n);
    if (rc < 0)
        return wait_for_to(t, rc);
    rni_line_forget(&t->in->line);
    w->beg = w->end;
    t->told->bytes += n;
    return 1;
}

static int
copy(struct rni_route *t)
{
    if (rni_window_len(&t->in->win) > 0)
        return hand_on(t);
    ptrdiff_t r = rni_fill(t->told->from);
    if (r < 0)
        return wait_for_from(t, (int)r);
    t->drained = r == 0;
    return r == 0 ? 1 : hand_on(t);
}

/* Go on by copying. What the pipe holds was taken, and is `to`'s to send. */
static int
stop_splicing(struct rni_route *t)
{
    rn_stream *to = t->told->to;
    struct rni_window *w = &t->out->win;
    size_t n = t->splice.held;
    int rc = RN_OK;
    if (n > 0 && t->out->stuck == 0) {
        rc = rni_room(w, NULL, n, to->buffer_size);
        if (rc == RN_OK && rni_splice_take(&t->splice, w->base + w->end, n)) {
            w->end += n;
            t->told->bytes += n;
            rni_output_changed(t->out);
        } else {
            rc = fail(t, to, rni_break_output(to, RN_E_IO, RNI_HALF_SENT));
        }
    }
    rni_splice_end(&t->splice);
    return rc < 0 ? rc : 1;
}

/* A failure of splice(2), as if a call on the stream had met it. */
static int
splice_failed(struct rni_route *t, int failure)
{
    rn_stream *to = t->told->to;
    rn_stream *from = t->told->from;
    int sys;
    int code = rni_code_of(RN_PHASE_READ, failure, &sys);
    if (t->splice.to_failed) {
        t->raised = failure == -EPIPE;
        if (!rni_repeatable(code))
            rni_break_output(to, failure, RNI_PLAIN);
        return fail(t, to, rni_fault(to, RN_PHASE_WRITE, failure, RNI_PLAIN));
    }
    if (!rni_repeatable(code)) {
        t->in->stuck = failure;
        if (t->splice.in != NULL)
            rni_socket_broke(from);
    }
    return fail(t, from, rni_fault(from, RN_PHASE_READ, failure, RNI_PLAIN));
}

static int
splice_on(struct rni_route *t)
{
    size_t in, out;
    int r = rni_splice_step(&t->splice, &in, &out);
    if (in > 0)
        rni_input_count(t->in, in);
    rni_count(&t->out->bytes, out);
    t->told->bytes += out;
    if (r < 0)
        return splice_failed(t, r);
    bool stalls = (r == RNI_WAIT_FROM && t->from_ready) ||
        (r == RNI_WAIT_TO && t->to_ready);
    /* splice(2) does not go past TCP's urgent data: there it says that nothing
     * has come, or even the end, where recv(2) has something. */
    if (r == RNI_CANNOT || stalls)
        return stop_splicing(t);
    if (r == RNI_WAIT_FROM)
        return wait_for_from(t, RN_E_AGAIN);
    if (r == RNI_WAIT_TO)
        return wait_for_to(t, RN_E_AGAIN);
    return 1;
}

/* Whether nothing is in the way of splicing: bytes read ahead, an LF that still
 * belongs to a line, an end or a failure that was met already. */
static bool
can_splice(const struct rni_route *t)
{
    return t->splice.on && rni_window_len(&t->in->win) == 0 &&
        !t->in->owes_lf && !t->in->ended && t->in->stuck == 0 && !t->out->shut;
}

static int
closed(struct rni_route *t, rn_stream *s, int phase)
{
    return fail(t, s, rni_fault(s, phase, RN_E_CLOSED, RNI_PLAIN));
}

static int
step(struct rni_route *t)
{
    rn_stream *to = t->told->to;
    if (atomic_load(&to->closing))
        return closed(t, to, RN_PHASE_WRITE);
    if (atomic_load(&t->told->from->closing))
        return closed(t, t->told->from, RN_PHASE_READ);
    if (t->out->stuck < 0)
        return fail(t, to,
                    rni_fault(to, RN_PHASE_WRITE, t->out->stuck, RNI_PLAIN));
    if (rni_window_len(&t->out->win) + t->out->held > 0) {
        int rc = rni_flush(to, &t->out->wait);
        return rc == RN_OK ? 1 : wait_for_to(t, rc);
    }
    if (t->drained)
        return end(t);
    return can_splice(t) ? splice_on(t) : copy(t);
}

uint64_t
rni_route_moved(const struct rni_route *t)
{
    return atomic_load_explicit(&t->in->bytes, memory_order_relaxed) +
        atomic_load_explicit(&t->out->bytes, memory_order_relaxed);
}

int
rni_route_step(struct rni_route *t, const rn_wait *patience)
{
    t->from_events = t->to_events = 0;
    t->in->wait = may_wait(t->from_fd, t->from_disk, patience);
    t->out->wait = may_wait(t->to_fd, t->to_disk, patience);
    int r = step(t);
    if (r != 0)
        t->from_ready = t->to_ready = false;
    return r;
}

/* ---- Waiting */

int
rni_route_watch(const struct rni_route *t, struct pollfd *fds)
{
    int n = 0;
    if (t->from_events != 0)
        fds[n++] = (struct pollfd){.fd = t->from_fd, .events = t->from_events};
    if (t->to_events != 0 || t->watches_to)
        fds[n++] = (struct pollfd){.fd = t->to_fd, .events = t->to_events};
    return n;
}

/* A hang-up that is no failure is told once: poll(2) would repeat it for ever.
 */
int
rni_route_heed(struct rni_route *t, const struct pollfd *fds)
{
    int n = 0;
    if (t->from_events != 0)
        t->from_ready = (fds[n++].revents & ~POLLOUT) != 0;
    if (t->to_events != 0) {
        t->to_ready = fds[n++].revents != 0;
    } else if (t->watches_to) {
        short sign = t->splice.out != NULL ? POLLERR | POLLHUP : POLLERR;
        t->to_is_down = (fds[n].revents & sign) == sign;
        t->watches_to = fds[n++].revents == 0;
    }
    return n;
}

int
rni_route_check(struct rni_route *t)
{
    rn_stream *to = t->told->to;
    if (!t->to_is_down)
        return RN_OK;
    /* The socket is not asked for its error: who reads it must get that. */
    int failure = t->splice.out != NULL ? -ECONNRESET : -EPIPE;
    return fail(t, to, rni_break_output(to, failure, RNI_PLAIN));
}

/* ---- Joining and leaving */

static int
claim(struct rni_route *t)
{
    rn_stream *from = t->told->from;
    rn_stream *to = t->told->to;
    int rc = rni_begin_read(from);
    if (rc < 0)
        return fail(t, from, rc);
    rc = rni_begin_write(to);
    if (rc < 0) {
        rni_end_read(from);
        return fail(t, to, rc);
    }
    return RN_OK;
}

static void
release(const struct rni_route *t)
{
    rni_end_write(t->told->to);
    rni_end_read(t->told->from);
}

static bool
never_blocks(enum rni_fd_kind kind)
{
    return kind == RNI_FD_DISK || kind == RNI_FD_NULL;
}

int
rni_route_join(struct rni_route *t, rn_route *told, bool alone, rn_cancel *bell)
{
    rn_stream *from = told->from;
    rn_stream *to = told->to;
    *t = (struct rni_route){.told = told, .in = &from->in, .out = &to->out};
    int rc = claim(t);
    if (rc < 0)
        return rc;
    t->from_fd = rn_fd(from);
    t->to_fd = rn_fd(to);
    if (!alone && (t->from_fd < 0 || t->to_fd < 0)) {
        rn_stream *s = t->from_fd < 0 ? from : to;
        release(t);
        return fail(
            t, s,
            rni_fault(s, RN_PHASE_SETUP, RN_E_UNSUPPORTED, RNI_NO_DESCRIPTOR));
    }
    t->limit = t->out->limit;
    t->out->limit = 0;
    rni_splice_begin(&t->splice, from, to);
    t->from_disk = never_blocks(rni_fd_kind(rni_file_fd(from)));
    enum rni_fd_kind to_kind = rni_fd_kind(rni_file_fd(to));
    t->to_disk = never_blocks(to_kind);
    t->watches_to = to_kind == RNI_FD_PIPE || t->splice.out != NULL;
    if (t->splice.on && t->splice.out != NULL)
        rni_socket_wrote(to);
    /* Who waits by itself is woken by itself. */
    if (t->from_fd >= 0)
        rni_bell_hang(&t->in->bell, bell);
    if (t->to_fd >= 0)
        rni_bell_hang(&t->out->bell, bell);
    /* So a reader knows that all that is unsent is on its way. */
    atomic_store(&t->out->claim, RNI_SENDING);
    return RN_OK;
}

int
rni_route_leave(struct rni_route *t)
{
    if (t->left)
        return RN_OK;
    t->left = true;
    int rc = t->splice.on ? stop_splicing(t) : RN_OK;
    t->out->limit = t->limit;
    rni_output_changed(t->out);
    atomic_store(&t->out->claim, RNI_CLAIMED);
    rni_bell_hang(&t->in->bell, NULL);
    rni_bell_hang(&t->out->bell, NULL);
    release(t);
    return rc < 0 ? rc : RN_OK;
}
