/* SPDX-License-Identifier: MIT */
/*
 * A virtual machine may stand still for 100 ms, and a group of processes that
 * has used its share too: that is not the library's. So beside a program that
 * measures time there is a witness, a process that wants to wake every other
 * millisecond and writes down for how long it could not. It is a process, as
 * some tests count threads, or fail their making; it ends with the program.
 */
#define _GNU_SOURCE
#include "clock.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum {
    TICK = 2000000, /* nanoseconds */
    GAPS = 4096     /* the last ones; a test takes seconds */
};

static struct notes {
    atomic_ullong awake; /* the witness has seen all up to here */
    atomic_uint count;
    struct {
        atomic_ullong from, to; /* it did not run, and wanted to */
    } gap[GAPS];
} * notes;

static void
witness(pid_t watched)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int fd = 0; fd < 3; fd++)
        close(fd); /* nobody is to wait for these to end */
    unsigned long long due = (unsigned long long)rn_now();
    while (getppid() == watched) {
        due += TICK;
        struct timespec t = {.tv_sec = (time_t)(due / 1000000000),
                             .tv_nsec = (long)(due % 1000000000)};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
        unsigned long long now = (unsigned long long)rn_now();
        if (now > due + TICK / 2) {
            unsigned n = atomic_load(&notes->count);
            atomic_store(&notes->gap[n % GAPS].from, due);
            atomic_store(&notes->gap[n % GAPS].to, now);
            atomic_store(&notes->count, n + 1);
            due = now;
        }
        atomic_store(&notes->awake, now);
    }
    _exit(0);
}

/* Before the first test, which may want but one thread or few descriptors. */
__attribute__((constructor)) static void
call_a_witness(void)
{
    pid_t watched = getpid();
    notes = mmap(NULL, sizeof *notes, PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (notes == MAP_FAILED)
        abort();
    pid_t child = fork();
    if (child < 0)
        abort();
    if (child == 0)
        witness(watched);
}

double
ms_since(rn_time start)
{
    return (double)(rn_now() - start) / 1e6;
}

/* How long the machine stood still from `start` to `end`. */
static double
stood_still(unsigned long long start, unsigned long long end)
{
    unsigned long long sum = 0;
    unsigned count = atomic_load(&notes->count);
    for (unsigned i = count < GAPS ? 0 : count - GAPS; i < count; i++) {
        unsigned long long from = atomic_load(&notes->gap[i % GAPS].from);
        unsigned long long to = atomic_load(&notes->gap[i % GAPS].to);
        from = from < start ? start : from;
        to = to > end ? end : to;
        sum += from < to ? to - from : 0;
    }
    return (double)sum / 1e6;
}

double
late_ms(rn_time start)
{
    const char *more = getenv("RUNNEL_LATE_MS");
    rn_time end = rn_now();
    /* It may be the one that still has to wake. */
    while (atomic_load(&notes->awake) < (unsigned long long)end &&
           ms_since(end) < 2000)
        clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){.tv_nsec = TICK},
                        NULL);
    return (more == NULL ? LATE_MS : atoi(more)) +
        stood_still((unsigned long long)start, (unsigned long long)end);
}
