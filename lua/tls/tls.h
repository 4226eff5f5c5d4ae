/* SPDX-License-Identifier: MIT */
/*
 * The inside of runnel.tls, the part in C: require "runnel.tlscore". It has the
 * TLS library in it and links OpenSSL; everything else it borrows from the core
 * (../core/offer.h).
 */
#ifndef RL_TLS_H
#define RL_TLS_H

#include <runnel_tls.h>

#include "../core/lend.h"

/* ---- borrow.c */

/* Take what the core offers; raises where that is another version's. */
void rl_borrow(lua_State *L);

/* ---- words.c: what a table of options says of TLS */

struct rl_tls_words {
    rn_tls_options o; /* its strings are kept on the stack */
    bool server;
    bool shared; /* one of those was said that a TlsConfig has */
};

enum {
    RL_TLS_CONFIG = 1, /* what is said of a config: trust, certificates, ... */
    RL_TLS_STREAM = 2, /* of one connection */
    RL_TLS_SERVER = 4  /* of one that may be the server's end */
};

/* Argument `arg` of `call`: a table with options among `allowed` of the core's
 * and those of `groups`, or nothing. 0, or the number of results of a failure.
 */
int rl_tls_options_arg(lua_State *L, int arg, const char *call,
                       unsigned allowed, int groups, bool safe,
                       struct rl_options *o, struct rl_tls_words *t);

/* The same for TlsSocket(destination, port, options), which connects. */
int rl_tls_connect_arg(lua_State *L, bool safe, struct rl_options *o,
                       struct rl_tls_words *t, struct rl_stream **h);

/* Fail with a ValueError: "<call>: <text>". */
int rl_tls_bad_value(lua_State *L, bool safe, const char *call,
                     const char *text);

/* ---- config.c */

/* TlsConfig(options), and its metatable, which is set up once for each of the
 * two modules. */
int rl_tls_new_config(lua_State *L);
void rl_tls_config_class(lua_State *L, bool safe);

/* The config at `arg`, or NULL where it is none. */
rn_tls_config *rl_tls_to_config(lua_State *L, int arg);

/* ---- start.c */

int rl_tls_connect(lua_State *L); /* TlsSocket(destination, port, options) */
int rl_tls_start(lua_State *L);   /* stream:startTls(options) */

/* The class TlsSocket, a table on top of the stack: what becomes of a Socket.
 */
void rl_tls_socket_class(lua_State *L, bool safe);

/* ---- info.c */

int rl_tls_info(lua_State *L); /* stream:tlsInfo() */

/* "TLSv1.3, ...", or that nothing was agreed on yet. */
void rl_tls_describe(const rn_stream *s, char *text, size_t cap);

#endif
