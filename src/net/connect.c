/* SPDX-License-Identifier: MIT */
/* Connecting: what is asked for, to whom, and the story if nobody answers. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "race.h"
#include "socket.h"
#include "wait.h"

/* The attempts so far, for the sentence that tells them all. */
struct story {
    const char *host; /* as the user named it */
    int count;
    rn_attempt attempt[RN_ATTEMPTS];
    char text[RN_MESSAGE_SIZE];
    size_t len;
};

/* Whether the user named the very endpoint, so that telling it is no news. */
static bool
is_literal(const char *host)
{
    unsigned char bytes[4];
    return rni_parse_ipv4(host, bytes) || strchr(host, ':') != NULL;
}

/* Most connect at once: what would hold the attempts is left as it is. */
static void
begin_story(struct story *story, const char *host)
{
    story->host = host;
    story->count = 0;
    story->len = 0;
    story->text[0] = '\0';
}

/* A rni_attempt_failed. */
static void
tell(void *arg, const union rni_sockaddr *to, ptrdiff_t failure)
{
    struct story *story = arg;
    rn_attempt a = {0};
    char buf[80];
    a.code = rni_code_of(RN_PHASE_CONNECT, failure, &a.sys_errno);
    rni_address_text(to, a.address);
    if (story->count < RN_ATTEMPTS)
        story->attempt[story->count] = a;
    story->count++;
    const char *why = a.code == RN_E_VALUE
        ? "the source address is not one of this machine's"
        : rni_reason(a.code, a.sys_errno, buf, sizeof buf);
    size_t room = sizeof story->text - story->len;
    int n = is_literal(story->host)
        ? snprintf(story->text, room, "%s", why)
        : snprintf(story->text + story->len, room, "%s%s: %s",
                   story->len > 0 ? "; " : "", a.address, why);
    story->len += (size_t)n < room ? (size_t)n : room - 1;
}

static void
list_attempts(const struct story *story, rn_error *err)
{
    if (err == NULL)
        return;
    err->attempts = story->count;
    for (int i = 0; i < story->count && i < RN_ATTEMPTS; i++)
        err->attempt[i] = story->attempt[i];
}

/* Nobody answered: the sentence with every attempt, and the first one's code,
 * or why the waiting ended. */
static void
tell_all(const rn_connect_options *o, const struct story *story, int rc,
         rn_error *err)
{
    const struct rni_target target = {
        .host = o->host, .address = "", .port = o->port};
    int sys;
    int code = rni_code_of(RN_PHASE_CONNECT, rc, &sys);
    if (story->count == 0) {
        rni_error_set(err, code, RN_PHASE_CONNECT, sys, &target, NULL);
        return;
    }
    const rn_attempt *first = &story->attempt[0];
    bool stopped = rni_repeatable(code);
    rni_error_set(err, stopped ? code : first->code, RN_PHASE_CONNECT,
                  stopped ? sys : first->sys_errno, &target, "%s", story->text);
    if (err != NULL)
        memcpy(err->address, first->address, sizeof first->address);
    list_attempts(story, err);
}

static rn_socket *
connect_any(const rn_connect_options *o, const struct rni_source *from,
            const struct rn_wait *wait, struct rni_socket_plan *plan,
            rn_error *err)
{
    struct rni_addresses list;
    plan->begun = rn_now();
    int rc = rni_resolve(o->host, o->port, (int)o->family, wait, &list, err);
    if (rc < 0)
        return NULL;
    struct story story;
    begin_story(&story, o->host);
    plan->found = rn_now();
    struct rni_winner won = {0};
    int fd = rni_race(&list, from, wait, &won, tell, &story);
    plan->local = &won.local;
    rn_socket *s = NULL;
    if (fd < 0)
        tell_all(o, &story, fd, err);
    else
        s = rni_socket_make(fd, &list.at[won.index], plan, RN_PHASE_CONNECT,
                            err);
    if (s == NULL && fd >= 0)
        rni_fd_close(fd);
    if (s != NULL)
        list_attempts(&story, err);
    free(list.at);
    return s;
}

static bool
is_unix(const char *host)
{
    return strncmp(host, "unix:", 5) == 0;
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
    if (is_unix(o->host))
        t.port = 0;
    else if (o->port < 1 || o->port > 65535)
        return rni_error_set(err, RN_E_VALUE, RN_PHASE_CONNECT, 0, &t,
                             "port %d is not from 1 to 65535", o->port);
    else
        t.port = o->port;
    if (o->source_port < 0 || o->source_port > 65535)
        return rni_error_set(err, RN_E_VALUE, RN_PHASE_CONNECT, 0, &t,
                             "source port %d is not from 0 to 65535",
                             o->source_port);
    if ((int)o->family < RN_IPV4 || o->family > RN_ANY)
        return rni_error_set(err, RN_E_VALUE, RN_PHASE_CONNECT, 0, &t,
                             "family %d is none of RN_IPV4, RN_IPV6 and RN_ANY",
                             (int)o->family);
    if (o->buffer_size > RNI_MAX_BUFFER)
        return rni_error_set(err, RN_E_VALUE, RN_PHASE_CONNECT, 0, &t,
                             "a buffer of %zu bytes is larger than 1 GiB",
                             o->buffer_size);
    if (o->liveness < 0 || o->liveness > INT_MAX / 1000)
        return rni_error_set(err, RN_E_VALUE, RN_PHASE_CONNECT, 0, &t,
                             "liveness %d is no sensible number of seconds",
                             o->liveness);
    return rni_check_buffering((int)o->buffering, RN_PHASE_CONNECT, &t, err);
}

/* The local end wished for. 1: there is one, 0: none, or a code. */
static int
source(const rn_connect_options *o, struct rni_source *from, rn_error *err)
{
    if (o->source == NULL && o->source_port == 0)
        return 0;
    int sys;
    unsigned char bytes[4] = {0};
    const struct rni_target t = {
        .host = o->host, .address = "", .port = o->port};
    from->any = o->source == NULL;
    int rc = o->source == NULL || o->family == RN_IPV4
        ? 0
        : rni_fd_ipv6(o->source, o->source_port, &from->address);
    if (rc > 0)
        return 1;
    if (rc < 0 && rc != -ENODEV) {
        int code = rni_code_of(RN_PHASE_CONNECT, rc, &sys);
        return rni_error_set(err, code, RN_PHASE_CONNECT, sys, &t, NULL);
    }
    if (o->source != NULL && !rni_parse_ipv4(o->source, bytes)) {
        char quoted[RNI_QUOTE_SIZE];
        rni_quote(quoted, o->source);
        return rni_error_set(err, RN_E_VALUE, RN_PHASE_NONE, 0, NULL,
                             "source address %s is no IP address of the family "
                             "asked for",
                             quoted);
    }
    from->address = rni_ipv4(bytes, o->source_port);
    return 1;
}

rn_socket *
rn_connect_with(const rn_connect_options *options, rn_error *err)
{
    rni_error_clear(err);
    if (check(options, err) < 0)
        return NULL;
    struct rni_source from;
    int bound = source(options, &from, err);
    if (bound < 0)
        return NULL;
    struct rn_wait wait;
    if (rni_wait_of_options(options->timeout, options->deadline,
                            options->cancel, &wait, err) < 0)
        return NULL;
    struct rni_socket_plan plan = {.host = options->host,
                                   .buffering = options->buffering,
                                   .buffer_size = options->buffer_size,
                                   .max_line = options->max_line};
    rn_socket *s =
        connect_any(options, bound > 0 ? &from : NULL, &wait, &plan, err);
    if (s != NULL && options->liveness > 0)
        rn_set_liveness(s, options->liveness);
    return s;
}

rn_socket *
rn_connect(const char *host, int port, rn_buffering buffering, rn_error *err)
{
    const rn_connect_options o = {
        .host = host, .port = port, .buffering = buffering};
    return rn_connect_with(&o, err);
}
