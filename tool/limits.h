/* SPDX-License-Identifier: MIT */
/* --deadline and --idle: whether one of them is over, and what is said then. */
#ifndef LIMITS_H
#define LIMITS_H

#include <stdbool.h>

#include "runnel.h"

bool deadline_over(void);

/* The deadline, or RN_FOREVER. */
rn_time deadline_or_never(void);

/* One of them is over: EXIT_TIMEOUT after a complaint. *ended, for
 * report_ended, tells which. */
int complain_over(const char *target, const char **ended);

/*
 * --idle. The system takes megabytes at once, and a slow peer takes long for
 * them: meanwhile no byte moves here, but the connection is not idle. So a
 * quarter of the time is waited at a time, and then looked at what the peer has
 * not confirmed yet.
 */
struct idle {
    rn_time moved; /* when a byte moved last */
    int unconfirmed;
};

/* How long to wait at a time, in milliseconds; 0 without --idle. */
int64_t idle_slice(void);

void idle_begin(struct idle *i);

/* A slice has passed; in it `bytes` were moved at first. Whether the whole time
 * is over; the streams that are no sockets, or NULL, count for nothing. */
bool idle_over(struct idle *i, uint64_t bytes, const rn_stream *a,
               const rn_stream *b);

#endif
