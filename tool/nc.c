/* SPDX-License-Identifier: MIT */
/*
 * runnel nc, or a link to it called nc: the letters of OpenBSD's netcat with
 * their meaning, its words with -v and its exit codes, over what connect and
 * listen are made of. Where it differs is in the manual, under CAVEATS.
 */
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "commands.h"
#include "exit.h"
#include "interrupt.h"
#include "pump.h"
#include "quit.h"
#include "report.h"
#include "say.h"
#include "serve.h"

static struct {
    bool listening;
    bool keep;
    bool scan;
    bool half; /* -N */
    bool local;
    bool numeric;
    bool detached;
    bool crlf;
    bool verbose;
    const char *port; /* -p */
    const char *source;
    const char *quit;
    int64_t patience; /* -w */
} nc;

static int64_t quit_after = -1; /* seconds, from -q */

/* What nc says with -v, in its words: scripts look for them. */
#define SAY(...) (nc.verbose ? (void)fprintf(stderr, __VA_ARGS__) : (void)0)

/* ---- A connection */

static int
talk(rn_socket *s, const char *target)
{
    struct pump p = {.eof = quit_after == 0 ? EOF_CLOSE
                         : nc.half          ? EOF_HALF
                                            : EOF_IGNORE,
                     .linger = LINGER_MS,
                     .crlf = nc.crlf,
                     .target = target};
    end_socket(&p.far, s);
    int code = end_standard(&p.near, !nc.detached);
    if (code == EXIT_FINE && !quit_watch(&p.near, quit_after))
        code = complain_as(EXIT_OTHER, "no memory");
    if (code != EXIT_FINE) {
        end_close(&p.far, true);
        end_close(&p.near, true);
        return code;
    }
    settings.mute = !nc.verbose;
    code = pump(&p);
    settings.mute = false;
    quit_stop();
    /* Silence for -w, as -q, is a good end. */
    return quit_came() || code == EXIT_TIMEOUT ? EXIT_FINE : code;
}

/* ---- Connecting */

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
        SAY("nc: connect to %s port %d (tcp) failed: %s\n", t->host, t->port,
            rn_code_name(err->code));
    for (int i = 0; i < err->attempts && i < RN_ATTEMPTS; i++)
        SAY("nc: connect to %s port %d (tcp) failed: %s\n",
            both(t, err->attempt[i].address), t->port,
            err->attempt[i].sys_errno != 0 ? strerror(err->attempt[i].sys_errno)
                                           : "Connection timed out");
    return EXIT_OTHER;
}

static int
connect_to(const struct target *t)
{
    rn_error err;
    report_text("target", t->text);
    rn_socket *s =
        dial_until(t, RN_UNBUFFERED,
                   nc.patience > 0 ? rn_in(nc.patience) : RN_FOREVER, &err);
    if (s == NULL)
        return tell_failure(t, &err);
    report_connection(s);
    if (!nc.local)
        SAY("Connection to %s %d port [tcp/%s] succeeded!\n",
            both(t, rn_remote_address(s)), t->port, service(t->port));
    if (!nc.scan)
        return talk(s, t->text);
    report_ended("answer");
    rn_close(s);
    rn_free(s);
    return EXIT_FINE;
}

/* ---- Ports: one, a service's name, or LOW-HIGH */

static int
complain_of_port(const char *text)
{
    char shown[QUOTE_SIZE];
    return complain_usage("nc: %s is no port, service or range",
                          quoted(shown, text));
}

static int
number(const char *text, size_t len)
{
    int port = 0;
    for (size_t i = 0; i < len && port <= 65535; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        port = port * 10 + (text[i] - '0');
    }
    return len > 0 && port <= 65535 ? port : -1;
}

static bool
parse_ports(const char *text, int *low, int *high)
{
    const char *dash = strchr(text, '-');
    *low = *high = number(text, strlen(text));
    if (*low < 0 && dash != NULL) {
        *low = number(text, (size_t)(dash - text));
        *high = number(dash + 1, strlen(dash + 1));
        return *low >= 0 && *high >= *low;
    }
    if (*low < 0) {
        const struct servent *s = getservbyname(text, "tcp");
        *low = *high = s != NULL ? ntohs((uint16_t)s->s_port) : -1;
    }
    return *low >= 0;
}

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

static int
parse_path(const char *path, struct target *t)
{
    char shown[QUOTE_SIZE];
    const char *here = *path == '@' ? "./" : ""; /* to nc it is a name */
    int n = snprintf(t->host, sizeof t->host, "unix:%s%s", here, path);
    if (n >= (int)sizeof t->host)
        return complain_usage("nc: %s is too long", quoted(shown, path));
    snprintf(t->text, sizeof t->text, "%s", t->host);
    return PARSED;
}

/* One after another; it is well when one of them was. */
static int
connect_all(const char *host, int low, int high)
{
    struct target t;
    char port[16];
    char *words[] = {(char *)host, port};
    bool well = false;
    for (int i = low; i <= high && interrupt_signal() == 0 && !quit_came();
         i++) {
        snprintf(port, sizeof port, "%d", i);
        int code = parse_target(2, words, &t);
        if (code != PARSED)
            return code;
        code = connect_to(&t);
        well = well || code == EXIT_FINE;
        if (code != EXIT_FINE && code != EXIT_OTHER && code != EXIT_RESET)
            return code;
    }
    return well ? EXIT_FINE : EXIT_OTHER;
}

static int
run_client(int count, char **args)
{
    static char source[RN_HOST_SIZE + 16];
    struct target t = {0};
    char shown[QUOTE_SIZE];
    int low;
    int high;
    if (nc.source != NULL || nc.port != NULL) {
        const char *address = nc.source != NULL ? nc.source : "";
        bool bare = strchr(address, ':') != NULL && nc.port != NULL;
        snprintf(source, sizeof source, bare ? "[%s]%s%s" : "%s%s%s", address,
                 nc.port != NULL ? ":" : "", nc.port != NULL ? nc.port : "");
        settings.source = source;
    }
    if (nc.local)
        return parse_path(args[0], &t) == PARSED ? connect_to(&t) : EXIT_USAGE;
    if (count < 2)
        return complain_usage("nc: no port after %s", quoted(shown, args[0]));
    if (!parse_ports(args[1], &low, &high))
        return complain_of_port(args[1]);
    if (nc.numeric && !is_numeric(args[0]))
        return complain_usage("nc: with -n %s must be an address",
                              quoted(shown, args[0]));
    return connect_all(args[0], low, high);
}

/* ---- Listening */

static int
serve_all(rn_server *server)
{
    int code;
    do {
        rn_socket *s = serve_accept(server, &code);
        if (s == NULL)
            break;
        if (!nc.local)
            SAY("Connection received on %s %d\n", rn_remote_address(s),
                rn_remote_port(s));
        if (!nc.keep) {
            rn_server_free(server);
            server = NULL;
        }
        code = talk(s, rn_remote_address(s));
    } while (nc.keep && interrupt_signal() == 0 && !quit_came());
    rn_server_free(server);
    return code;
}

/* -l PORT, -l ADDRESS PORT, -l -p PORT [ADDRESS], -lU PATH */
static int
run_server(int count, char **args)
{
    struct target t = {0};
    int code;
    const char *port = nc.port != NULL ? nc.port
        : count > 0                    ? args[--count]
                                       : NULL;
    if (port == NULL || count > 1)
        return complain_usage("nc: -l takes a port, and before it perhaps an "
                              "address");
    const char *address = count > 0 ? args[0] : nc.source;
    if (nc.local) {
        code = parse_path(port, &t);
        if (code != PARSED)
            return code;
        address = t.host;
    } else {
        int high;
        if (!parse_ports(port, &t.port, &high) || high != t.port)
            return complain_of_port(port);
    }
    serving.open = true;
    rn_server *server = serve_open(t.port, address, &code);
    if (server == NULL)
        return code;
    if (nc.local)
        SAY("Listening on %s\n", port);
    else
        SAY("Listening on %s %d\n", rn_server_address(server),
            rn_server_port(server));
    return serve_all(server);
}

/* ---- Options */

static int
check_options(int count)
{
    char shown[QUOTE_SIZE];
    if (nc.keep && !nc.listening)
        return complain_usage("nc: -k is for -l");
    if (nc.scan && nc.listening)
        return complain_usage("nc: -z is not for -l");
    if (nc.local && count != (nc.listening && nc.port != NULL ? 0 : 1))
        return complain_usage("nc: -U takes one path");
    if (!nc.listening && count == 0)
        return complain_usage("nc: no host");
    if (nc.quit == NULL)
        return PARSED;
    char *end;
    quit_after = strtol(nc.quit, &end, 10);
    if (end == nc.quit || *end != '\0' || quit_after > 1000000)
        return complain_usage("nc: -q takes seconds, not %s",
                              quoted(shown, nc.quit));
    nc.half = nc.half || quit_after >= 0;
    return PARSED;
}

static int
run(int count, char **args)
{
    int code = check_options(count);
    if (code != PARSED)
        return code;
    settings.quiet = true; /* nc has words of its own */
    settings.verbose = nc.verbose;
    settings.idle = nc.patience;
    return nc.listening ? run_server(count, args) : run_client(count, args);
}

static const struct option_spec options[] = {
    {"listen", 'l', OPTION_FLAG, &nc.listening, NULL,
     "wait for a connection, on every interface", 0},
    {"keep", 'k', OPTION_FLAG, &nc.keep, NULL,
     "with -l: one after another, for ever", 0},
    {"port", 'p', OPTION_TEXT, &nc.port, "PORT",
     "the port to connect from, or to listen on", 0},
    {"zero", 'z', OPTION_FLAG, &nc.scan, NULL,
     "connect, and no more: is there somebody?", 0},
    {"say", 'v', OPTION_FLAG, &nc.verbose, NULL,
     "tell connections and failures", 0},
    {"wait", 'w', OPTION_DURATION, &nc.patience, "TIME",
     "to connect, and of silence: then end", 0},
    {"shutdown", 'N', OPTION_FLAG, &nc.half, NULL,
     "tell the peer when the input ends", 0},
    {"quit", 'q', OPTION_TEXT, &nc.quit, "SECONDS",
     "end so long after the input; below 0: never", 0},
    {"unix", 'U', OPTION_FLAG, &nc.local, NULL,
     "a path instead of host and port", 0},
    {"source", 's', OPTION_TEXT, &nc.source, "ADDRESS", "the local address", 0},
    {"numeric", 'n', OPTION_FLAG, &nc.numeric, NULL,
     "addresses alone, no names", 0},
    {"detach", 'd', OPTION_FLAG, &nc.detached, NULL,
     "do not read standard input", 0},
    {"crlf", 'C', OPTION_FLAG, &nc.crlf, NULL, "send LF as CRLF", 0},
    {"json", 0, OPTION_MAYBE_TEXT, &settings.json, "FILE",
     "one JSON object at the end", 0},
    {0}};

const struct command command_nc = {
    .name = "nc",
    .synopsis = "[HOST] PORT",
    .purpose = "the letters of OpenBSD's nc, with their meaning",
    .more = "PORT may be a service, or a range as 20-25. Its exit codes are 0 "
            "and 1 alone.\nWhat is not there: UDP (-u), proxies (-x -X -P), "
            "pauses (-i), telnet (-t),\nrunning a program (-e, -c: see runnel "
            "listen --exec), and socket settings\n(-b -D -F -I -M -m -O -r -S "
            "-T -V -W -Z).",
    .most = 2,
    .common = COMMON_FAMILY | COMMON_LOG,
    .options = options,
    .one_failure = true,
    .prints_data = true,
    .run = run,
};
