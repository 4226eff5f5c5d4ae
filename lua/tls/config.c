/* SPDX-License-Identifier: MIT */
/* TlsConfig: what several connections share, and what can be read again. */
#include "tls.h"

/* Their addresses are the registry's keys for the metatables. */
static const char class_key[2];

struct config {
    const struct config *self;
    rn_tls_config *config; /* NULL: not made yet, or collected */
    bool safe;
};

static struct config *
to_config(lua_State *L, int arg)
{
    struct config *c = lua_touserdata(L, arg);
    return c != NULL && rl_rawlen(L, arg) == sizeof *c && c->self == c ? c
                                                                       : NULL;
}

rn_tls_config *
rl_tls_to_config(lua_State *L, int arg)
{
    struct config *c = to_config(L, arg);
    return c != NULL ? c->config : NULL;
}

int
rl_tls_new_config(lua_State *L)
{
    bool safe = rl_is_safe(L);
    struct rl_options o;
    struct rl_tls_words t;
    rn_error err;
    rl_take_class(L);
    rl_no_more(L, "TlsConfig", 1);
    int results =
        rl_tls_options_arg(L, 1, "TlsConfig", 0, RL_TLS_CONFIG, safe, &o, &t);
    if (results != 0)
        return results;
    struct config *c = rl_newuserdata(L, sizeof *c);
    *c = (struct config){.self = c, .safe = safe};
    rl_registry_get(L, &class_key[safe]);
    lua_setmetatable(L, -2);
    c->config = rn_tls_config_new(&t.o, &err);
    return c->config == NULL ? rl_fail(L, safe, &err) : 1;
}

static struct config *
self(lua_State *L)
{
    struct config *c = to_config(L, 1);
    if (c == NULL)
        rl_bad_self(L, "a TlsConfig");
    return c;
}

static int
reload(lua_State *L)
{
    struct config *c = self(L);
    rn_error err;
    if (rn_tls_config_reload(c->config, &err) < 0)
        return rl_fail(L, c->safe, &err);
    lua_settop(L, 1);
    return 1;
}

static int
to_string(lua_State *L)
{
    lua_pushfstring(L, "TlsConfig (%p)", (void *)self(L));
    return 1;
}

static int
collect(lua_State *L)
{
    struct config *c = self(L);
    rn_tls_config_free(c->config);
    c->config = NULL;
    return 0;
}

/* The class, a table with its methods, is on top of the stack, and stays. */
void
rl_tls_config_class(lua_State *L, bool safe)
{
    static const luaL_Reg methods[] = {{"reload", reload}, {NULL, NULL}};
    static const luaL_Reg meta[] = {
        {"__tostring", to_string}, {"__gc", collect}, {NULL, NULL}};
    rl_setfuncs(L, methods, 0);
    lua_newtable(L);
    rl_setfuncs(L, meta, 0);
    lua_pushliteral(L, "TlsConfig");
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, "__index");
    rl_registry_set(L, &class_key[safe]);
}
