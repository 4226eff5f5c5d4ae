/* SPDX-License-Identifier: MIT */
/* Finding lines that end alike in 64 bytes at once: with the vectors that every
 * x86-64 has, else eight bytes in a word. */
#include "marks.h"

#include <stdbool.h>

#include "copy.h"

/* The CR and LF of 64 bytes. */
struct breaks {
    rni_marks cr;
    rni_marks lf;
};

#if defined __SSE2__ && !defined RNI_PORTABLE_MARKS
#include <emmintrin.h>

static inline __m128i
load(const unsigned char *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline rni_marks
gather(__m128i a, __m128i b, __m128i c, __m128i d)
{
    return (rni_marks)_mm_movemask_epi8(a) |
        (rni_marks)_mm_movemask_epi8(b) << 16 |
        (rni_marks)_mm_movemask_epi8(c) << 32 |
        (rni_marks)_mm_movemask_epi8(d) << 48;
}

static inline struct breaks
look(const unsigned char *p)
{
    const __m128i cr = _mm_set1_epi8('\r');
    const __m128i lf = _mm_set1_epi8('\n');
    const __m128i a = load(p);
    const __m128i b = load(p + 16);
    const __m128i c = load(p + 32);
    const __m128i d = load(p + 48);
    struct breaks found = {
        .lf = gather(_mm_cmpeq_epi8(a, lf), _mm_cmpeq_epi8(b, lf),
                     _mm_cmpeq_epi8(c, lf), _mm_cmpeq_epi8(d, lf))};
    const __m128i e = _mm_cmpeq_epi8(a, cr);
    const __m128i f = _mm_cmpeq_epi8(b, cr);
    const __m128i g = _mm_cmpeq_epi8(c, cr);
    const __m128i h = _mm_cmpeq_epi8(d, cr);
    /* Most text has no CR, or one in each line. */
    if (_mm_movemask_epi8(
            _mm_or_si128(_mm_or_si128(e, f), _mm_or_si128(g, h))) != 0)
        found.cr = gather(e, f, g, h);
    return found;
}

/* How far a byte is above LF; one below it is far above. */
static inline __m128i
above(const unsigned char *p)
{
    return _mm_sub_epi8(load(p), _mm_set1_epi8('\n'));
}

/* Whether the 64 bytes have no CR or LF. It may say no where they have one of
 * the two bytes in between, which text seldom has. */
static inline bool
are_plain(const unsigned char *p)
{
    __m128i least = _mm_min_epu8(_mm_min_epu8(above(p), above(p + 16)),
                                 _mm_min_epu8(above(p + 32), above(p + 48)));
    __m128i low = _mm_min_epu8(least, _mm_set1_epi8('\r' - '\n'));
    return _mm_movemask_epi8(_mm_cmpeq_epi8(least, low)) == 0;
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

/* The high bits of eight bytes together, the first one's at bit 0. */
static inline rni_marks
gather(uint64_t high)
{
    return (high >> 7) * UINT64_C(0x0102040810204080) >> 56;
}

/* Eight bytes, the first one lowest whatever the byte order. */
static inline uint64_t
load(const unsigned char *p)
{
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 |
        (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 |
        (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
}

static inline struct breaks
look(const unsigned char *p)
{
    struct breaks found = {.cr = 0};
    for (int i = 0; i < 64; i += 8) {
        uint64_t v = load(p + i);
        found.cr |= gather(zero_bytes(v ^ EACH('\r'))) << i;
        found.lf |= gather(zero_bytes(v ^ EACH('\n'))) << i;
    }
    return found;
}

static inline bool
are_plain(const unsigned char *p)
{
    uint64_t found = 0;
    for (int i = 0; i < 64; i += 8) {
        uint64_t v = load(p + i);
        found |= zero_bytes(v ^ EACH('\r')) | zero_bytes(v ^ EACH('\n'));
    }
    return found == 0;
}

#endif

/* The bits below the lowest one of m, which is not 0. */
static inline rni_marks
below(rni_marks m)
{
    return (m & -m) - 1;
}

/* The first lines of n bytes that end alike. Returns up to which byte they were
 * told. */
static inline size_t
choose(struct breaks found, size_t n, struct rni_run *run)
{
    run->cr = 0;
    run->ends = found.lf;
    if (found.cr == 0)
        return n;
    run->ends &= below(found.cr);
    if (run->ends != 0)
        return rni_marks_first(found.cr);
    /* A CR where no LF follows, or the byte before an LF that is none. */
    rni_marks odd = found.cr ^ found.lf >> 1;
    run->cr = 1;
    run->ends = found.lf;
    if (odd == 0)
        return n;
    size_t last = rni_marks_first(odd);
    run->ends &= below(odd) << 1 | 1;
    return last + (found.cr >> last & 1 ? 0 : 1);
}

/* The same of fewer bytes; none behind the last may be looked at. */
static struct breaks
look_at_few(const unsigned char *p, size_t n)
{
    unsigned char few[RNI_MARKED] = {0};
    rni_copy_few(few, p, n);
    return look(few);
}

/* rni_marks_run where the first 64 bytes have no CR or LF, or are not there. */
static __attribute__((noinline)) size_t
run_further(const unsigned char *p, size_t at, size_t end, struct rni_run *run)
{
    struct breaks found;
    for (;;) {
        while (end - at >= RNI_MARKED && are_plain(p + at))
            at += RNI_MARKED;
        run->from = at;
        if (end - at < RNI_MARKED)
            return at + choose(look_at_few(p + at, end - at), end - at, run);
        found = look(p + at);
        if ((found.cr | found.lf) != 0)
            return at + choose(found, RNI_MARKED, run);
        at += RNI_MARKED;
    }
}

/* Short lines come by the thousand: for them it is two comparisons. */
size_t
rni_marks_run(const unsigned char *p, size_t beg, size_t end,
              struct rni_run *run)
{
    if (end - beg < RNI_MARKED)
        return run_further(p, beg, end, run);
    struct breaks found = look(p + beg);
    if ((found.cr | found.lf) == 0)
        return run_further(p, beg + RNI_MARKED, end, run);
    run->from = beg;
    return beg + choose(found, RNI_MARKED, run);
}
