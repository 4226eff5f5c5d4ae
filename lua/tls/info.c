/* SPDX-License-Identifier: MIT */
/* stream:tlsInfo(): what was agreed on, and with whom. */
#include <stdio.h>

#include "tls.h"

void
rl_tls_describe(const rn_stream *s, char *text, size_t cap)
{
    rn_tls_info info;
    bool agreed = rn_tls_get_info(s, &info) == RN_OK;
    snprintf(text, cap, "%s", agreed ? info.description : "TLS not agreed on");
}

static void
set_text(lua_State *L, const char *name, const char *text)
{
    if (text[0] == '\0')
        return;
    lua_pushstring(L, text);
    lua_setfield(L, -2, name);
}

static void
set_flag(lua_State *L, const char *name, int value)
{
    lua_pushboolean(L, value);
    lua_setfield(L, -2, name);
}

/* Dates as os.date takes them. */
static void
set_date(lua_State *L, const char *name, int64_t seconds)
{
    if (seconds == 0)
        return;
    lua_pushinteger(L, (lua_Integer)seconds);
    lua_setfield(L, -2, name);
}

static int
push_pem(lua_State *L)
{
    lua_pushstring(L, lua_touserdata(L, 1));
    return 1;
}

/* Making the string may throw, and the text is ours to release. RN_OK, or a
 * code. */
static int
set_chain(lua_State *L, const rn_stream *s)
{
    char *pem;
    int rc = rn_tls_get_chain(s, &pem);
    if (rc < 0)
        return rc;
    lua_pushcfunction(L, push_pem);
    lua_pushlightuserdata(L, pem);
    bool failed = lua_pcall(L, 1, 1, 0) != 0;
    bool there = pem[0] != '\0';
    rn_release(pem);
    if (failed)
        return lua_error(L);
    if (there)
        lua_setfield(L, -2, "chain");
    else
        lua_pop(L, 1);
    return RN_OK;
}

static void
push_info(lua_State *L, const rn_tls_info *info)
{
    lua_createtable(L, 0, 16);
    set_text(L, "version", info->version);
    set_text(L, "cipher", info->cipher);
    set_text(L, "alpn", info->alpn);
    set_text(L, "name", info->name);
    set_text(L, "subject", info->subject);
    set_text(L, "issuer", info->issuer);
    set_text(L, "publicKey", info->public_key);
    set_date(L, "notBefore", info->not_before);
    set_date(L, "notAfter", info->not_after);
    set_flag(L, "verified", info->verified);
    set_flag(L, "resumed", info->resumed);
    lua_pushnumber(L, (lua_Number)info->handshake / 1e9);
    lua_setfield(L, -2, "handshake");
    set_text(L, "description", info->description);
}

int
rl_tls_info(lua_State *L)
{
    struct rl_stream *h = rl_self(L);
    rn_tls_info info;
    int rc = h->s == NULL ? RN_E_CLOSED : rn_tls_get_info(h->s, &info);
    if (rc < 0)
        return rl_fail_look(L, h, rc);
    luaL_checkstack(L, 8, "what was agreed on");
    push_info(L, &info);
    rc = set_chain(L, h->s);
    return rc < 0 ? rl_fail_look(L, h, rc) : 1;
}
