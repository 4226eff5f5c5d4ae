/* SPDX-License-Identifier: MIT */
/* What clients and far ends have in common: complaints and measures. */
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../support/peer.h"
#include "soak.h"

void
bad(struct slot *s, const char *format, ...)
{
    if (atomic_fetch_add(&s->bad, 1) > 0)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(s->complaint, sizeof s->complaint, format, args);
    va_end(args);
}

/* Anonymous memory: pages of programs and libraries come and go as the system
 * likes. */
static long
resident(void)
{
    char line[200];
    long kb = 0;
    FILE *f = fopen("/proc/self/status", "r");
    if (f == NULL)
        return 0;
    while (kb == 0 && fgets(line, sizeof line, f) != NULL)
        if (sscanf(line, "RssAnon: %ld kB", &kb) != 1)
            kb = 0;
    fclose(f);
    return kb * 1024;
}

void
look_at_memory(struct slot *s)
{
    if (s->looks == 2)
        return;
    /* What is free must not count: the allocator keeps of it as it pleases. */
    malloc_trim(0);
    struct mallinfo2 m = mallinfo2();
    s->look[s->looks].heap = (long)(m.uordblks + m.hblkhd);
    s->look[s->looks].resident = resident();
    s->looks++;
}

void
look_at_time(struct slot *s, bool first)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    long us = (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000L +
        u.ru_utime.tv_usec + u.ru_stime.tv_usec;
    s->cpu = first ? -us : s->cpu + us;
}

void
look_at_descriptors(struct slot *s, bool first)
{
    *(first ? &s->descriptors_before : &s->descriptors_after) =
        open_descriptors();
}

uint32_t
draw(uint64_t *state, uint32_t n)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33) % n;
}
