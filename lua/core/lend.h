/* SPDX-License-Identifier: MIT */
/*
 * From the stream to Lua without a loss.
 *
 * Making a Lua string may throw (memory), and may run the collector and with it
 * finalizers that read from this very stream. So what was read is first held by
 * the handle; then it is given to Lua; then it is let go. Should memory run out
 * in between, the same call made again gets it. Short strings are copied to the
 * C stack, where no finalizer can pull them away; while a long one is copied,
 * reading calls on the stream are refused.
 */
#ifndef RL_LEND_H
#define RL_LEND_H

#include "core.h"

#include <string.h>

enum {
    RL_KEPT_SCRATCH = 65536, /* a larger one is given back after use */
    RL_SHORT = 512           /* bytes that fit on the C stack */
};

/* Whether a call may read that would hold `what`: nothing else is held. */
static inline bool
rl_is_free(const struct rl_stream *h, int what)
{
    return (h->held.what == RL_NOTHING || (int)h->held.what == what) &&
        !h->lending;
}

/* Why a call may not read, as an exception: pushed; and thrown or returned. */
void rl_push_refusal(lua_State *L, const struct rl_stream *h);
int rl_refuse(lua_State *L, const struct rl_stream *h);

/* Bytes that the stream or the handle lends, as a string, pushed. */
void rl_give_long(lua_State *L, struct rl_stream *h, const char *data,
                  size_t len);

static inline void
rl_give(lua_State *L, struct rl_stream *h, const char *data, size_t len)
{
    char copy[RL_SHORT];
    if (len > sizeof copy) {
        rl_give_long(L, h, data, len);
        return;
    }
    memcpy(copy, data, len);
    lua_pushlstring(L, copy, len);
}

/* The line or the bytes that are held, pushed and let go: 1. 0, and nothing
 * pushed: a finalizer that ran meanwhile was given them; read on. */
static inline int
rl_give_held(lua_State *L, struct rl_stream *h)
{
    unsigned turn = h->held.turn;
    rl_give(L, h, h->held.data, h->held.len);
    if (h->held.turn != turn) {
        lua_pop(L, 1);
        return 0;
    }
    h->held.what = RL_NOTHING;
    h->held.turn++;
    return 1;
}

/* RL_ALL or RL_LINES likewise. What came before a failure is a field of the
 * exception. The number of results. */
int rl_give_rest(lua_State *L, struct rl_stream *h, const char *field);

#endif
