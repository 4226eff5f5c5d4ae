/* SPDX-License-Identifier: MIT */
/* Finding the CR and LF of 64 bytes at once: with the vectors that every x86-64
 * has, else eight bytes in a word. */
#include "marks.h"

#if defined __SSE2__ && !defined RNI_PORTABLE_MARKS
#include <emmintrin.h>

/* The marks of 16 bytes. */
static inline rni_marks
sixteen(const unsigned char *p)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i cr = _mm_cmpeq_epi8(v, _mm_set1_epi8('\r'));
    __m128i lf = _mm_cmpeq_epi8(v, _mm_set1_epi8('\n'));
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(cr, lf));
}

static inline rni_marks
whole(const unsigned char *p)
{
    return sixteen(p) | sixteen(p + 16) << 16 | sixteen(p + 32) << 32 |
        sixteen(p + 48) << 48;
}

#else

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* The high bit of each byte that is zero, and no other: no borrow passes from
 * one byte to the next. */
static inline uint64_t
zero_bytes(uint64_t v)
{
    const uint64_t low = EACH(0x7f);
    return ~(((v & low) + low) | v | low);
}

/* The marks of 8 bytes; the first one's at bit 0 whatever the byte order. */
static inline rni_marks
eight(const unsigned char *p)
{
    uint64_t v = (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 |
        (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 |
        (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
    uint64_t found = zero_bytes(v ^ EACH('\r')) | zero_bytes(v ^ EACH('\n'));
    return (found >> 7) * UINT64_C(0x0102040810204080) >> 56;
}

static inline rni_marks
whole(const unsigned char *p)
{
    rni_marks m = 0;
    for (int i = 0; i < 8; i++)
        m |= eight(p + 8 * i) << 8 * i;
    return m;
}

#endif

size_t
rni_marks_search(const unsigned char *p, size_t beg, size_t end, rni_marks *m)
{
    size_t at = beg;
    for (; end - at >= RNI_MARKED; at += RNI_MARKED) {
        *m = whole(p + at);
        if (*m != 0)
            return at;
    }
    *m = 0;
    if (at == end)
        return end;
    /* No byte behind the last may be looked at. */
    unsigned char few[RNI_MARKED] = {0};
    memcpy(few, p + at, end - at);
    *m = whole(few);
    return *m != 0 ? at : end;
}
