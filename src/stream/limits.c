/* SPDX-License-Identifier: MIT */
/* Deadlines, timeouts and cancel tokens as settings. Everything that waits gets
 * a struct rn_wait made here. */
#include "limits.h"

#include <stddef.h>

#include "duration.h"

void
rni_limits_init(struct rni_limits *limits)
{
    atomic_init(&limits->deadline, RN_FOREVER);
    atomic_init(&limits->timeout, RN_FOREVER);
    atomic_init(&limits->cancel, NULL);
}

int
rni_limits_set_deadline(struct rni_limits *limits, rn_time deadline)
{
    if (deadline < 0)
        return RN_E_VALUE;
    atomic_store_explicit(&limits->deadline, deadline, memory_order_relaxed);
    return RN_OK;
}

int
rni_limits_set_timeout(struct rni_limits *limits, int64_t ms)
{
    if (ms < 0 && ms != RN_NO_TIMEOUT)
        return RN_E_VALUE;
    int64_t ns = ms == RN_NO_TIMEOUT ? RN_FOREVER : rni_time_of_ms(ms);
    atomic_store_explicit(&limits->timeout, ns, memory_order_relaxed);
    return RN_OK;
}

struct rn_wait
rni_limits_begin(const struct rni_limits *limits)
{
    int64_t timeout =
        atomic_load_explicit(&limits->timeout, memory_order_relaxed);
    struct rn_wait wait = {
        .until = atomic_load_explicit(&limits->deadline, memory_order_relaxed),
        .cancel = atomic_load_explicit(&limits->cancel, memory_order_acquire),
    };
    if (timeout == 0)
        wait.until = RN_NOW;
    if (timeout == RN_FOREVER || wait.until == RN_NOW)
        return wait;
    rn_time end = rni_time_after(rn_now(), timeout);
    if (end < wait.until)
        wait.until = end;
    return wait;
}

bool
rni_is_over(const struct rn_wait *w)
{
    return w->until != RN_FOREVER && rn_now() >= w->until;
}

rn_time
rn_in(int64_t ms)
{
    return ms <= 0 ? RN_NOW : rni_time_after(rn_now(), rni_time_of_ms(ms));
}
