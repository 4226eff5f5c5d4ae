/* SPDX-License-Identifier: MIT */
/* Reading bytes: rn_read, rn_read_some, rn_peek, rn_pending, rn_eof. */
#include <string.h>

#include "layer.h"

static int
check_memory(rn_stream *s, const void *data, size_t n)
{
    if (data == NULL && n > 0)
        return rni_fault(s, RN_PHASE_READ, RN_E_VALUE, RNI_NULL_ARGUMENT);
    if (n > PTRDIFF_MAX)
        return rni_fault(s, RN_PHASE_READ, RN_E_VALUE, RNI_TOO_LARGE);
    return RN_OK;
}

/*
 * Read n bytes, of which `have` wait in the window, straight into the caller's
 * memory, leaving the first part where it is until all has come: a failure
 * then only has to put the new part behind it.
 */
static ptrdiff_t
read_direct(rn_stream *s, unsigned char *data, size_t n, size_t have)
{
    struct rni_window *w = &s->in.win;
    size_t got = have;
    ptrdiff_t r = 1;
    while (got < n && r > 0) {
        r = rni_pull(s, data + got, n - got);
        if (r > 0)
            got += (size_t)r;
    }
    if (r < 0 &&
        rni_room(w, &s->in.line, got - have, s->buffer_size) == RN_OK) {
        rni_window_put(w, data + have, got - have);
        if (rni_window_len(w) == 0)
            rni_room_drop(w, &s->in.line);
        return r;
    }
    rni_take(&s->in, data, have);
    return (ptrdiff_t)got;
}

static ptrdiff_t
read_full(rn_stream *s, void *data, size_t n)
{
    struct rni_window *w = &s->in.win;
    size_t have = rni_window_len(w);
    while (have < n && n - have < s->in.ahead) {
        ptrdiff_t r = rni_fill(s);
        if (r < 0)
            return r;
        if (r == 0)
            break;
        have = rni_window_len(w);
    }
    if (have < n && !s->in.ended)
        return read_direct(s, data, n, have);
    if (n > have)
        n = have;
    rni_take(&s->in, data, n);
    return (ptrdiff_t)n;
}

ptrdiff_t
rn_read(rn_stream *s, void *data, size_t n)
{
    int rc = rni_begin_read(s);
    if (rc < 0)
        return rc;
    ptrdiff_t r = check_memory(s, data, n);
    if (r == RN_OK)
        r = read_full(s, data, n);
    rni_end_read(s);
    return r;
}

ptrdiff_t
rni_read_some(rn_stream *s, void *data, size_t n)
{
    struct rni_window *w = &s->in.win;
    if (n == 0)
        return 0;
    if (rni_window_len(w) == 0) {
        if (n >= s->in.ahead)
            return rni_pull(s, data, n);
        ptrdiff_t r = rni_fill(s);
        if (r <= 0)
            return r;
    }
    if (n > rni_window_len(w))
        n = rni_window_len(w);
    rni_take(&s->in, data, n);
    return (ptrdiff_t)n;
}

ptrdiff_t
rn_read_some(rn_stream *s, void *data, size_t n)
{
    int rc = rni_begin_read(s);
    if (rc < 0)
        return rc;
    ptrdiff_t r = check_memory(s, data, n);
    if (r == RN_OK)
        r = rni_read_some(s, data, n);
    rni_end_read(s);
    return r;
}

ptrdiff_t
rn_peek(rn_stream *s, const void **data)
{
    int rc = rni_begin_read(s);
    if (rc < 0)
        return rc;
    ptrdiff_t r = check_memory(s, data, 1);
    if (r == RN_OK) {
        const struct rni_window *w = &s->in.win;
        r = (ptrdiff_t)rni_window_len(w);
        *data = r > 0 ? (const void *)(w->base + w->beg) : "";
    }
    rni_end_read(s);
    return r;
}

ptrdiff_t
rn_pending(const rn_stream *s)
{
    if (s == NULL)
        return RN_E_VALUE;
    if (atomic_load_explicit(&s->closing, memory_order_relaxed))
        return RN_E_CLOSED;
    size_t n = rni_window_len(&s->in.win);
    for (; s->layer != NULL; s = rni_below(s)) {
        n += atomic_load_explicit(&s->layer->pending, memory_order_relaxed);
        if (rni_below(s) == NULL)
            break;
        n += rni_window_len(&rni_below(s)->in.win);
    }
    return (ptrdiff_t)n;
}

int
rn_eof(rn_stream *s)
{
    int rc = rni_begin_read(s);
    if (rc < 0)
        return rc;
    if (rni_window_len(&s->in.win) == 0) {
        ptrdiff_t r = rni_fill(s);
        rc = r < 0 ? (int)r : r == 0;
    }
    rni_end_read(s);
    return rc;
}
