/* SPDX-License-Identifier: MIT */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdint.h>

/* A line on stderr that tells how far it is, where that is a terminal and
 * without -q; else these do nothing. `name` is lent until progress_end. */
void progress_begin(const char *name, uint64_t total);
void progress_at(uint64_t bytes);

/* The bar is left as it stands; the next line begins below. Again is fine. */
void progress_end(void);

/* "1.50 MiB" in buf. */
enum {
    BYTES_SIZE = 16
};
const char *print_bytes(double bytes, char buf[BYTES_SIZE]);

#endif
