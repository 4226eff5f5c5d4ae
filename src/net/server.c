/* SPDX-License-Identifier: MIT */
/* Accepting, and the life of a server. */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>

#include "server.h"
#include "wait.h"

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

/* The next connection that lives. Passing over the others takes no waiting, but
 * may not outlast the deadline either. */
static int
accept_living(const rn_server *server, union rni_sockaddr *from,
              const struct rn_wait *wait)
{
    for (;;) {
        int fd = rni_fd_accept(server->fd, from, wait);
        if (fd >= 0 || !concerns_the_connection(fd))
            return fd;
        if (wait->until != RN_NOW && rni_is_over(wait))
            return RN_E_TIMEOUT;
    }
}

/*
 * accept(2) has no flag for it, so the listener is switched. Where nothing
 * limits the waiting it blocks, which makes one call of each connection; else
 * it does not, for a connection that poll(2) announced may be gone (accept(2),
 * NOTES). A forked process shares the mode, and leaves it alone once it does
 * not block: another's deadline may depend on it.
 */
static void
choose_blocking(rn_server *server, const rn_wait *wait)
{
    bool block = rni_may_block(wait) && rni_this_process() == server->maker;
    if (block != server->blocks && rni_fd_set_blocking(server->fd, block) >= 0)
        server->blocks = block;
}

static rn_socket *
accept_one(rn_server *server, rn_buffering buffering, rn_error *err)
{
    const struct rn_wait wait = rni_limits_begin(&server->limits);
    const struct rni_socket_plan plan = {
        .host = "",
        .buffering = buffering,
        .buffer_size = server->buffer_size,
        .max_line = server->max_line,
        .local = server->one_address ? &server->bound : NULL};
    union rni_sockaddr from;
    choose_blocking(server, &wait);
    int fd = accept_living(server, &from, &wait);
    if (fd < 0) {
        int sys;
        int code = rni_code_of(RN_PHASE_ACCEPT, fd, &sys);
        struct rni_target t = rni_server_target(server);
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
    struct rni_target t = rni_server_target(server);
    if (rni_check_buffering((int)buffering, RN_PHASE_ACCEPT, &t, err) < 0)
        return NULL;
    if (!rni_claim(&server->claim)) {
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
    while (!rni_claim(&server->claim)) {
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
