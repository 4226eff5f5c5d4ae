/* SPDX-License-Identifier: MIT */
/* Connecting: every address of the name in turn, until one answers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "resolve.h"
#include "socket.h"

/* The attempts so far, for the sentence that tells them all. */
struct story {
    int code; /* of the first failure */
    int sys;
    char first[RN_ADDRESS_SIZE];
    char text[RN_MESSAGE_SIZE];
    size_t len;
};

static void
tell(struct story *story, const union rni_sockaddr *to, bool named,
     ptrdiff_t failure)
{
    char address[RN_ADDRESS_SIZE];
    char buf[80];
    int sys;
    int code = rni_code_of(RN_PHASE_CONNECT, failure, &sys);
    rni_address_text(to, address);
    if (story->len == 0) {
        story->code = code;
        story->sys = sys;
        memcpy(story->first, address, sizeof address);
    }
    const char *why = rni_reason(code, sys, buf, sizeof buf);
    size_t room = sizeof story->text - story->len;
    int n = named ? snprintf(story->text + story->len, room, "%s%s: %s",
                             story->len > 0 ? "; " : "", address, why)
                  : snprintf(story->text, room, "%s", why);
    story->len += (size_t)n < room ? (size_t)n : room - 1;
}

/* Linux connects a socket to itself when its own port comes up as the one
 * asked for and nobody listens there (RFC 9293, simultaneous open). */
static bool
met_itself(int fd, const union rni_sockaddr *to)
{
    union rni_sockaddr local;
    return rni_fd_local(fd, &local) == 0 && to->sa.sa_family == AF_INET &&
        local.sa.sa_family == AF_INET &&
        local.in4.sin_port == to->in4.sin_port &&
        local.in4.sin_addr.s_addr == to->in4.sin_addr.s_addr;
}

/* A connected descriptor, or a failure. */
static int
attempt(const union rni_sockaddr *to, const union rni_sockaddr *from,
        const struct rn_wait *wait)
{
    int fd = rni_fd_socket(to->sa.sa_family);
    if (fd < 0)
        return fd;
    int rc = RN_OK;
    if (from != NULL)
        rc = rni_fd_bind(fd, from);
    if (rc == RN_OK)
        rc = rni_fd_connect(fd, to, wait);
    if (rc == RN_OK && met_itself(fd, to)) {
        rni_fd_linger_zero(fd);
        rc = RN_E_REFUSED;
    }
    if (rc == RN_OK)
        return fd;
    rni_fd_close(fd);
    return rc;
}

static rn_socket *
connect_any(const rn_connect_options *o, const union rni_sockaddr *from,
            const struct rni_addresses *list, rn_error *err)
{
    const struct rn_wait wait = {.deadline = RNI_FOREVER};
    const struct rni_socket_plan plan = {.host = o->host,
                                         .buffering = o->buffering,
                                         .buffer_size = o->buffer_size,
                                         .max_line = o->max_line};
    unsigned char bytes[4];
    bool named = !rni_parse_ipv4(o->host, bytes);
    struct story story = {.len = 0};
    for (size_t i = 0; i < list->count; i++) {
        const union rni_sockaddr *to = &list->at[i];
        int fd = attempt(to, from, &wait);
        if (fd < 0) {
            tell(&story, to, named, fd);
            continue;
        }
        rn_socket *s = rni_socket_make(fd, to, &plan, RN_PHASE_CONNECT, err);
        if (s == NULL)
            rni_fd_close(fd);
        return s;
    }
    struct rni_target target = {
        .host = o->host, .address = "", .port = o->port};
    rni_error_set(err, story.code, RN_PHASE_CONNECT, story.sys, &target, "%s",
                  story.text);
    if (err != NULL)
        memcpy(err->address, story.first, sizeof story.first);
    return NULL;
}

/* Whether the options can ever be right. */
static int
check(const rn_connect_options *o, rn_error *err)
{
    if (o == NULL || o->host == NULL)
        return rni_error_set(err, RN_E_VALUE, RN_PHASE_NONE, 0, NULL,
                             o == NULL ? "the options are NULL"
                                       : "the host name is NULL");
    struct rni_target t = {.host = o->host, .address = ""};
    if (o->port < 1 || o->port > 65535)
        return rni_error_set(err, RN_E_VALUE, RN_PHASE_CONNECT, 0, &t,
                             "port %d is not from 1 to 65535", o->port);
    if (o->source_port < 0 || o->source_port > 65535)
        return rni_error_set(err, RN_E_VALUE, RN_PHASE_CONNECT, 0, &t,
                             "source port %d is not from 0 to 65535",
                             o->source_port);
    t.port = o->port;
    return rni_check_buffering((int)o->buffering, RN_PHASE_CONNECT, &t, err);
}

/* The local end wished for. 1: there is one, 0: none, or a code. */
static int
source(const rn_connect_options *o, union rni_sockaddr *from, rn_error *err)
{
    if (o->source == NULL && o->source_port == 0)
        return 0;
    unsigned char bytes[4] = {0};
    if (o->source != NULL && !rni_parse_ipv4(o->source, bytes)) {
        char quoted[RNI_QUOTE_SIZE];
        rni_quote(quoted, o->source);
        return rni_error_set(err, RN_E_VALUE, RN_PHASE_NONE, 0, NULL,
                             "source address %s is not dotted decimal", quoted);
    }
    *from = rni_ipv4(bytes, o->source_port);
    return 1;
}

rn_socket *
rn_connect_with(const rn_connect_options *options, rn_error *err)
{
    rni_error_clear(err);
    if (check(options, err) < 0)
        return NULL;
    union rni_sockaddr from;
    int bound = source(options, &from, err);
    if (bound < 0)
        return NULL;
    struct rni_addresses list;
    if (rni_resolve(options->host, options->port, &list, err) < 0)
        return NULL;
    rn_socket *s = connect_any(options, bound > 0 ? &from : NULL, &list, err);
    free(list.at);
    return s;
}

rn_socket *
rn_connect(const char *host, int port, rn_buffering buffering, rn_error *err)
{
    const rn_connect_options o = {
        .host = host, .port = port, .buffering = buffering};
    return rn_connect_with(&o, err);
}
