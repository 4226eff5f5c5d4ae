/* SPDX-License-Identifier: MIT */
/* Listening sockets and the streams that come out of them. */
#include "core.h"

#define ALLOWED                                                                \
    (RL_FAMILY | RL_ADDRESS | RL_BACKLOG | RL_REUSE_PORT | RL_TIMEOUT |        \
     RL_DEADLINE | RL_MAX_LINE | RL_BUFFER_SIZE)

static struct rl_server *
new_server(lua_State *L, bool safe)
{
    struct rl_server *h = rl_newuserdata(L, sizeof *h);
    *h = (struct rl_server){.self = h, .safe = safe};
    rl_metatable(L, RL_SERVER, safe);
    lua_setmetatable(L, -2);
    return h;
}

/* The arguments behind the port: an address, which need not be there, and
 * options, where it may be as well. */
static int
take_address(lua_State *L, bool safe, struct rl_options *o)
{
    int results;
    int at = lua_istable(L, 2) ? 2 : 3;
    bool given = at == 3 && !lua_isnoneornil(L, 2);
    const char *address = NULL;
    if (given &&
        (address = rl_string_arg(L, 2, "ServerSocket", "address", safe,
                                 &results)) == NULL)
        return results;
    rl_no_more(L, "ServerSocket", at);
    results = rl_options_arg(L, at, "ServerSocket",
                             given ? ALLOWED & ~RL_ADDRESS : ALLOWED, safe, o);
    if (given)
        o->address = address;
    return results;
}

/* ServerSocket(port [, address] [, options]) */
int
rl_listen(lua_State *L)
{
    bool safe = rl_is_safe(L);
    rl_take_class(L);
    struct rl_options o;
    double port;
    int results =
        rl_integer_arg(L, 1, "ServerSocket", "port", 0, 65535, safe, &port);
    if (results == 0)
        results = take_address(L, safe, &o);
    if (results != 0)
        return results;
    rn_listen_options l = {.port = (int)port,
                           .address = o.address,
                           .family = o.family,
                           .backlog = o.backlog,
                           .reuse_port = o.reuse_port,
                           .buffer_size = o.buffer_size,
                           .max_line = o.max_line};
    rn_error err;
    struct rl_server *h = new_server(L, safe);
    h->server = rn_listen_with(&l, &err);
    if (h->server == NULL)
        return rl_fail(L, safe, &err);
    rn_server_set_timeout(h->server, o.timeout);
    rn_server_set_deadline(h->server, o.deadline);
    return 1;
}

static int
fail_closed(lua_State *L, const struct rl_server *h)
{
    rn_error err = {.code = RN_E_CLOSED, .message = "the server is closed"};
    return rl_fail(L, h->safe, &err);
}

static int
accept(lua_State *L)
{
    struct rl_server *h = rl_self_server(L);
    struct rl_options o;
    rn_error err;
    rl_no_more(L, "accept", 2);
    int results = rl_options_arg(L, 2, "accept", RL_FOR_STREAM | RL_LIVENESS,
                                 h->safe, &o);
    if (results != 0)
        return results;
    if (h->server == NULL)
        return fail_closed(L, h);
    struct rl_stream *s = rl_new_stream(L, RL_SOCKET, h->safe);
    s->s = rn_accept(h->server, o.buffering, &err);
    if (s->s == NULL && err.code == RN_E_FILES) {
        lua_gc(L, LUA_GCCOLLECT, 0); /* as when connecting */
        s->s = rn_accept(h->server, o.buffering, &err);
    }
    if (s->s == NULL)
        return rl_fail(L, h->safe, &err);
    if (o.liveness > 0)
        rn_set_liveness(s->s, o.liveness);
    results = rl_options_apply(L, s, &o);
    return results != 0 ? results : 1;
}

static int
close(lua_State *L)
{
    struct rl_server *h = rl_self_server(L);
    rn_server_close(h->server);
    lua_pushboolean(L, 1);
    return 1;
}

static int
local_address(lua_State *L)
{
    struct rl_server *h = rl_self_server(L);
    lua_pushstring(L, h->server == NULL ? "" : rn_server_address(h->server));
    return 1;
}

static int
local_port(lua_State *L)
{
    struct rl_server *h = rl_self_server(L);
    lua_pushinteger(L, h->server == NULL ? 0 : rn_server_port(h->server));
    return 1;
}

static int
fd(lua_State *L)
{
    struct rl_server *h = rl_self_server(L);
    int n = rn_server_fd(h->server);
    if (n < 0)
        return fail_closed(L, h);
    lua_pushinteger(L, n);
    return 1;
}

static int
set_timeout(lua_State *L)
{
    struct rl_server *h = rl_self_server(L);
    int64_t ms;
    int results = rl_timeout_arg(L, 2, "setTimeout", h->safe, &ms);
    if (results != 0)
        return results;
    if (rn_server_fd(h->server) < 0 || rn_server_set_timeout(h->server, ms) < 0)
        return fail_closed(L, h);
    lua_settop(L, 1);
    return 1;
}

static int
set_deadline(lua_State *L)
{
    struct rl_server *h = rl_self_server(L);
    rn_time deadline;
    int results = rl_deadline_arg(L, 2, "setDeadline", h->safe, &deadline);
    if (results != 0)
        return results;
    if (rn_server_fd(h->server) < 0 ||
        rn_server_set_deadline(h->server, deadline) < 0)
        return fail_closed(L, h);
    lua_settop(L, 1);
    return 1;
}

int
rl_server_tostring(lua_State *L)
{
    struct rl_server *h = rl_self_server(L);
    if (h->server == NULL)
        lua_pushliteral(L, "ServerSocket (closed)");
    else
        lua_pushfstring(L, "ServerSocket (%s:%d%s)",
                        rn_server_address(h->server), rn_server_port(h->server),
                        rn_server_fd(h->server) < 0 ? ", closed" : "");
    return 1;
}

int
rl_server_gc(lua_State *L)
{
    struct rl_server *h = rl_self_server(L);
    rn_server_free(h->server);
    h->server = NULL;
    return 0;
}

const luaL_Reg rl_server_methods[] = {
    {"accept", accept},
    {"close", close},
    {"localAddress", local_address},
    {"localPort", local_port},
    {"fd", fd},
    {"setTimeout", set_timeout},
    {"setDeadline", set_deadline},
    {NULL, NULL},
};
