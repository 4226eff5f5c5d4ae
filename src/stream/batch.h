/* SPDX-License-Identifier: MIT */
/* The pieces of one write call on their way to the transport. */
#ifndef RNI_BATCH_H
#define RNI_BATCH_H

#include <stddef.h>
#include <sys/uio.h>

#include "window.h"

enum {
    RNI_BATCH_PIECES = 64,
    RNI_BATCH_FEW = 256
};

/* The pieces of one call that are still to be sent; slot 0 is kept free for
 * what the window holds. */
struct rni_batch {
    struct iovec piece[1 + RNI_BATCH_PIECES];
    int next; /* the first unsent piece, from 1 */
    int end;
    size_t len; /* bytes in the unsent pieces */
    unsigned char few[RNI_BATCH_FEW];
};

/* Begin with the caller's pieces, RNI_BATCH_PIECES of them at the most, which
 * are to stay where they are. To gather a few bytes would cost the system more
 * than to copy them: those are made one piece. */
void rni_batch_fill(struct rni_batch *b, const struct iovec *pieces, int count,
                    size_t len);

/* `n` bytes went out: first the window's, then the pieces'. */
void rni_batch_advance(struct rni_batch *b, struct rni_window *w, size_t n);

#endif
