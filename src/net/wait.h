/* SPDX-License-Identifier: MIT */
/* The one place that waits. */
#ifndef RNI_WAIT_H
#define RNI_WAIT_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "../stream/limits.h"

/* Whether a call may simply block in the kernel: nothing to watch meanwhile. */
static inline bool
rni_may_block(const struct rn_wait *w)
{
    return w->until == RN_FOREVER && w->cancel == NULL;
}

/* Whether no waiting at all is allowed. */
static inline bool
rni_may_not_wait(const struct rn_wait *w)
{
    return w->until == RN_NOW;
}

/* Wait until poll(2) reports one of `events` (or trouble, which the next call
 * on fd will name). RN_OK, AGAIN, TIMEOUT, CANCELED, or a negated errno. */
int rni_wait(const struct rn_wait *w, int fd, short events);

/* The same, but where no waiting is allowed it still looks whether fd is ready:
 * for calls that cannot be tried without blocking. */
int rni_look(const struct rn_wait *w, int fd, short events);

/* The same for any of `count` descriptors, whose revents are filled; there must
 * be room for one more behind them. */
int rni_wait_any(const struct rn_wait *w, struct pollfd *fds, int count);

/* The wait of a maker's options: a timeout in milliseconds and a deadline, of
 * both of which 0 means none, and a token. VALUE, told in err, for what can
 * never be right. */
int rni_wait_of_options(int64_t timeout, rn_time deadline, rn_cancel *cancel,
                        struct rn_wait *wait, rn_error *err);

/* What w allows, but at most `ns` from now. */
struct rn_wait rni_wait_at_most(const struct rn_wait *w, int64_t ns);

#endif
