/* SPDX-License-Identifier: MIT */
/*
 * A TCP connection as a stream: the operations, the addresses, the options.
 * How a connection is closed without losing anything is in linger.c.
 */
#include "socket.h"

#include <limits.h>
#include <netinet/tcp.h>
#include <string.h>

#include "../stream/layer.h"
#include "address.h"
#include "linger.h"
#include "wait.h"

struct connection {
    int fd;
    bool tcp;  /* else bytes are with the peer as soon as they are sent */
    bool keep; /* leave fd open: it is the user's */
    atomic_bool deaf;  /* shut down for reading, by socket_wake */
    bool broken;       /* a read said so: there is nobody to wait for */
    bool wrote;        /* there is something that closing must not lose */
    bool chosen;       /* TCP_NODELAY is left as the user set it */
    unsigned farewell; /* so many of the last bytes need not arrive */
    rni_recv_limit limit;
    struct rni_bypass bypass;
    int local_port;
    int remote_port;
    const char *local_address; /* in the text */
    const char *remote_address;
    int64_t lookup; /* how long it took, in nanoseconds */
    int64_t connect;
    char text[]; /* the peer as the user named it, and both addresses */
};

static ptrdiff_t
socket_read(void *ctx, void *data, size_t n, const rn_wait *wait)
{
    struct connection *c = ctx;
    ptrdiff_t r = rni_fd_recv(c->fd, data, n, wait, c->keep ? NULL : &c->limit);
    int sys;
    if (r < 0 && !rni_repeatable(rni_code_of(RN_PHASE_READ, r, &sys)))
        c->broken = true;
    return r;
}

/* Small writes are gathered in the stream, so Nagle's delay has nothing to
 * give: before the first one it is turned off. Connections that only read are
 * spared the call. */
static void
begin_writing(struct connection *c)
{
    c->wrote = true;
    if (c->tcp && !c->chosen)
        rni_fd_set(c->fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

/* A farewell that something follows was none. */
static inline void
note_writing(struct connection *c)
{
    if (!c->wrote)
        begin_writing(c);
    c->farewell = 0;
}

static ptrdiff_t
socket_write(void *ctx, const void *data, size_t n, const rn_wait *wait)
{
    struct connection *c = ctx;
    note_writing(c);
    return rni_fd_send(c->fd, data, n, wait);
}

static ptrdiff_t
socket_writev(void *ctx, const struct iovec *pieces, int count,
              const rn_wait *wait)
{
    struct connection *c = ctx;
    note_writing(c);
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
    int lost = RN_OK;
    if (c->broken && c->wrote)
        lost = RN_E_RESET;
    else if (c->tcp && c->wrote)
        lost = rni_linger(c->fd, atomic_load(&c->deaf), c->farewell, wait);
    else if (c->wrote)
        rni_drain(c->fd);
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

/* Shutting down is the one thing that reaches a thread which blocks in the
 * kernel. What has arrived and what was sent stay as they are. */
static void
socket_wake(void *ctx, int direction)
{
    struct connection *c = ctx;
    if (direction == RN_READABLE) {
        atomic_store(&c->deaf, true);
        rni_fd_shutdown_read(c->fd);
    } else {
        rni_fd_shutdown_write(c->fd);
    }
}

#define SOCKET_OPS                                                             \
    .read = socket_read, .write = socket_write, .writev = socket_writev,       \
    .wait = socket_wait, .shutdown_write = socket_shutdown_write,              \
    .close = socket_close, .abort = socket_abort, .fd = socket_fd

static const rn_stream_ops socket_ops = {SOCKET_OPS, .wake = socket_wake};

/* A kept descriptor is the user's, and not to be shut down to wake anybody. */
static const rn_stream_ops kept_ops = {SOCKET_OPS};

/* Where `fd` is; as it was told to the maker, or of the system. */
static int
local_end(int fd, const struct rni_socket_plan *plan, union rni_sockaddr *local)
{
    if (plan->local == NULL)
        return rni_fd_local(fd, local);
    *local = *plan->local;
    return RN_OK;
}

/* Copy a text behind the others; where the next one goes. */
static char *
append(char *to, const char *text, const char **where)
{
    size_t size = strlen(text) + 1;
    memcpy(to, text, size);
    *where = to;
    return to + size;
}

rn_socket *
rni_socket_make(int fd, const union rni_sockaddr *remote,
                const struct rni_socket_plan *plan, int phase, rn_error *err)
{
    char near[RN_ADDRESS_SIZE];
    char far[RN_ADDRESS_SIZE];
    rni_address_text(remote, far);
    const struct rni_target target = {
        .host = plan->host, .address = far, .port = rni_address_port(remote)};
    union rni_sockaddr local;
    int rc = local_end(fd, plan, &local);
    if (rc < 0) {
        int sys;
        int code = rni_code_of(phase, rc, &sys);
        rni_error_set(err, code, phase, sys, &target, NULL);
        return NULL;
    }
    rni_address_text(&local, near);
    size_t text = strlen(plan->host) + strlen(near) + strlen(far) + 3;
    rn_stream *s = rni_stream_make(plan->keep_fd ? &kept_ops : &socket_ops,
                                   sizeof(struct connection) + text,
                                   plan->buffering, plan->buffer_size);
    if (s == NULL) {
        rni_error_set(err, RN_E_MEMORY, phase, 0, &target, NULL);
        return NULL;
    }
    struct connection *c = s->ctx;
    c->fd = fd;
    c->keep = plan->keep_fd;
    if (plan->found > 0) {
        c->lookup = plan->found - plan->begun;
        c->connect = s->born - plan->found;
    }
    c->tcp = local.sa.sa_family == AF_INET || local.sa.sa_family == AF_INET6;
    c->local_port = rni_address_port(&local);
    c->remote_port = s->target.port = target.port;
    char *next = append(c->text, plan->host, &s->target.host);
    next = append(next, near, &c->local_address);
    append(next, far, &c->remote_address);
    s->target.address = c->remote_address;
    if (plan->max_line > 0)
        s->in.max_line = plan->max_line;
    return s;
}

/* The connection of a socket, or of the one that a stream is over; or NULL. */
static struct connection *
connection_of(const rn_socket *s)
{
    if (s == NULL)
        return NULL;
    const rn_stream *lowest = rni_lowest(s);
    bool is_socket = lowest->ops == &socket_ops || lowest->ops == &kept_ops;
    return is_socket ? lowest->ctx : NULL;
}

int
rni_socket_fd(const rn_stream *s)
{
    const struct connection *c = s->ctx;
    return c->fd;
}

struct rni_bypass *
rni_socket_bypass(rn_stream *s)
{
    struct connection *c = s->ctx;
    return s->ops == &socket_ops ? &c->bypass : NULL;
}

void
rni_socket_wrote(rn_stream *s)
{
    struct connection *c = s->ctx;
    if (!c->wrote)
        begin_writing(c);
}

void
rni_socket_broke(rn_stream *s)
{
    struct connection *c = s->ctx;
    c->broken = true;
}

/* How many bytes it was ever given to send; of a few others may have made more.
 */
static uint64_t
accepted_by(const rn_stream *s)
{
    return atomic_load_explicit(&s->out.bytes, memory_order_relaxed) +
        atomic_load_explicit(&s->out.unsent, memory_order_relaxed);
}

int
rn_below_farewell(rn_stream *below, const void *data, size_t len,
                  const rn_wait *wait)
{
    struct connection *c = connection_of(below);
    unsigned before = c == NULL ? 0 : c->farewell;
    uint64_t had = c == NULL ? 0 : accepted_by(rni_lowest(below));
    int rc = rni_below_farewell(below, data, len, wait);
    if (c != NULL && rc == RN_OK)
        before += (unsigned)(accepted_by(rni_lowest(below)) - had);
    if (c != NULL)
        c->farewell = before;
    return rc;
}

static int
no_port(const rn_socket *s)
{
    return s == NULL ? RN_E_VALUE : RN_E_UNSUPPORTED;
}

const char *
rn_local_address(const rn_socket *s)
{
    const struct connection *c = connection_of(s);
    return c == NULL ? "" : c->local_address;
}

int
rn_local_port(const rn_socket *s)
{
    const struct connection *c = connection_of(s);
    return c == NULL ? no_port(s) : c->local_port;
}

const char *
rn_remote_address(const rn_socket *s)
{
    const struct connection *c = connection_of(s);
    return c == NULL ? "" : c->remote_address;
}

int
rn_remote_port(const rn_socket *s)
{
    const struct connection *c = connection_of(s);
    return c == NULL ? no_port(s) : c->remote_port;
}

/* An open TCP connection: RN_OK, or a code. */
static int
check_tcp(rn_socket *s, struct connection **c)
{
    *c = connection_of(s);
    if (s == NULL)
        return RN_E_VALUE;
    if (*c == NULL || !(*c)->tcp)
        return rni_fault(s, RN_PHASE_SETUP, RN_E_UNSUPPORTED, RNI_NOT_A_SOCKET);
    if (atomic_load(&s->closing))
        return rni_fault(s, RN_PHASE_SETUP, RN_E_CLOSED, RNI_PLAIN);
    return RN_OK;
}

int
rn_set_nodelay(rn_socket *s, int on)
{
    struct connection *c;
    int rc = check_tcp(s, &c);
    if (rc < 0)
        return rc;
    c->chosen = true;
    rc = rni_fd_set(c->fd, IPPROTO_TCP, TCP_NODELAY, on != 0);
    return rc < 0 ? rni_fault(s, RN_PHASE_SETUP, rc, RNI_PLAIN) : RN_OK;
}

int
rn_set_liveness(rn_socket *s, int seconds)
{
    struct connection *c;
    int rc = check_tcp(s, &c);
    if (rc < 0)
        return rc;
    if (seconds < 0 || seconds > INT_MAX / 1000)
        return rni_fault(s, RN_PHASE_SETUP, RN_E_VALUE, RNI_BAD_TIME);
    rc = rni_fd_set_liveness(c->fd, seconds);
    return rc < 0 ? rni_fault(s, RN_PHASE_SETUP, rc, RNI_PLAIN) : RN_OK;
}

int
rn_get_stats(const rn_stream *s, rn_stats *stats)
{
    if (s == NULL || stats == NULL)
        return RN_E_VALUE;
    const struct connection *c = connection_of(s);
    rn_time first = atomic_load_explicit(&s->in.first, memory_order_relaxed);
    *stats = (rn_stats){
        .bytes_read = atomic_load_explicit(&s->in.bytes, memory_order_relaxed),
        .bytes_written =
            atomic_load_explicit(&s->out.bytes, memory_order_relaxed),
        .age = rn_now() - s->born,
        .lookup = c != NULL && c->connect > 0 ? c->lookup : -1,
        .connect = c != NULL && c->connect > 0 ? c->connect : -1,
        .first_byte = first > 0 ? first - s->born : -1,
        .round_trip = -1,
    };
    if (c != NULL && c->tcp && !atomic_load(&s->closing))
        stats->round_trip = rni_fd_round_trip(c->fd);
    return RN_OK;
}
