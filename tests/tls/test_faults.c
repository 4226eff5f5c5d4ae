/* SPDX-License-Identifier: MIT */
/*
 * A conversation over TLS in which one system call of the client's fails: each
 * in turn, in each way that it has, once or from then on. The two ends take
 * turns in this thread, without waiting. What arrives is always a beginning of
 * what was sent; what can be absorbed is; and what cannot is told, never as a
 * clean end.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../support/check.h"
#include "../support/peer.h"
#include "two.h"

/* ---- Calls, and the one that fails */

enum call {
    RECV,
    SEND,
    SENDMSG,
    SETSOCKOPT,
    SHUTDOWN,
    IOCTL,
    PPOLL,
    CALLS
};

enum {
    SHORT = -1, /* one byte of it */
    END = -2,   /* 0 */
    STORM = 8   /* so long does EINTR go on */
};

static const struct fault {
    enum call call;
    int what; /* errno, or one of the above */
    bool absorbed;
} faults[] = {
    {RECV, EINTR, true},        {RECV, EAGAIN, true},
    {RECV, SHORT, true},        {RECV, END, false},
    {RECV, ECONNRESET, false},  {RECV, ETIMEDOUT, false},
    {RECV, ENOMEM, true},       {SEND, EINTR, true},
    {SEND, EAGAIN, true},       {SEND, SHORT, true},
    {SEND, EPIPE, false},       {SEND, ECONNRESET, false},
    {SEND, ENOBUFS, true},      {SENDMSG, EINTR, true},
    {SENDMSG, EAGAIN, true},    {SENDMSG, SHORT, true},
    {SENDMSG, EPIPE, false},    {SETSOCKOPT, EINVAL, true},
    {SHUTDOWN, ENOTCONN, true}, {IOCTL, EINVAL, false},
    {PPOLL, EINTR, true},       {PPOLL, ENOMEM, true},
};

static int watched = -1; /* the client's descriptor */
static long count;       /* its calls so far */
static enum call call_at[4096];
static long at; /* the one that fails; 0: none */
static const struct fault *fault;
static bool always;
static bool met;

/* What this call is to do instead, or 0. */
static int
fails(enum call call, int fd)
{
    if (fd != watched)
        return 0;
    long i = ++count;
    if (i < (long)(sizeof call_at / sizeof *call_at))
        call_at[i] = call;
    bool now = i == at || (always && i > at);
    if (at == 0 || fault->call != call || !now)
        return 0;
    if (fault->what == EINTR && i > at + STORM)
        return 0;
    met = true;
    return fault->what;
}

static int
refuse(int what)
{
    if (what == END)
        return 0;
    errno = what;
    return -1;
}

ssize_t __real_recv(int fd, void *data, size_t n, int flags);
ssize_t __wrap_recv(int fd, void *data, size_t n, int flags);
ssize_t __real_send(int fd, const void *data, size_t n, int flags);
ssize_t __wrap_send(int fd, const void *data, size_t n, int flags);
ssize_t __real_sendmsg(int fd, const struct msghdr *m, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *m, int flags);
int __real_setsockopt(int fd, int level, int name, const void *v, socklen_t n);
int __wrap_setsockopt(int fd, int level, int name, const void *v, socklen_t n);
int __real_shutdown(int fd, int how);
int __wrap_shutdown(int fd, int how);
int __real_ioctl(int fd, unsigned long what, ...);
int __wrap_ioctl(int fd, unsigned long what, ...);
int __real_ppoll(struct pollfd *fds, nfds_t n, const struct timespec *t,
                 const sigset_t *mask);
int __wrap_ppoll(struct pollfd *fds, nfds_t n, const struct timespec *t,
                 const sigset_t *mask);

ssize_t
__wrap_recv(int fd, void *data, size_t n, int flags)
{
    int what = fails(RECV, fd);
    if (what == 0 || what == SHORT)
        return __real_recv(fd, data, what == 0 || n == 0 ? n : 1, flags);
    return refuse(what);
}

ssize_t
__wrap_send(int fd, const void *data, size_t n, int flags)
{
    int what = fails(SEND, fd);
    if (what == 0 || what == SHORT)
        return __real_send(fd, data, what == 0 || n == 0 ? n : 1, flags);
    return refuse(what);
}

ssize_t
__wrap_sendmsg(int fd, const struct msghdr *m, int flags)
{
    int what = fails(SENDMSG, fd);
    if (what == SHORT)
        return __real_send(fd, m->msg_iov[0].iov_base, 1, flags);
    return what == 0 ? __real_sendmsg(fd, m, flags) : refuse(what);
}

int
__wrap_setsockopt(int fd, int level, int name, const void *v, socklen_t n)
{
    int what = fails(SETSOCKOPT, fd);
    return what == 0 ? __real_setsockopt(fd, level, name, v, n) : refuse(what);
}

int
__wrap_shutdown(int fd, int how)
{
    int what = fails(SHUTDOWN, fd);
    return what == 0 ? __real_shutdown(fd, how) : refuse(what);
}

int
__wrap_ioctl(int fd, unsigned long what, ...)
{
    va_list args;
    va_start(args, what);
    void *arg = va_arg(args, void *);
    va_end(args);
    int instead = fails(IOCTL, fd);
    return instead == 0 ? __real_ioctl(fd, what, arg) : refuse(instead);
}

int
__wrap_ppoll(struct pollfd *fds, nfds_t n, const struct timespec *t,
             const sigset_t *mask)
{
    int what = n > 0 ? fails(PPOLL, fds[0].fd) : 0;
    return what == 0 ? __real_ppoll(fds, n, t, mask) : refuse(what);
}

/* ---- The conversation */

enum {
    REPLY = 40000,
    TURNS = 300000
};

static const char question[] = "one line\nand another one\n";
static char reply[REPLY];

struct end {
    rn_stream *s;
    int step;
    int code; /* of the failure that ended it */
    size_t got;
    char data[REPLY];
};

static struct end client;
static struct end server;

/* More of what the other end sends, up to `whole` bytes. */
static int
read_up_to(struct end *e, size_t whole)
{
    ptrdiff_t r = rn_read_some(e->s, e->data + e->got, whole - e->got);
    if (r == 0)
        return RN_E_EOF;
    if (r < 0)
        return (int)r;
    e->got += (size_t)r;
    return e->got == whole ? RN_OK : RN_E_AGAIN;
}

static int
read_end(struct end *e)
{
    int rc = rn_eof(e->s);
    return rc == 1 ? RN_OK : rc == 0 ? RN_E_IO : rc;
}

static int
end_it(struct end *e)
{
    rn_set_deadline(e->s, RN_BOTH, RN_FOREVER);
    return rn_close(e->s);
}

static int
client_step(struct end *e)
{
    switch (e->step) {
    case 0:
        return rn_flush(e->s); /* shaking hands */
    case 1:
        return rn_write(e->s, question, sizeof question - 1);
    case 2:
        return rn_flush(e->s);
    case 3:
        return read_up_to(e, REPLY);
    case 4:
        return rn_shutdown_write(e->s);
    case 5:
        return read_end(e);
    default:
        return end_it(e);
    }
}

static int
server_step(struct end *e)
{
    switch (e->step) {
    case 0:
        return rn_flush(e->s);
    case 1:
        return read_up_to(e, sizeof question - 1);
    case 2:
        return rn_write(e->s, reply, REPLY);
    case 3:
        return rn_flush(e->s);
    case 4:
        return read_end(e);
    default:
        return end_it(e);
    }
}

/* One turn. False: this end is through, or has given up. */
static bool
turn(struct end *e, int last, int (*step)(struct end *e))
{
    if (e->s == NULL)
        return false;
    int rc = step(e);
    if (rc == RN_OK && e->step++ < last)
        return true;
    bool again = rc == RN_E_AGAIN || (rc == RN_E_MEMORY && !always);
    if (again && e->step <= last)
        return true;
    e->code = e->step > last && rc == RN_OK ? RN_OK : rc;
    rn_free(e->s);
    e->s = NULL;
    return false;
}

static void
converse(void)
{
    rn_socket *a;
    rn_socket *b;
    rn_error err;
    rn_tls_options co = client_options();
    rn_tls_options so = server_options(&good);
    client = server = (struct end){0};
    tcp_pair(&a, &b, RN_BUFFERED);
    count = 0;
    met = false;
    watched = rn_fd(a);
    client.s = rn_tls_start(a, &co, &err);
    server.s = rn_tls_accept(b, &so, &err);
    assert_non_null(client.s);
    assert_non_null(server.s);
    rn_set_deadline(client.s, RN_BOTH, RN_NOW);
    rn_set_deadline(server.s, RN_BOTH, RN_NOW);
    int left = TURNS;
    bool there = true;
    while (there && --left > 0) {
        there = turn(&client, 6, client_step);
        there = turn(&server, 5, server_step) || there;
    }
    watched = -1;
    for (struct end *e = &client; e != NULL; e = e == &client ? &server : NULL)
        if (e->s != NULL) {
            e->code = RN_E_AGAIN;
            rn_abort(e->s);
            rn_free(e->s);
        }
}

static bool
is_told(int code)
{
    return code == RN_E_RESET || code == RN_E_TLS || code == RN_E_IO ||
        code == RN_E_MEMORY || code == RN_E_AGAIN || code == RN_E_TIMEOUT;
}

static void
judge(long point)
{
    char what[100];
    snprintf(what, sizeof what, "call %ld (%d), %d %s", point, (int)fault->call,
             fault->what, always ? "always" : "once");
    bool whole = client.got == REPLY && server.got == sizeof question - 1;
    bool well = memcmp(client.data, reply, client.got) == 0 &&
        memcmp(server.data, question, server.got) == 0;
    if (fault->absorbed && !always && met)
        well = well && whole && client.code == RN_OK && server.code == RN_OK;
    else if (client.code != RN_OK)
        well = well && is_told(client.code);
    /* A cut is no end: whoever ended well has had it all. */
    well = well && (client.code != RN_OK || client.got == REPLY);
    well = well && (server.code != RN_OK || server.got == sizeof question - 1);
    if (!well)
        print_error("%s: client %s, %zu bytes; server %s, %zu bytes\n", what,
                    rn_code_name(client.code), client.got,
                    rn_code_name(server.code), server.got);
    assert_true(well);
}

static long runs;

static void
sweep(long points)
{
    for (size_t f = 0; f < sizeof faults / sizeof *faults; f++) {
        fault = &faults[f];
        for (long point = 1; point <= points; point++) {
            if (call_at[point] != fault->call)
                continue;
            at = point;
            converse();
            judge(point);
            runs++;
        }
    }
    at = 0;
}

static void
every_call_fails_once(void **state)
{
    (void)state;
    for (int i = 0; i < REPLY; i++)
        reply[i] = (char)(i * 7 + i / 251);
    at = 0;
    always = false;
    converse();
    assert_code(client.code, RN_OK);
    assert_code(server.code, RN_OK);
    assert_int_equal(client.got, REPLY);
    sweep(count < 4000 ? count : 4000);
    print_message("TLS: %ld faults, once each\n", runs);
    assert_true(runs > 50);
}

static void
every_call_fails_from_then_on(void **state)
{
    (void)state;
    at = 0;
    runs = 0;
    always = false;
    converse();
    long points = count;
    always = true;
    sweep(points);
    print_message("TLS: %ld faults, from then on\n", runs);
    assert_true(runs > 50);
}

static int at_start;

static void
no_descriptor_is_left(void **state)
{
    (void)state;
    assert_int_equal(open_descriptors(), at_start);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_fails_once),
        cmocka_unit_test(every_call_fails_from_then_on),
        cmocka_unit_test(no_descriptor_is_left),
    };
    at_start = open_descriptors();
    return cmocka_run_group_tests_name("tls_faults", tests, make_all, drop_all);
}
