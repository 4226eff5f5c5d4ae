/* SPDX-License-Identifier: MIT */
/* The memory of windows: when it is taken, grown and let go. */
#include <stdlib.h>
#include <string.h>

#include "stream.h"

/* The next capacity that holds `need` bytes, or 0 if none can. */
static size_t
step(size_t cap, size_t need, size_t least)
{
    if (cap < least)
        cap = least;
    while (cap < need && cap <= (size_t)PTRDIFF_MAX / 2)
        cap *= 2;
    return cap < need || cap >= PTRDIFF_MAX ? 0 : cap;
}

int
rni_room(struct rni_window *w, struct rni_line *line, size_t n, size_t least)
{
    if (rni_window_room(w) >= n && w->base != NULL)
        return RN_OK;
    size_t shift = rni_window_compact(w);
    if (line != NULL)
        rni_line_moved(line, shift);
    if (rni_window_room(w) >= n && w->base != NULL)
        return RN_OK;
    if (n > (size_t)PTRDIFF_MAX - w->end)
        return RN_E_MEMORY;
    size_t cap = step(w->cap, w->end + n, least);
    if (cap == 0)
        return RN_E_MEMORY;
    unsigned char *base = realloc(w->base, cap + 1);
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
    free(w->base);
    memset(w, 0, sizeof *w);
}
