/* SPDX-License-Identifier: MIT */
/* Listening and accepting. The listener does not block: a connection that poll
 * announced may be gone when accept comes (accept(2), NOTES). */
#define _DEFAULT_SOURCE /* SO_REUSEPORT */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "socket.h"
#include "wait.h"

struct rn_server {
    atomic_int claim;
    atomic_bool closing;
    int fd;
    int port;
    size_t buffer_size;
    size_t max_line;
    struct rni_limits limits;
    struct rni_path_id path_id; /* of a unix socket's path that we made */
    const char *path;           /* which is in address */
    char address[RN_ADDRESS_SIZE];
};

static struct rni_target
target_of(const rn_server *server)
{
    return (struct rni_target){
        .host = "", .address = server->address, .port = server->port};
}

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
    if (rc >= 0)
        rc = rni_fd_listen(fd, o->backlog > 0 ? o->backlog : SOMAXCONN);
    if (rc >= 0)
        rc = rni_fd_local(fd, bound);
    if (rc >= 0)
        return fd;
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
    char scope[RNI_SCOPE_SIZE];
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
    if (o->family != RN_IPV4 && rni_parse_ipv6(address, o->port, at, scope) &&
        rni_fd_scope(scope, at))
        return RN_OK;
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
    union rni_sockaddr bound;
    server->fd = open_listener(&at, options, &bound);
    rni_address_text(&at, server->address);
    server->port = rni_address_port(&at);
    if (server->fd < 0) {
        int sys;
        int code = rni_code_of(RN_PHASE_LISTEN, server->fd, &sys);
        struct rni_target t = target_of(server);
        rni_error_set(err, code, RN_PHASE_LISTEN, sys, &t, NULL);
        free(server);
        return NULL;
    }
    server->port = rni_address_port(&bound);
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

/* Errors of a connection that died in the queue (accept(2), "Error handling"):
 * the listener is fine, the next one may be too. */
static bool
concerns_the_connection(int failure)
{
    switch (-failure) {
    case ECONNABORTED:
    case EPROTO:
    case ENOPROTOOPT:
    case ENETDOWN:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EOPNOTSUPP:
    case ETIMEDOUT:
        return true;
    default:
        return false;
    }
}

static rn_socket *
accept_one(rn_server *server, rn_buffering buffering, rn_error *err)
{
    const struct rn_wait wait = rni_limits_begin(&server->limits);
    const struct rni_socket_plan plan = {.host = "",
                                         .buffering = buffering,
                                         .buffer_size = server->buffer_size,
                                         .max_line = server->max_line};
    union rni_sockaddr from;
    int fd;
    do
        fd = rni_fd_accept(server->fd, &from, &wait);
    while (fd < 0 && concerns_the_connection(fd));
    if (fd < 0) {
        int sys;
        int code = rni_code_of(RN_PHASE_ACCEPT, fd, &sys);
        struct rni_target t = target_of(server);
        /* Whatever accept(2) says of a listener that was shut down. */
        if (atomic_load(&server->closing))
            rni_error_set(err, RN_E_CLOSED, RN_PHASE_ACCEPT, 0, &t,
                          "the server was closed");
        else
            rni_error_set(err, code, RN_PHASE_ACCEPT, sys, &t, NULL);
        return NULL;
    }
    rn_socket *s = rni_socket_make(fd, &from, &plan, RN_PHASE_ACCEPT, err);
    if (s == NULL)
        rni_fd_close(fd);
    return s;
}

static int
release(rn_server *server)
{
    int sys;
    struct rni_path_id now;
    /* Only what we made ourselves: the path may be another server's by now. */
    if (server->path_id.is_known && rni_fd_path_id(server->path, &now) &&
        rni_same_path(&now, &server->path_id))
        rni_fd_unlink(server->path);
    int rc = rni_fd_close(server->fd);
    return rc < 0 ? rni_code_of(RN_PHASE_CLOSE, rc, &sys) : RN_OK;
}

rn_socket *
rn_accept(rn_server *server, rn_buffering buffering, rn_error *err)
{
    rni_error_clear(err);
    if (server == NULL) {
        rni_error_set(err, RN_E_VALUE, RN_PHASE_ACCEPT, 0, NULL,
                      "the server is NULL");
        return NULL;
    }
    struct rni_target t = target_of(server);
    if (rni_check_buffering((int)buffering, RN_PHASE_ACCEPT, &t, err) < 0)
        return NULL;
    if (rni_claim(&server->claim) < 0) {
        bool closing = atomic_load(&server->closing);
        rni_error_set(err, closing ? RN_E_CLOSED : RN_E_BUSY, RN_PHASE_ACCEPT,
                      0, &t, NULL);
        return NULL;
    }
    rn_socket *s = NULL;
    if (atomic_load(&server->closing))
        rni_error_set(err, RN_E_CLOSED, RN_PHASE_ACCEPT, 0, &t,
                      "the server is closed");
    else
        s = accept_one(server, buffering, err);
    atomic_store(&server->claim, RNI_FREE);
    return s;
}

int
rn_server_set_deadline(rn_server *server, rn_time deadline)
{
    return server == NULL ? RN_E_VALUE
                          : rni_limits_set_deadline(&server->limits, deadline);
}

int
rn_server_set_timeout(rn_server *server, int64_t ms)
{
    return server == NULL ? RN_E_VALUE
                          : rni_limits_set_timeout(&server->limits, ms);
}

int
rn_server_set_cancel(rn_server *server, rn_cancel *token)
{
    if (server == NULL)
        return RN_E_VALUE;
    atomic_store(&server->limits.cancel, token);
    return RN_OK;
}

const char *
rn_server_address(const rn_server *server)
{
    return server == NULL ? "" : server->address;
}

int
rn_server_port(const rn_server *server)
{
    return server == NULL ? RN_E_VALUE : server->port;
}

int
rn_server_fd(const rn_server *server)
{
    if (server == NULL)
        return RN_E_VALUE;
    return atomic_load(&server->closing) ? RN_E_CLOSED : server->fd;
}

int
rn_server_close(rn_server *server)
{
    if (server == NULL)
        return RN_E_VALUE;
    /* Only the first closer touches the descriptor, so it is ours to shut down
     * until we release it, however late an accept that waits comes back. */
    if (atomic_exchange(&server->closing, true))
        return RN_OK;
    while (rni_claim(&server->claim) < 0) {
        rni_fd_shutdown_both(server->fd);
        sched_yield();
    }
    int rc = release(server);
    atomic_store(&server->claim, RNI_FREE);
    return rc;
}

void
rn_server_free(rn_server *server)
{
    if (server == NULL)
        return;
    rn_server_close(server);
    free(server);
}
