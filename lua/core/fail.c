/* SPDX-License-Identifier: MIT */
/* Errors as Lua sees them: objects that are raised, or returned where the safe
 * module is in use. The classes are made in Lua (runnel/std.lua). */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core.h"

/* Their addresses are the registry's keys. */
static const char class_key[RL_CLASSES];
static const char again_key;

int
rl_exceptions(lua_State *L)
{
    for (int i = 0; i < RL_CLASSES; i++) {
        luaL_checktype(L, i + 1, LUA_TTABLE);
        lua_pushvalue(L, i + 1);
        rl_registry_set(L, &class_key[i]);
    }
    return 0;
}

static void
code_text(int code, char buf[24])
{
    const char *name = rn_code_name(code) + sizeof "RN_E_" - 1;
    size_t i = 0;
    for (; name[i] != '\0' && i < 23; i++)
        buf[i] = (char)tolower((unsigned char)name[i]);
    buf[i] = '\0';
}

void
rl_push_code(lua_State *L, int code)
{
    char buf[24];
    code_text(code, buf);
    lua_pushstring(L, buf);
}

int
rl_code_of(const char *name)
{
    char buf[24];
    for (int code = RN_E_VALUE; code > RN_E_IO; code--) {
        code_text(code, buf);
        if (strcmp(buf, name) == 0)
            return code;
    }
    return RN_E_IO;
}

/* ---- The object */

static void
set_string(lua_State *L, const char *key, const char *value)
{
    if (value[0] == '\0')
        return;
    lua_pushstring(L, value);
    lua_setfield(L, -2, key);
}

static void
set_code(lua_State *L, int code, int sys)
{
    rl_push_code(L, code);
    lua_setfield(L, -2, "code");
    set_string(L, "errno", rn_errno_name(sys));
}

static void
set_attempts(lua_State *L, const rn_error *err)
{
    if (err->attempts == 0)
        return;
    lua_newtable(L);
    for (int i = 0; i < err->attempts && i < RN_ATTEMPTS; i++) {
        const rn_attempt *a = &err->attempt[i];
        lua_newtable(L);
        set_string(L, "address", a->address);
        set_code(L, a->code, a->sys_errno);
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, "attempts");
}

static void
set_class(lua_State *L, enum rl_class class)
{
    rl_registry_get(L, &class_key[class]);
    if (lua_istable(L, -1))
        lua_setmetatable(L, -2);
    else
        lua_pop(L, 1);
}

static enum rl_class
class_of(int code)
{
    switch (code) {
    case RN_E_NAME:
        return RL_NAME_ERROR;
    case RN_E_VALUE:
        return RL_VALUE_ERROR;
    default:
        return RL_IO_ERROR;
    }
}

static void
push_new(lua_State *L, const rn_error *err)
{
    lua_newtable(L);
    set_string(L, "message", err->message);
    set_code(L, err->code, err->sys_errno);
    set_string(L, "phase", rn_phase_name(err->phase));
    set_string(L, "host", err->host);
    set_string(L, "address", err->address);
    if (err->port != 0) {
        lua_pushinteger(L, err->port);
        lua_setfield(L, -2, "port");
    }
    set_attempts(L, err);
    set_class(L, class_of(err->code));
}

void
rl_push_error(lua_State *L, const rn_error *err)
{
    luaL_checkstack(L, 8, "an error");
    push_new(L, err);
}

/* A scheduler that is told by returned values meets this one all the time: it
 * is made once, and has no story and no place. */
static void
push_again(lua_State *L)
{
    luaL_checkstack(L, 8, "an error");
    rl_registry_get(L, &again_key);
    if (!lua_isnil(L, -1))
        return;
    lua_pop(L, 1);
    rn_error again = {.code = RN_E_AGAIN, .message = "would have to wait"};
    push_new(L, &again);
    lua_pushvalue(L, -1);
    rl_registry_set(L, &again_key);
}

/* ---- Failing */

/* Whether the value on top is one of our exceptions: a table with a code. */
static bool
is_exception(lua_State *L)
{
    if (!lua_istable(L, -1))
        return false;
    lua_pushliteral(L, "code");
    lua_rawget(L, -2);
    bool has_code = lua_isstring(L, -1);
    lua_pop(L, 1);
    return has_code;
}

/* Where the failing call stands in the user's program: the constructors of
 * subclasses are ours, and no place to be sent to. */
static void
push_place(lua_State *L)
{
    for (int level = 1; level < 4; level++) {
        luaL_where(L, level);
        if (strstr(lua_tostring(L, -1), "runnel/classes.lua:") == NULL)
            return;
        lua_pop(L, 1);
    }
    lua_pushliteral(L, "");
}

static void
set_place(lua_State *L)
{
    lua_pushliteral(L, "where");
    lua_rawget(L, -2);
    bool has = !lua_isnil(L, -1);
    lua_pop(L, 1);
    if (has)
        return;
    push_place(L);
    lua_setfield(L, -2, "where");
}

int
rl_fail_object(lua_State *L, bool safe)
{
    luaL_checkstack(L, 4, "an error");
    if (!is_exception(L))
        return lua_error(L);
    if (!safe) {
        set_place(L);
        return lua_error(L);
    }
    int object = lua_gettop(L);
    lua_pushnil(L);
    lua_getfield(L, object, "message");
    lua_getfield(L, object, "code");
    lua_pushvalue(L, object);
    return 4;
}

int
rl_fail(lua_State *L, bool safe, const rn_error *err)
{
    if (safe && err->code == RN_E_AGAIN)
        push_again(L);
    else
        rl_push_error(L, err);
    return rl_fail_object(L, safe);
}

/* The error that a table function of h threw, pushed; false: none is kept. */
static bool
push_thrown(lua_State *L, struct rl_stream *h, int code)
{
    if (h->kind != RL_STREAM || h->s == NULL || (!h->thrown && code != RN_E_IO))
        return false;
    h->thrown = false;
    if (!rl_push_own(L)) {
        lua_pop(L, 1);
        return false;
    }
    lua_rawgeti(L, -1, RL_THROWN);
    if (code != RN_E_IO) { /* it can be repeated, and may fail otherwise */
        lua_pushboolean(L, 0);
        lua_rawseti(L, -3, RL_THROWN);
    }
    lua_remove(L, -2);
    if (lua_toboolean(L, -1))
        return true;
    lua_pop(L, 1);
    return false;
}

/* "Socket (...): closed", where the library has no story to tell. */
static void
describe(lua_State *L, const struct rl_stream *h, int code, rn_error *err)
{
    char what[24];
    code_text(code, what);
    *err = (rn_error){.code = code};
    rl_push_name(L, h);
    snprintf(err->message, sizeof err->message, "%.400s: %s",
             lua_tostring(L, -1), what);
    lua_pop(L, 1);
}

void
rl_push_failure(lua_State *L, struct rl_stream *h, int code)
{
    luaL_checkstack(L, 8, "an error");
    if (push_thrown(L, h, code))
        return;
    rn_error err;
    if (h->s == NULL)
        err =
            (rn_error){.code = RN_E_CLOSED, .message = "the stream is closed"};
    else if (rn_error_of(h->s, &err) != code)
        describe(L, h, code, &err);
    rl_push_error(L, &err);
}

int
rl_fail_stream(lua_State *L, struct rl_stream *h, int code)
{
    if (code == RN_E_AGAIN && h->safe && !h->thrown)
        push_again(L);
    else
        rl_push_failure(L, h, code);
    return rl_fail_object(L, h->safe);
}

void
rl_push_look(lua_State *L, struct rl_stream *h, int code)
{
    rn_error err;
    luaL_checkstack(L, 8, "an error");
    if (push_thrown(L, h, code))
        return;
    describe(L, h, h->s == NULL ? RN_E_CLOSED : code, &err);
    rl_push_error(L, &err);
}

int
rl_fail_look(lua_State *L, struct rl_stream *h, int code)
{
    rl_push_look(L, h, code);
    return rl_fail_object(L, h->safe);
}

int
rl_fail_class(lua_State *L, bool safe, enum rl_class class, const char *code)
{
    lua_newtable(L);
    lua_insert(L, -2);
    lua_setfield(L, -2, "message");
    lua_pushstring(L, code);
    lua_setfield(L, -2, "code");
    set_class(L, class);
    return rl_fail_object(L, safe);
}
