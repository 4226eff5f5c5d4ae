/* SPDX-License-Identifier: MIT */
/* The scenarios: a table of what is played. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "makers.h"
#include "peer.h"
#include "real.h"
#include "secrets.h"
#include "streams.h"

static void
scene_talk(const struct sw_scenario *self)
{
    sw_play((enum sw_way)self->way, self->buffering, self->talk);
}

void
scene_keep(const struct sw_scenario *self)
{
    sw_play((enum sw_way)self->way, self->buffering | RN_KEEP_FD, self->talk);
}

/* The reader of a pipe has gone: the system raises a signal, which must not be
 * seen. */
void
scene_broken_pipe(const struct sw_scenario *self)
{
    int ends[2];
    rn_error err;
    if (pipe2(ends, O_CLOEXEC) < 0)
        sw_stuck("a pipe");
    sw_quiet(OP_FROM_FD);
    rn_stream *s = rn_from_fd(ends[1], self->buffering, &err);
    sw_leave();
    sw_owns(ends[1]);
    __real_close(ends[0]);
    int rc;
    int tries = 0;
    do {
        sw_enter(OP_WRITE);
        rc = rn_write(s, "for nobody", 10);
        sw_leave();
    } while (rc != RN_E_RESET && ++tries < 3);
    sw_check(rc == RN_E_RESET || sw.hit[0] != NULL, "rn_write gave %s",
             rn_code_name(rc));
    sw_enter(OP_CLOSE);
    rn_free(s);
    sw_leave();
}

/* Freed without being closed: what the system takes at once is sent. */
void
scene_free(const struct sw_scenario *self)
{
    int ends[2];
    rn_error err;
    if (pipe2(ends, O_CLOEXEC) < 0)
        sw_stuck("a pipe");
    sw_quiet(OP_FROM_FD);
    rn_stream *s = rn_from_fd(ends[1], self->buffering, &err);
    sw_leave();
    sw_owns(ends[1]);
    sw_enter(OP_WRITE);
    int rc = rn_write(s, "last words", 10);
    sw_leave();
    sw_enter(OP_CLOSE);
    rn_free(s);
    sw_leave();
    char got[16];
    ssize_t n = __real_read(ends[0], got, sizeof got);
    sw_check(n >= 0 && n <= 10 && memcmp(got, "last words", (size_t)n) == 0,
             "other words were sent");
    sw_check(n == 10 || rc < 0 || sw.hit[0] != NULL, "the words were lost");
    __real_close(ends[0]);
}

#define MODES(name, play, way, talk)                                           \
    {name " unbuffered", play, way, RN_UNBUFFERED, talk},                      \
        {name " by lines", play, way, RN_LINE_BUFFERED, talk},                 \
    {                                                                          \
        name " buffered", play, way, RN_BUFFERED, talk                         \
    }

const struct sw_scenario sw_scenarios[] = {
    MODES("write tcp", scene_talk, WAY_TCP, talk_write),
    MODES("write unix", scene_talk, WAY_UNIX, talk_write),
    MODES("write pipe", scene_talk, WAY_OUT, talk_write),
    MODES("write file", scene_talk, WAY_FILE, talk_write),
    MODES("write much tcp", scene_talk, WAY_TCP, talk_write_much),
    {"write much unix", scene_talk, WAY_UNIX, RN_UNBUFFERED, talk_write_much},
    {"write much pipe", scene_talk, WAY_OUT, RN_BUFFERED, talk_write_much},
    MODES("write pieces tcp", scene_talk, WAY_TCP, talk_write_pieces),
    MODES("read tcp", scene_talk, WAY_TCP, talk_read),
    MODES("read unix", scene_talk, WAY_UNIX, talk_read),
    MODES("read pipe", scene_talk, WAY_IN, talk_read),
    MODES("lines tcp", scene_talk, WAY_TCP, talk_lines),
    {"lines pipe", scene_talk, WAY_IN, RN_BUFFERED, talk_lines},
    {"strict lines tcp", scene_talk, WAY_TCP, RN_BUFFERED, talk_strict_lines},
    {"read all tcp", scene_talk, WAY_TCP, RN_BUFFERED, talk_read_all},
    {"read all pipe", scene_talk, WAY_IN, RN_UNBUFFERED, talk_read_all},
    {"read all, nothing", scene_talk, WAY_IN, RN_BUFFERED, talk_read_nothing},
    {"read lines tcp", scene_talk, WAY_TCP, RN_BUFFERED, talk_read_lines},
    {"read lines pipe", scene_talk, WAY_IN, RN_UNBUFFERED, talk_read_lines},
    {"ask, read all tcp", scene_talk, WAY_TCP, RN_BUFFERED,
     talk_ask_and_read_all},
    MODES("dialogue tcp", scene_talk, WAY_TCP, talk_dialogue),
    MODES("dialogue unix", scene_talk, WAY_UNIX, talk_dialogue),
    {"dialogue kept", scene_keep, WAY_TCP, RN_BUFFERED, talk_dialogue},
    {"both full tcp", scene_talk, WAY_TCP, RN_BUFFERED, talk_both_full},
    MODES("abort tcp", scene_talk, WAY_TCP, talk_abort),
    {"abort unix", scene_talk, WAY_UNIX, RN_BUFFERED, talk_abort},
    MODES("leave unread tcp", scene_talk, WAY_TCP, talk_leave_unread),
    {"set tcp", scene_talk, WAY_TCP, RN_BUFFERED, talk_set},
    MODES("timeout tcp", scene_talk, WAY_TCP, talk_timeout),
    {"timeout kept", scene_keep, WAY_TCP, RN_BUFFERED, talk_timeout},
    {"timeout unix", scene_talk, WAY_UNIX, RN_BUFFERED, talk_timeout},
    {"write timeout tcp", scene_talk, WAY_TCP, RN_UNBUFFERED,
     talk_write_timeout},
    {"write timeout pipe", scene_talk, WAY_OUT, RN_UNBUFFERED,
     talk_write_timeout},
    MODES("now tcp", scene_talk, WAY_TCP, talk_now),
    MODES("cancel tcp", scene_talk, WAY_TCP, talk_cancel),
    {"relay echo tcp", scene_talk, WAY_TCP, RN_BUFFERED, talk_echo},
    {"relay echo unix", scene_talk, WAY_UNIX, RN_UNBUFFERED, talk_echo},
    {"relay echo kept", scene_keep, WAY_TCP, RN_LINE_BUFFERED, talk_echo},
    {"relay echo beside threads", scene_talk, WAY_UNIX, RN_BUFFERED,
     talk_echo_beside_threads},
    {"relay echo, stopped", scene_talk, WAY_UNIX, RN_BUFFERED,
     talk_echo_stopped},
    {"relay pipe to tcp", scene_talk, WAY_TCP, RN_BUFFERED, talk_relay_pipe},
    {"relay pipe to pipe", scene_talk, WAY_OUT, RN_BUFFERED, talk_relay_pipe},
    {"relay pipe to file", scene_talk, WAY_FILE, RN_BUFFERED, talk_relay_pipe},
    {"broken pipe", scene_broken_pipe, 0, RN_UNBUFFERED, NULL},
    {"free", scene_free, 0, RN_BUFFERED, NULL},

    {"connect", scene_connect, 0, RN_BUFFERED, NULL},
    {"connect, timeout", scene_connect_timeout, 0, RN_UNBUFFERED, NULL},
    {"connect by name", scene_connect_name, 0, RN_LINE_BUFFERED, NULL},
    {"connect by name, timeout", scene_connect_name_timeout, 0, RN_BUFFERED,
     NULL},
    {"connect to one of many", scene_connect_many, 0, RN_BUFFERED, NULL},
    {"connect, late answer", scene_connect_late_answer, 0, 0, NULL},
    {"connect to silence", scene_connect_silent, 0, 0, NULL},
    {"connect to nobody", scene_connect_nobody, 0, 0, NULL},
    {"connect from", scene_connect_source, 0, RN_BUFFERED, NULL},
    {"connect unix", scene_connect_unix, 0, RN_BUFFERED, NULL},
    {"accept", scene_accept, 0, RN_BUFFERED, NULL},
    {"accept, limits", scene_accept_limits, 0, RN_UNBUFFERED, NULL},
    {"accept ipv6", scene_accept_ipv6, 0, RN_BUFFERED, NULL},
    {"accept unix", scene_accept_unix, 0, RN_BUFFERED, NULL},
    {"accept unix, path left", scene_listen_leftover, 0, RN_BUFFERED, NULL},
#ifdef SWEEP_TLS
#define TLS(name, scene, end, buffering, talk)                                 \
    {                                                                          \
        "tls " name, scene, end, buffering, talk                               \
    }
#define TLS_ENDS(name, scene, talk)                                            \
    TLS(name " client", scene, TLS_CLIENT, RN_BUFFERED, talk),                 \
        TLS(name " server", scene, TLS_SERVER, RN_UNBUFFERED, talk),           \
        TLS(name " client 1.2", scene, TLS_CLIENT_OLD, RN_UNBUFFERED, talk),   \
        TLS(name " server 1.2", scene, TLS_SERVER_OLD, RN_BUFFERED, talk)
    TLS_ENDS("start", scene_tls_start, talk_tls_dialogue),
    TLS_ENDS("dialogue", scene_tls, talk_tls_dialogue),
    TLS_ENDS("OpenSSL", scene_tls_openssl, talk_tls_dialogue),
    TLS_ENDS("cut", scene_tls_cut, talk_tls_cut),
    TLS("start, limit", scene_tls_start_limit, TLS_CLIENT, RN_BUFFERED,
        talk_dialogue),
    TLS("start, silence", scene_tls_start_silent, TLS_CLIENT, RN_BUFFERED,
        talk_dialogue),
    TLS("accept, silence", scene_tls_start_silent, TLS_SERVER, RN_BUFFERED,
        talk_dialogue),
    TLS("connect", scene_tls_connect, TLS_CLIENT, RN_BUFFERED, talk_dialogue),
    TLS("config client", scene_tls_config, TLS_CLIENT, RN_BUFFERED,
        talk_dialogue),
    TLS("config server", scene_tls_config, TLS_SERVER, RN_BUFFERED,
        talk_dialogue),
    TLS("trust", scene_tls_trust, TLS_CLIENT, RN_BUFFERED, NULL),
    TLS("write", scene_tls, TLS_CLIENT, RN_BUFFERED, talk_write),
    TLS("write, by lines", scene_tls, TLS_SERVER, RN_LINE_BUFFERED, talk_write),
    TLS("write much", scene_tls, TLS_CLIENT, RN_UNBUFFERED, talk_write_much),
    TLS("write much 1.2", scene_tls, TLS_SERVER_OLD, RN_BUFFERED,
        talk_write_much),
    TLS("read", scene_tls, TLS_SERVER, RN_UNBUFFERED, talk_read),
    TLS("lines", scene_tls, TLS_CLIENT, RN_BUFFERED, talk_lines),
    TLS("read all", scene_tls, TLS_CLIENT, RN_BUFFERED, talk_ask_and_read_all),
    TLS("read lines", scene_tls, TLS_CLIENT_OLD, RN_UNBUFFERED,
        talk_read_lines),
    TLS("both full", scene_tls, TLS_CLIENT, RN_BUFFERED, talk_both_full),
    TLS("abort", scene_tls, TLS_CLIENT, RN_BUFFERED, talk_abort),
    TLS("leave unread", scene_tls, TLS_SERVER, RN_BUFFERED, talk_leave_unread),
    TLS("timeout", scene_tls, TLS_CLIENT, RN_BUFFERED, talk_timeout),
    TLS("write timeout", scene_tls, TLS_SERVER, RN_UNBUFFERED,
        talk_tls_write_timeout),
    TLS("now", scene_tls, TLS_CLIENT, RN_BUFFERED, talk_now),
    TLS("cancel", scene_tls, TLS_SERVER, RN_BUFFERED, talk_cancel),
    TLS("relay echo", scene_tls, TLS_SERVER, RN_BUFFERED, talk_echo),
#endif

    {"names", scene_names, 0, 0, NULL},
    {"names, timeout", scene_names_timeout, 0, 0, NULL},
    {"scope", scene_scope, 0, 0, NULL},
};

const int sw_scenario_count = sizeof sw_scenarios / sizeof sw_scenarios[0];
