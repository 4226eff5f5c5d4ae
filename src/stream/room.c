/* SPDX-License-Identifier: MIT */
/* The memory of windows: when it is taken, grown and let go. */
#include <stdlib.h>
#include <string.h>

#include "size.h"
#include "stream.h"

void
rni_room_own(struct rni_window *w, unsigned char *own)
{
    *w = (struct rni_window){
        .base = own, .own = own, .cap = own == NULL ? 0 : RNI_OWN};
}

/* Memory of the heap for the window, larger than it has. */
static unsigned char *
enlarge(const struct rni_window *w, size_t size)
{
    if (w->base != w->own || w->base == NULL)
        return realloc(w->base, size);
    unsigned char *base = malloc(size);
    if (base != NULL)
        memcpy(base, w->base, w->end);
    return base;
}

int
rni_room(struct rni_window *w, struct rni_line *line, size_t n, size_t least)
{
    if (rni_window_room(w) >= n)
        return RN_OK;
    size_t shift = rni_window_compact(w);
    if (line != NULL)
        rni_line_moved(line, shift);
    if (rni_window_room(w) >= n)
        return RN_OK;
    if (n > (size_t)PTRDIFF_MAX - w->end)
        return RN_E_MEMORY;
    size_t cap = rni_size_grown(w->cap, w->end + n, least);
    if (cap == 0)
        return RN_E_MEMORY;
    unsigned char *base = enlarge(w, cap + 1);
    if (base == NULL)
        return RN_E_MEMORY;
    w->base = base;
    w->cap = cap;
    return RN_OK;
}

void
rni_room_drop(struct rni_window *w, struct rni_line *line)
{
    if (line != NULL)
        rni_line_moved(line, w->end);
    if (w->base != w->own)
        free(w->base);
    rni_room_own(w, w->own);
}
