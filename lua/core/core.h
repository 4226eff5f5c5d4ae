/* SPDX-License-Identifier: MIT */
/*
 * The inside of the Lua module: what its files share. It uses the public header
 * alone, as any C program would.
 *
 * Two rules hold everywhere. An error thrown by Lua (memory included) jumps
 * over C frames, so whatever must be released is owned by a userdata before
 * anything may throw. And the collector may run in any Lua call that allocates,
 * and with it finalizers that call methods of the very stream at hand: a
 * pointer that is lent by a stream is never passed to such a call (read.c says
 * how).
 */
#ifndef RL_CORE_H
#define RL_CORE_H

#include <runnel.h>
#include <stdbool.h>

#include "compat.h"

/* Raise that argument 1 of a method is not what it should be. */
void rl_bad_self(lua_State *L, const char *wanted) __attribute__((noreturn));

/* Raise that a maker was given something behind its argument number `last`: a
 * time limit that is not looked at would be worse. Before anything is pushed.
 */
void rl_no_more(lua_State *L, const char *call, int last);

/* ---- Handles: closed-first userdata around what the library makes */

enum rl_kind {
    RL_STREAM, /* moved by a table's functions */
    RL_SOCKET,
    RL_FILE,
    RL_SERVER,
    RL_KINDS
};

/* What was read and is not in Lua's hands yet: memory may run out on the way.
 */
struct rl_held {
    enum {
        RL_NOTHING,
        RL_LINE,
        RL_BYTES,
        RL_ALL,
        RL_LINES
    } what;
    const char *data;
    size_t len;
    rn_lines lines;
    int code;      /* how reading RL_ALL and RL_LINES ended */
    unsigned turn; /* counts what was given away */
};

struct rl_stream {
    const struct rl_stream *self;
    rn_stream *s; /* NULL: never opened, or collected */
    lua_State *L; /* who is in a call: table functions run there */
    bool safe;    /* failures are returned, not raised */
    bool crlf;    /* what writeLn ends a line with */
    bool
        lending; /* a reading call is inside Lua with a pointer of the stream */
    bool thrown; /* a table function failed: its error is kept */
    bool collected;
    bool standard;            /* input, output or error */
    bool agreeing;            /* startTls was called, and is to be repeated */
    struct rl_output *output; /* its place among them, or NULL (outputs.c) */
    int inside;               /* how many table functions are running */
    enum rl_kind kind;
    int64_t write_timeout; /* milliseconds */
    rn_time write_deadline;
    /* Where bytes are encrypted: how, in a few words for its name. */
    void (*describe)(const rn_stream *s, char *text, size_t cap);
    struct rl_held held;
    char *scratch;
    size_t scratch_size;
};

/* What is in the table that belongs to a RL_STREAM's userdata. */
enum {
    RL_TABLE = 1, /* the table whose functions move the bytes */
    RL_RUNNER,    /* the protected function that calls them */
    RL_THROWN     /* what one of them threw, or false */
};

struct rl_server {
    const struct rl_server *self;
    rn_server *server;
    bool safe;
};

/* A new closed handle of that class, pushed. */
struct rl_stream *rl_new_stream(lua_State *L, enum rl_kind kind, bool safe);

/*
 * Argument 1 of a method as a stream, whatever its class. It is known by its
 * size and by holding its own address, which nothing that Lua code can make
 * does: that is cheaper than to look at its metatable.
 */
static inline struct rl_stream *
rl_self(lua_State *L)
{
    struct rl_stream *h = lua_touserdata(L, 1);
    if (h == NULL || rl_rawlen(L, 1) != sizeof *h || h->self != h)
        rl_bad_self(L, "a stream");
    h->L = L;
    if (h->inside == 0)
        h->thrown = false; /* of an earlier call, which went on without it */
    return h;
}

static inline struct rl_server *
rl_self_server(lua_State *L)
{
    struct rl_server *h = lua_touserdata(L, 1);
    if (h == NULL || rl_rawlen(L, 1) != sizeof *h || h->self != h)
        rl_bad_self(L, "a ServerSocket");
    return h;
}

/* The table that belongs to argument 1, pushed. False: what is pushed is none;
 * the debug library can take it away. */
bool rl_push_own(lua_State *L);

/* The metatable of a class: pushed; set, and taken off the stack. */
void rl_metatable(lua_State *L, enum rl_kind kind, bool safe);
void rl_set_metatable(lua_State *L, enum rl_kind kind, bool safe);

/* ---- fail.c: errors as Lua sees them */

enum rl_class {
    RL_IO_ERROR,
    RL_VALUE_ERROR,
    RL_TYPE_ERROR,
    RL_NAME_ERROR,
    RL_CLASSES
};

/* core.exceptions(IoError, ValueError, TypeError, NameError) */
int rl_exceptions(lua_State *L);

/* "timeout" for RN_E_TIMEOUT and back; RN_E_IO for what is no code. */
void rl_push_code(lua_State *L, int code);
int rl_code_of(const char *name);

/* The exception for `err`, pushed; that for a call on h that returned `code`
 * (what a table function threw comes as it was, whatever it is). */
void rl_push_error(lua_State *L, const rn_error *err);
void rl_push_failure(lua_State *L, struct rl_stream *h, int code);

/* Raise the exception on top, or (safe) return nil, its message, its code and
 * itself; what is no exception is raised in any case. */
int rl_fail_object(lua_State *L, bool safe);

/* Both steps in one. h is argument 1. */
int rl_fail(lua_State *L, bool safe, const rn_error *err);
int rl_fail_stream(lua_State *L, struct rl_stream *h, int code);

/* The end of a call on h, argument 1, that returned `rc`: its failure, or the
 * stream itself, so that calls can be chained. */
static inline int
rl_chain(lua_State *L, struct rl_stream *h, int rc)
{
    if (rc < 0)
        return rl_fail_stream(L, h, rc);
    lua_settop(L, 1);
    return 1;
}

/* For calls that only look at a stream, which leave no story behind. */
void rl_push_look(lua_State *L, struct rl_stream *h, int code);
int rl_fail_look(lua_State *L, struct rl_stream *h, int code);

/* Fail with an exception of that class; its message is on top of the stack. */
int rl_fail_class(lua_State *L, bool safe, enum rl_class class,
                  const char *code);

/* ---- mistakes.c: arguments that can never be right */

/* Raise a TypeError: "read: n must be a number, not nil". */
int rl_bad_type(lua_State *L, int arg, const char *call, const char *name,
                const char *wanted);

/* Fail with a ValueError with this text, which is "<call>: <format>". */
int rl_bad_value(lua_State *L, bool safe, const char *call, const char *format,
                 ...);

/* The value at `i`, for a sentence: a string in quotes, cut and made printable.
 * Pushed. */
const char *rl_show(lua_State *L, int i);

/* ---- options.c: tables of options */

/* What can be said in an option table; `given` has a bit for each that was. */
struct rl_options {
    rn_buffering buffering;
    rn_family family;
    rn_newline newline;
    int64_t timeout; /* milliseconds, RN_NO_TIMEOUT */
    rn_time deadline;
    size_t max_line;
    size_t buffer_size;
    const char *source; /* lent by a value that stays on the stack */
    int source_port;
    int liveness;
    const char *address;
    int backlog;
    int reuse_port;
    unsigned given;
};

enum {
    RL_BUFFERING = 1,
    RL_FAMILY = 2,
    RL_NEWLINE = 4,
    RL_TIMEOUT = 8,
    RL_DEADLINE = 16,
    RL_MAX_LINE = 32,
    RL_BUFFER_SIZE = 64,
    RL_SOURCE = 128,
    RL_SOURCE_PORT = 256,
    RL_LIVENESS = 512,
    RL_ADDRESS = 1024,
    RL_BACKLOG = 2048,
    RL_REUSE_PORT = 4096,
    /* what holds for a stream of any kind */
    RL_FOR_STREAM = RL_BUFFERING | RL_NEWLINE | RL_TIMEOUT | RL_DEADLINE |
        RL_MAX_LINE | RL_BUFFER_SIZE
};

/*
 * Argument `arg` of `call`, the name of one of the three buffering modes, a
 * table of options among `allowed`, or nothing. 0, or the number of results of
 * a failure that is to be returned (safe).
 */
int rl_options_arg(lua_State *L, int arg, const char *call, unsigned allowed,
                   bool safe, struct rl_options *o);

/* Words of others, that a table may have as well. */
struct rl_words {
    const char *list; /* for a sentence: "caFile, certFile" */
    /* Take the value at `v`, above its key: 0, or the number of results of a
     * failure; RL_NO_WORD: the key is none of them. */
    int (*take)(lua_State *L, int v, const char *key, const char *call,
                bool safe, void *into);
    void *into;
};
enum {
    RL_NO_WORD = -1
};

/* The same, with `more` words beside those of `allowed`. */
int rl_options_more(lua_State *L, int arg, const char *call, unsigned allowed,
                    const struct rl_words *more, bool safe,
                    struct rl_options *o);

/* The one option of that bit, whose value is at `arg`. As above. */
int rl_option_value(lua_State *L, int arg, const char *call, unsigned bit,
                    bool safe, struct rl_options *o);

/* Apply what holds for every stream. 0, or as above. */
int rl_options_apply(lua_State *L, struct rl_stream *h,
                     const struct rl_options *o);

/* ---- arguments.c: single ones */

/* The index of the string at `arg` in a list that ends with NULL, or -1. */
int rl_find_arg(lua_State *L, int arg, const char *const *list);

/* The string at `arg`, without a NUL inside. NULL with *results set: a failure
 * to be returned. */
const char *rl_string_arg(lua_State *L, int arg, const char *call,
                          const char *name, bool safe, int *results);

/* The integer at `arg` (80.0 and "80" are, 80.5 is not), from `least` to
 * `most`. 0, or the number of results of a failure. */
int rl_integer_arg(lua_State *L, int arg, const char *call, const char *name,
                   double least, double most, bool safe, double *value);

/* Seconds at `arg` (nil or math.huge: RN_NO_TIMEOUT) as milliseconds, rounded
 * up; a point in time (nil or math.huge: RN_FOREVER). As above. */
int rl_timeout_arg(lua_State *L, int arg, const char *call, bool safe,
                   int64_t *ms);
int rl_deadline_arg(lua_State *L, int arg, const char *call, bool safe,
                    rn_time *t);

/* nil, "read" or "write" at `arg` as directions. As above. */
int rl_direction_arg(lua_State *L, int arg, const char *call, bool safe,
                     int *directions);

/* ---- Methods: tables of contents, one for each file */

extern const luaL_Reg rl_line_methods[];    /* lines.c */
extern const luaL_Reg rl_read_methods[];    /* read.c */
extern const luaL_Reg rl_write_methods[];   /* write.c */
extern const luaL_Reg rl_life_methods[];    /* life.c: names, ending */
extern const luaL_Reg rl_setting_methods[]; /* settings.c */
extern const luaL_Reg rl_socket_methods[];  /* socket.c */
extern const luaL_Reg rl_server_methods[];  /* server.c */

/* Take the class off that a maker was called with; it must be there. */
void rl_take_class(lua_State *L);

/* ---- Makers: their upvalue says whether it is the safe one. Those of
 * classes are their __call, so that an error's place is the caller's line; the
 * class comes first then. */

int rl_connect(lua_State *L);   /* socket.c: host, port, options */
int rl_listen(lua_State *L);    /* server.c: port, address, options */
int rl_open_file(lua_State *L); /* file.c: path, constants */
int rl_standard(lua_State *L);  /* standard.c: 0, 1 or 2 */
int rl_back(lua_State *L);      /* backed.c: table, options */

int rl_host_by_name(lua_State *L); /* names.c */
int rl_host_by_address(lua_State *L);
int rl_host_name(lua_State *L);

int rl_wait(lua_State *L); /* wait.c: list, seconds */

/* Connect a new Socket, pushed, to what arguments 1 to 3 of `call` say. 0, or
 * the number of results of a failure. Its options are not applied yet. */
int rl_connect_arg(lua_State *L, const char *call, const struct rl_words *more,
                   bool safe, struct rl_options *o, struct rl_stream **h);

static inline bool
rl_is_safe(lua_State *L)
{
    return lua_toboolean(L, lua_upvalueindex(1));
}

/* Metamethods. */
int rl_next_line(lua_State *L); /* lines.c: __call, so that `for` can */
int rl_backed_index(lua_State *L);
int rl_backed_newindex(lua_State *L);
int rl_stream_tostring(lua_State *L);
void rl_push_name(lua_State *L,
                  const struct rl_stream *h); /* the same text, pushed */
int rl_stream_gc(lua_State *L);
int rl_stream_leave(lua_State *L); /* __close */
int rl_server_tostring(lua_State *L);
int rl_server_gc(lua_State *L);

/* pin.c: the module's code stays loaded. */
void rl_pin(void);

/* lend.c: once for each state. */
void rl_lend_open(lua_State *L);

/* lend.c: what was held is of no use any more. */
void rl_let_go(struct rl_stream *h);

/* outputs.c: what a file still has is written when the program ends, however it
 * ends; when it is collected, it is forgotten (and a standard output waits).
 * False where there is no memory for that: the stream is gone. */
bool rl_remember_output(struct rl_stream *h, rn_error *err);
void rl_forget_output(struct rl_stream *h, bool flush);

#endif
