/* SPDX-License-Identifier: MIT */
/* Sockets: connecting, and both ends of a connection. */
#include <string.h>

#include "core.h"

#define ALLOWED                                                                \
    (RL_FOR_STREAM | RL_FAMILY | RL_SOURCE | RL_SOURCE_PORT | RL_LIVENESS)

/* The port; a unix socket has none. */
static int
port_arg(lua_State *L, const char *call, const char *host, bool safe, int *port)
{
    double d = 0;
    bool none = strncmp(host, "unix:", 5) == 0;
    *port = 0;
    if (none && lua_isnoneornil(L, 2))
        return 0;
    int results =
        rl_integer_arg(L, 2, call, "port", none ? 0 : 1, 65535, safe, &d);
    *port = (int)d;
    return results;
}

/* In the library 0 means "none"; a deadline of 0 has long passed. */
static rn_connect_options
connect_options(const struct rl_options *o, const char *host, int port)
{
    rn_connect_options c = {.host = host,
                            .port = port,
                            .buffering = o->buffering,
                            .family = o->family,
                            .source = o->source,
                            .source_port = o->source_port,
                            .liveness = o->liveness,
                            .buffer_size = o->buffer_size,
                            .max_line = o->max_line};
    if (o->timeout != RN_NO_TIMEOUT)
        c.timeout = o->timeout;
    if (o->deadline != RN_FOREVER)
        c.deadline = o->deadline > 0 ? o->deadline : 1;
    return c;
}

/* Descriptors may all be taken by streams that nobody uses any more: then they
 * are collected, and it is tried once more. */
static rn_socket *
connect_thrifty(lua_State *L, const rn_connect_options *c, rn_error *err)
{
    rn_socket *s = rn_connect_with(c, err);
    if (s != NULL || err->code != RN_E_FILES)
        return s;
    lua_gc(L, LUA_GCCOLLECT, 0);
    return rn_connect_with(c, err);
}

int
rl_connect_arg(lua_State *L, const char *call, const struct rl_words *more,
               bool safe, struct rl_options *o, struct rl_stream **h)
{
    int port;
    int results;
    rl_no_more(L, call, 3);
    const char *host = rl_string_arg(L, 1, call, "destination", safe, &results);
    if (host == NULL)
        return results;
    if ((results = port_arg(L, call, host, safe, &port)) != 0)
        return results;
    results = rl_options_more(L, 3, call, ALLOWED, more, safe, o);
    if (results != 0)
        return results;
    if (o->timeout == 0)
        return rl_bad_value(L, safe, call,
                            "timeout 0: nobody connects in no time; "
                            "setTimeout(0) afterwards makes calls not wait");
    rn_error err;
    rn_connect_options c = connect_options(o, host, port);
    *h = rl_new_stream(L, RL_SOCKET, safe);
    (*h)->s = connect_thrifty(L, &c, &err);
    if ((*h)->s != NULL)
        return 0;
    err.port = port; /* a lookup knows none */
    return rl_fail(L, safe, &err);
}

int
rl_connect(lua_State *L)
{
    bool safe = rl_is_safe(L);
    struct rl_options o;
    struct rl_stream *h;
    rl_take_class(L);
    int results = rl_connect_arg(L, "Socket", NULL, safe, &o, &h);
    if (results == 0)
        results = rl_options_apply(L, h, &o);
    return results != 0 ? results : 1;
}

/* ---- Methods */

/* Only a socket has ends. */
static int
push_text(lua_State *L, const char *(*get)(const rn_socket *))
{
    struct rl_stream *h = rl_self(L);
    if (h->kind != RL_SOCKET || h->s == NULL)
        return rl_fail_look(L, h, rn_local_port(h->s));
    lua_pushstring(L, get(h->s));
    return 1;
}

static int
push_number(lua_State *L, int (*get)(const rn_socket *))
{
    struct rl_stream *h = rl_self(L);
    int n = get(h->s);
    if (n < 0)
        return rl_fail_look(L, h, n);
    lua_pushinteger(L, n);
    return 1;
}

static int
local_address(lua_State *L)
{
    return push_text(L, rn_local_address);
}

static int
local_port(lua_State *L)
{
    return push_number(L, rn_local_port);
}

static int
remote_address(lua_State *L)
{
    return push_text(L, rn_remote_address);
}

static int
remote_port(lua_State *L)
{
    return push_number(L, rn_remote_port);
}

static int
set_no_delay(lua_State *L)
{
    struct rl_stream *h = rl_self(L);
    if (!lua_isboolean(L, 2))
        return rl_bad_type(L, 2, "setNoDelay", "on", "a boolean");
    return rl_chain(L, h, rn_set_nodelay(h->s, lua_toboolean(L, 2)));
}

static int
set_liveness(lua_State *L)
{
    struct rl_stream *h = rl_self(L);
    double d;
    int results =
        rl_integer_arg(L, 2, "setLiveness", "seconds", 0, 2147483, h->safe, &d);
    if (results != 0)
        return results;
    return rl_chain(L, h, rn_set_liveness(h->s, (int)d));
}

const luaL_Reg rl_socket_methods[] = {
    {"localAddress", local_address},
    {"localPort", local_port},
    {"remoteAddress", remote_address},
    {"remotePort", remote_port},
    {"setNoDelay", set_no_delay},
    {"setLiveness", set_liveness},
    {NULL, NULL},
};
