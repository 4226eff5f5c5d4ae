/* SPDX-License-Identifier: MIT */
/* Streams as Lua values: how they are made, checked, named, closed and
 * collected. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"

/* Their addresses are the registry's keys for the metatables. */
static const char class_key[RL_KINDS][2];

/* How long leaving a scope (<close>) may take to deliver what was written,
 * where nothing else was said. */
#define LEAVE_MS 5000

void
rl_metatable(lua_State *L, enum rl_kind kind, bool safe)
{
    rl_registry_get(L, &class_key[kind][safe]);
}

void
rl_set_metatable(lua_State *L, enum rl_kind kind, bool safe)
{
    rl_registry_set(L, &class_key[kind][safe]);
}

struct rl_stream *
rl_new_stream(lua_State *L, enum rl_kind kind, bool safe)
{
    struct rl_stream *h = rl_newuserdata(L, sizeof *h);
    *h = (struct rl_stream){.self = h,
                            .kind = kind,
                            .safe = safe,
                            .write_timeout = RN_NO_TIMEOUT,
                            .write_deadline = RN_FOREVER,
                            .L = L};
    rl_metatable(L, kind, safe);
    lua_setmetatable(L, -2);
    return h;
}

void
rl_bad_self(lua_State *L, const char *wanted)
{
    char text[120];
    lua_Debug at;
    const char *name = NULL;
    if (lua_getstack(L, 0, &at) && lua_getinfo(L, "n", &at))
        name = at.name;
    if (name == NULL)
        name = "method";
    snprintf(text, sizeof text, "%s, as in s:%.60s()", wanted, name);
    rl_bad_type(L, 1, name, "self", text);
    abort(); /* not reached: the line before throws */
}

bool
rl_push_own(lua_State *L)
{
    rl_getuservalue(L, 1);
    return lua_istable(L, -1);
}

void
rl_take_class(lua_State *L)
{
    if (lua_gettop(L) == 0) /* Lua does not check what it removes */
        rl_bad_type(L, 1, "a class", "the class", "given: call the class");
    lua_remove(L, 1);
}

/* ---- Names */

/* ", closed", or how it is encrypted, or nothing: what a name ends with. */
enum {
    STATE_SIZE = 300
};

static const char *
state_of(const struct rl_stream *h, char text[STATE_SIZE])
{
    if (h->s == NULL || rn_unsent(h->s) == RN_E_CLOSED)
        return ", closed";
    if (h->describe == NULL)
        return "";
    memcpy(text, ", ", 3);
    h->describe(h->s, text + 2, STATE_SIZE - 2);
    return text;
}

/* Where `h` is a file, it is argument 1 of the method at work: its path is in
 * its table. */
void
rl_push_name(lua_State *L, const struct rl_stream *h)
{
    char text[STATE_SIZE];
    const char *state = state_of(h, text);
    if (h->kind == RL_SOCKET && h->s != NULL) {
        lua_pushfstring(L, "%sSocket (%s:%d -> %s:%d%s)",
                        h->describe != NULL ? "Tls" : "",
                        rn_local_address(h->s), rn_local_port(h->s),
                        rn_remote_address(h->s), rn_remote_port(h->s), state);
    } else if (h->kind == RL_FILE) {
        int at = lua_gettop(L) + 1;
        if (rl_push_own(L))
            lua_rawgeti(L, at, 1);
        lua_pushfstring(L, "File (%s%s)", lua_tostring(L, -1), state);
        lua_replace(L, at);
        lua_settop(L, at);
    } else {
        lua_pushfstring(L, "Stream (%p%s)", (const void *)h, state);
    }
}

int
rl_stream_tostring(lua_State *L)
{
    struct rl_stream *h = rl_self(L);
    if (h->kind != RL_STREAM) {
        rl_push_name(L, h);
        return 1;
    }
    char text[STATE_SIZE];
    lua_getfield(L, 1, "class"); /* a subclass has a name of its own */
    lua_pushfstring(L, "%s (%p%s)", rl_tostring(L, -1, NULL), (void *)h,
                    state_of(h, text));
    return 1;
}

/* ---- Ending */

static int
end_with(lua_State *L, int (*how)(rn_stream *))
{
    struct rl_stream *h = rl_self(L);
    int rc = h->s == NULL ? RN_OK : how(h->s);
    if (rc != RN_E_BUSY && !h->lending)
        rl_let_go(h);
    if (rc < 0)
        return rl_fail_stream(L, h, rc);
    lua_pushboolean(L, 1);
    return 1;
}

static int
close(lua_State *L)
{
    return end_with(L, rn_close);
}

static int
abort_(lua_State *L)
{
    return end_with(L, rn_abort);
}

/* The end of a scope of `local s <close>`: what was written is delivered, but
 * nobody waits for ever. Argument 2 is the error that ends the scope; then that
 * one matters, and what closing has to say does not. */
int
rl_stream_leave(lua_State *L)
{
    struct rl_stream *h = rl_self(L);
    if (h->s != NULL && (h->write_timeout < 0 || h->write_timeout > LEAVE_MS))
        rn_set_timeout(h->s, RN_WRITABLE, LEAVE_MS);
    bool failed = !lua_isnoneornil(L, 2);
    int rc = h->s == NULL ? RN_OK : rn_close(h->s);
    if (rc != RN_E_BUSY && !h->lending)
        rl_let_go(h);
    if (rc >= 0 || failed)
        return 0;
    rl_push_failure(L, h, rc); /* raised by the safe ones too: see next_line */
    return rl_fail_object(L, false);
}

/* Never waits and calls nothing of Lua's. A state that is closed from within a
 * table function (os.exit with close) collects a stream that is in use: its
 * memory stays, the process ends anyway. */
int
rl_stream_gc(lua_State *L)
{
    struct rl_stream *h = rl_self(L);
    if (h->inside > 0)
        return 0;
    h->collected = true;
    /* Standard output lives as long as the state: its flush waits, as that of
     * stdio does at exit. */
    rl_forget_output(h, h->standard);
    rl_let_go(h);
    rn_free(h->s);
    h->s = NULL;
    return 0;
}

const luaL_Reg rl_life_methods[] = {
    {"close", close},
    {"abort", abort_},
    {NULL, NULL},
};
