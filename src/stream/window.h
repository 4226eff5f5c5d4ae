/* SPDX-License-Identifier: MIT */
/* A window: the bytes [beg, end) of a piece of memory that others provide. */
#ifndef RNI_WINDOW_H
#define RNI_WINDOW_H

#include <stddef.h>

/* 0 <= beg <= end <= cap; base has room for cap + 1 bytes, so that a NUL can
 * always be put behind the last one. base is NULL exactly when cap is 0. */
struct rni_window {
    unsigned char *base;
    size_t cap;
    size_t beg;
    size_t end;
};

static inline size_t
rni_window_len(const struct rni_window *w)
{
    return w->end - w->beg;
}

static inline size_t
rni_window_room(const struct rni_window *w)
{
    return w->cap - w->end;
}

/* Copy `n` bytes in at the end; there must be room for them. */
void rni_window_put(struct rni_window *w, const void *data, size_t n);

/* Copy the first `n` bytes out and drop them; there must be as many. */
void rni_window_take(struct rni_window *w, void *data, size_t n);

/* Move the bytes to the start of the memory. Returns how far they moved. */
size_t rni_window_compact(struct rni_window *w);

#endif
