/* SPDX-License-Identifier: MIT */
/* Durations as people write them. */
#ifndef DURATION_H
#define DURATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "200ms", "1.5s", "2m", "1h", or seconds without a unit, into milliseconds,
 * rounded up. False for anything else, and for more than a year. */
bool parse_duration(const char *text, int64_t *ms);

/* The other way, from nanoseconds, with three figures: "1.23 ms". In buf. */
enum {
    DURATION_SIZE = 24
};
const char *print_duration(int64_t ns, char buf[DURATION_SIZE]);

#endif
