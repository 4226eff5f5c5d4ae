/* SPDX-License-Identifier: MIT */
/* Targets: from the command line to a connection. */
#include "address.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "duration.h"
#include "exit.h"
#include "interrupt.h"
#include "options.h"
#include "report.h"
#include "say.h"
#include "secure.h"

int
parse_port(const char *text)
{
    int port = 0;
    const char *p = text;
    while (*p >= '0' && *p <= '9' && port <= 65535)
        port = port * 10 + (*p++ - '0');
    if (*p == '\0' && p != text && port <= 65535)
        return port;
    char shown[QUOTE_SIZE];
    complain_usage("port %s is not a number from 0 to 65535",
                   quoted(shown, text));
    return -1;
}

static bool
is_unix(const char *text)
{
    return strncmp(text, "unix:", 5) == 0;
}

/* The host of `len` bytes, without the brackets that an IPv6 one may have. */
static int
set_host(struct target *t, const char *host, size_t len)
{
    bool bare = len >= 2 && host[0] == '[' && host[len - 1] == ']';
    if (bare) {
        host++;
        len -= 2;
    }
    char shown[QUOTE_SIZE];
    if (len == 0 || len >= sizeof t->host)
        return complain_usage("host %s is %s", quoted(shown, host),
                              len == 0 ? "empty" : "too long");
    memcpy(t->host, host, len);
    t->host[len] = '\0';
    if (bare && is_unix(t->host))
        return complain_usage("host %s is no IPv6 address",
                              quoted(shown, t->host));
    return PARSED;
}

const char *
print_place(char buf[PLACE_SIZE], const char *host, int port)
{
    bool six = strchr(host, ':') != NULL && *host != '/';
    if (port == 0)
        snprintf(buf, PLACE_SIZE, "%s", host);
    else
        snprintf(buf, PLACE_SIZE, six ? "[%s]:%d" : "%s:%d", host, port);
    return buf;
}

static int
set_port(struct target *t, const char *port)
{
    t->port = parse_port(port);
    if (t->port < 0)
        return EXIT_USAGE;
    print_place(t->text, t->host, t->port);
    return PARSED;
}

/* HOST:PORT, where an IPv6 address has its colons in brackets. */
static int
split(const char *text, struct target *t)
{
    const char *colon = strrchr(text, ':');
    char shown[QUOTE_SIZE];
    if (colon == NULL)
        return complain_usage("%s has no port: HOST PORT or HOST:PORT",
                              quoted(shown, text));
    if (memchr(text, ':', (size_t)(colon - text)) != NULL && colon[-1] != ']')
        return complain_usage("%s: an IPv6 address with a port is written "
                              "[ADDRESS]:PORT",
                              quoted(shown, text));
    int rc = set_host(t, text, (size_t)(colon - text));
    return rc == PARSED ? set_port(t, colon + 1) : rc;
}

int
parse_target(int count, char **args, struct target *t)
{
    *t = (struct target){0};
    if (is_unix(args[0])) {
        char shown[QUOTE_SIZE];
        if (count != 1)
            return complain_usage("%s has no port", quoted(shown, args[0]));
        int rc = set_host(t, args[0], strlen(args[0]));
        snprintf(t->text, sizeof t->text, "%s", t->host);
        return rc;
    }
    if (count == 1)
        return split(args[0], t);
    int rc = set_host(t, args[0], strlen(args[0]));
    return rc == PARSED ? set_port(t, args[1]) : rc;
}

/* ---- Where from */

static struct {
    char host[RN_HOST_SIZE]; /* "": any */
    int port;
} source;

int
parse_source(void)
{
    const char *text = settings.source;
    if (text == NULL)
        return PARSED;
    const char *first = strchr(text, ':');
    const char *last = strrchr(text, ':');
    bool port = first != NULL && (first == last || last[-1] == ']');
    size_t len = port ? (size_t)(last - text) : strlen(text);
    char shown[QUOTE_SIZE];
    source.port = port ? parse_port(last + 1) : 0;
    if (source.port < 0)
        return EXIT_USAGE;
    if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
    }
    if (len >= sizeof source.host || (len == 0 && !port))
        return complain_usage("source address %s is %s", quoted(shown, text),
                              len == 0 ? "empty" : "too long");
    memcpy(source.host, text, len);
    source.host[len] = '\0';
    return PARSED;
}

/* Failures that are of the source, and say only that they are of the attempt.
 */
static void
blame_source(const struct target *t, rn_error *err)
{
    size_t size = sizeof err->message;
    if (source.host[0] != '\0' && err->sys_errno == EAFNOSUPPORT) {
        err->code = RN_E_VALUE;
        snprintf(
            err->message, size,
            "connect to %s: the source address %.150s is of another family",
            t->text, source.host);
    } else if (source.port > 0 && err->code == RN_E_IN_USE) {
        snprintf(err->message, size,
                 "connect to %s: the source port %d is in use", t->text,
                 source.port);
    }
}

/* ---- Connecting */

rn_socket *
dial_until(const struct target *t, rn_buffering buffering, rn_time deadline,
           rn_error *err)
{
    rn_connect_options o = {
        .host = t->host,
        .port = t->port,
        .buffering = buffering,
        .family = (rn_family)settings.family,
        .deadline = deadline,
        .cancel = interrupt_token(),
        .source = source.host[0] != '\0' ? source.host : NULL,
        .source_port = source.port,
    };
    rn_socket *s = rn_connect_with(&o, err);
    if (s == NULL)
        blame_source(t, err);
    else if (t->tls || securing.on)
        s = secure_client(s, deadline == RN_FOREVER ? 0 : deadline, err);
    return s;
}

rn_socket *
dial(const struct target *t, rn_buffering buffering, rn_error *err)
{
    report_text("target", t->text);
    rn_socket *s = dial_until(t, buffering, settings.deadline, err);
    report_attempts(err);
    if (s == NULL)
        return NULL;
    report_connection(s);
    rn_stats stats;
    char lookup[DURATION_SIZE];
    char connect[DURATION_SIZE];
    if (settings.verbose && rn_get_stats(s, &stats) == RN_OK)
        detail("connected to %s (%s), lookup %s, connect %s", t->text,
               rn_remote_address(s), print_duration(stats.lookup, lookup),
               print_duration(stats.connect, connect));
    secure_tell(s);
    return s;
}
