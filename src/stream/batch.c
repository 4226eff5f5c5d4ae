/* SPDX-License-Identifier: MIT */
/* Batches: pure index and copy work. No system call, no allocation. */
#include "batch.h"

#include "copy.h"

void
rni_batch_fill(struct rni_batch *b, const struct iovec *pieces, int count,
               size_t len)
{
    b->next = 1;
    b->len = len;
    if (count == 1 || len > RNI_BATCH_FEW) {
        for (int i = 0; i < count; i++)
            b->piece[1 + i] = pieces[i];
        b->end = 1 + count;
        return;
    }
    size_t at = 0;
    for (int i = 0; i < count; i++) {
        rni_copy(b->few + at, pieces[i].iov_base, pieces[i].iov_len);
        at += pieces[i].iov_len;
    }
    b->piece[1] = (struct iovec){.iov_base = b->few, .iov_len = len};
    b->end = 2;
}

void
rni_batch_advance(struct rni_batch *b, struct rni_window *w, size_t n)
{
    size_t held = rni_window_len(w);
    if (n < held) {
        w->beg += n;
        return;
    }
    n -= held;
    w->beg = w->end = 0;
    b->len -= n;
    while (b->next < b->end && n >= b->piece[b->next].iov_len)
        n -= b->piece[b->next++].iov_len;
    if (n > 0) {
        struct iovec *v = &b->piece[b->next];
        v->iov_base = (char *)v->iov_base + n;
        v->iov_len -= n;
    }
}
