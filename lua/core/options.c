/* SPDX-License-Identifier: MIT */
/* Tables of options: one function for each word that can be said. */
#include <stdio.h>
#include <string.h>

#include "core.h"

/* What each of them does; the value is at `v`. */
typedef int option_reader(lua_State *L, int v, const char *call, bool safe,
                          struct rl_options *o);

static int
take_buffering(lua_State *L, int v, const char *call, bool safe,
               struct rl_options *o)
{
    static const char *const names[] = {
        [RN_UNBUFFERED] = "Unbuffered",
        [RN_LINE_BUFFERED] = "LineBuffered",
        [RN_BUFFERED] = "Buffered",
        [RN_BUFFERED + 1] = NULL,
    };
    int i = rl_find_arg(L, v, names);
    if (i < 0)
        return rl_bad_value(L, safe, call,
                            "buffering must be io.Buffered, io.LineBuffered or "
                            "io.Unbuffered, not %s",
                            rl_show(L, v));
    o->buffering = (rn_buffering)i;
    return 0;
}

static int
take_family(lua_State *L, int v, const char *call, bool safe,
            struct rl_options *o)
{
    static const char *const names[] = {[RN_IPV4] = "ipv4",
                                        [RN_IPV6] = "ipv6",
                                        [RN_ANY] = "any",
                                        [RN_ANY + 1] = NULL};
    int i = rl_find_arg(L, v, names);
    if (i < 0)
        return rl_bad_value(L, safe, call,
                            "family must be \"ipv4\", \"ipv6\" or \"any\", "
                            "not %s",
                            rl_show(L, v));
    o->family = (rn_family)i;
    return 0;
}

static int
take_newline(lua_State *L, int v, const char *call, bool safe,
             struct rl_options *o)
{
    static const char *const names[] = {[RN_NEWLINE_LF] = "lf",
                                        [RN_NEWLINE_CRLF] = "crlf",
                                        [RN_NEWLINE_STRICT] = "strict",
                                        [RN_NEWLINE_STRICT + 1] = NULL};
    int i = rl_find_arg(L, v, names);
    if (i < 0)
        return rl_bad_value(L, safe, call,
                            "newline must be \"lf\", \"crlf\" or \"strict\", "
                            "not %s",
                            rl_show(L, v));
    o->newline = (rn_newline)i;
    return 0;
}

static int
take_timeout(lua_State *L, int v, const char *call, bool safe,
             struct rl_options *o)
{
    return rl_timeout_arg(L, v, call, safe, &o->timeout);
}

static int
take_deadline(lua_State *L, int v, const char *call, bool safe,
              struct rl_options *o)
{
    return rl_deadline_arg(L, v, call, safe, &o->deadline);
}

static int
take_max_line(lua_State *L, int v, const char *call, bool safe,
              struct rl_options *o)
{
    double d;
    int results = rl_integer_arg(L, v, call, "maxLine", 1, 9e15, safe, &d);
    if (results == 0)
        o->max_line = (size_t)d;
    return results;
}

static int
take_buffer_size(lua_State *L, int v, const char *call, bool safe,
                 struct rl_options *o)
{
    double d;
    int results =
        rl_integer_arg(L, v, call, "bufferSize", 1, 1 << 30, safe, &d);
    if (results == 0)
        o->buffer_size = (size_t)d;
    return results;
}

static int
take_source(lua_State *L, int v, const char *call, bool safe,
            struct rl_options *o)
{
    int results;
    o->source = rl_string_arg(L, v, call, "source", safe, &results);
    return results;
}

static int
take_address(lua_State *L, int v, const char *call, bool safe,
             struct rl_options *o)
{
    int results;
    o->address = rl_string_arg(L, v, call, "address", safe, &results);
    return results;
}

/* Small numbers, which differ in their bounds only. */
static int
take_int(lua_State *L, int v, const char *call, const char *name, double most,
         bool safe, int *value)
{
    double d;
    int results = rl_integer_arg(L, v, call, name, 0, most, safe, &d);
    if (results == 0)
        *value = (int)d;
    return results;
}

static int
take_source_port(lua_State *L, int v, const char *call, bool safe,
                 struct rl_options *o)
{
    return take_int(L, v, call, "sourcePort", 65535, safe, &o->source_port);
}

static int
take_liveness(lua_State *L, int v, const char *call, bool safe,
              struct rl_options *o)
{
    return take_int(L, v, call, "liveness", 2147483, safe, &o->liveness);
}

static int
take_backlog(lua_State *L, int v, const char *call, bool safe,
             struct rl_options *o)
{
    return take_int(L, v, call, "backlog", 2147483647, safe, &o->backlog);
}

static int
take_reuse_port(lua_State *L, int v, const char *call, bool safe,
                struct rl_options *o)
{
    (void)safe;
    if (!lua_isboolean(L, v))
        return rl_bad_type(L, v, call, "reusePort", "a boolean");
    o->reuse_port = lua_toboolean(L, v);
    return 0;
}

static const struct {
    const char *name;
    unsigned bit;
    option_reader *take;
} known[] = {
    {"buffering", RL_BUFFERING, take_buffering},
    {"family", RL_FAMILY, take_family},
    {"newline", RL_NEWLINE, take_newline},
    {"timeout", RL_TIMEOUT, take_timeout},
    {"deadline", RL_DEADLINE, take_deadline},
    {"maxLine", RL_MAX_LINE, take_max_line},
    {"bufferSize", RL_BUFFER_SIZE, take_buffer_size},
    {"source", RL_SOURCE, take_source},
    {"sourcePort", RL_SOURCE_PORT, take_source_port},
    {"liveness", RL_LIVENESS, take_liveness},
    {"address", RL_ADDRESS, take_address},
    {"backlog", RL_BACKLOG, take_backlog},
    {"reusePort", RL_REUSE_PORT, take_reuse_port},
};
enum {
    KNOWN = sizeof known / sizeof known[0]
};

/* One pair of the table: the key is below the value, which is on top. A word
 * that nobody knows is likely a slip of the pen, and so an error. */
static int
take_pair(lua_State *L, const char *call, unsigned allowed,
          const struct rl_words *more, bool safe, struct rl_options *o)
{
    int v = lua_gettop(L);
    for (int i = 0; i < KNOWN; i++) {
        if (lua_type(L, v - 1) != LUA_TSTRING ||
            strcmp(lua_tostring(L, v - 1), known[i].name) != 0)
            continue;
        if ((known[i].bit & allowed) == 0)
            break;
        o->given |= known[i].bit;
        if (known[i].bit & (RL_SOURCE | RL_ADDRESS)) {
            /* The pointer into it must outlive what finalizers do to the
             * table: a copy stays on the stack. */
            lua_pushvalue(L, v);
            lua_insert(L, v - 1);
            v++;
        }
        return known[i].take(L, v, call, safe, o);
    }
    if (more != NULL && lua_type(L, v - 1) == LUA_TSTRING) {
        const char *key = lua_tostring(L, v - 1);
        int results = more->take(L, v, key, call, safe, more->into);
        if (results != RL_NO_WORD)
            return results;
    }
    char words[256] = "";
    size_t n = 0;
    for (int i = 0; i < KNOWN; i++)
        if (known[i].bit & allowed)
            n += (size_t)snprintf(words + n, sizeof words - n, "%s%s",
                                  n > 0 ? ", " : "", known[i].name);
    return rl_bad_value(L, safe, call,
                        "option %s is not known here, where there are: "
                        "%s%s%s",
                        rl_show(L, v - 1), words,
                        more != NULL && n > 0 ? ", " : "",
                        more != NULL ? more->list : "");
}

int
rl_option_value(lua_State *L, int arg, const char *call, unsigned bit,
                bool safe, struct rl_options *o)
{
    *o = (struct rl_options){.given = bit};
    luaL_checkstack(L, 12, "options");
    for (int i = 0; i < KNOWN; i++)
        if (known[i].bit == bit)
            return known[i].take(L, arg, call, safe, o);
    return 0;
}

int
rl_options_arg(lua_State *L, int arg, const char *call, unsigned allowed,
               bool safe, struct rl_options *o)
{
    return rl_options_more(L, arg, call, allowed, NULL, safe, o);
}

int
rl_options_more(lua_State *L, int arg, const char *call, unsigned allowed,
                const struct rl_words *more, bool safe, struct rl_options *o)
{
    *o = (struct rl_options){.timeout = RN_NO_TIMEOUT, .deadline = RN_FOREVER};
    luaL_checkstack(L, 24, "options");
    if (lua_isnoneornil(L, arg))
        return 0;
    if (!lua_istable(L, arg)) {
        if (allowed & RL_BUFFERING)
            return take_buffering(L, arg, call, safe, o);
        return rl_bad_type(L, arg, call, "options", "a table");
    }
    lua_pushnil(L);
    while (lua_next(L, arg) != 0) {
        int results = take_pair(L, call, allowed, more, safe, o);
        if (results != 0)
            return results;
        lua_pop(L, 1);
    }
    return 0;
}

int
rl_options_apply(lua_State *L, struct rl_stream *h, const struct rl_options *o)
{
    int rc =
        rn_set_unlocked(h->s, 1); /* a Lua state is one thread's at a time */
    if (rc == RN_OK && (o->given & RL_NEWLINE))
        rc = rn_set_newline(h->s, o->newline);
    if (rc == RN_OK && (o->given & RL_TIMEOUT))
        rc = rn_set_timeout(h->s, RN_BOTH, o->timeout);
    if (rc == RN_OK && (o->given & RL_DEADLINE))
        rc = rn_set_deadline(h->s, RN_BOTH, o->deadline);
    if (rc == RN_OK && (o->given & RL_MAX_LINE))
        rc = rn_set_max_line(h->s, o->max_line);
    if (rc == RN_OK && (o->given & RL_BUFFER_SIZE))
        rc = rn_set_buffer_size(h->s, o->buffer_size);
    if (rc < 0)
        return rl_fail_stream(L, h, rc);
    if (o->given & RL_NEWLINE)
        h->crlf = o->newline != RN_NEWLINE_LF;
    if (o->given & RL_TIMEOUT)
        h->write_timeout = o->timeout;
    if (o->given & RL_DEADLINE)
        h->write_deadline = o->deadline;
    return 0;
}
