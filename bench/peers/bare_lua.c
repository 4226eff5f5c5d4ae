/* SPDX-License-Identifier: MIT */
/*
 * What a line costs in Lua at the very least: a method of a userdata that knows
 * a descriptor and a buffer, looks for the LF with memchr and makes the string;
 * no check of its argument, no line rule, no time limit, no error. bare.lua is
 * the client.
 */
#define _GNU_SOURCE
#include <lauxlib.h>
#include <lua.h>

#include "raw.h"

enum {
    BUFFER = 65536
};

struct bare {
    int fd;
    char *from;
    char *to;
    char buffer[BUFFER];
};

static void
fill(struct bare *b)
{
    size_t left = (size_t)(b->to - b->from);
    memmove(b->buffer, b->from, left);
    b->from = b->buffer;
    ssize_t n = recv(b->fd, b->buffer + left, BUFFER - left, 0);
    if (n <= 0)
        err(1, "recv");
    b->to = b->buffer + left + n;
}

static int
push_line(lua_State *L, struct bare *b)
{
    char *lf;
    while ((lf = memchr(b->from, '\n', (size_t)(b->to - b->from))) == NULL)
        fill(b);
    lua_pushlstring(L, b->from, (size_t)(lf - b->from));
    b->from = lf + 1;
    return 1;
}

static int
read_line(lua_State *L)
{
    return push_line(L, lua_touserdata(L, 1));
}

static int
iterate(lua_State *L)
{
    return push_line(L, lua_touserdata(L, lua_upvalueindex(1)));
}

static int
iterator(lua_State *L)
{
    lua_pushvalue(L, 1);
    lua_pushcclosure(L, iterate, 1);
    return 1;
}

/* connect(port) */
static int
bare_connect(lua_State *L)
{
    struct bare *b = lua_newuserdata(L, sizeof *b);
    b->fd = raw_connect((int)lua_tointeger(L, 1));
    b->from = b->to = b->buffer;
    lua_createtable(L, 0, 1); /* the metatable */
    lua_createtable(L, 0, 2);
    lua_pushcfunction(L, read_line);
    lua_setfield(L, -2, "readLn");
    lua_pushcfunction(L, iterator);
    lua_setfield(L, -2, "iterator");
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    return 1;
}

int luaopen_bare(lua_State *L);

int
luaopen_bare(lua_State *L)
{
    lua_pushcfunction(L, bare_connect);
    return 1;
}
