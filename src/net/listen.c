/* SPDX-License-Identifier: MIT */
/* Listening: what is asked for, and the descriptor for it, which at first does
 * not block. */
#define _DEFAULT_SOURCE /* SO_REUSEPORT */
#include <errno.h>
#include <stdlib.h>

#include "server.h"

static bool
is_path(const union rni_sockaddr *at)
{
    return at->sa.sa_family == AF_UNIX && at->un.sun_path[0] != '\0';
}

/* A path whose server is gone is taken over; nothing else is. */
static int
bind_to(int fd, const union rni_sockaddr *at)
{
    int rc = rni_fd_bind(fd, at);
    if (rc != -EADDRINUSE || !is_path(at) || rni_fd_is_bound(at))
        return rc;
    rni_fd_unlink(at->un.sun_path);
    return rni_fd_bind(fd, at);
}

static int
set_options(int fd, const union rni_sockaddr *at, const rn_listen_options *o)
{
    int rc = rni_fd_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (rc >= 0 && o->reuse_port)
        rc = rni_fd_set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    if (rc >= 0 && at->sa.sa_family == AF_INET6)
        rc = rni_fd_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, o->family == RN_IPV6);
    return rc;
}

static int
open_listener(const union rni_sockaddr *at, const rn_listen_options *o,
              union rni_sockaddr *bound)
{
    int fd = rni_fd_socket(at->sa.sa_family, false);
    if (fd < 0)
        return fd;
    int rc = at->sa.sa_family == AF_UNIX ? 0 : set_options(fd, at, o);
    if (rc >= 0)
        rc = bind_to(fd, at);
    bool made = rc >= 0 && is_path(at);
    if (rc >= 0)
        rc = rni_fd_listen(fd, o->backlog > 0 ? o->backlog : SOMAXCONN);
    if (rc >= 0)
        rc = rni_fd_local(fd, bound);
    if (rc >= 0)
        return fd;
    if (made)
        rni_fd_unlink(at->un.sun_path);
    rni_fd_close(fd);
    return rc;
}

/* Where to listen, from what the options say. */
static int
parse(const rn_listen_options *o, union rni_sockaddr *at, rn_error *err)
{
    const char *wildcard = o->family == RN_IPV4 ? "0.0.0.0" : "::";
    const char *address = o->address != NULL ? o->address : wildcard;
    const struct rni_target t = {.host = "", .address = address};
    const char *flaw = NULL;
    unsigned char bytes[4];
    char quoted[RNI_QUOTE_SIZE];
    if (rni_parse_unix(address, at, &flaw) && flaw == NULL)
        return RN_OK;
    if (o->port < 0 || o->port > 65535)
        return rni_error_set(err, RN_E_VALUE, RN_PHASE_LISTEN, 0, &t,
                             "port %d is not from 0 to 65535", o->port);
    if (o->family != RN_IPV6 && rni_parse_ipv4(address, bytes)) {
        *at = rni_ipv4(bytes, o->port);
        return RN_OK;
    }
    int sys;
    int rc = o->family == RN_IPV4 ? 0 : rni_fd_ipv6(address, o->port, at);
    if (rc > 0)
        return RN_OK;
    if (rc < 0 && rc != -ENODEV) {
        int code = rni_code_of(RN_PHASE_LISTEN, rc, &sys);
        return rni_error_set(err, code, RN_PHASE_LISTEN, sys, &t, NULL);
    }
    if (flaw == NULL)
        flaw = o->family == RN_IPV4
            ? "an IPv4 address is four decimal numbers from 0 to 255, without "
              "leading zeros"
            : "this is no IP address of the family asked for";
    rni_quote(quoted, address);
    return rni_error_set(err, RN_E_VALUE, RN_PHASE_NONE, 0, &t,
                         "address %s to listen on: %s", quoted, flaw);
}

static int
check(const rn_listen_options *o, union rni_sockaddr *at, rn_error *err)
{
    if (o == NULL)
        return rni_error_set(err, RN_E_VALUE, RN_PHASE_NONE, 0, NULL,
                             "the options are NULL");
    if ((int)o->family < RN_IPV4 || o->family > RN_ANY)
        return rni_error_set(err, RN_E_VALUE, RN_PHASE_LISTEN, 0, NULL,
                             "family %d is none of RN_IPV4, RN_IPV6 and RN_ANY",
                             (int)o->family);
    if (o->buffer_size > RNI_MAX_BUFFER)
        return rni_error_set(err, RN_E_VALUE, RN_PHASE_LISTEN, 0, NULL,
                             "a buffer of %zu bytes is larger than 1 GiB",
                             o->buffer_size);
    if (o->backlog < 0)
        return rni_error_set(err, RN_E_VALUE, RN_PHASE_LISTEN, 0, NULL,
                             "the backlog %d is negative", o->backlog);
    return parse(o, at, err);
}

/* Whether whoever connects here finds itself at this very address. */
static bool
is_one_address(const union rni_sockaddr *bound)
{
    int family = bound->sa.sa_family;
    union rni_sockaddr every = rni_wildcard(family, rni_address_port(bound));
    return family == AF_UNIX || !rni_same_endpoint(bound, &every);
}

rn_server *
rn_listen_with(const rn_listen_options *options, rn_error *err)
{
    rni_error_clear(err);
    union rni_sockaddr at;
    if (check(options, &at, err) < 0)
        return NULL;
    rn_server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        rni_error_set(err, RN_E_MEMORY, RN_PHASE_LISTEN, 0, NULL, NULL);
        return NULL;
    }
    server->fd = open_listener(&at, options, &server->bound);
    rni_address_text(&at, server->address);
    server->port = rni_address_port(&at);
    if (server->fd < 0) {
        int sys;
        int code = rni_code_of(RN_PHASE_LISTEN, server->fd, &sys);
        struct rni_target t = rni_server_target(server);
        rni_error_set(err, code, RN_PHASE_LISTEN, sys, &t, NULL);
        free(server);
        return NULL;
    }
    server->port = rni_address_port(&server->bound);
    server->maker = rni_this_process();
    server->one_address = is_one_address(&server->bound);
    server->path = server->address;
    if (is_path(&at))
        rni_fd_path_id(server->path, &server->path_id);
    server->buffer_size = options->buffer_size;
    server->max_line = options->max_line;
    rni_limits_init(&server->limits);
    return server;
}

rn_server *
rn_listen(int port, const char *address, rn_error *err)
{
    const rn_listen_options o = {.port = port, .address = address};
    return rn_listen_with(&o, err);
}
