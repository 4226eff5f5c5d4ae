/* SPDX-License-Identifier: MIT */
/* require "runnel.tlscore": what runnel/tls.lua makes the module of, once for
 * the raising modules and once for the safe ones. */
#include "tls.h"

/* core.build(safe, TlsSocket, TlsConfig): the makers and methods; the two
 * tables become classes of instances. */
static int
build(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"connect", rl_tls_connect},
        {"config", rl_tls_new_config},
        {"startTls", rl_tls_start},
        {"tlsInfo", rl_tls_info},
        {NULL, NULL},
    };
    bool safe = lua_toboolean(L, 1);
    lua_settop(L, 3);
    rl_tls_config_class(L, safe);
    lua_settop(L, 2);
    rl_tls_socket_class(L, safe);
    lua_newtable(L);
    lua_pushboolean(L, safe);
    rl_setfuncs(L, functions, 1);
    return 1;
}

__attribute__((visibility("default"))) int luaopen_runnel_tlscore(lua_State *L);

int
luaopen_runnel_tlscore(lua_State *L)
{
    static const luaL_Reg functions[] = {{"build", build}, {NULL, NULL}};
    rl_borrow(L);
    rl_pin();
    lua_newtable(L);
    rl_setfuncs(L, functions, 0);
    return 1;
}
