/* SPDX-License-Identifier: MIT */
/*
 * What the core offers to parts of the module that are loaded when somebody
 * asks for them (lua/tls). There must be but one copy of the library's code, as
 * what a stream can do is known by the addresses in it; it is in the core,
 * which shows its names to nobody. So the core hands over a table of its
 * functions, and the other part has functions of the same names that call
 * those.
 */
#ifndef RL_OFFER_H
#define RL_OFFER_H

#include "core.h"

/* F(result, name, parameters, arguments), or V without a result; the library's,
 * then the core's. */
#define RL_OFFERED(F, V)                                                       \
    F(int, rn_below_farewell,                                                  \
      (rn_stream * below, const void *data, size_t len, const rn_wait *wait),  \
      (below, data, len, wait))                                                \
    F(int, rn_below_flush, (rn_stream * below, const rn_wait *wait),           \
      (below, wait))                                                           \
    F(ptrdiff_t, rn_below_read,                                                \
      (rn_stream * below, void *data, size_t n, const rn_wait *wait),          \
      (below, data, n, wait))                                                  \
    F(int, rn_below_write,                                                     \
      (rn_stream * below, const void *data, size_t len, const rn_wait *wait),  \
      (below, data, len, wait))                                                \
    F(rn_socket *, rn_connect_with,                                            \
      (const rn_connect_options *options, rn_error *err), (options, err))      \
    F(int, rn_abort, (rn_stream * s), (s))                                     \
    F(int, rn_error_of, (const rn_stream *s, rn_error *err), (s, err))         \
    F(int, rn_explain,                                                         \
      (rn_stream * s, int directions, int phase, int code,                     \
       const char *reason),                                                    \
      (s, directions, phase, code, reason))                                    \
    F(int, rn_flush, (rn_stream * s), (s))                                     \
    V(rn_free, (rn_stream * s), (s))                                           \
    F(rn_time, rn_in, (int64_t ms), (ms))                                      \
    F(const char *, rn_name, (const rn_stream *s), (s))                        \
    F(rn_time, rn_now, (void), ())                                             \
    V(rn_release, (void *p), (p))                                              \
    F(int, rn_remote_port, (const rn_socket *s), (s))                          \
    F(int, rn_set_cancel, (rn_stream * s, rn_cancel * token), (s, token))      \
    F(int, rn_set_deadline, (rn_stream * s, int directions, rn_time deadline), \
      (s, directions, deadline))                                               \
    F(void *, rn_stream_ctx, (const rn_stream *s, const rn_stream_ops *ops),   \
      (s, ops))                                                                \
    F(rn_stream *, rn_stream_over,                                             \
      (const rn_stream_ops *ops, void *ctx, rn_stream *below, rn_error *err),  \
      (ops, ctx, below, err))                                                  \
    F(rn_stream *, rn_stream_undo, (rn_stream * s), (s))                       \
    F(ptrdiff_t, rn_unsent, (const rn_stream *s), (s))                         \
    F(rn_time, rn_until, (const rn_stream *s, int direction), (s, direction))  \
    F(int, rn_wait_is_over, (const rn_wait *wait), (wait))                     \
    F(int, rl_bad_type,                                                        \
      (lua_State * L, int arg, const char *call, const char *name,             \
       const char *wanted),                                                    \
      (L, arg, call, name, wanted))                                            \
    F(int, rl_connect_arg,                                                     \
      (lua_State * L, const char *call, const struct rl_words *more,           \
       bool safe, struct rl_options *o, struct rl_stream **h),                 \
      (L, call, more, safe, o, h))                                             \
    F(int, rl_fail, (lua_State * L, bool safe, const rn_error *err),           \
      (L, safe, err))                                                          \
    F(int, rl_fail_class,                                                      \
      (lua_State * L, bool safe, enum rl_class class, const char *code),       \
      (L, safe, class, code))                                                  \
    F(int, rl_fail_look, (lua_State * L, struct rl_stream * h, int code),      \
      (L, h, code))                                                            \
    F(int, rl_fail_object, (lua_State * L, bool safe), (L, safe))              \
    F(int, rl_fail_stream, (lua_State * L, struct rl_stream * h, int code),    \
      (L, h, code))                                                            \
    F(int, rl_find_arg, (lua_State * L, int arg, const char *const *list),     \
      (L, arg, list))                                                          \
    V(rl_forget_output, (struct rl_stream * h, bool flush), (h, flush))        \
    V(rl_metatable, (lua_State * L, enum rl_kind kind, bool safe),             \
      (L, kind, safe))                                                         \
    V(rl_no_more, (lua_State * L, const char *call, int last),                 \
      (L, call, last))                                                         \
    F(int, rl_options_apply,                                                   \
      (lua_State * L, struct rl_stream * h, const struct rl_options *o),       \
      (L, h, o))                                                               \
    F(int, rl_options_more,                                                    \
      (lua_State * L, int arg, const char *call, unsigned allowed,             \
       const struct rl_words *more, bool safe, struct rl_options *o),          \
      (L, arg, call, allowed, more, safe, o))                                  \
    V(rl_push_failure, (lua_State * L, struct rl_stream * h, int code),        \
      (L, h, code))                                                            \
    F(int, rl_refuse, (lua_State * L, const struct rl_stream *h), (L, h))      \
    F(const char *, rl_show, (lua_State * L, int i), (L, i))                   \
    F(const char *, rl_string_arg,                                             \
      (lua_State * L, int arg, const char *call, const char *name, bool safe,  \
       int *results),                                                          \
      (L, arg, call, name, safe, results))                                     \
    V(rl_take_class, (lua_State * L), (L))

struct rl_offer {
    size_t sizes[2]; /* both are built of the same source */
    const char *(*rn_version)(void);
    void (*rl_bad_self)(lua_State *L, const char *wanted);
#define RL_MEMBER(result, name, parameters, arguments) result(*name) parameters;
#define RL_VOID(name, parameters, arguments) void(*name) parameters;
    RL_OFFERED(RL_MEMBER, RL_VOID)
#undef RL_MEMBER
#undef RL_VOID
};

#define RL_OFFER_SIZES                                                         \
    {                                                                          \
        sizeof(struct rl_offer), sizeof(struct rl_stream)                      \
    }

extern const struct rl_offer rl_offer; /* offer.c */

#endif
