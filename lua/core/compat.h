/* SPDX-License-Identifier: MIT */
/*
 * What differs between Lua 5.1 (LuaJIT too), 5.2, 5.3, 5.4 and later: the only
 * place that asks for the version. Each name does what the newest Lua's
 * function of a like name does.
 */
#ifndef RL_COMPAT_H
#define RL_COMPAT_H

#include <lauxlib.h>
#include <lua.h>

#if LUA_VERSION_NUM >= 502
#define rl_rawlen(L, i) lua_rawlen(L, i)
#else
#define rl_rawlen(L, i) lua_objlen(L, i)
#endif

/* The table that belongs to a userdata; not a reference from the registry, so
 * that a cycle through it can be collected. */
#if LUA_VERSION_NUM >= 504
#define rl_newuserdata(L, size) lua_newuserdatauv(L, size, 1)
#define rl_setuservalue(L, i) lua_setiuservalue(L, i, 1)
#define rl_getuservalue(L, i) lua_getiuservalue(L, i, 1)
#elif LUA_VERSION_NUM >= 502
#define rl_newuserdata(L, size) lua_newuserdata(L, size)
#define rl_setuservalue(L, i) lua_setuservalue(L, i)
#define rl_getuservalue(L, i) lua_getuservalue(L, i)
#else
#define rl_newuserdata(L, size) lua_newuserdata(L, size)
#define rl_setuservalue(L, i) lua_setfenv(L, i)
#define rl_getuservalue(L, i) lua_getfenv(L, i)
#endif

/* Registry slots named by the address of a static object. */
static inline void
rl_registry_get(lua_State *L, const void *key)
{
#if LUA_VERSION_NUM >= 502
    lua_rawgetp(L, LUA_REGISTRYINDEX, key);
#else
    lua_pushlightuserdata(L, (void *)key);
    lua_rawget(L, LUA_REGISTRYINDEX);
#endif
}

/* Takes the value off the stack. */
static inline void
rl_registry_set(lua_State *L, const void *key)
{
#if LUA_VERSION_NUM >= 502
    lua_rawsetp(L, LUA_REGISTRYINDEX, key);
#else
    lua_pushlightuserdata(L, (void *)key);
    lua_insert(L, -2);
    lua_rawset(L, LUA_REGISTRYINDEX);
#endif
}

/* What tostring() says of the value at `i`, pushed. */
static inline const char *
rl_tostring(lua_State *L, int i, size_t *len)
{
#if LUA_VERSION_NUM >= 502
    return luaL_tolstring(L, i, len);
#else
    if (luaL_callmeta(L, i, "__tostring")) {
        if (!lua_isstring(L, -1))
            luaL_error(L, "'__tostring' must return a string");
    } else if (lua_type(L, i) == LUA_TNUMBER || lua_type(L, i) == LUA_TSTRING) {
        lua_pushvalue(L, i);
    } else if (lua_type(L, i) == LUA_TBOOLEAN) {
        lua_pushstring(L, lua_toboolean(L, i) ? "true" : "false");
    } else if (lua_type(L, i) == LUA_TNIL) {
        lua_pushliteral(L, "nil");
    } else {
        lua_pushfstring(L, "%s: %p", luaL_typename(L, i), lua_topointer(L, i));
    }
    return lua_tolstring(L, -1, len);
#endif
}

/* Set the functions of `list` in the table on top; each shares the `ups` values
 * above it as its upvalues, which are taken off the stack. */
static inline void
rl_setfuncs(lua_State *L, const luaL_Reg *list, int ups)
{
#if LUA_VERSION_NUM >= 502
    luaL_setfuncs(L, list, ups);
#else
    luaL_checkstack(L, ups + 1, "too many upvalues");
    for (; list->name != NULL; list++) {
        for (int i = 0; i < ups; i++)
            lua_pushvalue(L, -ups);
        lua_pushcclosure(L, list->func, ups);
        lua_setfield(L, -(ups + 2), list->name);
    }
    lua_pop(L, ups);
#endif
}

#endif
