/* SPDX-License-Identifier: MIT */
/* The arithmetic of time: what is beyond the clock is RN_FOREVER. */
#ifndef RNI_DURATION_H
#define RNI_DURATION_H

#include "runnel.h"

/* `now` plus `ns` (>= 0), or RN_FOREVER where that is beyond the clock. */
/*@ requires now >= 0 && ns >= 0;
    assigns \nothing;
    ensures \result == \min(now + ns, RN_FOREVER);
*/
rn_time rni_time_after(rn_time now, int64_t ns);

/* Milliseconds (>= 0) as nanoseconds, RN_FOREVER where that is too much. */
/*@ requires ms >= 0;
    assigns \nothing;
    ensures \result == \min(ms * 1000000, RN_FOREVER);
*/
int64_t rni_time_of_ms(int64_t ms);

#endif
