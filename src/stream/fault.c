/* SPDX-License-Identifier: MIT */
/*
 * The last failure of a stream, packed into one word, so that a reader and a
 * writer thread can both leave theirs; the sentence is made when asked for.
 */
#include "layer.h"

static const char *const details[] = {
    [RNI_PLAIN] = NULL,
    [RNI_NULL_ARGUMENT] = "a pointer that is needed is NULL",
    [RNI_TOO_LARGE] = "the length is larger than PTRDIFF_MAX",
    [RNI_ZERO_LIMIT] = "a limit must be 1 or more, not 0",
    [RNI_BAD_BUFFER] = "a buffer has from 1 byte to 1 GiB",
    [RNI_HALF_SENT] = "a part was sent, and there was no memory for the rest",
    [RNI_BAD_NEWLINE] = "the newline is none of LF, CRLF and STRICT",
    [RNI_BAD_DIRECTION] = "directions are RN_READABLE, RN_WRITABLE or RN_BOTH",
    [RNI_BAD_TIME] = "a deadline or timeout cannot be negative",
    [RNI_BAD_PIECES] = "the number of pieces is negative",
    [RNI_BAD_FORMAT] = "the format cannot be carried out",
    [RNI_LONG_LINE] = "the line is longer than the limit of %zu bytes",
    [RNI_LONG_REST] = "the rest is longer than the limit of %zu bytes",
    [RNI_CUT_LINE] = "the stream ended inside a line, before its CRLF",
    [RNI_CUT_WRITE] = "a write in another thread was cut short",
    [RNI_SHUT] = "writing was shut down",
    [RNI_NOT_READABLE] = "this stream is for writing only",
    [RNI_NOT_WRITABLE] = "this stream is for reading only",
    [RNI_NO_DESCRIPTOR] =
        "this stream has no descriptor to wait for beside other streams",
    [RNI_NOT_A_SOCKET] = "this stream is not a TCP connection",
};

/* code, phase, detail and errno: 16 bits each; a code is kept negated. */
int
rni_fault(rn_stream *s, int phase, ptrdiff_t failure, enum rni_detail detail)
{
    int sys;
    int code = rni_code_of(phase, failure, &sys);
    uint64_t packed = (uint64_t)(uint16_t)-code | (uint64_t)phase << 16 |
        (uint64_t)detail << 32 | (uint64_t)(uint16_t)sys << 48;
    atomic_store_explicit(&s->fault, packed, memory_order_relaxed);
    return code;
}

int
rn_error_of(const rn_stream *s, rn_error *err)
{
    rni_error_clear(err);
    if (s == NULL)
        return rni_error_set(err, RN_E_VALUE, RN_PHASE_NONE, 0, NULL,
                             "the stream is NULL");
    uint64_t packed = atomic_load_explicit(&s->fault, memory_order_relaxed);
    if (packed == 0)
        return RN_OK;
    int code = -(int)(packed & 0xffff);
    int phase = (int)(packed >> 16 & 0xffff);
    enum rni_detail detail = (enum rni_detail)(packed >> 32 & 0xffff);
    int sys = (int)(packed >> 48);

    if (detail == RNI_PLAIN) {
        const char *why = rni_explained(s, phase, code);
        return rni_error_set(err, code, rni_explained_phase(s, phase), sys,
                             &s->target, why == NULL ? NULL : "%s", why);
    }
    size_t limit = detail == RNI_LONG_LINE ? s->in.max_line : s->in.max_all;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
    return rni_error_set(err, code, phase, sys, &s->target, details[detail],
                         limit);
#pragma GCC diagnostic pop
}
