/* SPDX-License-Identifier: MIT */
/* Files: io.File(path [, constants and options in any order]). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core.h"

enum {
    INPUT = 1,
    OUTPUT = 2,
    APPEND = 4
};

struct plan {
    const char *path;
    int mode;
    struct rl_options o;
};

/* A constant that says how to open: whether it is one. */
static bool
take_mode(lua_State *L, int arg, struct plan *p)
{
    static const char *const names[] = {"Input", "Output", "Append", "Narrow",
                                        NULL};
    static const int modes[] = {INPUT, OUTPUT, APPEND, 0};
    int i = rl_find_arg(L, arg, names);
    if (i >= 0)
        p->mode |= modes[i];
    return i >= 0;
}

/* One argument behind the path. 0, or the number of results of a failure. */
static int
take(lua_State *L, int arg, bool safe, struct plan *p)
{
    static const char *const buffering[] = {"Buffered", "LineBuffered",
                                            "Unbuffered", NULL};
    struct rl_options o;
    if (lua_isnil(L, arg) || take_mode(L, arg, p))
        return 0;
    if (!lua_istable(L, arg) && rl_find_arg(L, arg, buffering) < 0)
        return rl_bad_value(L, safe, "File",
                            "%s is none of io.Input, io.Output, io.Append, "
                            "io.Narrow and the buffering modes",
                            rl_show(L, arg));
    int results = rl_options_arg(L, arg, "File", RL_FOR_STREAM, safe, &o);
    if (results != 0)
        return results;
    rn_buffering before = p->o.buffering;
    if (!lua_istable(L, arg)) {
        p->o.buffering = o.buffering;
        return 0;
    }
    p->o = o;
    if ((o.given & RL_BUFFERING) == 0)
        p->o.buffering = before;
    return 0;
}

static int
flags_of(int mode)
{
    int flags = O_CLOEXEC | O_NOCTTY;
    if ((mode & INPUT) && mode != INPUT)
        return flags | O_RDWR; /* a device; nothing is made */
    if (mode & APPEND)
        return flags | O_WRONLY | O_CREAT | O_APPEND;
    return mode & OUTPUT ? flags | O_WRONLY | O_CREAT | O_TRUNC
                         : flags | O_RDONLY;
}

static int
fail_open(lua_State *L, bool safe, const char *path, int sys)
{
    rn_error err = {.code = RN_E_IO, .phase = RN_PHASE_SETUP, .sys_errno = sys};
    if (sys == EACCES || sys == EPERM || sys == EROFS)
        err.code = RN_E_DENIED;
    if (sys == EMFILE || sys == ENFILE)
        err.code = RN_E_FILES;
    char why[80];
    if (strerror_r(sys, why, sizeof why) != 0)
        snprintf(why, sizeof why, "system error %d", sys);
    snprintf(err.message, sizeof err.message, "open %.380s: %s", path, why);
    return rl_fail(L, safe, &err);
}

/* A descriptor, or a negated errno value. */
static int
open_once(const char *path, int mode)
{
    int fd;
    do
        fd = open(path, flags_of(mode), 0666);
    while (fd < 0 && errno == EINTR);
    return fd < 0 ? -errno : fd;
}

/* 0: it can be used; or why not, as an errno value. EINVAL: a regular file has
 * one place, so reading ahead would move where writing goes. */
static int
judge(int fd, int mode)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return errno;
    if (S_ISDIR(st.st_mode))
        return EISDIR;
    bool two_ways = (mode & INPUT) && (mode & (OUTPUT | APPEND));
    return two_ways && S_ISREG(st.st_mode) ? EINVAL : 0;
}

static int
open_plan(lua_State *L, bool safe, const struct plan *p, struct rl_stream *h)
{
    int fd = open_once(p->path, p->mode);
    if (fd == -EMFILE || fd == -ENFILE) { /* as when connecting */
        lua_gc(L, LUA_GCCOLLECT, 0);
        fd = open_once(p->path, p->mode);
    }
    if (fd < 0)
        return fail_open(L, safe, p->path, -fd);
    rn_error err = {.code = RN_OK};
    int sys = judge(fd, p->mode);
    if (sys == 0)
        h->s = rn_from_fd(fd, (int)p->o.buffering, &err);
    if (h->s != NULL) {
        rn_set_name(h->s, p->path);
        if (p->mode != INPUT && !rl_remember_output(h, &err))
            return rl_fail(L, safe, &err);
        return rl_options_apply(L, h, &p->o);
    }
    close(fd);
    if (sys == EINVAL)
        return rl_bad_value(L, safe, "File",
                            "%.200s is a regular file: open it for Input or "
                            "for Output, not for both",
                            p->path);
    return sys != 0 ? fail_open(L, safe, p->path, sys) : rl_fail(L, safe, &err);
}

int
rl_open_file(lua_State *L)
{
    bool safe = rl_is_safe(L);
    rl_take_class(L);
    struct plan p = {.o = {.buffering = RN_BUFFERED,
                           .timeout = RN_NO_TIMEOUT,
                           .deadline = RN_FOREVER}};
    int results;
    int top = lua_gettop(L);
    p.path = rl_string_arg(L, 1, "File", "path", safe, &results);
    if (p.path == NULL)
        return results;
    for (int i = 2; i <= top; i++)
        if ((results = take(L, i, safe, &p)) != 0)
            return results;
    if (p.mode == 0)
        p.mode = INPUT;
    struct rl_stream *h = rl_new_stream(L, RL_FILE, safe);
    lua_createtable(L, 1, 0);
    lua_pushvalue(L, 1);
    lua_rawseti(L, -2, 1);
    rl_setuservalue(L, -2);
    results = open_plan(L, safe, &p, h);
    return results != 0 ? results : 1;
}
