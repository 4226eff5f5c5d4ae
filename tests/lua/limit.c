/* SPDX-License-Identifier: MIT */
/* Runs a script in Lua states whose memory fails at the k-th allocation, at
 * that and the next (since 5.2 Lua collects and tries again), then in states
 * with a ceiling, until it gets through: each time nothing may be left. No
 * garbage is collected meanwhile but where Lua is short of memory, for where it
 * has none to call a finalizer with it never calls that (LuaJIT needs none).
 * A second script collects, so that this happens: what is left is not judged,
 * and the program gets to its end.
 *
 * usage: limit SCRIPT SCRIPT-THAT-COLLECTS */
#include <dirent.h>
#include <lauxlib.h>
#include <lualib.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    MOST_RUNS = 40000,
    TIME_LIMIT = 300 /* seconds */
};

struct memory {
    long until;     /* allocations until one fails; < 0: none does */
    int times;      /* how many fail then */
    size_t ceiling; /* 0: none */
    size_t used;
    bool armed; /* not while a state is made: LuaJIT itself crashes then */
    bool collects;
    bool failed;
    const char *script;
};

static void *
allocate(void *ud, void *ptr, size_t before, size_t size)
{
    struct memory *m = ud;
    if (ptr == NULL)
        before = 0; /* the kind of the object, since 5.2 */
    if (size == 0) {
        m->used -= before;
        free(ptr);
        return NULL;
    }
    bool grows = size > before && m->armed;
    bool fails = grows && m->until == 0;
    if (grows && m->until >= 0 && (!fails || --m->times <= 0))
        m->until--; /* what comes then works again */
    if (grows && m->ceiling > 0 && m->used + (size - before) > m->ceiling)
        fails = true;
    void *p = fails ? NULL : realloc(ptr, size);
    if (p == NULL) {
        m->failed = true;
        return NULL;
    }
    m->used = m->used - before + size;
    return p;
}

static int
descriptors(void)
{
    int n = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (dir != NULL && readdir(dir) != NULL)
        n++;
    if (dir != NULL)
        closedir(dir);
    return n;
}

/* Memory fails from when the script begins: opening the standard library, 5.1
 * may close standard input then, and LuaJIT may leave a file open that it
 * loads.
 */
static int
run_script(lua_State *L)
{
    struct memory *m = lua_touserdata(L, 1);
    luaL_openlibs(L);
    if (luaL_loadfile(L, m->script) != 0)
        return lua_error(L);
#ifdef LUA_JITLIBNAME
    lua_getglobal(L, "require");
    lua_pushliteral(L, "runnel");
    lua_call(L, 1, 0);
#endif
    if (!m->collects)
        lua_gc(L, LUA_GCSTOP, 0);
    m->armed = true;
    lua_call(L, 0, 0);
    return 0;
}

static lua_State *
new_state(struct memory *m)
{
#if LUA_VERSION_NUM >= 505
    return lua_newstate(allocate, m, 1);
#else
    return lua_newstate(allocate, m);
#endif
}

/* 1: got through, 0: it ran out of memory, -1: something else happened. */
static int
run(struct memory *m)
{
    lua_State *L = new_state(m);
    if (L == NULL)
        return 0;
    lua_pushcfunction(L, run_script);
    lua_pushlightuserdata(L, m);
    int rc = lua_pcall(L, 1, 0, 0);
    m->armed = false;
    int result = rc == 0 ? 1 : m->failed ? 0 : -1;
    if (result < 0) {
        if (lua_istable(L, -1))
            lua_getfield(L, -1, "message");
        const char *what = lua_tostring(L, -1);
        printf("# %s\n", what != NULL ? what : "an error without a message");
    }
    lua_close(L);
    return result;
}

/* Whether all runs of one mode left nothing, and the script got through. A mode
 * has steps of the ceiling, or so many failures in a row. */
static bool
all(const char *script, size_t step, int times, int before)
{
    bool through = false;
    bool clean = true;
#ifdef LUA_JITLIBNAME
    bool told = false;
#endif
    long k = 0;
    for (; k < MOST_RUNS && !through && clean; k++) {
        struct memory m = {.until = step == 0 ? k : -1,
                           .times = times,
                           .ceiling = step * (size_t)(k + 1),
                           .script = script};
        int result = run(&m);
        through = result == 1 && !m.failed;
        int after = descriptors();
        clean = result >= 0 && after == before;
#ifdef LUA_JITLIBNAME
        if (m.used > 0 && !told)
            printf("# LuaJIT itself left %zu bytes: not judged\n", m.used);
        told = told || m.used > 0;
#else
        clean = clean && m.used == 0;
#endif
        if (!clean)
            printf("# run %ld: result %d, %zu bytes and %d descriptors left\n",
                   k, result, m.used, after - before);
    }
    printf("# %ld runs\n", k);
    return through && clean;
}

/* The script gets through at last; what it left, after some of the runs, is the
 * end of the program's to stumble over. */
static bool
all_that_collect(const char *script)
{
    bool through = false;
    int lost = 0;
    for (long k = 0; k < MOST_RUNS && !through; k++) {
        struct memory m = {
            .until = k, .times = 2, .collects = true, .script = script};
        int before = descriptors();
        through = run(&m) == 1 && !m.failed;
        lost += descriptors() > before;
    }
    printf("# %d finalizers lost\n", lost);
#ifdef LUA_JITLIBNAME /* it needs no memory for that call */
    return through && lost == 0;
#else
    return through && lost > 0;
#endif
}

static bool
can_have_an_allocator(void)
{
    struct memory m = {.until = -1};
    lua_State *L = new_state(&m);
    if (L == NULL)
        return false;
    lua_close(L);
    return true;
}

int
main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    alarm(TIME_LIMIT);
    /* What was found is not to be lost in a crash at the end. */
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!can_have_an_allocator()) {
        printf("1..0 # SKIP THIS LUA TAKES NO ALLOCATOR: NOTHING WAS TESTED\n");
        return 0;
    }
    struct memory m = {.until = -1, .script = argv[1]};
    bool plain = run(&m) == 1;
    int before = descriptors(); /* what is made once is there now */
    printf("%s 1 - the script by itself\n", plain ? "ok" : "not ok");
    bool each = all(argv[1], 0, 1, before);
    printf("%s 2 - each allocation fails once\n", each ? "ok" : "not ok");
    bool twice = all(argv[1], 0, 2, before);
    printf("%s 3 - and the next one as well\n", twice ? "ok" : "not ok");
    bool ceiling = all(argv[1], 1024, 0, before);
    printf("%s 4 - a ceiling that rises\n", ceiling ? "ok" : "not ok");
    bool collects = all_that_collect(argv[2]);
    printf("%s 5 - finalizers that Lua cannot call\n1..5\n",
           collects ? "ok" : "not ok");
    return plain && each && twice && ceiling && collects ? 0 : 1;
}
