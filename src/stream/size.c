/* SPDX-License-Identifier: MIT */
/* The arithmetic of memory sizes. */
#include "size.h"

size_t
rni_size_grown(size_t cap, size_t need, size_t least)
{
    if (cap < least)
        cap = least;
    /*@ loop invariant cap >= \at(cap, Pre) && cap >= least;
        loop invariant cap < 2 * need || cap == \at(cap, LoopEntry);
        loop assigns cap;
        loop variant need - cap;
    */
    while (cap < need && cap <= (size_t)PTRDIFF_MAX / 2)
        cap *= 2;
    return cap < need || cap >= PTRDIFF_MAX ? 0 : cap;
}

size_t
rni_size_of_list(size_t count, size_t each, size_t bytes)
{
    size_t most = (size_t)PTRDIFF_MAX;
    if (count > most / (each + 1))
        return 0;
    size_t size = count * (each + 1);
    return bytes >= most - size ? 0 : size + bytes + 1;
}
