/* SPDX-License-Identifier: MIT */
/* What is borrowed from the core: functions of the same names that call its
 * own. A name that is used here and not offered is one that loading fails for.
 */
#include <stdlib.h>
#include <string.h>

#include "../core/offer.h"
#include "tls.h"

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

static const struct rl_offer *core;

#define BORROW(result, name, parameters, arguments)                            \
    result name parameters                                                     \
    {                                                                          \
        return core->name arguments;                                           \
    }
#define BORROW_VOID(name, parameters, arguments)                               \
    void name parameters                                                       \
    {                                                                          \
        core->name arguments;                                                  \
    }
RL_OFFERED(BORROW, BORROW_VOID)

void
rl_bad_self(lua_State *L, const char *wanted)
{
    core->rl_bad_self(L, wanted);
    abort(); /* not reached */
}

/* Whatever the number of Lua states, there is one core: it stays loaded. */
void
rl_borrow(lua_State *L)
{
    static const size_t sizes[] = RL_OFFER_SIZES;
    lua_getglobal(L, "require");
    lua_pushliteral(L, "runnel.core");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, "offer");
    const struct rl_offer *offer = lua_touserdata(L, -1);
    lua_getfield(L, -2, "version");
    const char *version = lua_tostring(L, -1);
    if (offer == NULL || version == NULL ||
        memcmp(offer->sizes, sizes, sizeof sizes) != 0 ||
        strcmp(version, TEXT(RNI_VERSION)) != 0)
        luaL_error(L,
                   "runnel.tls " TEXT(RNI_VERSION) " does not fit to "
                                                   "runnel.core %s: install "
                                                   "both anew, of one version",
                   version != NULL ? version : "(too old)");
    core = offer;
    lua_pop(L, 3);
}
