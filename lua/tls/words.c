/* SPDX-License-Identifier: MIT */
/* The options of TLS: one function for each kind of value, a row for each word.
 */
#include <stddef.h>
#include <string.h>

#include "tls.h"

struct word;

typedef int word_reader(lua_State *L, int v, const struct word *word,
                        const char *call, bool safe, struct rl_tls_words *t);

static word_reader take_text, take_flag, take_version, take_config, take_server;

static const struct word {
    const char *name;
    int group;
    word_reader *take;
    size_t place; /* in rn_tls_options */
} known[] = {
    {"caFile", RL_TLS_CONFIG, take_text, offsetof(rn_tls_options, ca_file)},
    {"certFile", RL_TLS_CONFIG, take_text, offsetof(rn_tls_options, cert_file)},
    {"keyFile", RL_TLS_CONFIG, take_text, offsetof(rn_tls_options, key_file)},
    {"pinnedKey", RL_TLS_CONFIG, take_text,
     offsetof(rn_tls_options, pinned_key)},
    {"alpn", RL_TLS_CONFIG, take_text, offsetof(rn_tls_options, alpn)},
    {"minVersion", RL_TLS_CONFIG, take_version, 0},
    {"clientCertificate", RL_TLS_CONFIG, take_flag,
     offsetof(rn_tls_options, client_certificate)},
    {"keylog", RL_TLS_CONFIG, take_flag, offsetof(rn_tls_options, keylog)},
    {"dangerouslySkipVerification", RL_TLS_CONFIG, take_flag,
     offsetof(rn_tls_options, dangerously_skip_verification)},
    {"name", RL_TLS_STREAM, take_text, offsetof(rn_tls_options, name)},
    {"later", RL_TLS_STREAM, take_flag, offsetof(rn_tls_options, later)},
    {"config", RL_TLS_STREAM, take_config, 0},
    {"server", RL_TLS_SERVER, take_server, 0},
};
enum {
    KNOWN = sizeof known / sizeof known[0]
};

int
rl_tls_bad_value(lua_State *L, bool safe, const char *call, const char *text)
{
    luaL_checkstack(L, 8, "an error");
    lua_pushfstring(L, "%s: %s", call, text);
    return rl_fail_class(L, safe, RL_VALUE_ERROR, "value");
}

/* ---- One value, at `v` */

static int
take_text(lua_State *L, int v, const struct word *word, const char *call,
          bool safe, struct rl_tls_words *t)
{
    int results;
    /* It must outlive what finalizers do to the table: a copy stays below. */
    lua_pushvalue(L, v);
    lua_insert(L, v - 1);
    const char *text =
        rl_string_arg(L, v + 1, call, word->name, safe, &results);
    memcpy((char *)&t->o + word->place, &text, sizeof text);
    return results;
}

static int
boolean(lua_State *L, int v, const struct word *word, const char *call,
        int *value)
{
    if (!lua_isboolean(L, v))
        return rl_bad_type(L, v, call, word->name, "a boolean");
    *value = lua_toboolean(L, v);
    return 0;
}

static int
take_flag(lua_State *L, int v, const struct word *word, const char *call,
          bool safe, struct rl_tls_words *t)
{
    int value = 0;
    (void)safe;
    int results = boolean(L, v, word, call, &value);
    memcpy((char *)&t->o + word->place, &value, sizeof value);
    return results;
}

static int
take_server(lua_State *L, int v, const struct word *word, const char *call,
            bool safe, struct rl_tls_words *t)
{
    int value = 0;
    (void)safe;
    int results = boolean(L, v, word, call, &value);
    t->server = value;
    return results;
}

static int
take_version(lua_State *L, int v, const struct word *word, const char *call,
             bool safe, struct rl_tls_words *t)
{
    static const char *const names[] = {"TLSv1.2", "TLSv1.3", NULL};
    int i = rl_find_arg(L, v, names);
    if (i < 0) {
        const char *shown = rl_show(L, v);
        return rl_tls_bad_value(
            L, safe, call,
            lua_pushfstring(L, "%s must be \"TLSv1.2\" or \"TLSv1.3\", not %s",
                            word->name, shown));
    }
    t->o.min_version = (rn_tls_version)i;
    return 0;
}

static int
take_config(lua_State *L, int v, const struct word *word, const char *call,
            bool safe, struct rl_tls_words *t)
{
    (void)safe;
    t->o.config = rl_tls_to_config(L, v);
    if (t->o.config == NULL)
        return rl_bad_type(L, v, call, word->name, "a TlsConfig");
    lua_pushvalue(L, v); /* kept, as texts are */
    lua_insert(L, v - 1);
    return 0;
}

/* ---- The table */

struct reading {
    int groups;
    struct rl_tls_words *t;
};

static int
take_word(lua_State *L, int v, const struct word *word, const char *call,
          bool safe, struct rl_tls_words *t)
{
    int results = word->take(L, v, word, call, safe, t);
    if (word->group == RL_TLS_CONFIG)
        t->shared = true;
    if (results != 0 || t->o.config == NULL || !t->shared)
        return results;
    return rl_tls_bad_value(L, safe, call,
                            "a config has files and rules of its own: say them "
                            "to TlsConfig");
}

static int
take(lua_State *L, int v, const char *key, const char *call, bool safe,
     void *into)
{
    struct reading *r = into;
    for (int i = 0; i < KNOWN; i++)
        if (strcmp(key, known[i].name) == 0 && (known[i].group & r->groups))
            return take_word(L, v, &known[i], call, safe, r->t);
    return RL_NO_WORD;
}

#define OF_CONFIG                                                              \
    "caFile, certFile, keyFile, pinnedKey, alpn, minVersion, "                 \
    "clientCertificate, keylog, dangerouslySkipVerification"
#define OF_STREAM OF_CONFIG ", name, later, config"

static struct rl_words
words(struct reading *r)
{
    return (struct rl_words){.list = (r->groups & RL_TLS_SERVER) ? OF_STREAM
                                 ", server"
                                 : (r->groups & RL_TLS_STREAM) ? OF_STREAM
                                                               : OF_CONFIG,
                             .take = take,
                             .into = r};
}

int
rl_tls_options_arg(lua_State *L, int arg, const char *call, unsigned allowed,
                   int groups, bool safe, struct rl_options *o,
                   struct rl_tls_words *t)
{
    struct reading r = {.groups = groups, .t = t};
    struct rl_words more = words(&r);
    *t = (struct rl_tls_words){.server = false};
    return rl_options_more(L, arg, call, allowed, &more, safe, o);
}

int
rl_tls_connect_arg(lua_State *L, bool safe, struct rl_options *o,
                   struct rl_tls_words *t, struct rl_stream **h)
{
    struct reading r = {.groups = RL_TLS_CONFIG | RL_TLS_STREAM, .t = t};
    struct rl_words more = words(&r);
    *t = (struct rl_tls_words){.server = false};
    return rl_connect_arg(L, "TlsSocket", &more, safe, o, h);
}
