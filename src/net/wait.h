/* SPDX-License-Identifier: MIT */
/* The one place that waits. */
#ifndef RNI_WAIT_H
#define RNI_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "../stream/stream.h"

/* Nanoseconds of CLOCK_MONOTONIC. */
int64_t rni_now(void);

/* Whether a call may simply block in the kernel: no deadline to keep. */
static inline bool
rni_may_block(const struct rn_wait *w)
{
    return w->deadline == RNI_FOREVER;
}

/* Whether no waiting at all is allowed. */
static inline bool
rni_may_not_wait(const struct rn_wait *w)
{
    return w->deadline == RNI_NEVER;
}

/* Wait until poll(2) reports one of `events` (or trouble, which the next call
 * on fd will name). RN_OK, RN_E_AGAIN, RN_E_TIMEOUT, or a negated errno. */
int rni_wait(const struct rn_wait *w, int fd, short events);

/* The same, but where no waiting is allowed it still looks whether fd is ready:
 * for calls that cannot be tried without blocking. */
int rni_look(const struct rn_wait *w, int fd, short events);

/* The earlier of w's deadline and `ns` from now. */
struct rn_wait rni_wait_at_most(const struct rn_wait *w, int64_t ns);

#endif
