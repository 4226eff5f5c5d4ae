/* SPDX-License-Identifier: MIT */
/* Holding what was read, giving it to Lua, letting it go: see lend.h. */
#include "lend.h"

#include <stdio.h>
#include <stdlib.h>

void
rl_let_go(struct rl_stream *h)
{
    if (h->held.what == RL_ALL)
        rn_release((void *)h->held.data);
    if (h->held.what == RL_LINES)
        rn_lines_free(&h->held.lines);
    h->held.what = RL_NOTHING;
    if (h->scratch_size > RL_KEPT_SCRATCH || h->collected) {
        free(h->scratch);
        h->scratch = NULL;
        h->scratch_size = 0;
    }
}

/* Its address is the registry's key for copy_loan: in Lua 5.1 pushing a
 * function allocates. */
static const char copy_key;

struct loan {
    const char *data;
    size_t len;
    const rn_lines *lines;
};

/* A protected function: what the loan shows, as a string or a table. */
static int
copy_loan(lua_State *L)
{
    const struct loan *loan = lua_touserdata(L, 1);
    if (loan->lines == NULL) {
        lua_pushlstring(L, loan->data, loan->len);
        return 1;
    }
    lua_createtable(L, (int)loan->lines->count, 0);
    for (size_t i = 0; i < loan->lines->count; i++) {
        const rn_line *line = &loan->lines->line[i];
        lua_pushlstring(L, line->text, line->len);
        lua_rawseti(L, -2, (int)(i + 1));
    }
    return 1;
}

void
rl_lend_open(lua_State *L)
{
    lua_pushcfunction(L, copy_loan);
    rl_registry_set(L, &copy_key);
}

static void
give(lua_State *L, struct rl_stream *h, struct loan *loan)
{
    luaL_checkstack(L, 4, "a long string");
    rl_registry_get(L, &copy_key);
    lua_pushlightuserdata(L, loan);
    h->lending = true;
    int rc = lua_pcall(L, 1, 1, 0);
    h->lending = false;
    if (rc != 0)
        lua_error(L);
}

void
rl_give_long(lua_State *L, struct rl_stream *h, const char *data, size_t len)
{
    struct loan loan = {.data = data, .len = len};
    give(L, h, &loan);
}

void
rl_push_refusal(lua_State *L, const struct rl_stream *h)
{
    static const char *const calls[] = {[RL_NOTHING] = "",
                                        [RL_LINE] = "readLn",
                                        [RL_BYTES] = "read(n)",
                                        [RL_ALL] = "read()",
                                        [RL_LINES] = "readLines"};
    rn_error err = {.phase = RN_PHASE_READ};
    if (h->lending) {
        err.code = RN_E_BUSY;
        snprintf(err.message, sizeof err.message,
                 "read: a reading call on this stream is under way");
    } else {
        err.code = RN_E_MEMORY;
        snprintf(err.message, sizeof err.message,
                 "read: there was no memory for what %s had read: call that "
                 "again first",
                 calls[h->held.what]);
    }
    rl_push_error(L, &err);
}

int
rl_refuse(lua_State *L, const struct rl_stream *h)
{
    rl_push_refusal(L, h);
    return rl_fail_object(L, h->safe);
}

/* A protected copy, as the rest may be long. What came before a failure is a
 * field of the exception: nothing is lost. */
int
rl_give_rest(lua_State *L, struct rl_stream *h, const char *field)
{
    struct loan loan = {.data = h->held.data,
                        .len = h->held.len,
                        .lines =
                            h->held.what == RL_LINES ? &h->held.lines : NULL};
    give(L, h, &loan);
    if (h->held.code < 0) {
        rl_push_failure(L, h, h->held.code);
        if (lua_istable(L, -1)) {
            lua_pushstring(L, field); /* raw: it may be a user's table */
            lua_pushvalue(L, -3);
            lua_rawset(L, -3);
        }
    }
    rl_let_go(h);
    return h->held.code < 0 ? rl_fail_object(L, h->safe) : 1;
}
