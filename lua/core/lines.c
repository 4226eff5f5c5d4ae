/* SPDX-License-Identifier: MIT */
/* Reading lines: readLn, iterator, readLines, and what goes with them. */
#include <stdio.h>

#include "lend.h"

/* 1: the next line is held; 0: the end; a code. */
static inline int
hold_line(struct rl_stream *h)
{
    if (h->held.what == RL_LINE)
        return 1;
    int rc = rn_readln(h->s, &h->held.data, &h->held.len);
    if (rc > 0)
        h->held.what = RL_LINE;
    return rc;
}

static int
end_of_stream(lua_State *L, struct rl_stream *h)
{
    rn_error err = {.code = RN_E_EOF, .phase = RN_PHASE_READ};
    rl_push_name(L, h);
    snprintf(err.message, sizeof err.message, "readLn: the end of %s",
             lua_tostring(L, -1));
    return rl_fail(L, h->safe, &err);
}

static int
read_line(lua_State *L)
{
    struct rl_stream *h = rl_self(L);
    if (!rl_is_free(h, RL_LINE))
        return rl_refuse(L, h);
    int rc = hold_line(h);
    if (rc > 0)
        return rl_give_held(L, h) ? 1 : read_line(L);
    return rc == 0 ? end_of_stream(L, h) : rl_fail_stream(L, h, rc);
}

static int
fail_loop(lua_State *L, struct rl_stream *h, int rc)
{
    rl_push_failure(L, h, rc);
    return rl_fail_object(L, false);
}

/* The next line, or nil at the end. A loop cannot be told more, so a failure is
 * raised in the safe module too: a loop that just stops loses data silently. */
int
rl_next_line(lua_State *L)
{
    struct rl_stream *h = rl_self(L);
    if (!rl_is_free(h, RL_LINE)) {
        rl_push_refusal(L, h);
        return rl_fail_object(L, false);
    }
    int rc = hold_line(h);
    if (rc > 0)
        return rl_give_held(L, h) ? 1 : rl_next_line(L);
    return rc == 0 ? 0 : fail_loop(L, h, rc);
}

/* What iterator() returns: the stream is its upvalue. Only a failure, and the
 * functions of a table, look for it at argument 1. */
static int
iterate(lua_State *L)
{
    struct rl_stream *h = lua_touserdata(L, lua_upvalueindex(1));
    int rc = 1;
    if (h->kind != RL_STREAM && rl_is_free(h, RL_LINE)) {
        rc = hold_line(h);
        if (rc == 0 || (rc > 0 && rl_give_held(L, h)))
            return rc;
    }
    lua_settop(L, 0);
    lua_pushvalue(L, lua_upvalueindex(1));
    return rc < 0 ? fail_loop(L, h, rc) : rl_next_line(L);
}

static int
iterator(lua_State *L)
{
    rl_self(L);
    lua_pushvalue(L, 1);
    lua_pushcclosure(L, iterate, 1);
    return 1;
}

static int
skip_line(lua_State *L)
{
    struct rl_stream *h = rl_self(L);
    if (!rl_is_free(h, RL_NOTHING))
        return rl_refuse(L, h);
    int rc = rn_skip_line(h->s);
    if (rc < 0)
        return rl_fail_stream(L, h, rc);
    lua_pushboolean(L, rc);
    return 1;
}

static int
line_ending(lua_State *L)
{
    static const char *const names[] = {[RN_ENDING_LF] = "lf",
                                        [RN_ENDING_CR] = "cr",
                                        [RN_ENDING_CRLF] = "crlf"};
    struct rl_stream *h = rl_self(L);
    rn_ending ending = rn_line_ending(h->s);
    if (ending == RN_ENDING_NONE)
        return 0;
    lua_pushstring(L, names[ending]);
    return 1;
}

static int
hold_lines(struct rl_stream *h)
{
    rn_lines lines = {.line = NULL}; /* _close may call us meanwhile */
    int code = rn_read_lines(h->s, &lines);
    if (code < 0 && lines.line == NULL)
        return code;
    h->held.code = code;
    h->held.lines = lines;
    h->held.what = RL_LINES;
    return RN_OK;
}

static int
read_lines(lua_State *L)
{
    struct rl_stream *h = rl_self(L);
    if (!rl_is_free(h, RL_LINES))
        return rl_refuse(L, h);
    int rc = h->held.what == RL_LINES ? RN_OK : hold_lines(h);
    return rc < 0 ? rl_fail_stream(L, h, rc) : rl_give_rest(L, h, "lines");
}

const luaL_Reg rl_line_methods[] = {
    {"readLn", read_line},       {"iterator", iterator},
    {"readLines", read_lines},   {"skipLine", skip_line},
    {"lineEnding", line_ending}, {NULL, NULL},
};
