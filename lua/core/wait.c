/* SPDX-License-Identifier: MIT */
/* runnel.wait: which of several streams and servers have something to do. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>

#include "core.h"

struct crowd {
    struct pollfd *fds;
    int count;
    bool ready; /* somebody need not be waited for */
};

/* A place in the poll that is ready already: poll(2) passes over a negative
 * descriptor. */
static struct pollfd
ready_now(struct crowd *c)
{
    c->ready = true;
    return (struct pollfd){.fd = -1};
}

/* What a refused call waits for; a stream whose calls were not refused has
 * something to do when there is something to read. A closed one is ready: its
 * next call tells. */
static struct pollfd
watch_stream(lua_State *L, struct rl_stream *h, struct crowd *c)
{
    int wants = rn_wants(h->s);
    int fd = rn_fd(h->s);
    if (fd < 0 && fd != RN_E_CLOSED && h->s != NULL) {
        rl_push_look(L, h, fd);
        rl_fail_object(L, false);
    }
    if (wants < 0 || fd < 0 || (wants == 0 && rn_pending(h->s) > 0))
        return ready_now(c);
    struct pollfd p = {.fd = fd};
    if (wants == 0 || (wants & RN_READABLE))
        p.events |= POLLIN;
    if (wants & RN_WRITABLE)
        p.events |= POLLOUT;
    return p;
}

/* The stream or server on top of the stack, which is also the first argument,
 * where the checks look for it. */
static struct pollfd
watch(lua_State *L, struct crowd *c)
{
    const struct rl_server *server = lua_touserdata(L, -1);
    if (server == NULL || rl_rawlen(L, -1) != sizeof *server ||
        server->self != server)
        return watch_stream(L, rl_self(L), c);
    int fd = rn_server_fd(server->server);
    return fd < 0 ? ready_now(c) : (struct pollfd){.fd = fd, .events = POLLIN};
}

static void
check_item(lua_State *L, int i)
{
    if (lua_type(L, -1) == LUA_TUSERDATA)
        return; /* its kind is looked at later */
    char name[40];
    snprintf(name, sizeof name, "item %d of the list", i);
    rl_bad_type(L, lua_gettop(L), "wait", name, "a stream or server");
}

/* A call of its own for each, so that it is argument 1 there. */
static int
watch_one(lua_State *L)
{
    struct crowd *c = lua_touserdata(L, lua_upvalueindex(1));
    lua_settop(L, 1);
    c->fds[c->count] = watch(L, c);
    c->count++;
    return 0;
}

static int
milliseconds(rn_time until)
{
    if (until == RN_FOREVER)
        return -1;
    rn_time left = until - rn_now();
    if (left <= 0)
        return 0;
    rn_time ms = left / 1000000 + 1;
    return ms > INT_MAX ? INT_MAX : (int)ms;
}

static int
poll_all(struct crowd *c, rn_time until)
{
    for (;;) {
        int rc =
            poll(c->fds, (nfds_t)c->count, c->ready ? 0 : milliseconds(until));
        if (rc > 0 || c->ready)
            return 0;
        if (rc < 0 && errno != EINTR && errno != EAGAIN)
            return errno;
        if (until != RN_FOREVER && rn_now() >= until)
            return 0;
    }
}

/* wait(list [, seconds]): an array of those that are ready, in the list's
 * order; empty when the time is over. */
int
rl_wait(lua_State *L)
{
    int64_t ms;
    struct crowd c = {0};
    if (!lua_istable(L, 1))
        return rl_bad_type(L, 1, "wait", "the list", "a table of streams");
    rl_timeout_arg(L, 2, "wait", false, &ms);
    rn_time until = ms == RN_NO_TIMEOUT ? RN_FOREVER : rn_in(ms);
    lua_settop(L, 1);
    size_t n = rl_rawlen(L, 1);
    c.fds = rl_newuserdata(L, (n + 1) * sizeof *c.fds);
    lua_pushlightuserdata(L, &c);
    lua_pushcclosure(L, watch_one, 1);
    for (size_t i = 1; i <= n; i++) {
        lua_pushvalue(L, 3);
        lua_rawgeti(L, 1, (int)i);
        check_item(L, (int)i);
        lua_call(L, 1, 0);
    }
    int sys = poll_all(&c, until);
    if (sys != 0)
        return luaL_error(L, "wait: system error %s", rn_errno_name(sys));
    lua_newtable(L);
    int found = 0;
    for (int i = 0; i < c.count; i++) {
        if (c.fds[i].fd >= 0 && c.fds[i].revents == 0)
            continue;
        lua_rawgeti(L, 1, i + 1);
        lua_rawseti(L, 4, ++found);
    }
    return 1;
}
