/* SPDX-License-Identifier: MIT */
/* Measuring how late things are, and what is fair to expect of a machine that
 * others use too. */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdlib.h>

#include "runnel.h"

enum {
    LATE_MS = 50 /* the promise: a deadline is overshot by less than this */
};

/* What is allowed here: more than the promise where it is not the time that
 * counts, as when tests are mutated or their coverage is measured. */
static inline int
late_ms(void)
{
    const char *more = getenv("RUNNEL_LATE_MS");
    return more == NULL ? LATE_MS : atoi(more);
}

static inline double
ms_since(rn_time start)
{
    return (double)(rn_now() - start) / 1e6;
}

/* It took from `ms` to ms + late_ms(); the clock ticks in nanoseconds, so not a
 * bit less. */
#define assert_took(start, ms)                                                 \
    do {                                                                       \
        double took_ = ms_since(start);                                        \
        print_message("%s: %.2f ms after a limit of %d ms\n", __func__, took_, \
                      (int)(ms));                                              \
        assert_true(took_ >= (ms) && took_ < (ms) + late_ms());                \
    } while (0)

#endif
