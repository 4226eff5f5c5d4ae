/* SPDX-License-Identifier: MIT */
/*
 * Streams whose bytes are moved by functions of a Lua table:
 *
 *   _read(self, n)  from 1 to n bytes as a string; "" or nil at the end
 *   _write(self, s) nothing or true for all of s, or how many of its bytes
 *   _close(self)    releases everything
 *   _fd(self)       a descriptor, for an event loop
 *
 * Each fails by raising, or by returning nil and a message (and a code). The
 * library is in the middle of a call then, so nothing may jump over it: the
 * functions run protected, and what they threw is kept until the library has
 * returned. `self` is the stream; other fields of it are the table's.
 */
#include "core.h"

enum what {
    READ,
    WRITE,
    CLOSE,
    FD
};

static const char *const names[] = {"_read", "_write", "_close", "_fd"};

struct call {
    struct rl_stream *h;
    enum what what;
    char *into;       /* READ */
    const char *from; /* WRITE */
    size_t n;
    ptrdiff_t result;
};

/* ---- Inside the protected call: 1 the call, 2 the stream, 3 the table */

static ptrdiff_t
read_result(lua_State *L, const struct call *c)
{
    size_t len;
    if (lua_isnil(L, -1))
        return 0;
    if (lua_type(L, -1) != LUA_TSTRING)
        return rl_bad_type(L, -1, "_read", "the result", "a string or nil");
    const char *s = lua_tolstring(L, -1, &len);
    if (len > c->n)
        return rl_bad_value(L, false, "_read",
                            "%zu bytes came back where at most %zu were "
                            "asked for",
                            len, c->n);
    for (size_t i = 0; i < len; i++)
        c->into[i] = s[i];
    return (ptrdiff_t)len;
}

static ptrdiff_t
write_result(lua_State *L, const struct call *c)
{
    double n;
    if (lua_isnil(L, -1) || lua_rawequal(L, -1, 2) ||
        (lua_isboolean(L, -1) && lua_toboolean(L, -1)))
        return (ptrdiff_t)c->n;
    const struct rl_stream *other = lua_touserdata(L, -1); /* inner:write(s) */
    if (other != NULL && rl_rawlen(L, -1) == sizeof *other &&
        other->self == other)
        return (ptrdiff_t)c->n;
    if (lua_type(L, -1) != LUA_TNUMBER)
        return rl_bad_type(L, -1, "_write", "the result",
                           "nothing, true, or a number of bytes");
    rl_integer_arg(L, -1, "_write", "the result", 1, (double)c->n, false, &n);
    return (ptrdiff_t)n;
}

static ptrdiff_t
fd_result(lua_State *L)
{
    double n;
    rl_integer_arg(L, -1, "_fd", "the result", 0, 2147483647, false, &n);
    return (ptrdiff_t)n;
}

/* The function said nil (or false), a message and perhaps a code. */
static int
raise_returned(lua_State *L)
{
    rn_error err = {.code = RN_E_IO};
    if (lua_type(L, -1) == LUA_TSTRING)
        err.code = rl_code_of(lua_tostring(L, -1));
    const char *message = lua_tostring(L, -2);
    for (size_t i = 0; i + 1 < sizeof err.message && message[i] != '\0'; i++)
        err.message[i] = message[i];
    return rl_fail(L, false, &err);
}

/* Calls the function; its result goes into the call. */
static int
call_function(lua_State *L)
{
    struct call *c = lua_touserdata(L, 1);
    int arguments = 1;
    lua_getfield(L, 3, names[c->what]);
    if (lua_isnil(L, -1)) {
        c->result = c->what == CLOSE ? RN_OK : RN_E_UNSUPPORTED;
        return 0;
    }
    lua_pushvalue(L, 2);
    if (c->what == READ)
        lua_pushinteger(L, (lua_Integer)c->n);
    else if (c->what == WRITE)
        lua_pushlstring(L, c->from, c->n);
    else
        arguments = 0;
    lua_call(L, arguments + 1, 3);
    if (!lua_toboolean(L, -3) && lua_type(L, -2) == LUA_TSTRING)
        return raise_returned(L);
    lua_pop(L, 2);
    switch (c->what) {
    case READ:
        c->result = read_result(L, c);
        break;
    case WRITE:
        c->result = write_result(L, c);
        break;
    case FD:
        c->result = fd_result(L);
        break;
    case CLOSE:
        c->result = RN_OK;
        break;
    }
    return 0;
}

/* What the library is told of the error on top: only what came from waiting
 * can be repeated. */
static ptrdiff_t
code_of_error(lua_State *L)
{
    if (!lua_istable(L, -1))
        return RN_E_IO;
    lua_pushliteral(L, "code");
    lua_rawget(L, -2);
    int code = lua_type(L, -1) == LUA_TSTRING ? rl_code_of(lua_tostring(L, -1))
                                              : RN_E_IO;
    lua_pop(L, 1);
    bool waited =
        code == RN_E_AGAIN || code == RN_E_TIMEOUT || code == RN_E_CANCELED;
    return waited ? code : RN_E_IO;
}

/* The same, keeping what it throws: 4 is the table of the userdata. */
static int
run_protected(lua_State *L)
{
    struct call *c = lua_touserdata(L, 1);
    lua_pushcfunction(L, call_function);
    for (int i = 1; i <= 3; i++)
        lua_pushvalue(L, i);
    int rc = lua_pcall(L, 3, 0, 0);
    if (rc == 0)
        return 0;
    if (rc == LUA_ERRMEM) { /* passes, so the call can be repeated */
        c->result = RN_E_MEMORY;
        return 0;
    }
    c->result = code_of_error(L);
    lua_rawseti(L, 4, RL_THROWN);
    c->h->thrown = true;
    return 0;
}

/* ---- What the library calls; the stream is argument 1 of the method at work
 */

static ptrdiff_t
run(struct call *c)
{
    struct rl_stream *h = c->h;
    lua_State *L = h->L;
    if (!lua_checkstack(L, 8))
        return RN_E_MEMORY;
    int table = lua_gettop(L) + 1;
    if (!rl_push_own(L)) {
        lua_pop(L, 1);
        return RN_E_UNSUPPORTED;
    }
    lua_rawgeti(L, table, RL_RUNNER);
    lua_pushlightuserdata(L, c);
    lua_pushvalue(L, 1);
    lua_rawgeti(L, table, RL_TABLE);
    lua_pushvalue(L, table);
    h->inside++;
    int rc = lua_pcall(L, 4, 0, 0);
    h->inside--;
    h->L = L; /* a call inside may have come from another coroutine */
    lua_settop(L, table - 1);
    return rc == 0 ? c->result : RN_E_MEMORY;
}

static ptrdiff_t
read_table(void *ctx, void *data, size_t n, const rn_wait *wait)
{
    struct call c = {.h = ctx, .what = READ, .into = data, .n = n};
    (void)wait;
    return run(&c);
}

static ptrdiff_t
write_table(void *ctx, const void *data, size_t n, const rn_wait *wait)
{
    struct call c = {.h = ctx, .what = WRITE, .from = data, .n = n};
    (void)wait;
    return c.h->collected ? RN_E_CLOSED : run(&c);
}

static int
close_table(void *ctx, const rn_wait *wait)
{
    struct call c = {.h = ctx, .what = CLOSE};
    (void)wait;
    return c.h->collected ? RN_OK : (int)run(&c);
}

static int
fd_table(void *ctx)
{
    struct call c = {.h = ctx, .what = FD};
    return (int)run(&c);
}

static const rn_stream_ops readable = {
    .read = read_table, .close = close_table, .fd = fd_table};
static const rn_stream_ops writable = {
    .write = write_table, .close = close_table, .fd = fd_table};
static const rn_stream_ops both = {.read = read_table,
                                   .write = write_table,
                                   .close = close_table,
                                   .fd = fd_table};

/* ---- Making one: io.Stream(table [, buffering or options]) */

/* Whether the table has the function. */
static bool
has(lua_State *L, enum what what)
{
    lua_getfield(L, 1, names[what]);
    bool there = !lua_isnil(L, -1);
    if (there && !lua_isfunction(L, -1) && !luaL_getmetafield(L, -1, "__call"))
        rl_bad_type(L, lua_gettop(L), "Stream", names[what], "a function");
    lua_settop(L, 2);
    return there;
}

int
rl_back(lua_State *L)
{
    bool safe = rl_is_safe(L);
    rl_take_class(L);
    struct rl_options o;
    if (!lua_istable(L, 1))
        return rl_bad_type(L, 1, "Stream", "the first argument",
                           "a table with _read or _write");
    rl_no_more(L, "Stream", 2);
    lua_settop(L, 2);
    bool reads = has(L, READ);
    bool writes = has(L, WRITE);
    has(L, CLOSE);
    has(L, FD);
    if (!reads && !writes)
        return rl_bad_value(L, safe, "Stream",
                            "the table has neither _read nor _write");
    int results = rl_options_arg(L, 2, "Stream", RL_FOR_STREAM, safe, &o);
    if (results != 0)
        return results;
    struct rl_stream *h = rl_new_stream(L, RL_STREAM, safe);
    lua_createtable(L, 3, 0);
    lua_pushvalue(L, 1);
    lua_rawseti(L, -2, RL_TABLE);
    lua_pushcfunction(L, run_protected);
    lua_rawseti(L, -2, RL_RUNNER);
    lua_pushboolean(L, 0);
    lua_rawseti(L, -2, RL_THROWN);
    rl_setuservalue(L, -2);
    rn_error err;
    h->s = rn_stream_new(reads && writes ? &both
                             : reads     ? &readable
                                         : &writable,
                         h, (int)o.buffering, &err);
    if (h->s == NULL)
        return rl_fail(L, safe, &err);
    results = rl_options_apply(L, h, &o);
    return results != 0 ? results : 1;
}

/* ---- Its fields: the table's, then the class's (the upvalue) */

int
rl_backed_index(lua_State *L)
{
    rl_self(L);
    luaL_checkstack(L, 4, "a field");
    if (rl_push_own(L)) {
        lua_rawgeti(L, -1, RL_TABLE);
        lua_pushvalue(L, 2);
        lua_gettable(L, -2);
        if (!lua_isnil(L, -1))
            return 1;
    }
    lua_pushvalue(L, 2);
    lua_gettable(L, lua_upvalueindex(1));
    return 1;
}

int
rl_backed_newindex(lua_State *L)
{
    rl_self(L);
    if (!rl_push_own(L))
        return 0;
    lua_rawgeti(L, -1, RL_TABLE);
    lua_pushvalue(L, 2);
    lua_pushvalue(L, 3);
    lua_settable(L, -3);
    return 0;
}
