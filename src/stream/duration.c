/* SPDX-License-Identifier: MIT */
/* The arithmetic of time. */
#include "duration.h"

rn_time
rni_time_after(rn_time now, int64_t ns)
{
    return ns > RN_FOREVER - now ? RN_FOREVER : now + ns;
}

int64_t
rni_time_of_ms(int64_t ms)
{
    return ms > RN_FOREVER / 1000000 ? RN_FOREVER : ms * 1000000;
}
