/* SPDX-License-Identifier: MIT */
/* Standard input, output and error as streams. To a terminal output goes at
 * once; elsewhere it is buffered. */
#include <unistd.h>

#include "core.h"

int
rl_standard(lua_State *L)
{
    static const char *const names[] = {"StdIn", "StdOut", "StdErr"};
    bool safe = rl_is_safe(L);
    int fd = (int)luaL_checkinteger(L, 1);
    luaL_argcheck(L, fd >= 0 && fd <= 2, 1, "0, 1 or 2");
    int buffering = RN_BUFFERED;
    if (fd == 2 || (fd == 1 && isatty(fd)))
        buffering = RN_UNBUFFERED;
    struct rl_stream *h = rl_new_stream(L, RL_FILE, safe);
    lua_createtable(L, 1, 0);
    lua_pushstring(L, names[fd]);
    lua_rawseti(L, -2, 1);
    rl_setuservalue(L, -2);
    rn_error err;
    h->s = rn_from_fd(fd, buffering | RN_KEEP_FD, &err);
    if (h->s == NULL)
        return rl_fail(L, safe, &err);
    h->standard = true;
    if (fd == 1 && !rl_remember_output(h, &err))
        return rl_fail(L, safe, &err);
    return 1;
}
