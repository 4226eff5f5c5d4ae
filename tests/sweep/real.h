/* SPDX-License-Identifier: MIT */
/* What the files share that stand in the place of the system's calls. */
#ifndef SWEEP_REAL_H
#define SWEEP_REAL_H

#include <stdbool.h>
#include <stdint.h>

#include "../support/wrapped.h"
#include "calls.h"

/* A point of a call that either fails or is made: 0, or with errno set -1, or 1
 * where it is to be made all the same. */
int sw_fails(enum sw_call call);

/* What SO_RCVTIMEO of a descriptor is, in nanoseconds, kept by clock.c. */
void sw_limit_reset(int fd);
void sw_limit_set(int fd, int64_t ns);

/* A call on fd that may wait has found nothing. True: try again; else errno is
 * set for it to fail. */
bool sw_wait_for(int fd, short events);

/* ---- What a fault leaves of the bytes of a call */

enum {
    SW_PIECES = 1100
};

struct sw_fault;

/* How many of n bytes; 0 with errno set: it fails, or is the end. */
size_t sw_cut(const struct sw_fault *fault, size_t n);

/* The first `n` bytes of the pieces, in `some`: how many pieces. */
int sw_first_bytes(const struct iovec *pieces, int count, size_t n,
                   struct iovec *some, int most);
size_t sw_sum(const struct iovec *pieces, int count);

/* Whether it is an eventfd of runnel's, or one of its pipes. */
bool sw_is_event(int fd);
bool sw_is_own_pipe(int fd);

#endif
