/* SPDX-License-Identifier: MIT */
/* Listening and accepting. The listener does not block: a connection that poll
 * announced may be gone when accept comes (accept(2), NOTES). */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "socket.h"

struct rn_server {
    atomic_int claim;
    atomic_bool closed;
    int fd;
    int port;
    size_t buffer_size;
    size_t max_line;
    char address[RN_ADDRESS_SIZE];
};

static struct rni_target
target_of(const rn_server *server)
{
    return (struct rni_target){
        .host = "", .address = server->address, .port = server->port};
}

static int
open_listener(const union rni_sockaddr *at, int backlog,
              union rni_sockaddr *bound)
{
    int fd = rni_fd_socket(at->sa.sa_family);
    if (fd < 0)
        return fd;
    int rc = rni_fd_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (rc >= 0)
        rc = rni_fd_set_blocking(fd, 0);
    if (rc >= 0)
        rc = rni_fd_bind(fd, at);
    if (rc >= 0)
        rc = rni_fd_listen(fd, backlog > 0 ? backlog : SOMAXCONN);
    if (rc >= 0)
        rc = rni_fd_local(fd, bound);
    if (rc >= 0)
        return fd;
    rni_fd_close(fd);
    return rc;
}

static int
check(const rn_listen_options *o, unsigned char bytes[4], rn_error *err)
{
    if (o == NULL)
        return rni_error_set(err, RN_E_VALUE, RN_PHASE_NONE, 0, NULL,
                             "the options are NULL");
    const char *address = o->address != NULL ? o->address : "0.0.0.0";
    struct rni_target t = {.host = "", .address = address};
    if (!rni_parse_ipv4(address, bytes)) {
        char quoted[RNI_QUOTE_SIZE];
        rni_quote(quoted, address);
        return rni_error_set(err, RN_E_VALUE, RN_PHASE_NONE, 0, &t,
                             "address %s to listen on: an IPv4 address is four "
                             "decimal numbers from 0 to 255, without leading "
                             "zeros",
                             quoted);
    }
    if (o->port < 0 || o->port > 65535)
        return rni_error_set(err, RN_E_VALUE, RN_PHASE_LISTEN, 0, &t,
                             "port %d is not from 0 to 65535", o->port);
    if (o->backlog < 0)
        return rni_error_set(err, RN_E_VALUE, RN_PHASE_LISTEN, 0, &t,
                             "the backlog %d is negative", o->backlog);
    return RN_OK;
}

rn_server *
rn_listen_with(const rn_listen_options *options, rn_error *err)
{
    rni_error_clear(err);
    unsigned char bytes[4];
    if (check(options, bytes, err) < 0)
        return NULL;
    rn_server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        rni_error_set(err, RN_E_MEMORY, RN_PHASE_LISTEN, 0, NULL, NULL);
        return NULL;
    }
    union rni_sockaddr at = rni_ipv4(bytes, options->port);
    union rni_sockaddr bound;
    server->fd = open_listener(&at, options->backlog, &bound);
    rni_address_text(&at, server->address);
    server->port = options->port;
    if (server->fd < 0) {
        int sys;
        int code = rni_code_of(RN_PHASE_LISTEN, server->fd, &sys);
        struct rni_target t = target_of(server);
        rni_error_set(err, code, RN_PHASE_LISTEN, sys, &t, NULL);
        free(server);
        return NULL;
    }
    server->port = rni_address_port(&bound);
    server->buffer_size = options->buffer_size;
    server->max_line = options->max_line;
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
    const struct rn_wait wait = {.deadline = RNI_FOREVER};
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
        rni_error_set(err, code, RN_PHASE_ACCEPT, sys, &t, NULL);
        return NULL;
    }
    rn_socket *s = rni_socket_make(fd, &from, &plan, RN_PHASE_ACCEPT, err);
    if (s == NULL)
        rni_fd_close(fd);
    return s;
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
        rni_error_set(err, RN_E_BUSY, RN_PHASE_ACCEPT, 0, &t, NULL);
        return NULL;
    }
    rn_socket *s = NULL;
    if (atomic_load(&server->closed))
        rni_error_set(err, RN_E_CLOSED, RN_PHASE_ACCEPT, 0, &t,
                      "the server is closed");
    else
        s = accept_one(server, buffering, err);
    atomic_store(&server->claim, RNI_FREE);
    return s;
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
rn_server_close(rn_server *server)
{
    if (server == NULL)
        return RN_E_VALUE;
    if (rni_claim(&server->claim) < 0)
        return RN_E_BUSY;
    int rc = RN_OK;
    if (!atomic_load(&server->closed)) {
        int sys;
        rc = rni_fd_close(server->fd);
        rc = rc < 0 ? rni_code_of(RN_PHASE_CLOSE, rc, &sys) : RN_OK;
        atomic_store(&server->closed, true);
    }
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
