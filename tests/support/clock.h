/* SPDX-License-Identifier: MIT */
/* Measuring how late things are, and what is fair to expect of a machine that
 * others use too. */
#ifndef CLOCK_H
#define CLOCK_H

#include "runnel.h"

enum {
    LATE_MS = 50 /* the promise: a deadline is overshot by less than this */
};

/* How long ago `start` was. */
double ms_since(rn_time start);

/* By how much what began at `start` may be late: the promise, and as long as
 * the machine has run nobody since then, which a witness beside the test has
 * measured. More than that where it is not the time that counts, as when tests
 * are mutated or their coverage is measured (RUNNEL_LATE_MS). */
double late_ms(rn_time start);

/* It took from `ms` to ms + late_ms(); the clock ticks in nanoseconds, so not a
 * bit less. Any of 0 to that. */
#define assert_took(start, ms) assert_took_at_(start, ms, ms)
#define assert_soon(start, ms) assert_took_at_(start, 0, ms)

#define assert_took_at_(start, least, most)                                    \
    do {                                                                       \
        double took_ = ms_since(start), late_ = late_ms(start);                \
        print_message("%s: %.2f ms after a limit of %d ms (%.0f more are "     \
                      "fair)\n",                                               \
                      __func__, took_, (int)(most), late_);                    \
        assert_true(took_ >= (least) && took_ < (most) + late_);               \
    } while (0)

#endif
