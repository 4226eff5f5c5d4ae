/* SPDX-License-Identifier: MIT */
/* Descriptors: made, set, asked, closed. Every one that is made is closed in
 * the end, once. */
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>

#include "../support/wrapped.h"
#include "wire.h"

enum {
    LOWEST = 3
};

static struct sim_descriptor table[SIM_DESCRIPTORS];

void
sim_kernel_begin(void)
{
    memset(table, 0, sizeof table);
}

void
sim_kernel_end(void)
{
    for (int i = 0; i < SIM_DESCRIPTORS; i++)
        sim_check(table[i].state == SIM_CLOSED, "descriptor %d is left open",
                  i + LOWEST);
}

struct sim_descriptor *
sim_descriptor(int fd)
{
    int i = fd - LOWEST;
    if (i < 0 || i >= SIM_DESCRIPTORS || table[i].state == SIM_CLOSED)
        sim_bad("descriptor %d is used, and not open", fd);
    return &table[i];
}

int
sim_descriptor_new(enum sim_state state, bool nonblock)
{
    int i = 0;
    while (i < SIM_DESCRIPTORS && table[i].state != SIM_CLOSED)
        i++;
    sim_check(i < SIM_DESCRIPTORS, "too many descriptors at once");
    table[i] = (struct sim_descriptor){.state = state, .nonblock = nonblock};
    sim_moved();
    return i + LOWEST;
}

bool
sim_is_wire(int fd)
{
    return wire.fd >= 0 && fd == wire.fd;
}

int64_t
sim_signal_at(int64_t until)
{
    if (!sim_disturbs(sim.rate.signal))
        return NEVER;
    int64_t most = until < NEVER ? until - sim.now : SECOND;
    return sim.now + sim_span(most > 1 ? most : 1);
}

static bool
has_none(void)
{
    if (!sim_disturbs(sim.rate.files))
        return false;
    static const int errors[] = {EMFILE, ENFILE, ENOBUFS};
    errno = errors[sim_between(0, 2)];
    return true;
}

int
__wrap_socket(int family, int type, int protocol)
{
    sim_call("socket");
    sim_check(family == AF_INET && protocol == 0 &&
                  (type & ~SOCK_NONBLOCK) == (SOCK_STREAM | SOCK_CLOEXEC),
              "a socket of a strange kind: %d, %d", family, type);
    if (has_none())
        return -1;
    return sim_descriptor_new(SIM_IDLE, (type & SOCK_NONBLOCK) != 0);
}

int
__wrap_eventfd(unsigned value, int flags)
{
    sim_call("eventfd");
    if (sim.op.kind == SIM_MAKING && has_none())
        return -1;
    sim_check(flags == (EFD_CLOEXEC | EFD_NONBLOCK), "an eventfd that blocks");
    int fd = sim_descriptor_new(SIM_EVENT, true);
    sim_descriptor(fd)->count = value;
    return fd;
}

ssize_t
__wrap_write(int fd, const void *data, size_t n)
{
    sim_call("write");
    uint64_t count;
    sim_check(sim_descriptor(fd)->state == SIM_EVENT && n == sizeof count,
              "write(2) to what is no eventfd");
    memcpy(&count, data, sizeof count);
    sim_descriptor(fd)->count += count;
    return (ssize_t)n;
}

ssize_t
__wrap_read(int fd, void *data, size_t n)
{
    sim_call("read");
    struct sim_descriptor *d = sim_descriptor(fd);
    sim_check(d->state == SIM_EVENT && n == sizeof d->count,
              "read(2) from what is no eventfd");
    if (d->count == 0) {
        errno = EAGAIN;
        return -1;
    }
    memcpy(data, &d->count, sizeof d->count);
    d->count = 0;
    return (ssize_t)n;
}

int
__wrap_close(int fd)
{
    sim_call("close");
    struct sim_descriptor *d = sim_descriptor(fd);
    if (sim_is_wire(fd))
        wire_close(d->linger_zero);
    d->state = SIM_CLOSED;
    sim_moved();
    /* Released all the same (close(2), NOTES). */
    if (sim_disturbs(sim.rate.signal)) {
        errno = EINTR;
        return -1;
    }
    return 0;
}

int
__wrap_fcntl64(int fd, int command, ...)
{
    va_list args;
    va_start(args, command);
    int flags = va_arg(args, int);
    va_end(args);
    sim_call("fcntl");
    struct sim_descriptor *d = sim_descriptor(fd);
    if (command == F_SETFL)
        d->nonblock = (flags & O_NONBLOCK) != 0;
    return command == F_GETFL ? O_RDWR | (d->nonblock ? O_NONBLOCK : 0) : 0;
}

int
__wrap_ioctl(int fd, unsigned long request, ...)
{
    va_list args;
    va_start(args, request);
    int *bytes = va_arg(args, int *);
    va_end(args);
    sim_call("ioctl SIOCOUTQ");
    sim_check(sim_is_wire(fd), "SIOCOUTQ of what is not connected");
    wire.seen_confirmed = wire.confirmed;
    if (wire.sent == wire.confirmed && wire.junk_seen == SIZE_MAX)
        wire.junk_seen = wire.junk_taken;
    bool finish = wire.finished && !wire.finish_confirmed;
    *bytes = (int)(wire.sent - wire.confirmed) + finish;
    return 0;
}

int
__wrap_setsockopt(int fd, int level, int option, const void *value,
                  socklen_t len)
{
    sim_call("setsockopt");
    sim.op.options++;
    (void)len;
    struct sim_descriptor *d = sim_descriptor(fd);
    if (level == SOL_SOCKET && option == SO_LINGER) {
        struct linger l;
        memcpy(&l, value, sizeof l);
        d->linger_zero = l.l_onoff != 0 && l.l_linger == 0;
    } else if (level == SOL_SOCKET && option == SO_RCVTIMEO) {
        struct timeval t;
        memcpy(&t, value, sizeof t);
        d->limit = t.tv_sec * SECOND + t.tv_usec * US;
    }
    return 0;
}

/* What a connection has to tell, once. */
static int
take_error(int fd, struct sim_descriptor *d)
{
    int error = 0;
    if (sim_is_wire(fd)) {
        error = wire.error;
        wire.error = 0;
        wire.told_error = wire.told_error || error != 0;
    } else if (d->state == SIM_CONNECTING && sim.now >= d->outcome_at) {
        error = d->outcome;
        d->state = error == 0 ? SIM_CONNECTED : SIM_FAILED;
        sim_attempts.told += error != 0;
        sim_attempts.told_since += error != 0;
    } else {
        sim_check(d->state == SIM_CONNECTED,
                  "it asks what became of descriptor %d too early", fd);
    }
    if (error != 0)
        sim_moved();
    return error;
}

int
__wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *len)
{
    sim_call("getsockopt");
    struct sim_descriptor *d = sim_descriptor(fd);
    memset(value, 0, *len);
    if (level != SOL_SOCKET || option != SO_ERROR)
        return 0;
    int error = take_error(fd, d);
    memcpy(value, &error, sizeof error);
    return 0;
}

static int
give_address(const struct sockaddr_in *from, struct sockaddr *to,
             socklen_t *len)
{
    memcpy(to, from, *len < sizeof *from ? *len : sizeof *from);
    *len = sizeof *from;
    return 0;
}

int
__wrap_getsockname(int fd, struct sockaddr *a, socklen_t *len)
{
    sim_call("getsockname");
    struct sim_descriptor *d = sim_descriptor(fd);
    d->local.sin_family = AF_INET;
    if (d->local.sin_port == 0)
        d->local.sin_port = htons(40000);
    d->local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return give_address(d->meets_itself ? &d->remote : &d->local, a, len);
}

int
__wrap_getpeername(int fd, struct sockaddr *a, socklen_t *len)
{
    sim_call("getpeername");
    return give_address(&sim_descriptor(fd)->remote, a, len);
}
