/* SPDX-License-Identifier: MIT */
/* Single arguments, checked before anything is done with them. */
#include <math.h>
#include <string.h>

#include "core.h"

#define MOST_SECONDS 1e9 /* thirty years; a longer one is meant as "none" */

const char *
rl_string_arg(lua_State *L, int arg, const char *call, const char *name,
              bool safe, int *results)
{
    *results = 0;
    if (lua_type(L, arg) != LUA_TSTRING) {
        *results = rl_bad_type(L, arg, call, name, "a string");
        return NULL;
    }
    size_t len;
    const char *s = lua_tolstring(L, arg, &len);
    if (strlen(s) == len)
        return s;
    *results = rl_bad_value(L, safe, call, "%s %s has a NUL byte inside", name,
                            rl_show(L, arg));
    return NULL;
}

/* One way for all Luas: a double holds every integer that we take. */
int
rl_integer_arg(lua_State *L, int arg, const char *call, const char *name,
               double least, double most, bool safe, double *value)
{
    if (!lua_isnumber(L, arg)) {
        if (lua_type(L, arg) != LUA_TSTRING)
            return rl_bad_type(L, arg, call, name, "an integer");
        return rl_bad_value(L, safe, call, "%s must be an integer, not %s",
                            name, rl_show(L, arg));
    }
    double d = (double)lua_tonumber(L, arg);
    if (!(d == floor(d)))
        return rl_bad_value(L, safe, call, "%s must be an integer, not %g",
                            name, d);
    if (d < least && most >= 9e15)
        return rl_bad_value(L, safe, call, "%s must be %.0f or more, not %.0f",
                            name, least, d);
    if (d < least || d > most)
        return rl_bad_value(L, safe, call, "%s %.0f is not from %.0f to %.0f",
                            name, d, least, most);
    *value = d;
    return 0;
}

static int
seconds(lua_State *L, int arg, const char *call, const char *name, bool safe,
        double *value)
{
    *value = HUGE_VAL;
    if (lua_isnoneornil(L, arg))
        return 0;
    if (lua_type(L, arg) != LUA_TNUMBER)
        return rl_bad_type(L, arg, call, name, "a number of seconds, or nil");
    *value = (double)lua_tonumber(L, arg);
    if (*value >= 0)
        return 0;
    return rl_bad_value(L, safe, call, "%s must be 0 or more seconds, not %g",
                        name, *value);
}

int
rl_timeout_arg(lua_State *L, int arg, const char *call, bool safe, int64_t *ms)
{
    double s;
    int results = seconds(L, arg, call, "timeout", safe, &s);
    if (results == 0)
        *ms = s > MOST_SECONDS ? RN_NO_TIMEOUT : (int64_t)ceil(s * 1000);
    return results;
}

int
rl_deadline_arg(lua_State *L, int arg, const char *call, bool safe, rn_time *t)
{
    double s;
    int results = seconds(L, arg, call, "deadline", safe, &s);
    if (results != 0)
        return results;
    double now = (double)rn_now() / 1e9;
    if (s < HUGE_VAL && s > now + MOST_SECONDS)
        return rl_bad_value(L, safe, call,
                            "deadline %.0f is thirty years away: it is a time "
                            "of runnel.now()'s clock (%.0f now), not of "
                            "os.time()'s",
                            s, now);
    *t = s == HUGE_VAL ? RN_FOREVER : (rn_time)(s * 1e9);
    return 0;
}

int
rl_find_arg(lua_State *L, int arg, const char *const *list)
{
    if (lua_type(L, arg) == LUA_TSTRING)
        for (int i = 0; list[i] != NULL; i++)
            if (strcmp(lua_tostring(L, arg), list[i]) == 0)
                return i;
    return -1;
}

int
rl_direction_arg(lua_State *L, int arg, const char *call, bool safe,
                 int *directions)
{
    static const char *const names[] = {"read", "write", NULL};
    *directions = RN_BOTH;
    if (lua_isnoneornil(L, arg))
        return 0;
    int i = rl_find_arg(L, arg, names);
    if (i < 0)
        return rl_bad_value(L, safe, call,
                            "direction must be \"read\", \"write\" or nothing, "
                            "not %s",
                            rl_show(L, arg));
    *directions = i == 0 ? RN_READABLE : RN_WRITABLE;
    return 0;
}
