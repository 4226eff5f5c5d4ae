/* SPDX-License-Identifier: MIT */
/* Scenarios of TLS, the library at either end, with either version. The far end
 * is OpenSSL's, and nothing in it is left to chance. */
#define _GNU_SOURCE
#include "secrets.h"

#include <fcntl.h>
#include <stdlib.h>

#include "../tls/far.h"
#include "real.h"
#include "runnel_tls.h"
#include "streams.h"

#ifndef __GLIBC__
#define __real_open64 __real_open
#define __wrap_open64 __wrap_open
#endif
int __real_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);

static struct identity authority;
static struct identity both;  /* of the library and of the far end */
static rn_tls_config *served; /* reading a key takes longer than all the rest */

void
sw_tls_begin(void)
{
    sw_openssl_set_up();
    far_chance(1);
    certificates_begin();
    certificate_make(&authority, "authority", NULL, NULL, 0, 0);
    certificate_make(&both, "both", "DNS:a.example,IP:127.0.0.1", &authority, 0,
                     0);
    setenv(X509_get_default_cert_file_env(), authority.cert_file, 1);
    far_begin(&both, authority.cert_file);
    const rn_tls_options o = {.cert_file = both.cert_file,
                              .key_file = both.key_file};
    served = rn_tls_config_new(&o, NULL);
    sw_need(served != NULL, "a server's config");
}

void
sw_tls_end(void)
{
    rn_tls_config_free(served);
    far_end();
    certificate_free(&authority);
    certificate_free(&both);
    certificates_end();
}

/* A file is opened by the library only to ask why OpenSSL could not. */
int
__wrap_open64(const char *path, int flags, ...)
{
    int fd = __real_open64(path, flags);
    if (sw.inside)
        sw_owns(fd);
    return fd;
}

/* ---- What each of them begins and ends with */

static const struct sw_cover honest = {.hears = far_hears,
                                       .reads = far_reads,
                                       .writes = far_writes,
                                       .ends = far_says_goodbye,
                                       .says = far_says,
                                       .was_told_end = far_heard_goodbye};
static const struct sw_cover abrupt = {.hears = far_hears,
                                       .reads = far_reads,
                                       .writes = far_writes,
                                       .says = far_says,
                                       .was_told_end = far_heard_goodbye};

static bool
is_client(const struct sw_scenario *self)
{
    return self->way == TLS_CLIENT || self->way == TLS_CLIENT_OLD;
}

static void
open_far(const struct sw_scenario *self)
{
    far_chance(2);
    far_open(is_client(self),
             self->way == TLS_CLIENT || self->way == TLS_SERVER
                 ? TLS1_3_VERSION
                 : TLS1_2_VERSION);
}

static void
begin(const struct sw_scenario *self, const struct sw_cover *cover,
      bool with_points)
{
    sw_over_tls();
    sw_cover(cover);
    open_far(self);
    sw_openssl_begin(with_points);
}

static rn_tls_options
options_of(const struct sw_scenario *self)
{
    if (is_client(self))
        return (rn_tls_options){.name = "a.example",
                                .ca_file = authority.cert_file};
    return (rn_tls_options){.cert_file = both.cert_file,
                            .key_file = both.key_file};
}

/* The same with what is read already: clients must resume nothing. */
static rn_tls_options
ready_options(const struct sw_scenario *self)
{
    return is_client(self) ? options_of(self)
                           : (rn_tls_options){.config = served};
}

static rn_stream *
open_below(const struct sw_scenario *self, int *far)
{
    rn_error err;
    int fd = sw_open_way(WAY_TCP, far);
    sw_limit_reset(fd);
    sw_quiet(OP_FROM_FD);
    rn_stream *below = rn_from_fd(fd, self->buffering, &err);
    sw_leave();
    sw_need(below != NULL, "a stream below");
    sw_owns(fd);
    return below;
}

static rn_stream *
start(const struct sw_scenario *self, rn_stream *below, rn_tls_options *o,
      rn_error *err)
{
    return is_client(self) ? rn_tls_start(below, o, err)
                           : rn_tls_accept(below, o, err);
}

/* TLS could not be had: what it was to be over is still the caller's. */
static void
give_up(rn_stream *below, int far)
{
    sw_enter(OP_CLOSE);
    int rc = rn_close(below);
    sw_again(rc, below, NULL, 0);
    sw_enter(OP_CLOSE);
    rn_free(below);
    sw_leave();
    sw_raw_close(far);
}

/* What a stream of TLS can be asked about besides. */
static bool
ask(rn_stream *s)
{
    rn_tls_info info;
    char *pem = NULL;
    rn_error err = {.message = "(it has none)"};
    int rc;
    sw_enter(OP_TLS_INFO);
    rc = rn_tls_get_info(s, &info);
    sw_leave();
    sw_check(rc == RN_OK && info.version[0] != '\0', "rn_tls_get_info gave %s",
             rn_code_name(rc));
    do {
        sw_enter(OP_TLS_INFO);
        err.code = rc = rn_tls_get_chain(s, &pem);
    } while (sw_again(rc, NULL, &err, 0));
    sw.inside = true;
    rn_release(pem);
    sw.inside = false;
    return rc == RN_OK;
}

static void
talk_later(const struct sw_scenario *self, rn_tls_options o)
{
    int far;
    rn_stream *below = open_below(self, &far);
    rn_stream *s;
    rn_error err;
    o.later = 1;
    do {
        sw_enter(OP_TLS_LATER);
        s = start(self, below, &o, &err);
    } while (sw_again(s == NULL ? err.code : RN_OK, NULL, &err, 0));
    if (s == NULL)
        give_up(below, far);
    else
        sw_play_on(s, far, self->talk);
}

/* Hands are shaken by the first calls. */
void
scene_tls(const struct sw_scenario *self)
{
    begin(self, &honest, false);
    talk_later(self, ready_options(self));
    sw_openssl_end();
}

void
scene_tls_openssl(const struct sw_scenario *self)
{
    begin(self, &honest, true);
    talk_later(self, ready_options(self));
    sw_openssl_end();
}

/* The peer ends the connection without a word. */
void
scene_tls_cut(const struct sw_scenario *self)
{
    begin(self, &abrupt, false);
    talk_later(self, ready_options(self));
    sw_openssl_end();
}

bool
talk_tls_cut(rn_stream *s)
{
    static const char *const lines[] = {"all of this\n", "some of th", NULL};
    sw_feed(lines, true);
    return sw_writeln(s, "hello") && sw_readln(s) &&
        sw_read_fails(s, RN_E_TLS) && sw_read_fails(s, RN_E_TLS);
}

bool
talk_tls_dialogue(rn_stream *s)
{
    return sw_flush(s) && ask(s) && talk_dialogue(s);
}

/* The peer shakes hands, and stops reading then. */
bool
talk_tls_write_timeout(rn_stream *s)
{
    return sw_flush(s) && talk_write_timeout(s);
}

/* ---- Hands are shaken by the call that makes it */

static void
talk_at_once(const struct sw_scenario *self, rn_tls_options *o, int wanted)
{
    int far;
    rn_stream *below = open_below(self, &far);
    rn_error err;
    sw_far_is(far);
    sw_enter(OP_TLS_START);
    rn_stream *s = start(self, below, o, &err);
    sw_again(s == NULL ? err.code : RN_OK, NULL, &err, wanted);
    sw_own_turn(NULL);
    if (s == NULL)
        give_up(below, far);
    else
        sw_play_on(s, far, self->talk);
}

void
scene_tls_start(const struct sw_scenario *self)
{
    rn_tls_options o = ready_options(self);
    begin(self, &honest, false);
    talk_at_once(self, &o, 0);
    sw_openssl_end();
}

/* With limits that hold for the handshake alone. */
void
scene_tls_start_limit(const struct sw_scenario *self)
{
    rn_tls_options o = ready_options(self);
    o.timeout = 5000;
    begin(self, &honest, false);
    talk_at_once(self, &o, 0);
    sw_openssl_end();
}

static bool
no_turn(short events)
{
    (void)events;
    return false;
}

void
scene_tls_start_silent(const struct sw_scenario *self)
{
    rn_tls_options o = ready_options(self);
    o.timeout = 700;
    begin(self, &honest, false);
    sw_own_turn(no_turn);
    talk_at_once(self, &o, RN_E_TIMEOUT);
    sw_openssl_end();
}

/* ---- Connecting */

static int listener;
static int caller;
static const struct sw_scenario *connecting;

/* Who connects anew gets a far end anew. */
static bool
accept_or_turn(short events)
{
    int fd = __real_accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0) {
        if (caller >= 0)
            sw_raw_close(caller);
        caller = fd;
        sw_far_is(caller);
        open_far(connecting);
        return true;
    }
    return sw_plain_turn(events);
}

void
scene_tls_connect(const struct sw_scenario *self)
{
    rn_tls_options o = {.ca_file = authority.cert_file};
    rn_error err;
    rn_stream *s;
    int port;
    listener = sw_raw_listen(&port, 16);
    __real_fcntl64(listener, F_SETFL, O_NONBLOCK);
    caller = -1;
    connecting = self;
    begin(self, &honest, false);
    sw_own_turn(accept_or_turn);
    do {
        sw_enter(OP_TLS_CONNECT);
        s = rn_tls_connect("127.0.0.1", port, (rn_buffering)self->buffering, &o,
                           &err);
    } while (sw_again(s == NULL ? err.code : RN_OK, NULL, &err, 0));
    sw_own_turn(NULL);
    if (s != NULL)
        sw_play_on(s, caller, self->talk);
    else if (caller >= 0)
        sw_raw_close(caller);
    sw_raw_close(listener);
    sw_openssl_end();
}

/* ---- What connections share */

static rn_tls_config *
config_of(const rn_tls_options *o)
{
    rn_error err;
    rn_tls_config *config;
    do {
        sw_enter(OP_TLS_CONFIG);
        config = rn_tls_config_new(o, &err);
    } while (sw_again(config == NULL ? err.code : RN_OK, NULL, &err, 0));
    return config;
}

static void
free_config(rn_tls_config *config)
{
    sw.inside = true;
    rn_tls_config_free(config);
    sw.inside = false;
}

/* A client's files are read anew, and the config is let go, while a connection
 * that was made with it lives. */
static void
play_config(const struct sw_scenario *self)
{
    rn_tls_options o = options_of(self);
    o.alpn = "a,b";
    rn_tls_options with = {.name = o.name, .later = 1};
    with.config = config_of(&o);
    if (with.config == NULL)
        return;
    int far;
    rn_stream *below = open_below(self, &far);
    rn_stream *s;
    rn_error err;
    do {
        sw_enter(OP_TLS_LATER);
        s = start(self, below, &with, &err);
    } while (sw_again(s == NULL ? err.code : RN_OK, NULL, &err, 0));
    int rc;
    do {
        sw_enter(OP_TLS_CONFIG);
        rc = is_client(self) ? rn_tls_config_reload(with.config, &err) : RN_OK;
    } while (sw_again(rc, NULL, &err, 0));
    free_config(with.config);
    if (s == NULL)
        give_up(below, far);
    else
        sw_play_on(s, far, self->talk);
}

void
scene_tls_config(const struct sw_scenario *self)
{
    begin(self, &honest, true);
    play_config(self);
    sw_openssl_end();
}

/* Those that the system trusts. */
void
scene_tls_trust(const struct sw_scenario *self)
{
    const rn_tls_options o = {.pinned_key = "sha256//AAAA="};
    begin(self, &honest, true);
    free_config(config_of(&o));
    sw_openssl_end();
}
