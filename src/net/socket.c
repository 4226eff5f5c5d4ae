/* SPDX-License-Identifier: MIT */
/*
 * A TCP connection as a stream: the operations, the addresses, the options.
 * How a connection is closed without losing anything is in linger.c.
 */
#include "socket.h"

#include <netinet/tcp.h>
#include <string.h>

#include "address.h"
#include "linger.h"
#include "wait.h"

struct endpoint {
    int port;
    char address[RN_ADDRESS_SIZE];
};

struct connection {
    int fd;
    bool tcp;   /* else bytes are with the peer as soon as they are sent */
    bool keep;  /* leave fd open: it is the user's */
    bool wrote; /* there is something that closing must not lose */
    struct endpoint local;
    struct endpoint remote;
    char host[]; /* the peer, as the user named it */
};

static ptrdiff_t
socket_read(void *ctx, void *data, size_t n, const rn_wait *wait)
{
    struct connection *c = ctx;
    return rni_fd_recv(c->fd, data, n, wait);
}

static ptrdiff_t
socket_write(void *ctx, const void *data, size_t n, const rn_wait *wait)
{
    struct connection *c = ctx;
    c->wrote = true;
    return rni_fd_send(c->fd, data, n, wait);
}

static ptrdiff_t
socket_writev(void *ctx, const struct iovec *pieces, int count,
              const rn_wait *wait)
{
    struct connection *c = ctx;
    c->wrote = true;
    return rni_fd_sendv(c->fd, pieces, count, wait);
}

static int
socket_wait(void *ctx, int directions, const rn_wait *wait)
{
    struct connection *c = ctx;
    return rn_wait_fd(wait, c->fd, directions);
}

static int
socket_shutdown_write(void *ctx, const rn_wait *wait)
{
    struct connection *c = ctx;
    (void)wait;
    return rni_fd_shutdown_write(c->fd);
}

static int
socket_close(void *ctx, const rn_wait *wait)
{
    struct connection *c = ctx;
    if (c->keep)
        return RN_OK;
    int lost = c->tcp && c->wrote ? rni_linger(c->fd, wait) : RN_OK;
    int rc = rni_fd_close(c->fd);
    return lost < 0 ? lost : rc;
}

static int
socket_abort(void *ctx, const rn_wait *wait)
{
    struct connection *c = ctx;
    (void)wait;
    if (c->keep)
        return RN_OK;
    rni_fd_linger_zero(c->fd);
    return rni_fd_close(c->fd);
}

static int
socket_fd(void *ctx)
{
    struct connection *c = ctx;
    return c->fd;
}

static const rn_stream_ops socket_ops = {
    .read = socket_read,
    .write = socket_write,
    .writev = socket_writev,
    .wait = socket_wait,
    .shutdown_write = socket_shutdown_write,
    .close = socket_close,
    .abort = socket_abort,
    .fd = socket_fd,
};

static void
set_endpoint(struct endpoint *e, const union rni_sockaddr *a)
{
    e->port = rni_address_port(a);
    rni_address_text(a, e->address);
}

rn_socket *
rni_socket_make(int fd, const union rni_sockaddr *remote,
                const struct rni_socket_plan *plan, int phase, rn_error *err)
{
    char address[RN_ADDRESS_SIZE];
    rni_address_text(remote, address);
    const struct rni_target target = {.host = plan->host,
                                      .address = address,
                                      .port = rni_address_port(remote)};
    union rni_sockaddr local;
    size_t host_size = strlen(plan->host) + 1;
    int rc = rni_fd_local(fd, &local);
    if (rc < 0) {
        int sys;
        int code = rni_code_of(phase, rc, &sys);
        rni_error_set(err, code, phase, sys, &target, NULL);
        return NULL;
    }
    rn_stream *s = rni_stream_make(&socket_ops, NULL,
                                   sizeof(struct connection) + host_size,
                                   plan->buffering, plan->buffer_size);
    if (s == NULL) {
        rni_error_set(err, RN_E_MEMORY, phase, 0, &target, NULL);
        return NULL;
    }
    struct connection *c = s->ctx;
    c->fd = fd;
    c->keep = plan->keep_fd;
    c->tcp = local.sa.sa_family == AF_INET || local.sa.sa_family == AF_INET6;
    set_endpoint(&c->local, &local);
    set_endpoint(&c->remote, remote);
    memcpy(c->host, plan->host, host_size);
    s->target.host = c->host;
    s->target.address = c->remote.address;
    s->target.port = c->remote.port;
    if (plan->max_line > 0)
        s->in.max_line = plan->max_line;
    /* Small writes are gathered here, so Nagle's delay has nothing to give. */
    if (c->tcp)
        rni_fd_set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    return s;
}

static const struct connection *
connection_of(const rn_socket *s)
{
    return s != NULL && s->ops == &socket_ops ? s->ctx : NULL;
}

const char *
rn_local_address(const rn_socket *s)
{
    const struct connection *c = connection_of(s);
    return c == NULL ? "" : c->local.address;
}

int
rn_local_port(const rn_socket *s)
{
    const struct connection *c = connection_of(s);
    return c == NULL ? RN_E_UNSUPPORTED : c->local.port;
}

const char *
rn_remote_address(const rn_socket *s)
{
    const struct connection *c = connection_of(s);
    return c == NULL ? "" : c->remote.address;
}

int
rn_remote_port(const rn_socket *s)
{
    const struct connection *c = connection_of(s);
    return c == NULL ? RN_E_UNSUPPORTED : c->remote.port;
}

int
rn_set_nodelay(rn_socket *s, int on)
{
    if (s == NULL)
        return RN_E_VALUE;
    const struct connection *c = connection_of(s);
    if (c == NULL || !c->tcp)
        return rni_fault(s, RN_PHASE_SETUP, RN_E_UNSUPPORTED, RNI_NOT_A_SOCKET);
    if (atomic_load(&s->closed))
        return rni_fault(s, RN_PHASE_SETUP, RN_E_CLOSED, RNI_PLAIN);
    int rc = rni_fd_set(c->fd, IPPROTO_TCP, TCP_NODELAY, on != 0);
    return rc < 0 ? rni_fault(s, RN_PHASE_SETUP, rc, RNI_PLAIN) : RN_OK;
}
