/* SPDX-License-Identifier: MIT */
/* Windows: pure index and copy work. No system call, no allocation. */
#include "window.h"

#include <string.h>

void
rni_window_put(struct rni_window *w, const unsigned char *data, size_t n)
{
    if (n > 0)
        memcpy(w->base + w->end, data, n);
    w->end += n;
}

void
rni_window_take(struct rni_window *w, unsigned char *data, size_t n)
{
    if (n > 0)
        memcpy(data, w->base + w->beg, n);
    w->beg += n;
}

size_t
rni_window_compact(struct rni_window *w)
{
    size_t shift = w->beg;
    size_t len = rni_window_len(w);
    if (shift > 0 && len > 0)
        memmove(w->base, w->base + shift, len);
    w->beg = 0;
    w->end = len;
    return shift;
}
