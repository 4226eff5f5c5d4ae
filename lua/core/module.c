/* SPDX-License-Identifier: MIT */
/* require "runnel.core": the classes' tables with their methods, the makers and
 * the functions, once raising and once safe. runnel/classes.lua makes of it
 * what users see. */
#include <time.h>

#include "offer.h"

static void
set_function(lua_State *L, const char *name, lua_CFunction f)
{
    lua_pushcfunction(L, f);
    lua_setfield(L, -2, name);
}

/* The class's table is below the metatable, which is on top. */
static void
set_methods(lua_State *L, const luaL_Reg *methods)
{
    lua_pushvalue(L, -2);
    rl_setfuncs(L, methods, 0);
    lua_pop(L, 1);
}

static void
set_index(lua_State *L, enum rl_kind kind)
{
    lua_pushvalue(L, -2);
    if (kind == RL_STREAM) {
        lua_pushcclosure(L, rl_backed_index, 1);
        lua_pushcfunction(L, rl_backed_newindex);
        lua_setfield(L, -3, "__newindex");
    }
    lua_setfield(L, -2, "__index");
}

/* A class has its parent's very functions, so that they are found at once. The
 * class's table is on top, above that with all classes. */
static void
copy_methods(lua_State *L, const char *parent)
{
    lua_getfield(L, -2, parent);
    lua_pushnil(L);
    while (lua_next(L, -2) != 0) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, -5);
    }
    lua_pop(L, 1);
}

/* The class's table, with its methods, is set as `name` in the table on top. */
static void
make_class(lua_State *L, const char *name, enum rl_kind kind, bool safe)
{
    lua_newtable(L);
    if (kind == RL_SOCKET || kind == RL_FILE)
        copy_methods(L, "Stream");
    lua_newtable(L);
    lua_pushstring(L, name);
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0); /* getmetatable() tells nothing */
    lua_setfield(L, -2, "__metatable");
    set_index(L, kind);
    if (kind == RL_SERVER) {
        set_methods(L, rl_server_methods);
        set_function(L, "__tostring", rl_server_tostring);
        set_function(L, "__gc", rl_server_gc);
        set_function(L, "__close", rl_server_gc);
    } else {
        set_function(L, "__call", rl_next_line);
        set_function(L, "__tostring", rl_stream_tostring);
        set_function(L, "__gc", rl_stream_gc);
        set_function(L, "__close", rl_stream_leave);
    }
    if (kind == RL_STREAM) {
        set_methods(L, rl_line_methods);
        set_methods(L, rl_read_methods);
        set_methods(L, rl_write_methods);
        set_methods(L, rl_setting_methods);
        set_methods(L, rl_life_methods);
    }
    if (kind == RL_SOCKET)
        set_methods(L, rl_socket_methods);
    rl_set_metatable(L, kind, safe);
    lua_setfield(L, -2, name);
}

/* core.build(safe) */
static int
build(lua_State *L)
{
    static const luaL_Reg makers[] = {
        {"connect", rl_connect},
        {"listen", rl_listen},
        {"open", rl_open_file},
        {"standard", rl_standard},
        {"back", rl_back},
        {"GetHostByName", rl_host_by_name},
        {"GetHostByAddress", rl_host_by_address},
        {"GetHostName", rl_host_name},
        {NULL, NULL},
    };
    bool safe = lua_toboolean(L, 1);
    lua_newtable(L);
    make_class(L, "Stream", RL_STREAM, safe);
    make_class(L, "Socket", RL_SOCKET, safe);
    make_class(L, "File", RL_FILE, safe);
    make_class(L, "ServerSocket", RL_SERVER, safe);
    lua_pushboolean(L, safe);
    rl_setfuncs(L, makers, 1);
    return 1;
}

/* core.now(): the monotonic clock, in seconds, for deadlines. */
static int
now(lua_State *L)
{
    lua_pushnumber(L, (lua_Number)rn_now() / 1e9);
    return 1;
}

/* core.realtime(): seconds since 1970. */
static int
realtime(lua_State *L)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    lua_pushnumber(L, (lua_Number)t.tv_sec + (lua_Number)t.tv_nsec / 1e9);
    return 1;
}

/* core.where(level): "script.lua:12: ", or "" */
static int
where(lua_State *L)
{
    luaL_where(L, (int)luaL_checkinteger(L, 1));
    return 1;
}

__attribute__((visibility("default"))) int luaopen_runnel_core(lua_State *L);

int
luaopen_runnel_core(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"build", build}, {"realtime", realtime}, {"exceptions", rl_exceptions},
        {"now", now},     {"where", where},       {"wait", rl_wait},
        {NULL, NULL},
    };
    rl_pin();
    rl_lend_open(L);
    lua_newtable(L);
    rl_setfuncs(L, functions, 0);
    lua_pushstring(L, rn_version());
    lua_setfield(L, -2, "version");
    lua_pushlightuserdata(L, (void *)&rl_offer);
    lua_setfield(L, -2, "offer");
    return 1;
}
