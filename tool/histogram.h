/* SPDX-License-Identifier: MIT */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Draw how `count` durations (nanoseconds, ascending, at least one) spread, in
 * lines of at most `width` columns. */
void print_histogram(FILE *to, const int64_t *sorted, size_t count, int width);

#endif
