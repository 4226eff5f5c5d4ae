/* SPDX-License-Identifier: MIT */
/*
 * From bytes to TLS, in place: the handle stays, what it holds becomes the TLS
 * stream over what it held. From that moment on nothing can be written or read
 * in plain, whatever comes of agreeing: a program that takes no notice of a
 * failure sends nothing to the wrong people. Where the time did not suffice,
 * the same call made again goes on, and so does any other that reads or writes.
 */
#include "tls.h"

/* Their addresses are the registry's keys for the metatables. */
static const char class_key[2];

/* The metatable of Sockets, with the class that is on top of the stack. */
void
rl_tls_socket_class(lua_State *L, bool safe)
{
    lua_newtable(L);
    rl_metatable(L, RL_SOCKET, safe);
    lua_pushnil(L);
    while (lua_next(L, -2) != 0) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, -5);
    }
    lua_pop(L, 1);
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, "__index");
    lua_pushliteral(L, "TlsSocket");
    lua_setfield(L, -2, "__name");
    rl_registry_set(L, &class_key[safe]);
}

/* ---- Beginning: nobody waits yet. The handle is at `i`. */

static int
put_over(lua_State *L, int i, struct rl_stream *h, struct rl_tls_words *t)
{
    rn_error err;
    rn_tls_options o = t->o;
    o.later = 1;
    rn_stream *s = t->server ? rn_tls_accept(h->s, &o, &err)
                             : rn_tls_start(h->s, &o, &err);
    if (s == NULL)
        return rl_fail(L, h->safe, &err);
    h->s = s;
    h->describe = rl_tls_describe;
    if (h->kind == RL_SOCKET) {
        rl_registry_get(L, &class_key[h->safe]);
        lua_setmetatable(L, i);
    }
    /* What is flushed when the program ends is what needs no OpenSSL, which
     * may have been cleaned up by then. */
    if (h->kind == RL_FILE)
        rl_forget_output(h, false);
    return 0;
}

/* ---- Agreeing, within the options' time and the stream's own */

static rn_time
end_of(const struct rl_options *o)
{
    rn_time end = o->deadline;
    if (o->timeout == RN_NO_TIMEOUT)
        return end;
    rn_time then = rn_in(o->timeout);
    return then < end ? then : end;
}

static int
agree(struct rl_stream *h, rn_time end)
{
    if (end >= h->write_deadline)
        return rn_flush(h->s);
    rn_set_deadline(h->s, RN_WRITABLE, end);
    int rc = rn_flush(h->s);
    rn_set_deadline(h->s, RN_WRITABLE, h->write_deadline);
    return rc;
}

/* stream:startTls(options) */
int
rl_tls_start(lua_State *L)
{
    struct rl_stream *h = rl_self(L);
    struct rl_options o;
    struct rl_tls_words t;
    rn_tls_info info;
    rl_no_more(L, "startTls", 2);
    int results = rl_tls_options_arg(
        L, 2, "startTls", RL_TIMEOUT | RL_DEADLINE,
        RL_TLS_CONFIG | RL_TLS_STREAM | RL_TLS_SERVER, h->safe, &o, &t);
    if (results != 0)
        return results;
    if (h->s == NULL)
        return rl_fail_stream(L, h, RN_E_CLOSED);
    if (!rl_is_free(h, RL_NOTHING))
        return rl_refuse(L, h);
    rn_time end = end_of(&o);
    /* Another call may have come to the end of what this one began. */
    bool begun = h->agreeing || rn_tls_get_info(h->s, &info) == RN_E_AGAIN;
    if (!begun && (results = put_over(L, 1, h, &t)) != 0)
        return results;
    int rc = t.o.later ? RN_OK : agree(h, end);
    h->agreeing = rc < 0;
    return rl_chain(L, h, rc);
}

/* The handle is dropped: nobody shall wait for the collector to close it. */
static int
fail(lua_State *L, struct rl_stream *h, int rc)
{
    rl_push_failure(L, h, rc);
    rn_abort(h->s);
    return rl_fail_object(L, h->safe);
}

/* TlsSocket(destination, port, options) */
int
rl_tls_connect(lua_State *L)
{
    bool safe = rl_is_safe(L);
    struct rl_options o;
    struct rl_tls_words t;
    struct rl_stream *h;
    rn_time began = rn_now();
    rl_take_class(L);
    int results = rl_tls_connect_arg(L, safe, &o, &t, &h);
    if (results != 0)
        return results;
    int i = lua_gettop(L);
    results = rl_options_apply(L, h, &o);
    if (results == 0)
        results = put_over(L, i, h, &t);
    if (results != 0) {
        rn_abort(h->s);
        return results;
    }
    rn_time end = RN_FOREVER;
    if (o.timeout != RN_NO_TIMEOUT)
        end = began + (rn_in(o.timeout) - rn_now());
    int rc = t.o.later ? RN_OK : agree(h, end);
    if (rc < 0)
        return fail(L, h, rc);
    lua_settop(L, i);
    return 1;
}
