/* SPDX-License-Identifier: MIT */
/* Copying a few bytes. A call of memcpy(3) is half of what a short write costs:
 * for it alone a function needs a stack frame. */
#ifndef RNI_COPY_H
#define RNI_COPY_H

#include <stddef.h>
#include <string.h>

/* What is to be in its caller, whatever a compiler makes of its size. */
#define RNI_ALWAYS __attribute__((always_inline))

enum {
    RNI_FEW = 64
};

/* A piece of fixed size at the start, and one at the end; they may overlap. */
#define RNI_COPY_ENDS(to, from, n, size)                                       \
    do {                                                                       \
        memcpy((to), (from), (size));                                          \
        memcpy((to) + (n) - (size), (from) + (n) - (size), (size));            \
    } while (0)

/* Copy n bytes, RNI_FEW at the most, between places that do not overlap. */
static inline RNI_ALWAYS void
rni_copy_few(unsigned char *to, const unsigned char *from, size_t n)
{
    if (n > 32) {
        RNI_COPY_ENDS(to, from, n, 32);
    } else if (n >= 16) {
        RNI_COPY_ENDS(to, from, n, 16);
    } else if (n >= 8) {
        RNI_COPY_ENDS(to, from, n, 8);
    } else if (n >= 4) {
        RNI_COPY_ENDS(to, from, n, 4);
    } else if (n > 0) {
        to[0] = from[0];
        to[n / 2] = from[n / 2];
        to[n - 1] = from[n - 1];
    }
}

/* Copy n bytes; where it is known that n is small, without a call. */
static inline RNI_ALWAYS void
rni_copy(unsigned char *to, const unsigned char *from, size_t n)
{
    if (n > RNI_FEW)
        memcpy(to, from, n);
    else
        rni_copy_few(to, from, n);
}

#endif
