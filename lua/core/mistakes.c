/* SPDX-License-Identifier: MIT */
/* Arguments that can never be right: what is said of them. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

#include "core.h"

int
rl_bad_type(lua_State *L, int arg, const char *call, const char *name,
            const char *wanted)
{
    luaL_checkstack(L, 8, "an error");
    const char *got =
        lua_isnone(L, arg) ? "nothing" : lua_typename(L, lua_type(L, arg));
    lua_pushfstring(L, "%s: %s must be %s, not %s", call, name, wanted, got);
    return rl_fail_class(L, false, RL_TYPE_ERROR, "type");
}

void
rl_no_more(lua_State *L, const char *call, int last)
{
    char name[40];
    for (int i = lua_gettop(L); i > last; i--)
        if (!lua_isnil(L, i)) {
            snprintf(name, sizeof name, "argument %d", i);
            rl_bad_type(L, i, call, name, "left out");
        }
}

int
rl_bad_value(lua_State *L, bool safe, const char *call, const char *format, ...)
{
    luaL_checkstack(L, 8, "an error");
    char text[RN_MESSAGE_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    lua_pushfstring(L, "%s: %s", call, text);
    return rl_fail_class(L, safe, RL_VALUE_ERROR, "value");
}

const char *
rl_show(lua_State *L, int i)
{
    enum {
        SHOWN = 40
    };
    if (lua_type(L, i) != LUA_TSTRING)
        return rl_tostring(L, i, NULL);
    size_t len;
    const char *s = lua_tolstring(L, i, &len);
    char text[SHOWN + 1];
    size_t n = len < SHOWN ? len : SHOWN;
    for (size_t k = 0; k < n; k++)
        text[k] = isprint((unsigned char)s[k]) ? s[k] : '?';
    text[n] = '\0';
    return lua_pushfstring(L, len > SHOWN ? "\"%s...\"" : "\"%s\"", text);
}
