/* SPDX-License-Identifier: MIT */
/* Host names. */
#include "core.h"

typedef int lookup(const char *what, const rn_lookup_options *options,
                   char *answer, size_t cap, rn_error *err);

static int
look_up(lua_State *L, const char *call, const char *name, unsigned allowed,
        lookup *ask)
{
    bool safe = rl_is_safe(L);
    int results;
    struct rl_options o;
    const char *what = rl_string_arg(L, 1, call, name, safe, &results);
    if (what == NULL)
        return results;
    rl_no_more(L, call, 2);
    if ((results = rl_options_arg(L, 2, call, allowed, safe, &o)) != 0)
        return results;
    if (o.timeout == 0)
        return rl_bad_value(L, safe, call,
                            "timeout 0: no name is looked up in no time");
    rn_lookup_options l = {.family = o.family};
    if (o.timeout != RN_NO_TIMEOUT)
        l.timeout = o.timeout;
    if (o.deadline != RN_FOREVER)
        l.deadline = o.deadline > 0 ? o.deadline : 1;
    char answer[RN_HOST_SIZE];
    rn_error err;
    if (ask(what, &l, answer, sizeof answer, &err) < 0)
        return rl_fail(L, safe, &err);
    lua_pushstring(L, answer);
    return 1;
}

int
rl_host_by_name(lua_State *L)
{
    return look_up(L, "GetHostByName", "name",
                   RL_FAMILY | RL_TIMEOUT | RL_DEADLINE, rn_host_by_name_with);
}

int
rl_host_by_address(lua_State *L)
{
    return look_up(L, "GetHostByAddress", "address",
                   RL_FAMILY | RL_TIMEOUT | RL_DEADLINE,
                   rn_host_by_address_with);
}

int
rl_host_name(lua_State *L)
{
    char name[RN_HOST_SIZE];
    rn_error err;
    if (rn_host_name(name, sizeof name, &err) < 0)
        return rl_fail(L, rl_is_safe(L), &err);
    lua_pushstring(L, name);
    return 1;
}
