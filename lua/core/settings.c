/* SPDX-License-Identifier: MIT */
/* What can be set on a stream after it was made, and asked of it. Setters
 * return the stream, so that they can be chained. */
#include "core.h"

static int
set_timeout(lua_State *L)
{
    struct rl_stream *h = rl_self(L);
    int64_t ms;
    int directions;
    int results = rl_timeout_arg(L, 2, "setTimeout", h->safe, &ms);
    if (results == 0)
        results = rl_direction_arg(L, 3, "setTimeout", h->safe, &directions);
    if (results != 0)
        return results;
    int rc = rn_set_timeout(h->s, directions, ms);
    if (rc == RN_OK && (directions & RN_WRITABLE))
        h->write_timeout = ms;
    return rl_chain(L, h, rc);
}

static int
set_deadline(lua_State *L)
{
    struct rl_stream *h = rl_self(L);
    rn_time deadline;
    int directions;
    int results = rl_deadline_arg(L, 2, "setDeadline", h->safe, &deadline);
    if (results == 0)
        results = rl_direction_arg(L, 3, "setDeadline", h->safe, &directions);
    if (results != 0)
        return results;
    int rc = rn_set_deadline(h->s, directions, deadline);
    if (rc == RN_OK && (directions & RN_WRITABLE))
        h->write_deadline = deadline;
    return rl_chain(L, h, rc);
}

/* One option as a call. */
static int
set_option(lua_State *L, const char *call, const char *name, unsigned bit)
{
    struct rl_stream *h = rl_self(L);
    struct rl_options o;
    if (lua_isnoneornil(L, 2))
        return rl_bad_type(L, 2, call, name, "given");
    lua_settop(L, 2);
    int results = rl_option_value(L, 2, call, bit, h->safe, &o);
    if (results == 0)
        results = rl_options_apply(L, h, &o);
    if (results != 0)
        return results;
    return rl_chain(L, h, RN_OK);
}

static int
set_newline(lua_State *L)
{
    return set_option(L, "setNewline", "newline", RL_NEWLINE);
}

static int
set_max_line(lua_State *L)
{
    return set_option(L, "setMaxLine", "maxLine", RL_MAX_LINE);
}

static int
set_buffer_size(lua_State *L)
{
    return set_option(L, "setBufferSize", "bufferSize", RL_BUFFER_SIZE);
}

static int
set_max_all(lua_State *L)
{
    struct rl_stream *h = rl_self(L);
    double bytes;
    int results =
        rl_integer_arg(L, 2, "setMaxAll", "bytes", 1, 9e15, h->safe, &bytes);
    if (results != 0)
        return results;
    return rl_chain(L, h, rn_set_max_all(h->s, (size_t)bytes));
}

/* ---- For an event loop */

static int
fd(lua_State *L)
{
    struct rl_stream *h = rl_self(L);
    int n = rn_fd(h->s);
    if (n < 0)
        return rl_fail_look(L, h, n);
    lua_pushinteger(L, n);
    return 1;
}

/* "r", "w", "rw", or nil: what a refused call waits for. */
static int
wants(lua_State *L)
{
    static const char *const names[] = {NULL, "r", "w", "rw"};
    struct rl_stream *h = rl_self(L);
    int directions = rn_wants(h->s);
    if (directions < 0)
        return rl_fail_look(L, h, directions);
    lua_pushstring(L, names[directions & RN_BOTH]);
    return 1;
}

/* ---- Figures */

static void
set_seconds(lua_State *L, const char *name, int64_t ns)
{
    if (ns < 0)
        return;
    lua_pushnumber(L, (lua_Number)ns / 1e9);
    lua_setfield(L, -2, name);
}

static int
stats(lua_State *L)
{
    struct rl_stream *h = rl_self(L);
    rn_stats s;
    int rc = rn_get_stats(h->s, &s);
    if (rc < 0)
        return rl_fail_stream(L, h, rc);
    lua_createtable(L, 0, 7);
    lua_pushinteger(L, (lua_Integer)s.bytes_read);
    lua_setfield(L, -2, "bytesRead");
    lua_pushinteger(L, (lua_Integer)s.bytes_written);
    lua_setfield(L, -2, "bytesWritten");
    set_seconds(L, "age", s.age);
    set_seconds(L, "lookup", s.lookup);
    set_seconds(L, "connect", s.connect);
    set_seconds(L, "firstByte", s.first_byte);
    set_seconds(L, "roundTrip", s.round_trip);
    return 1;
}

const luaL_Reg rl_setting_methods[] = {
    {"setTimeout", set_timeout},
    {"setDeadline", set_deadline},
    {"setNewline", set_newline},
    {"setMaxLine", set_max_line},
    {"setMaxAll", set_max_all},
    {"setBufferSize", set_buffer_size},
    {"fd", fd},
    {"wants", wants},
    {"stats", stats},
    {NULL, NULL},
};
