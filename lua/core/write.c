/* SPDX-License-Identifier: MIT */
/* The writing methods. All values are turned to strings before anything is
 * written, so a value that cannot be leaves nothing half done. */
#include <stdlib.h>

#include "core.h"

enum {
    FEW = 16 /* pieces on the C stack */
};

/* The values from 2 on as strings, in their places. */
static void
make_strings(lua_State *L, int top)
{
    luaL_checkstack(L, 4, "values to write");
    for (int i = 2; i <= top; i++) {
        if (lua_isstring(L, i)) {
            lua_tolstring(L, i, NULL); /* a number becomes one */
            continue;
        }
        rl_tostring(L, i, NULL);
        lua_replace(L, i);
    }
}

static struct iovec
piece(lua_State *L, int i)
{
    size_t len;
    const char *s = lua_tolstring(L, i, &len);
    return (struct iovec){.iov_base = (char *)s, .iov_len = len};
}

/* Any number of values as one call, and perhaps a line break. Nothing between
 * malloc and free can throw: table functions run protected. */
static int
write_values(lua_State *L, struct rl_stream *h, bool line)
{
    int top = lua_gettop(L);
    int count = top - 1;
    struct iovec few[FEW + 1];
    struct iovec *pieces = few;
    make_strings(L, top);
    if (count > FEW)
        pieces = malloc(((size_t)count + 1) * sizeof *pieces);
    if (pieces == NULL)
        return RN_E_MEMORY;
    for (int i = 0; i < count; i++)
        pieces[i] = piece(L, i + 2);
    if (line)
        pieces[count++] =
            (struct iovec){.iov_base = (char *)(h->crlf ? "\r\n" : "\n"),
                           .iov_len = h->crlf ? 2 : 1};
    h->L = L; /* a __tostring may have come here from another coroutine */
    int rc = rn_writev(h->s, pieces, count);
    if (pieces != few)
        free(pieces);
    return rc;
}

static int
write(lua_State *L)
{
    struct rl_stream *h = rl_self(L);
    if (lua_gettop(L) != 2 || lua_type(L, 2) != LUA_TSTRING)
        return rl_chain(L, h, write_values(L, h, false));
    struct iovec one = piece(L, 2);
    return rl_chain(L, h, rn_write(h->s, one.iov_base, one.iov_len));
}

static int
write_line(lua_State *L)
{
    struct rl_stream *h = rl_self(L);
    if (lua_gettop(L) != 2 || lua_type(L, 2) != LUA_TSTRING)
        return rl_chain(L, h, write_values(L, h, true));
    struct iovec one = piece(L, 2);
    return rl_chain(L, h, rn_writeln(h->s, one.iov_base, one.iov_len));
}

static int
flush(lua_State *L)
{
    struct rl_stream *h = rl_self(L);
    return rl_chain(L, h, rn_flush(h->s));
}

static int
unsent(lua_State *L)
{
    struct rl_stream *h = rl_self(L);
    ptrdiff_t n = rn_unsent(h->s);
    if (n < 0)
        return rl_fail_look(L, h, (int)n);
    lua_pushinteger(L, (lua_Integer)n);
    return 1;
}

static int
shutdown_write(lua_State *L)
{
    struct rl_stream *h = rl_self(L);
    return rl_chain(L, h, rn_shutdown_write(h->s));
}

const luaL_Reg rl_write_methods[] = {
    {"write", write},   {"writeLn", write_line},           {"flush", flush},
    {"unsent", unsent}, {"shutdownWrite", shutdown_write}, {NULL, NULL},
};
