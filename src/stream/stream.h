/* SPDX-License-Identifier: MIT */
/*
 * The inside of a stream: two halves that share nothing, the reader's and the
 * writer's, over the functions that move the bytes. Every public call claims
 * its half on entry (rni_begin_...) and gives it back at the end.
 */
#ifndef RNI_STREAM_H
#define RNI_STREAM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#if defined __has_include
#if __has_include(<sys/single_threaded.h>)
/* The C library's word for it, true only where it is certain. */
#include <sys/single_threaded.h>
#define RNI_SINGLE_THREADED (__libc_single_threaded != 0)
#endif
#endif

#include "../error.h"
#include "bell.h"
#include "limits.h"
#include "line.h"
#include "runnel.h"
#include "window.h"

#ifndef RNI_BUFFER_SIZE
#define RNI_BUFFER_SIZE 65536
#endif
/* What a stream can hold of each direction in itself, so that one that is idle,
 * or that says little, costs no more than its own memory. */
#ifndef RNI_OWN
#define RNI_OWN (RNI_BUFFER_SIZE < 128 ? RNI_BUFFER_SIZE : 128)
#endif
#define RNI_MAX_BUFFER ((size_t)1 << 30)
#ifndef RNI_MAX_LINE
#define RNI_MAX_LINE 1048576
#endif

/* The long way of a call that is mostly short: kept out of the short one, which
 * then needs no stack frame. */
#define RNI_APART __attribute__((noinline))

extern const struct rn_wait rni_no_wait;

/* Only the half's owner counts, so there is no need for a locked addition. */
static inline void
rni_count(atomic_uint_least64_t *counter, size_t n)
{
    uint_least64_t before = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, before + n, memory_order_relaxed);
}

/* The limits of the call at hand; its time counts from the first time that
 * somebody asks, so a call served from the buffer reads no clock. */
static inline const struct rn_wait *
rni_wait_of(struct rni_limits *limits, struct rn_wait *wait)
{
    if (wait->until == RNI_NOT_BEGUN)
        *wait = rni_limits_begin(limits);
    return wait;
}

/* Who is inside a half. */
enum {
    RNI_FREE,
    RNI_CLAIMED, /* a call of the user's: a second one is BUSY */
    RNI_SENDING, /* the same, handing everything unsent to the transport */
    RNI_LENT     /* the reader, flushing for a moment: a writer waits for it */
};

struct rni_input {
    atomic_int claim;
    bool exists; /* the stream is one for reading */
    bool ended;
    bool owes_lf; /* the last byte taken was a CR; then win is empty */
    int ending;   /* rn_ending of the last line */
    atomic_uint_least64_t bytes;
    _Atomic(rn_time) first; /* when the first byte came, 0 before that */
    int stuck;              /* the failure that stays, or 0 */
    struct rni_window win;
    struct rni_line line;
    signed char much; /* how many reads in a row may still bring little before a
                       * whole buffer is no longer thought worth its memory */
    size_t ahead;     /* up to how many bytes a byte read may take too many */
    size_t max_line;
    size_t max_all;
    struct rni_limits limits;
    struct rn_wait wait; /* of the call at hand */
    atomic_bool refused; /* the last call said AGAIN */
    struct rni_bell bell;
    unsigned char own[RNI_OWN + 1];
};

struct rni_output {
    atomic_int claim;
    bool exists;         /* the stream is one for writing */
    bool shut;           /* nothing may be written any more */
    bool told;           /* and the peer knows */
    bool crlf;           /* what a line break is written as */
    atomic_bool refused; /* the user's last call said AGAIN */
    short lost; /* the code that a farewell failed with: nothing can follow */
    atomic_uint_least64_t bytes;
    int flush_byte; /* the byte that makes everything go out, or -1 */
    int stuck;
    struct rni_window win;
    size_t limit; /* from this many bytes on, everything goes out */
    size_t fill;  /* bytes that end below this index of win are put
                   * there with no more to look at (rni_put) */
    atomic_size_t
        unsent; /* what win holds, and `held`, for the reader to see */
    struct rni_limits limits;
    struct rn_wait wait; /* of the call at hand */
    size_t held; /* what the kind took and holds back; 1 where it is unknown */
    struct rni_bell bell;
    unsigned char own[RNI_OWN + 1];
};

struct rni_layer;

struct rn_stream {
    const rn_stream_ops *ops;
    void *ctx;
    struct rni_layer *layer; /* of kinds of a user's, else NULL */
    size_t buffer_size;
    rn_time born;
    bool unlocked; /* rn_set_unlocked */
    atomic_uchar
        phase[2]; /* what rn_explain chose, or 0; by direction less 1 */
    struct rni_target target;    /* lives as long as ctx's memory */
    char *name;                  /* rn_set_name's copy, for the target */
    atomic_bool closing;         /* closed, or about to be: no call may begin */
    atomic_uint_least64_t fault; /* the last failure, packed (fault.c) */
    struct rni_input in;
    struct rni_output out;
};

/* ---- stream.c */

/* A stream with `extra` bytes of zeroed memory for its ctx in the same
 * allocation. NULL: no memory. */
rn_stream *rni_stream_make(const rn_stream_ops *ops, size_t extra,
                           rn_buffering buffering, size_t buffer_size);

/* RN_OK, or VALUE with its story: is this one of the three modes? */
int rni_check_buffering(int buffering, int phase,
                        const struct rni_target *target, rn_error *err);

/* Close a stream whose reading half the caller holds, in two steps, so that the
 * first can fail before anything was taken. 1: the second is ours to make; 0:
 * another thread is closing; BUSY: not now. */
int rni_begin_close_held(rn_stream *s);
int rni_end_close_held(rn_stream *s);

/* ---- fault.c */

/* Reasons that neither a code nor an errno value tells. */
enum rni_detail {
    RNI_PLAIN,
    RNI_NULL_ARGUMENT,
    RNI_TOO_LARGE,
    RNI_ZERO_LIMIT,
    RNI_BAD_BUFFER,
    RNI_HALF_SENT,
    RNI_BAD_NEWLINE,
    RNI_BAD_DIRECTION,
    RNI_BAD_TIME,
    RNI_BAD_PIECES,
    RNI_BAD_FORMAT,
    RNI_LONG_LINE,
    RNI_LONG_REST,
    RNI_CUT_LINE,
    RNI_CUT_WRITE,
    RNI_SHUT,
    RNI_NOT_READABLE,
    RNI_NOT_WRITABLE,
    RNI_NOT_A_SOCKET,
    RNI_NO_DESCRIPTOR
};

/* Remember a failure, an RN_E_ code or a negated errno value, as the last one
 * of the stream. Returns its code. */
int rni_fault(rn_stream *s, int phase, ptrdiff_t failure,
              enum rni_detail detail);

/* ---- claim.c */

/* Whether no other thread can be in the way: the program has only one, or the
 * user promised that calls never overlap. A locked instruction costs more than
 * all else that reading a short line takes. */
static inline bool
rni_is_alone(const rn_stream *s)
{
#ifdef RNI_SINGLE_THREADED
    if (RNI_SINGLE_THREADED)
        return true;
#endif
    return s->unlocked;
}

/* Whether a call that neither waits nor calls anybody can do its work without
 * claiming the half: nothing can come between its beginning and its end. */
static inline bool
rni_is_undisturbed(const rn_stream *s, const atomic_int *claim)
{
    return rni_is_alone(s) &&
        atomic_load_explicit(claim, memory_order_relaxed) == RNI_FREE &&
        !atomic_load_explicit(&s->closing, memory_order_relaxed);
}

/* Claim a half that is free; false: look closer. */
static inline bool
rni_claim_free(const rn_stream *s, atomic_int *claim)
{
    int seen = RNI_FREE;
    if (!rni_is_alone(s))
        return atomic_compare_exchange_strong_explicit(
            claim, &seen, RNI_CLAIMED, memory_order_acquire,
            memory_order_relaxed);
    if (atomic_load_explicit(claim, memory_order_relaxed) != RNI_FREE)
        return false;
    atomic_store_explicit(claim, RNI_CLAIMED, memory_order_relaxed);
    return true;
}

/* What is in the way of a call: it could not be claimed, or it was (`claimed`)
 * but the stream is closed or has no such half. RN_OK: nothing, looked at
 * closer, and the half is claimed. */
int rni_blocked(rn_stream *s, atomic_int *claim, int phase, bool claimed);

static inline int
rni_begin(rn_stream *s, atomic_int *claim, int phase, const bool *exists)
{
    bool claimed = rni_claim_free(s, claim);
    if (claimed && *exists &&
        !atomic_load_explicit(&s->closing, memory_order_relaxed))
        return RN_OK;
    return rni_blocked(s, claim, phase, claimed);
}

/* Begin a call: RN_OK with the half claimed and its time not yet begun. */
static inline int
rni_begin_read(rn_stream *s)
{
    if (s == NULL)
        return RN_E_VALUE;
    int rc = rni_begin(s, &s->in.claim, RN_PHASE_READ, &s->in.exists);
    if (rc == RN_OK)
        s->in.wait.until = RNI_NOT_BEGUN;
    return rc;
}

static inline int
rni_begin_write(rn_stream *s)
{
    if (s == NULL)
        return RN_E_VALUE;
    int rc = rni_begin(s, &s->out.claim, RN_PHASE_WRITE, &s->out.exists);
    if (rc == RN_OK)
        s->out.wait.until = RNI_NOT_BEGUN;
    return rc;
}

static inline void
rni_end_read(rn_stream *s)
{
    atomic_store_explicit(&s->in.claim, RNI_FREE, memory_order_release);
}

static inline void
rni_end_write(rn_stream *s)
{
    atomic_store_explicit(&s->out.claim, RNI_FREE, memory_order_release);
}

/* Claim a half whatever its state; false: it is somebody else's. */
bool rni_claim(atomic_int *claim);

/* Claim both halves, or the output alone where the caller holds the input:
 * RN_OK, or RN_E_BUSY with nothing claimed. */
int rni_claim_both(rn_stream *s, bool holds_input);

/* What to say when a half could not be claimed: BUSY, or CLOSED where that is
 * because of closing. */
int rni_taken(const rn_stream *s);

/* ---- room.c: the memory of windows, taken, grown and let go */

/* Begin with the stream's own memory of RNI_OWN + 1 bytes. */
void rni_room_own(struct rni_window *w, unsigned char *own);

/* Room for `n` more bytes at the end, if need be moving the bytes to the
 * start (`line`, may be NULL, is told) or growing in steps from `least`.
 * RN_OK or RN_E_MEMORY. */
int rni_room(struct rni_window *w, struct rni_line *line, size_t n,
             size_t least);

/* Let go of the memory but for the stream's own; what was in it is gone (`line`
 * as above). */
void rni_room_drop(struct rni_window *w, struct rni_line *line);

/* ---- read.c */

/* From 1 to n bytes, by the claim and the wait of the call at hand. */
ptrdiff_t rni_read_some(rn_stream *s, void *data, size_t n);

/* ---- input.c: the one place where bytes come in */

/* n bytes have come in. */
void rni_input_count(struct rni_input *in, size_t n);

/* From 1 to n bytes from the stream's kind; 0 at the end; else the code of a
 * failure, noted (rni_fault). An LF that belongs to the last line is
 * swallowed. Flushes before it waits. */
ptrdiff_t rni_pull(rn_stream *s, void *data, size_t n);

/* The same into the window. */
ptrdiff_t rni_fill(rn_stream *s);

/* Take n bytes out of the window, not by lines. */
static inline void
rni_take(struct rni_input *in, void *data, size_t n)
{
    rni_line_forget(&in->line);
    rni_window_take(&in->win, data, n);
}

/* ---- write.c */

/* The window, the limit or something else that decides over the next write is
 * another one: bring `fill` and `unsent` up to date. */
void rni_output_changed(struct rni_output *out);

/* The short way of a write, for most small ones: where to put `len` bytes and
 * `more`, with nothing else to it; or NULL. There is room for one byte behind
 * them. */
static inline unsigned char *
rni_put_where(const struct rni_output *out, size_t len, size_t more)
{
    const struct rni_window *w = &out->win;
    if (len >= out->fill || w->end + more >= out->fill - len)
        return NULL;
    return w->base + w->end;
}

/* They are there. (The kind holds nothing back, else there was no short way.)
 */
static inline void
rni_put_done(struct rni_output *out, size_t n)
{
    out->win.end += n;
    atomic_store_explicit(&out->unsent, rni_window_len(&out->win),
                          memory_order_relaxed);
}

/* A failure for good: what is unsent will never be sent. */
int rni_break_output(rn_stream *s, ptrdiff_t failure, enum rni_detail detail);

/* Send all that is buffered, waiting as `wait` says. */
int rni_flush(rn_stream *s, const struct rn_wait *wait);

/* For a reader about to wait: send what the other side takes at once. RN_OK:
 * nothing is left, or a writer is at work on it. RN_E_AGAIN: something is left.
 */
int rni_flush_for_reader(rn_stream *s);

#endif
