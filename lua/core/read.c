/* SPDX-License-Identifier: MIT */
/* Reading bytes: read, readSome, peek, and what goes with them. */
#include <stdio.h>
#include <stdlib.h>

#include "lend.h"

enum {
    STEP = 4096 /* what readSome asks for unless told */
};

/* ---- The rest: what was read is the handle's to release */

static int
hold_all(struct rl_stream *h)
{
    char *data = NULL;
    size_t len = 0;
    int code = rn_read_all(h->s, &data, &len);
    if (data == NULL)
        return code;
    h->held.code = code;
    h->held.len = len;
    h->held.data = data;
    h->held.what = RL_ALL;
    return RN_OK;
}

static int
read_rest(lua_State *L, struct rl_stream *h)
{
    if (!rl_is_free(h, RL_ALL))
        return rl_refuse(L, h);
    int rc = h->held.what == RL_ALL ? RN_OK : hold_all(h);
    return rc < 0 ? rl_fail_stream(L, h, rc) : rl_give_rest(L, h, "data");
}

/* ---- Bytes */

/* Room for n bytes in the handle's own memory. */
static bool
make_scratch(struct rl_stream *h, size_t n)
{
    if (n <= h->scratch_size)
        return true;
    char *bigger = malloc(n);
    if (bigger == NULL)
        return false;
    free(h->scratch);
    h->scratch = bigger;
    h->scratch_size = n;
    return true;
}

static int
no_memory(lua_State *L, const struct rl_stream *h, size_t n)
{
    rn_error err = {.code = RN_E_MEMORY, .phase = RN_PHASE_READ};
    snprintf(err.message, sizeof err.message, "read: no memory for %zu bytes",
             n);
    return rl_fail(L, h->safe, &err);
}

typedef ptrdiff_t reader(rn_stream *s, void *data, size_t n);

static int
read_bytes(lua_State *L, struct rl_stream *h, size_t n, reader *read)
{
    if (!rl_is_free(h, RL_BYTES))
        return rl_refuse(L, h);
    if (h->held.what == RL_NOTHING) {
        if (h->s == NULL) /* or the memory would be nobody's */
            return rl_fail_stream(L, h, RN_E_CLOSED);
        if (!make_scratch(h, n > 0 ? n : 1))
            return no_memory(L, h, n);
        h->lending = true; /* to a table function: it may call us */
        ptrdiff_t got = read(h->s, h->scratch, n);
        h->lending = false;
        if (got < 0) {
            if (h->scratch_size > RL_KEPT_SCRATCH)
                rl_let_go(h);
            return rl_fail_stream(L, h, (int)got);
        }
        h->held.what = RL_BYTES;
        h->held.data = h->scratch;
        h->held.len = (size_t)got;
    }
    if (!rl_give_held(L, h))
        return read_bytes(L, h, n, read);
    if (h->scratch_size > RL_KEPT_SCRATCH)
        rl_let_go(h);
    return 1;
}

static int
read_n(lua_State *L)
{
    struct rl_stream *h = rl_self(L);
    double n;
    if (lua_isnoneornil(L, 2))
        return read_rest(L, h);
    int results = rl_integer_arg(L, 2, "read", "n", 0, 9e15, h->safe, &n);
    if (results != 0)
        return results;
    return read_bytes(L, h, (size_t)n, rn_read);
}

static int
read_some(lua_State *L)
{
    struct rl_stream *h = rl_self(L);
    double n = STEP;
    int results = 0;
    if (!lua_isnoneornil(L, 2))
        results = rl_integer_arg(L, 2, "readSome", "n", 1, 9e15, h->safe, &n);
    if (results != 0)
        return results;
    return read_bytes(L, h, (size_t)n, rn_read_some);
}

/* Nothing is taken, so nothing needs to be held. */
static int
peek(lua_State *L)
{
    struct rl_stream *h = rl_self(L);
    const void *data;
    if (!rl_is_free(h, RL_NOTHING))
        return rl_refuse(L, h);
    ptrdiff_t n = rn_peek(h->s, &data);
    if (n < 0)
        return rl_fail_stream(L, h, (int)n);
    rl_give(L, h, n > 0 ? data : "", (size_t)n);
    return 1;
}

static int
pending(lua_State *L)
{
    struct rl_stream *h = rl_self(L);
    ptrdiff_t n = rn_pending(h->s);
    if (n < 0)
        return rl_fail_look(L, h, (int)n);
    lua_pushinteger(L, (lua_Integer)n);
    return 1;
}

static int
eof(lua_State *L)
{
    struct rl_stream *h = rl_self(L);
    if (!rl_is_free(h, RL_NOTHING))
        return rl_refuse(L, h);
    int rc = rn_eof(h->s);
    if (rc < 0)
        return rl_fail_stream(L, h, rc);
    lua_pushboolean(L, rc);
    return 1;
}

const luaL_Reg rl_read_methods[] = {
    {"read", read_n}, {"readSome", read_some},
    {"peek", peek},   {"pending", pending},
    {"eof", eof},     {NULL, NULL},
};
