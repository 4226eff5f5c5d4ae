/* SPDX-License-Identifier: MIT */
/* How long calls may wait: what the user set, and what that means for the call
 * at hand. */
#ifndef RNI_LIMITS_H
#define RNI_LIMITS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "runnel.h"

/* What was set; any thread may change it, for the calls that come after. */
struct rni_limits {
    atomic_int_least64_t deadline; /* RN_NOW, RN_FOREVER, or a time */
    atomic_int_least64_t timeout; /* nanoseconds for each call, or RN_FOREVER */
    _Atomic(rn_cancel *) cancel;  /* or NULL */
};

/* What holds for one call. */
struct rn_wait {
    rn_time until;
    rn_cancel *cancel;
    bool look; /* of ours, not the user's: to find nothing is no failure */
};

/* A call has begun, and its time will count from when it first asks. */
#define RNI_NOT_BEGUN (-1)

void rni_limits_init(struct rni_limits *limits);

/* Set what was given, refusing what can never be right (VALUE). */
int rni_limits_set_deadline(struct rni_limits *limits, rn_time deadline);
int rni_limits_set_timeout(struct rni_limits *limits, int64_t ms);

/* The limits of a call that begins now. */
struct rn_wait rni_limits_begin(const struct rni_limits *limits);

/* Whether its time is over; a clock is read to know. */
bool rni_is_over(const struct rn_wait *w);

#endif
