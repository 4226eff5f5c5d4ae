/* SPDX-License-Identifier: MIT */
/* Settings of a stream that need no kernel: rn_set_max_line, rn_set_max_all,
 * rn_set_newline, rn_set_buffer_size. */
#include "stream.h"

static int
set_size(rn_stream *s, size_t *field, size_t bytes)
{
    int rc = bytes > 0
        ? RN_OK
        : rni_fault(s, RN_PHASE_SETUP, RN_E_VALUE, RNI_ZERO_LIMIT);
    if (rc == RN_OK)
        *field = bytes;
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
    if (rni_claim(&s->in.claim) < 0)
        return rni_fault(s, RN_PHASE_SETUP, RN_E_BUSY, RNI_PLAIN);
    if (rni_claim(&s->out.claim) < 0) {
        rni_end_read(s);
        return rni_fault(s, RN_PHASE_SETUP, RN_E_BUSY, RNI_PLAIN);
    }
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
    if (atomic_load(&s->closed))
        return end_both(s, RN_E_CLOSED, RNI_PLAIN);
    if ((int)newline < RN_NEWLINE_LF || newline > RN_NEWLINE_STRICT)
        return end_both(s, RN_E_VALUE, RNI_BAD_NEWLINE);
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
    if (atomic_load(&s->closed))
        return end_both(s, RN_E_CLOSED, RNI_PLAIN);
    if (bytes == 0)
        return end_both(s, RN_E_VALUE, RNI_ZERO_LIMIT);
    s->buffer_size = bytes;
    if (s->in.ahead > 0)
        s->in.ahead = bytes;
    if (s->out.limit > 0)
        s->out.limit = bytes;
    return end_both(s, RN_OK, RNI_PLAIN);
}
