/* SPDX-License-Identifier: MIT */
/*
 * runnel nc, or a link to it called nc: the letters of OpenBSD's netcat with
 * their meaning, its words with -v and its exit codes, over what connect and
 * listen are made of. Where it differs is in the manual, under CAVEATS.
 */
#include <stdio.h>
#include <stdlib.h>

#include "commands.h"
#include "exit.h"
#include "limits.h"
#include "nc.h"
#include "pump.h"
#include "quit.h"
#include "say.h"

struct nc nc;

static int64_t quit_after = -1; /* seconds, from -q */

int
nc_talk(rn_socket *s, const char *target)
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
    bool silence = code == EXIT_TIMEOUT && !deadline_over();
    return quit_came() || silence ? EXIT_FINE : code;
}

int
nc_path(const char *path, struct target *t)
{
    char shown[QUOTE_SIZE];
    int n = snprintf(t->host, sizeof t->host, "unix:%s", path);
    if (n >= (int)sizeof t->host)
        return complain_usage("nc: %s is too long", quoted(shown, path));
    snprintf(t->text, sizeof t->text, "%s", t->host);
    return PARSED;
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
    return nc.listening ? nc_server(count, args) : nc_client(count, args);
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

/* The letters of nc(1) that are not there, with what each is for; and those of
 * other netcats that people try. */
static const struct absent_letter absent[] = {
    {'b', "broadcast, which is for UDP"},
    {'c', "a command: see runnel listen --exec"},
    {'D', "socket debugging"},
    {'e', "a command: see runnel listen --exec"},
    {'F', "passing the descriptor"},
    {'I', "the size of the buffer to receive"},
    {'i', "a pause between lines"},
    {'M', "the hop limit"},
    {'m', "the least hop limit"},
    {'O', "the size of the buffer to send"},
    {'P', "a name for a proxy"},
    {'r', "random ports"},
    {'S', "signatures of RFC 2385"},
    {'T', "the traffic class"},
    {'t', "telnet"},
    {'u', "UDP"},
    {'V', "a routing table"},
    {'W', "a number of packets, which is for UDP"},
    {'X', "the kind of a proxy"},
    {'x', "a proxy"},
    {'Z', "DCCP"},
    {0, NULL},
};

const struct command command_nc = {
    .name = "nc",
    .synopsis = "[HOST] PORT...",
    .purpose = "the letters of OpenBSD's nc, with their meaning",
    .more = "PORT may be a service, or a range as 20-25. Its exit codes are 0 "
            "and 1 alone.\nWhat is not there: UDP (-u), proxies (-x -X -P), "
            "pauses (-i), telnet (-t),\nrunning a program (-e, -c: see runnel "
            "listen --exec), and socket settings\n(-b -D -F -I -M -m -O -r -S "
            "-T -V -W -Z).",
    .most = -1,
    .common = COMMON_DEADLINE | COMMON_FAMILY | COMMON_LOG,
    .options = options,
    .absent = absent,
    .one_failure = true,
    .prints_data = true,
    .run = run,
};
