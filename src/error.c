/* SPDX-License-Identifier: MIT */
/*
 * Errors: the list of codes, what an errno value means in each phase, and the
 * one place where a sentence is put together. Allocates nothing.
 */
#include "error.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct named {
    int value;
    const char *name;
    const char *reason;
};

static const struct named codes[] = {
    {RN_OK, "RN_OK", "no error"},
    {RN_E_VALUE, "RN_E_VALUE", "a bad argument"},
    {RN_E_MEMORY, "RN_E_MEMORY", "out of memory"},
    {RN_E_NAME, "RN_E_NAME", "no such host"},
    {RN_E_REFUSED, "RN_E_REFUSED", "connection refused"},
    {RN_E_UNREACHABLE, "RN_E_UNREACHABLE", "unreachable"},
    {RN_E_TIMEOUT, "RN_E_TIMEOUT", "timed out"},
    {RN_E_CANCELED, "RN_E_CANCELED", "canceled"},
    {RN_E_RESET, "RN_E_RESET", "connection reset by the peer"},
    {RN_E_CLOSED, "RN_E_CLOSED", "closed"},
    {RN_E_EOF, "RN_E_EOF", "the stream ended too early"},
    {RN_E_LIMIT, "RN_E_LIMIT", "longer than the limit"},
    {RN_E_NEWLINE, "RN_E_NEWLINE", "a bare CR or LF where only CRLF may be"},
    {RN_E_BUSY, "RN_E_BUSY", "another thread is using it in this direction"},
    {RN_E_AGAIN, "RN_E_AGAIN", "would have to wait"},
    {RN_E_IN_USE, "RN_E_IN_USE", "already in use"},
    {RN_E_DENIED, "RN_E_DENIED", "not permitted"},
    {RN_E_FILES, "RN_E_FILES", "too many open files"},
    {RN_E_UNSUPPORTED, "RN_E_UNSUPPORTED", "not possible on this stream"},
    {RN_E_TLS, "RN_E_TLS", "TLS failed"},
    {RN_E_IO, "RN_E_IO", "input/output error"},
};

/* What is done to a target, as a sentence's beginning. */
static const struct named phases[] = {
    {RN_PHASE_NONE, "", ""},
    {RN_PHASE_SETUP, "setup", "set up"},
    {RN_PHASE_LOOKUP, "lookup", "look up"},
    {RN_PHASE_CONNECT, "connect", "connect to"},
    {RN_PHASE_LISTEN, "listen", "listen on"},
    {RN_PHASE_ACCEPT, "accept", "accept on"},
    {RN_PHASE_READ, "read", "read from"},
    {RN_PHASE_WRITE, "write", "write to"},
    {RN_PHASE_CLOSE, "close", "close"},
    {RN_PHASE_TLS, "tls", "start TLS with"},
};

/* The errno values that have a code of their own, and their plain words. */
static const struct {
    int sys;
    int code;
    const char *reason;
} systems[] = {
    {ECONNREFUSED, RN_E_REFUSED, "connection refused"},
    {ENOENT, RN_E_REFUSED, "no such file"},
    {ENETUNREACH, RN_E_UNREACHABLE, "network unreachable"},
    {EHOSTUNREACH, RN_E_UNREACHABLE, "no route to the host"},
    {ENETDOWN, RN_E_UNREACHABLE, "network is down"},
    {EHOSTDOWN, RN_E_UNREACHABLE, "host is down"},
    {ETIMEDOUT, RN_E_TIMEOUT, "timed out"},
    {ECONNRESET, RN_E_RESET, "connection reset by the peer"},
    {EPIPE, RN_E_RESET, "the peer closed the connection"},
    {ECONNABORTED, RN_E_RESET, "connection aborted"},
    {ENOTCONN, RN_E_RESET, "not connected any more"},
    {ENETRESET, RN_E_RESET, "connection dropped by the network"},
    {EADDRINUSE, RN_E_IN_USE, "address already in use"},
    {EADDRNOTAVAIL, RN_E_VALUE, "no such local address, or no free port"},
    {EACCES, RN_E_DENIED, "permission denied"},
    {EPERM, RN_E_DENIED, "not permitted"},
    {EMFILE, RN_E_FILES, "too many open files in this process"},
    {ENFILE, RN_E_FILES, "too many open files in the system"},
    {ENOMEM, RN_E_MEMORY, "out of memory"},
    {ENOBUFS, RN_E_MEMORY, "no buffer space in the system"},
    {EAGAIN, RN_E_AGAIN, "would have to wait"},
    {EBADF, RN_E_VALUE, "not an open descriptor"},
};

static const struct named *
find(const struct named *list, size_t count, int value)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].value == value)
            return &list[i];
    return NULL;
}

#define FIND(list, value) find(list, sizeof list / sizeof list[0], value)

const char *
rn_code_name(int code)
{
    const struct named *c = FIND(codes, code);
    return c == NULL ? "RN_E_?" : c->name;
}

const char *
rn_phase_name(int phase)
{
    const struct named *p = FIND(phases, phase);
    return p == NULL ? "" : p->name;
}

/* On a connection that was up, trouble on the way is the end of it, and what
 * has no meaning there is the system's own affair. */
static int
code_on_connection(int code)
{
    switch (code) {
    case RN_E_REFUSED:
    case RN_E_UNREACHABLE:
    case RN_E_TIMEOUT: /* the system gave up on a silent peer */
        return RN_E_RESET;
    case RN_E_RESET:
    case RN_E_MEMORY:
    case RN_E_AGAIN:
        return code;
    default:
        return RN_E_IO;
    }
}

int
rni_code_of_errno(int phase, int sys)
{
    int code = RN_E_IO;
    for (size_t i = 0; i < sizeof systems / sizeof systems[0]; i++)
        if (systems[i].sys == sys)
            code = systems[i].code;
    if (phase == RN_PHASE_READ || phase == RN_PHASE_WRITE ||
        phase == RN_PHASE_CLOSE)
        return code_on_connection(code);
    /* The folder of a unix socket to be made. */
    if (sys == ENOENT && phase == RN_PHASE_LISTEN)
        return RN_E_VALUE;
    /* Without a wish for a certain address, all local ports are taken. */
    if (sys == EADDRNOTAVAIL && phase == RN_PHASE_CONNECT)
        return RN_E_IN_USE;
    /* Of TCP, "insufficient entries in the routing cache" (connect(2)). */
    if (sys == EAGAIN && phase == RN_PHASE_CONNECT)
        return RN_E_IO;
    return code;
}

int
rni_code_of(int phase, ptrdiff_t failure, int *sys)
{
    *sys = 0;
    if (failure < INT_MIN)
        return RN_E_IO; /* a kind of stream that lies */
    if (failure < 0 && failure > RN_E_VALUE) {
        *sys = (int)-failure;
        return rni_code_of_errno(phase, *sys);
    }
    return FIND(codes, (int)failure) == NULL ? RN_E_IO : (int)failure;
}

bool
rni_repeatable(int code)
{
    switch (code) {
    case RN_E_AGAIN:
    case RN_E_TIMEOUT:
    case RN_E_CANCELED:
    case RN_E_BUSY:
    case RN_E_EOF:
    case RN_E_LIMIT:
    case RN_E_NEWLINE:
    case RN_E_VALUE:
    case RN_E_MEMORY:
        return true;
    default:
        return false;
    }
}

const char *
rni_reason(int code, int sys, char *buf, size_t cap)
{
    if (sys == 0) {
        const struct named *c = FIND(codes, code);
        return c == NULL ? "unknown error" : c->reason;
    }
    for (size_t i = 0; i < sizeof systems / sizeof systems[0]; i++)
        if (systems[i].sys == sys)
            return systems[i].reason;
    /* The POSIX form; with _GNU_SOURCE glibc would give another one. */
    if (strerror_r(sys, buf, cap) != 0)
        snprintf(buf, cap, "system error %d", sys);
    return buf;
}

void
rni_error_clear(rn_error *err)
{
    if (err != NULL)
        memset(err, 0, sizeof *err);
}

/* Only a strange name needs quotes, and to be cut. */
static bool
is_plain(const char *text)
{
    size_t len = 0;
    for (; text[len] != '\0'; len++)
        if (len == RN_HOST_SIZE || text[len] < ' ' || text[len] > '~' ||
            text[len] == '"')
            return false;
    return true;
}

/* "a.example:80 (192.0.2.1)", or as much of it as is known. */
static void
put_target(char *buf, size_t cap, const struct rni_target *t)
{
    char quoted[RNI_QUOTE_SIZE];
    const char *host = t->host[0] != '\0' ? t->host : t->address;
    rni_quote(quoted, host);
    int n = snprintf(buf, cap, "%s", is_plain(host) ? host : quoted);
    if (t->port > 0)
        n += snprintf(buf + n, cap - (size_t)n, ":%d", t->port);
    if (t->address[0] != '\0' && strcmp(host, t->address) != 0)
        snprintf(buf + n, cap - (size_t)n, " (%s)", t->address);
}

int
rni_error_set(rn_error *err, int code, int phase, int sys,
              const struct rni_target *target, const char *format, ...)
{
    if (err == NULL)
        return code;
    rni_error_clear(err);
    err->code = code;
    err->phase = phase;
    err->sys_errno = sys;

    char where[RN_HOST_SIZE + RN_ADDRESS_SIZE + 16] = "it";
    if (target != NULL) {
        err->port = target->port;
        snprintf(err->host, sizeof err->host, "%s", target->host);
        snprintf(err->address, sizeof err->address, "%s", target->address);
        if (target->host[0] != '\0' || target->address[0] != '\0')
            put_target(where, sizeof where, target);
        else
            snprintf(where, sizeof where, "the stream");
    }

    char why[RN_MESSAGE_SIZE];
    if (format == NULL) {
        char buf[80];
        snprintf(why, sizeof why, "%s", rni_reason(code, sys, buf, sizeof buf));
    } else {
        va_list args;
        va_start(args, format);
        vsnprintf(why, sizeof why, format, args);
        va_end(args);
    }

    const struct named *p = FIND(phases, phase);
    int n;
    if (p == NULL || p->reason[0] == '\0')
        n = snprintf(err->message, sizeof err->message, "%s", why);
    else
        n = snprintf(err->message, sizeof err->message, "%s %.300s: %s",
                     p->reason, where, why);
    if (n >= (int)sizeof err->message)
        memcpy(err->message + sizeof err->message - 4, "...", 4);
    return code;
}

const char *
rni_quote(char buf[RNI_QUOTE_SIZE], const char *text)
{
    enum {
        SHOWN = 40
    };
    static const char hex[] = "0123456789abcdef";
    size_t len = strlen(text);
    char *p = buf;
    *p++ = '"';
    for (size_t i = 0; i < len && i < SHOWN; i++) {
        unsigned char c = (unsigned char)text[i];
        const char *known = "\n\r\t\"\\";
        const char *at = strchr(known, c);
        if (at != NULL) {
            *p++ = '\\';
            *p++ = "nrt\"\\"[at - known];
        } else if (c < 0x20 || c >= 0x7f) {
            *p++ = '\\';
            *p++ = 'x';
            *p++ = hex[c >> 4];
            *p++ = hex[c & 15];
        } else {
            *p++ = (char)c;
        }
    }
    *p++ = '"';
    *p = '\0';
    if (len > SHOWN)
        snprintf(p, 40, "... (%zu bytes)", len);
    return buf;
}
