/* SPDX-License-Identifier: MIT */
/* nc HOST PORT...: connecting, and scanning. */
#include <netdb.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "exit.h"
#include "interrupt.h"
#include "limits.h"
#include "nc.h"
#include "nc_ports.h"
#include "options.h"
#include "report.h"
#include "say.h"

static const char *
service(int port)
{
    const struct servent *s =
        nc.numeric ? NULL : getservbyport(htons((uint16_t)port), "tcp");
    return s != NULL ? s->s_name : "*";
}

/* "host (address)", or the host alone where it is one. */
static const char *
both(const struct target *t, const char *address)
{
    static char text[RN_HOST_SIZE + RN_ADDRESS_SIZE + 8];
    bool same = strcmp(t->host, address) == 0 || *address == '\0';
    snprintf(text, sizeof text, same ? "%s" : "%s (%s)", t->host, address);
    return text;
}

/* A refusal is told with -v alone, anything else always. */
static int
tell_failure(const struct target *t, const rn_error *err)
{
    bool usual = err->code == RN_E_REFUSED || err->code == RN_E_UNREACHABLE ||
        err->code == RN_E_TIMEOUT;
    report_error(err);
    if (interrupt_signal() != 0)
        return EXIT_OTHER;
    if (!usual || nc.local)
        return complain(err);
    if (err->attempts == 0)
        NC_SAY("nc: connect to %s port %d (tcp) failed: %s\n", t->host, t->port,
               rn_code_name(err->code));
    for (int i = 0; i < err->attempts && i < RN_ATTEMPTS; i++)
        NC_SAY("nc: connect to %s port %d (tcp) failed: %s\n",
               both(t, err->attempt[i].address), t->port,
               err->attempt[i].sys_errno != 0
                   ? strerror(err->attempt[i].sys_errno)
                   : "Connection timed out");
    return EXIT_OTHER;
}

/* -w, or --deadline where that is earlier. */
static rn_time
patience_end(void)
{
    rn_time end = nc.patience > 0 ? rn_in(nc.patience) : RN_FOREVER;
    return end < deadline_or_never() ? end : deadline_or_never();
}

static int
connect_to(const struct target *t)
{
    rn_error err;
    report_text("target", t->text);
    rn_socket *s = dial_until(t, RN_UNBUFFERED, patience_end(), &err);
    if (s == NULL)
        return tell_failure(t, &err);
    report_connection(s);
    if (!nc.local)
        NC_SAY("Connection to %s %d port [tcp/%s] succeeded!\n",
               both(t, rn_remote_address(s)), t->port, service(t->port));
    if (!nc.scan)
        return nc_talk(s, t->text);
    report_ended("answer");
    rn_close(s);
    rn_free(s);
    return EXIT_FINE;
}

/* ---- Connecting to one port after another */

static bool
is_numeric(const char *host)
{
    struct addrinfo *list = NULL;
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST};
    bool yes = getaddrinfo(host, NULL, &hints, &list) == 0;
    if (yes)
        freeaddrinfo(list);
    return yes;
}

/* -s and -p, as --source has them. */
static int
set_source(void)
{
    static char source[RN_HOST_SIZE + 16];
    int port = 0;
    if (nc.port != NULL && (port = nc_port(nc.port)) < 0)
        return EXIT_USAGE;
    const char *address = nc.source != NULL ? nc.source : "";
    bool bare = strchr(address, ':') != NULL;
    int n = snprintf(source, sizeof source, bare ? "[%s]:%d" : "%s:%d", address,
                     port);
    char shown[QUOTE_SIZE];
    if (n >= (int)sizeof source)
        return complain_usage("nc: %s is too long", quoted(shown, address));
    if (nc.source != NULL || nc.port != NULL)
        settings.source = source;
    return parse_source();
}

/* One port after another; it is well when one of them was. EXIT_FINE, or the
 * code of a failure that makes the rest not worth trying. */
static int
connect_all(const char *host, const char *ports, bool *well)
{
    struct target t;
    int low;
    int high;
    if (!nc_ports(ports, &low, &high))
        return EXIT_USAGE;
    for (; low <= high && interrupt_signal() == 0; low++) {
        char port[16];
        char *words[] = {(char *)(uintptr_t)host, port};
        snprintf(port, sizeof port, "%d", low);
        int code = parse_target(2, words, &t);
        if (code != PARSED)
            return code;
        code = connect_to(&t);
        *well = *well || code == EXIT_FINE;
        if (code != EXIT_FINE && code != EXIT_OTHER && code != EXIT_RESET)
            return code;
    }
    return EXIT_FINE;
}

int
nc_client(int count, char **args)
{
    struct target t = {0};
    char shown[QUOTE_SIZE];
    int code = set_source();
    if (code != PARSED)
        return code;
    if (nc.local)
        return nc_path(args[0], &t) == PARSED ? connect_to(&t) : EXIT_USAGE;
    if (count < 2)
        return complain_usage("nc: no port after %s", quoted(shown, args[0]));
    if (nc.numeric && !is_numeric(args[0]))
        return complain_usage("nc: with -n %s must be an address",
                              quoted(shown, args[0]));
    bool well = false;
    for (int i = 1; i < count; i++) {
        code = connect_all(args[0], args[i], &well);
        if (code != EXIT_FINE)
            return code;
    }
    return well ? EXIT_FINE : EXIT_OTHER;
}
