/* SPDX-License-Identifier: MIT */
/* Bytes through the connection: recv(2), send(2), shutdown(2). */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "../support/wrapped.h"
#include "kernel.h"
#include "wire.h"

static int64_t
sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static ssize_t
fail(int error)
{
    errno = error;
    return -1;
}

/* ---- What a call is waiting for */

static bool
can_read(const void *arg)
{
    sim_check_watch(arg);
    return wire_readable();
}

static bool
can_send(const void *arg)
{
    sim_check_watch(arg);
    return wire_free() > 0 || wire.broken || wire.error != 0;
}

/* ---- Receiving */

static size_t
give(unsigned char *data, size_t n)
{
    size_t most = wire_waiting();
    n = n < most ? n : most;
    if (sim.op.kind != SIM_CLOSING)
        n = n < sim.gulp ? n : sim.gulp;
    if (n > 1 && sim_disturbs(sim.rate.brief))
        n = sim_size(1, n - 1);
    memcpy(data, wire.text + wire.taken, n);
    wire.taken += n;
    wire.looked_dry = wire_waiting() == 0;
    sim_figures.bytes += n;
    sim_moved();
    return n;
}

static ssize_t
receive(unsigned char *data, size_t n)
{
    if (wire_waiting() > 0)
        return (ssize_t)give(data, n);
    wire.looked_dry = true;
    if (wire.junk > 0) {
        n = n < wire.junk ? n : wire.junk;
        memset(data, 'J', n);
        wire.junk -= n;
        wire.junk_taken += n;
        wire.looked_dry = wire.junk == 0;
        sim_moved();
        return (ssize_t)n;
    }
    if (wire.error != 0 && !wire.ended) {
        errno = wire.error;
        wire.error = 0;
        wire.told_error = wire.told_reader = true;
        sim_told_end();
        return -1;
    }
    sim_check(sim.op.kind == SIM_CLOSING || !wire.told_end,
              "it asks for more after it was told the end");
    wire.told_end = true;
    sim_told_end();
    return 0;
}

/* socket(7), SO_RCVTIMEO: it counts in ticks of 4 ms, two more than asked for,
 * and is late by up to an eighth. */
static int64_t
kernel_limit(const struct sim_descriptor *d)
{
    if (d->limit == 0)
        return NEVER;
    return sim.now + d->limit + sim_span(d->limit / 8 + 8 * MS);
}

ssize_t
__wrap_recv(int fd, void *data, size_t n, int flags)
{
    sim_call("recv");
    struct sim_descriptor *d = sim_descriptor(fd);
    sim_check(sim_is_wire(fd) && n > 0, "a receive of %zu bytes", n);
    if (sim_disturbs(sim.rate.buffers))
        return fail(ENOMEM);
    if (!wire_readable() && (flags & MSG_DONTWAIT || d->nonblock)) {
        wire.looked_dry = true;
        return fail(EAGAIN);
    }
    if (!wire_readable()) {
        const struct sim_watch w = {.readable = 1};
        int64_t limit = kernel_limit(d);
        int64_t signal = sim_signal_at(limit);
        if (!sim_wait(can_read, &w, sooner(limit, signal)))
            return fail(signal < limit ? EINTR : EAGAIN);
    }
    ssize_t r = receive(data, n);
    sim_trace("            %zd bytes received, of at most %zu", r, n);
    return r;
}

/* ---- Sending */

/* As much as there is room for, from piece `*i`, byte `*at`. */
static size_t
take_pieces(const struct iovec *pieces, size_t count, size_t most)
{
    size_t room = wire_free();
    size_t done = 0;
    most = most < room ? most : room;
    for (size_t i = 0; i < count && done < most; i++) {
        size_t n = pieces[i].iov_len;
        n = n < most - done ? n : most - done;
        done += wire_take(pieces[i].iov_base, n);
    }
    if (done > 0)
        sim_moved();
    return done;
}

/* The rest of the pieces, behind `done` bytes. */
static size_t
rest_of(const struct iovec *pieces, size_t count, size_t done,
        struct iovec *rest)
{
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        size_t n = pieces[i].iov_len;
        if (done >= n) {
            done -= n;
            continue;
        }
        rest[used++] = (struct iovec){
            .iov_base = (unsigned char *)pieces[i].iov_base + done,
            .iov_len = n - done};
        done = 0;
    }
    return used;
}

static ssize_t
send_failure(void)
{
    int error = wire.error;
    wire.error = 0;
    wire.told_error = true;
    return fail(error != 0 ? error : EPIPE);
}

static ssize_t
send_pieces(int fd, const struct iovec *pieces, size_t count, int flags)
{
    struct sim_descriptor *d = sim_descriptor(fd);
    enum {
        MOST = 70
    };
    struct iovec rest[MOST];
    size_t n = 0;
    sim_check(sim_is_wire(fd) && flags & MSG_NOSIGNAL && count <= MOST,
              "a send that could raise SIGPIPE");
    for (size_t i = 0; i < count; i++)
        n += pieces[i].iov_len;
    sim_check(n > 0, "a send of nothing");
    if (wire.error != 0 || wire.broken || wire.finished)
        return send_failure();
    if (sim_disturbs(sim.rate.buffers))
        return fail(ENOBUFS);
    size_t most =
        n > 1 && sim_disturbs(sim.rate.brief) ? sim_size(1, n - 1) : n;
    size_t done = take_pieces(pieces, count, most);
    sim.op.sends += done > 0;
    if (done == 0 && (flags & MSG_DONTWAIT || d->nonblock))
        return fail(EAGAIN);
    /* One that blocks takes all, but for a signal or the connection's end. */
    int64_t signal = NEVER;
    while (done < most && !(flags & MSG_DONTWAIT || d->nonblock)) {
        const struct sim_watch w = {.writable = 1};
        if (signal == NEVER)
            signal = sim_signal_at(NEVER);
        if (!sim_wait(can_send, &w, signal))
            return done > 0 ? (ssize_t)done : fail(EINTR);
        if (wire.broken || wire.error != 0)
            return done > 0 ? (ssize_t)done : send_failure();
        size_t left = rest_of(pieces, count, done, rest);
        done += take_pieces(rest, left, most - done);
    }
    sim_trace("            %zu of %zu bytes sent", done, n);
    return (ssize_t)done;
}

ssize_t
__wrap_send(int fd, const void *data, size_t n, int flags)
{
    sim_call("send");
    struct iovec v = {.iov_base = (void *)(uintptr_t)data, .iov_len = n};
    return send_pieces(fd, &v, 1, flags);
}

ssize_t
__wrap_sendmsg(int fd, const struct msghdr *m, int flags)
{
    sim_call("sendmsg");
    return send_pieces(fd, m->msg_iov, (size_t)m->msg_iovlen, flags);
}

int
__wrap_shutdown(int fd, int how)
{
    sim_call("shutdown");
    sim_check(sim_is_wire(fd) && how == SHUT_WR, "shutdown %d of %d", how, fd);
    wire.linger_at = sim.now;
    if (wire.broken) {
        wire.told_error = true;
        return (int)fail(ENOTCONN);
    }
    if (!wire.finished)
        wire_finish();
    return 0;
}
