/* SPDX-License-Identifier: MIT */
/* Scenarios of listening and accepting, and of unix sockets. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/un.h>

#include "makers.h"
#include "peer.h"
#include "real.h"
#include "streams.h"

static rn_server *
listen_with(const rn_listen_options *o)
{
    rn_error err;
    rn_server *server;
    do {
        sw_enter(OP_LISTEN);
        server = rn_listen_with(o, &err);
    } while (sw_again(server == NULL ? err.code : RN_OK, NULL, &err, 0));
    return server;
}

static rn_socket *
accept_from(rn_server *server, int wanted, int buffering)
{
    rn_error err;
    rn_socket *s;
    do {
        sw_enter(OP_ACCEPT);
        s = rn_accept(server, (rn_buffering)buffering, &err);
    } while (sw_again(s == NULL ? err.code : RN_OK, NULL, &err, wanted));
    return s;
}

static void
end_server(rn_server *server)
{
    sw_enter(OP_SERVER_CLOSE);
    int rc = rn_server_close(server);
    rn_error err = {.code = rc, .message = "(it has none)"};
    sw_again(rc, NULL, &err, 0);
    sw.inside = true;
    rc = rn_server_close(server);
    sw.inside = false;
    sw_check(rc == RN_OK, "closing a server again gives %s", rn_code_name(rc));
    sw_enter(OP_SERVER_CLOSE);
    rn_server_free(server);
    sw_leave();
}

/* Whoever has connected with `raw`; a raw end whose connection an accept took
 * and lost is done with. */
static void
talk_to(rn_socket *s, int raw)
{
    if (s != NULL)
        sw_play_on(s, raw, talk_dialogue);
    else
        sw_raw_close(raw);
}

static struct sockaddr_un
unix_address(void)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    strcpy(a.sun_path, sw_path() + 5);
    return a;
}

static int
raw_unix(void)
{
    struct sockaddr_un a = unix_address();
    int fd = __real_socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || __real_connect(fd, (const struct sockaddr *)&a, sizeof a) < 0)
        sw_stuck("a connection to the unix socket");
    return fd;
}

static int caller = -1;
static int caller_port;

/* While accept waits, somebody calls; who had called before was let down by an
 * accept that failed. */
static bool
call(short events)
{
    if (events != POLLIN)
        return false;
    if (caller >= 0)
        sw_raw_close(caller);
    caller = caller_port > 0 ? sw_raw_connect(caller_port) : raw_unix();
    return true;
}

static void
accept_caller(rn_server *server, int buffering)
{
    caller = -1;
    caller_port = rn_server_port(server);
    sw_own_turn(call);
    rn_socket *s = accept_from(server, 0, buffering);
    sw_own_turn(NULL);
    if (caller >= 0)
        talk_to(s, caller);
}

void
scene_accept(const struct sw_scenario *self)
{
    const rn_listen_options o = {.address = "127.0.0.1", .buffer_size = 64};
    rn_server *server = listen_with(&o);
    if (server == NULL)
        return;
    accept_caller(server, self->buffering);
    end_server(server);
}

/* Time, a token, and no waiting at all. */
void
scene_accept_limits(const struct sw_scenario *self)
{
    const rn_listen_options o = {.address = "127.0.0.1", .reuse_port = 1};
    rn_server *server = listen_with(&o);
    if (server == NULL)
        return;
    rn_server_set_timeout(server, 1000);
    sw_check(accept_from(server, RN_E_TIMEOUT, 0) == NULL, "accepted nobody");
    rn_server_set_timeout(server, 0);
    sw_check(accept_from(server, RN_E_AGAIN, 0) == NULL, "accepted nobody");
    rn_server_set_timeout(server, 1000);
    accept_caller(server, self->buffering);
    end_server(server);
}

void
scene_accept_ipv6(const struct sw_scenario *self)
{
    const rn_listen_options o = {.family = RN_ANY};
    rn_server *server = listen_with(&o);
    if (server == NULL)
        return;
    accept_caller(server, self->buffering);
    end_server(server);
}

/* Nobody is there any more, but the file is. */
static void
leave_path(void)
{
    struct sockaddr_un a = unix_address();
    int fd = __real_socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || __real_bind(fd, (const struct sockaddr *)&a, sizeof a) < 0)
        sw_stuck("a path to leave behind");
    __real_close(fd);
}

static bool
path_is_there(void)
{
    struct stat st;
    return __real_lstat64(sw_path() + 5, &st) == 0;
}

static void
serve_unix(int buffering)
{
    const rn_listen_options o = {.address = sw_path()};
    bool taken = path_is_there();
    rn_server *server = listen_with(&o);
    sw_check(server != NULL || taken || !path_is_there() ||
                 (sw.hit[0] != NULL && sw.hit[0]->call == SW_UNLINK),
             "a listener that failed left its path");
    if (server != NULL) {
        accept_caller(server, buffering);
        end_server(server);
        sw_check(!path_is_there() || sw.hit[0] != NULL, "the path is left");
    }
    __real_unlink(sw_path() + 5);
}

void
scene_accept_unix(const struct sw_scenario *self)
{
    serve_unix(self->buffering);
}

void
scene_listen_leftover(const struct sw_scenario *self)
{
    leave_path();
    sw_also(RN_E_IN_USE, EADDRINUSE);
    serve_unix(self->buffering);
}

void
scene_connect_unix(const struct sw_scenario *self)
{
    struct sockaddr_un a = unix_address();
    int listener = __real_socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 ||
        __real_bind(listener, (const struct sockaddr *)&a, sizeof a) < 0 ||
        __real_listen(listener, 16) < 0)
        sw_stuck("a unix listener");
    const rn_connect_options o = {.host = sw_path(),
                                  .buffering = (rn_buffering)self->buffering};
    rn_error err;
    rn_socket *s;
    int attempts = 0;
    do {
        attempts++;
        sw_enter(OP_CONNECT_WITH);
        s = rn_connect_with(&o, &err);
    } while (sw_again(s == NULL ? err.code : RN_OK, NULL, &err, 0));
    /* What an attempt connected that failed later is in the queue first. */
    struct pollfd p = {.fd = listener, .events = POLLIN};
    const struct timespec at_once = {0};
    int far = -1;
    while (s != NULL && __real_ppoll(&p, 1, &at_once, NULL) > 0) {
        if (far >= 0)
            sw_raw_close(far);
        far = __real_accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    }
    if (s != NULL)
        sw_play_on(s, far, talk_dialogue);
    sw_raw_close(listener);
    __real_unlink(sw_path() + 5);
}
