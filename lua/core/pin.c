/* SPDX-License-Identifier: MIT */
/*
 * Lua unloads its modules when a state is closed, and 5.1 does so before the
 * last finalizers run; a lookup that was left behind runs on in its thread
 * anyway. Both must still find their code, so it is kept for good.
 */
#define _GNU_SOURCE /* dladdr */
#include <dlfcn.h>

#include "core.h"

void
rl_pin(void)
{
    Dl_info here;
    if (dladdr((void *)(uintptr_t)&rl_pin, &here) != 0 &&
        here.dli_fname != NULL)
        dlopen(here.dli_fname, RTLD_LAZY | RTLD_NODELETE);
}
