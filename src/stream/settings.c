/* SPDX-License-Identifier: MIT */
/* Settings of a stream that need no kernel: its limits, in bytes and in time,
 * its newline, its buffers. */
#include "layer.h"

#include <stdlib.h>
#include <string.h>

static int
set_size(rn_stream *s, size_t *field, size_t bytes)
{
    int rc = bytes > 0
        ? RN_OK
        : rni_fault(s, RN_PHASE_SETUP, RN_E_VALUE, RNI_ZERO_LIMIT);
    if (rc == RN_OK) {
        *field = bytes;
        rni_line_forget(&s->in.line);
    }
    rni_end_read(s);
    return rc;
}

int
rn_set_max_line(rn_stream *s, size_t bytes)
{
    int rc = rni_begin_read(s);
    return rc < 0 ? rc : set_size(s, &s->in.max_line, bytes);
}

int
rn_set_max_all(rn_stream *s, size_t bytes)
{
    int rc = rni_begin_read(s);
    return rc < 0 ? rc : set_size(s, &s->in.max_all, bytes);
}

/* Claim both halves for a setting; either may be missing in a one-way stream.
 */
static int
begin_both(rn_stream *s)
{
    if (s == NULL)
        return RN_E_VALUE;
    if (rni_claim_both(s, false) < 0)
        return rni_fault(s, RN_PHASE_SETUP, rni_taken(s), RNI_PLAIN);
    return RN_OK;
}

static int
end_both(rn_stream *s, int code, enum rni_detail detail)
{
    if (code < 0)
        rni_fault(s, RN_PHASE_SETUP, code, detail);
    rni_end_write(s);
    rni_end_read(s);
    return code;
}

int
rn_set_newline(rn_stream *s, rn_newline newline)
{
    int rc = begin_both(s);
    if (rc < 0)
        return rc;
    if (atomic_load(&s->closing))
        return end_both(s, RN_E_CLOSED, RNI_PLAIN);
    if ((int)newline < RN_NEWLINE_LF || newline > RN_NEWLINE_STRICT)
        return end_both(s, RN_E_VALUE, RNI_BAD_NEWLINE);
    rni_line_forget(&s->in.line);
    s->in.line.strict = newline == RN_NEWLINE_STRICT;
    s->out.crlf = newline != RN_NEWLINE_LF;
    return end_both(s, RN_OK, RNI_PLAIN);
}

int
rn_set_buffer_size(rn_stream *s, size_t bytes)
{
    int rc = begin_both(s);
    if (rc < 0)
        return rc;
    if (atomic_load(&s->closing))
        return end_both(s, RN_E_CLOSED, RNI_PLAIN);
    if (bytes == 0 || bytes > RNI_MAX_BUFFER)
        return end_both(s, RN_E_VALUE, RNI_BAD_BUFFER);
    s->buffer_size = bytes;
    if (s->in.ahead > 0)
        s->in.ahead = bytes;
    if (s->out.limit > 0)
        s->out.limit = bytes;
    rni_output_changed(&s->out);
    return end_both(s, RN_OK, RNI_PLAIN);
}

/* ---- Waiting: any thread, any time, so nothing is claimed. */

static int
refuse_limit(rn_stream *s, enum rni_detail detail)
{
    return rni_fault(s, RN_PHASE_SETUP, RN_E_VALUE, detail);
}

static int
set_limit(rn_stream *s, int directions, int64_t value,
          int (*set)(struct rni_limits *limits, int64_t value))
{
    if (s == NULL)
        return RN_E_VALUE;
    if (directions == 0 || (directions & ~RN_BOTH) != 0)
        return refuse_limit(s, RNI_BAD_DIRECTION);
    if (atomic_load_explicit(&s->closing, memory_order_relaxed))
        return rni_fault(s, RN_PHASE_SETUP, RN_E_CLOSED, RNI_PLAIN);
    int rc = RN_OK;
    if (directions & RN_READABLE)
        rc = set(&s->in.limits, value);
    if (directions & RN_WRITABLE && rc == RN_OK)
        rc = set(&s->out.limits, value);
    return rc == RN_OK ? rc : refuse_limit(s, RNI_BAD_TIME);
}

int
rn_set_deadline(rn_stream *s, int directions, rn_time deadline)
{
    return set_limit(s, directions, deadline, rni_limits_set_deadline);
}

int
rn_set_timeout(rn_stream *s, int directions, int64_t ms)
{
    return set_limit(s, directions, ms, rni_limits_set_timeout);
}

rn_time
rn_until(const rn_stream *s, int direction)
{
    if (s == NULL || (direction != RN_READABLE && direction != RN_WRITABLE))
        return RN_E_VALUE;
    const struct rni_limits *limits =
        direction == RN_READABLE ? &s->in.limits : &s->out.limits;
    return rni_limits_begin(limits).until;
}

int
rn_set_cancel(rn_stream *s, rn_cancel *token)
{
    if (s == NULL)
        return RN_E_VALUE;
    if (atomic_load_explicit(&s->closing, memory_order_relaxed))
        return rni_fault(s, RN_PHASE_SETUP, RN_E_CLOSED, RNI_PLAIN);
    atomic_store_explicit(&s->in.limits.cancel, token, memory_order_release);
    atomic_store_explicit(&s->out.limits.cancel, token, memory_order_release);
    return RN_OK;
}

int
rn_wants(const rn_stream *s)
{
    if (s == NULL)
        return RN_E_VALUE;
    if (atomic_load_explicit(&s->closing, memory_order_relaxed))
        return RN_E_CLOSED;
    bool write = atomic_load_explicit(&s->out.refused, memory_order_relaxed) ||
        atomic_load_explicit(&s->out.unsent, memory_order_relaxed) > 0;
    bool read = atomic_load_explicit(&s->in.refused, memory_order_relaxed);
    int wants = (read ? RN_READABLE : 0) | (write ? RN_WRITABLE : 0);
    bool refused =
        read || atomic_load_explicit(&s->out.refused, memory_order_relaxed);
    return refused ? rni_needs(s, wants) : wants;
}

int
rn_set_unlocked(rn_stream *s, int on)
{
    int rc = begin_both(s);
    if (rc < 0)
        return rc;
    if (atomic_load(&s->closing))
        return end_both(s, RN_E_CLOSED, RNI_PLAIN);
    s->unlocked = on != 0;
    return end_both(s, RN_OK, RNI_PLAIN);
}

const char *
rn_name(const rn_stream *s)
{
    return s == NULL ? "" : s->target.host;
}

int
rn_set_name(rn_stream *s, const char *name)
{
    int rc = begin_both(s);
    if (rc < 0)
        return rc;
    if (name == NULL)
        return end_both(s, RN_E_VALUE, RNI_NULL_ARGUMENT);
    char *copy = strdup(name);
    if (copy == NULL)
        return end_both(s, RN_E_MEMORY, RNI_PLAIN);
    free(s->name);
    s->name = copy;
    s->target.host = copy;
    return end_both(s, RN_OK, RNI_PLAIN);
}
