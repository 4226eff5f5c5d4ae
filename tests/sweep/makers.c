/* SPDX-License-Identifier: MIT */
/* Scenarios of connecting: by number, by name, in a race, to nobody. */
#include "makers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "peer.h"
#include "real.h"
#include "streams.h"

static rn_socket *
connect_with(const rn_connect_options *o, int wanted)
{
    rn_error err;
    rn_socket *s;
    do {
        sw_enter(OP_CONNECT_WITH);
        s = rn_connect_with(o, &err);
    } while (sw_again(s == NULL ? err.code : RN_OK, NULL, &err, wanted));
    sw_check(wanted == 0 || s == NULL, "rn_connect_with gave no %s",
             rn_code_name(wanted));
    return s;
}

/* Talk to whoever the listener has; a failed attempt may have left others. */
static void
talk_to(rn_socket *s, int listener)
{
    if (s != NULL) {
        int port = rn_local_port(s);
        int far = -1;
        for (;;) {
            struct sockaddr_in from;
            socklen_t len = sizeof from;
            far = __real_accept4(listener, (struct sockaddr *)&from, &len,
                                 SOCK_CLOEXEC);
            if (far < 0 || port <= 0 || ntohs(from.sin_port) == port)
                break;
            sw_raw_close(far);
        }
        sw_play_on(s, far, talk_dialogue);
    }
    sw_raw_close(listener);
}

void
scene_connect(const struct sw_scenario *self)
{
    int port;
    int listener = sw_raw_listen(&port, 16);
    rn_error err;
    rn_socket *s;
    do {
        sw_enter(OP_CONNECT);
        s = rn_connect("127.0.0.1", port, (rn_buffering)self->buffering, &err);
    } while (sw_again(s == NULL ? err.code : RN_OK, NULL, &err, 0));
    talk_to(s, listener);
}

void
scene_connect_timeout(const struct sw_scenario *self)
{
    int port;
    int listener = sw_raw_listen(&port, 16);
    const rn_connect_options o = {.host = "127.0.0.1",
                                  .port = port,
                                  .timeout = 3000,
                                  .liveness = 20,
                                  .buffering = (rn_buffering)self->buffering};
    talk_to(connect_with(&o, 0), listener);
}

/* The first addresses are of no use. */
static const char *const some[] = {"127.0.0.9", "::1", "127.0.0.1", NULL};

void
scene_connect_name(const struct sw_scenario *self)
{
    int port;
    int listener = sw_raw_listen(&port, 16);
    const rn_connect_options o = {.host = "peer.test",
                                  .port = port,
                                  .family = RN_ANY,
                                  .buffering = (rn_buffering)self->buffering};
    sw_answer(some);
    sw_also(RN_E_REFUSED, ECONNREFUSED); /* the first one's, where all fail */
    talk_to(connect_with(&o, 0), listener);
}

void
scene_connect_name_timeout(const struct sw_scenario *self)
{
    int port;
    int listener = sw_raw_listen(&port, 16);
    const rn_connect_options o = {.host = "peer.test",
                                  .port = port,
                                  .timeout = 5000,
                                  .buffering = (rn_buffering)self->buffering};
    sw_answer(some + 2);
    talk_to(connect_with(&o, 0), listener);
}

/* More addresses than are raced without memory of their own. */
void
scene_connect_many(const struct sw_scenario *self)
{
    static const char *const many[] = {"127.0.0.9", "::1",       "127.0.0.8",
                                       "127.0.0.7", "127.0.0.6", "127.0.0.1",
                                       NULL};
    int port;
    int listener = sw_raw_listen(&port, 16);
    const rn_connect_options o = {.host = "peer.test",
                                  .port = port,
                                  .family = RN_ANY,
                                  .buffering = (rn_buffering)self->buffering};
    sw_answer(many);
    sw_also(RN_E_REFUSED, ECONNREFUSED); /* the first one's, where all fail */
    talk_to(connect_with(&o, 0), listener);
}

/* The name servers answer when nobody waits any more. */
void
scene_connect_late_answer(const struct sw_scenario *self)
{
    const rn_connect_options o = {
        .host = "peer.test", .port = 7, .timeout = 5000};
    (void)self;
    sw_answer(some);
    sw_names_late(true);
    connect_with(&o, RN_E_TIMEOUT);
}

static bool
no_turn(short events)
{
    (void)events;
    return false;
}

/* Nobody answers at all: the listener's queue is full. */
void
scene_connect_silent(const struct sw_scenario *self)
{
    int port;
    int listener = sw_raw_listen(&port, 0);
    int first = sw_raw_connect(port);
    const rn_connect_options o = {
        .host = "127.0.0.1", .port = port, .timeout = 700};
    (void)self;
    sw_own_turn(no_turn);
    rn_socket *s = connect_with(&o, RN_E_TIMEOUT);
    sw_enter(OP_CLOSE);
    rn_free(s);
    sw_leave();
    sw_raw_close(first);
    sw_raw_close(listener);
}

void
scene_connect_nobody(const struct sw_scenario *self)
{
    int port;
    int listener = sw_raw_listen(&port, 1);
    const rn_connect_options o = {
        .host = "peer.test", .port = port, .timeout = 700};
    (void)self;
    sw_raw_close(listener);
    sw_answer(some + 2);
    rn_socket *s = connect_with(&o, RN_E_REFUSED);
    sw_enter(OP_CLOSE);
    rn_free(s);
    sw_leave();
}

void
scene_connect_source(const struct sw_scenario *self)
{
    int port;
    int listener = sw_raw_listen(&port, 16);
    const rn_connect_options o = {.host = "127.0.0.1",
                                  .port = port,
                                  .source = "127.0.0.1",
                                  .buffering = (rn_buffering)self->buffering};
    talk_to(connect_with(&o, 0), listener);
}

/* ---- Names */

static void
ask_names(enum sw_op by_name, enum sw_op by_address,
          const rn_lookup_options *options, int wanted)
{
    char text[RN_HOST_SIZE];
    rn_error err;
    int rc;
    do {
        sw_enter(by_name);
        rc =
            rn_host_by_name_with("peer.test", options, text, sizeof text, &err);
    } while (sw_again(rc, NULL, &err, wanted));
    sw_check(rc < 0 || strcmp(text, "127.0.0.9") == 0, "the answer is %s",
             text);
    do {
        sw_enter(by_address);
        rc = rn_host_by_address_with("127.0.0.1", options, text, sizeof text,
                                     &err);
    } while (sw_again(rc, NULL, &err, wanted));
    sw_check(rc < 0 || strcmp(text, "peer.test") == 0, "the name is %s", text);
}

void
scene_names(const struct sw_scenario *self)
{
    char text[RN_HOST_SIZE];
    rn_error err;
    (void)self;
    sw_answer(some);
    ask_names(OP_BY_NAME, OP_BY_ADDRESS, NULL, 0);
    sw_enter(OP_HOST_NAME);
    int rc = rn_host_name(text, sizeof text, &err);
    sw_again(rc, NULL, &err, 0);
}

void
scene_names_timeout(const struct sw_scenario *self)
{
    const rn_lookup_options o = {.timeout = 2000};
    (void)self;
    sw_answer(some);
    ask_names(OP_BY_NAME_WITH, OP_BY_ADDRESS_WITH, &o, 0);
    sw_names_late(true);
    ask_names(OP_BY_NAME_WITH, OP_BY_ADDRESS_WITH, &o, RN_E_TIMEOUT);
}

/* An interface's name needs the system; the address itself asks nobody. */
void
scene_scope(const struct sw_scenario *self)
{
    const rn_lookup_options o = {.family = RN_ANY};
    char text[RN_HOST_SIZE];
    rn_error err;
    int rc;
    (void)self;
    do {
        sw_enter(OP_BY_NAME_WITH);
        rc = rn_host_by_name_with("fe80::1%lo", &o, text, sizeof text, &err);
    } while (sw_again(rc, NULL, &err, 0));
    sw_check(rc < 0 || strncmp(text, "fe80::1", 7) == 0, "it is %s", text);
}
