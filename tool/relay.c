/* SPDX-License-Identifier: MIT */
/* runnel relay A B */
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "commands.h"
#include "exit.h"
#include "pump.h"
#include "report.h"
#include "say.h"
#include "secure.h"
#include "serve.h"

enum kind {
    STANDARD,
    CONNECT,
    LISTEN,
    EXEC
};

/* An address of the command line, understood. */
struct place {
    enum kind kind;
    bool tls;
    struct target target; /* CONNECT; LISTEN, where it has a host */
    int port;             /* LISTEN */
    rn_server *server;    /* LISTEN, once it is open */
    char **words;         /* EXEC */
    const char *name;     /* in --json */
};

/* ---- Understanding them */

/* The words of a command, between blanks, in memory that stays. */
static int
parse_exec(char *text, struct place *p)
{
    p->kind = EXEC;
    p->words = calloc(strlen(text) / 2 + 2, sizeof *p->words);
    if (p->words == NULL)
        return complain_as(EXIT_OTHER, "no memory");
    char *rest;
    int n = 0;
    for (char *w = strtok_r(text, " \t", &rest); w != NULL;
         w = strtok_r(NULL, " \t", &rest))
        p->words[n++] = w;
    return n > 0 ? PARSED : complain_usage("exec: needs a command behind it");
}

static int
parse_listen(char *text, struct place *p)
{
    p->kind = LISTEN;
    if (strchr(text, ':') != NULL) {
        int code = parse_target(1, &text, &p->target);
        p->port = p->target.port;
        return code;
    }
    p->port = parse_port(text);
    return p->port < 0 ? EXIT_USAGE : PARSED;
}

static int
parse_place(char *text, struct place *p)
{
    *p = (struct place){.kind = CONNECT};
    if (strcmp(text, "-") == 0) {
        p->kind = STANDARD;
        return PARSED;
    }
    if (strncmp(text, "exec:", 5) == 0)
        return parse_exec(text + 5, p);
    if (strncmp(text, "listen:", 7) == 0)
        return parse_listen(text + 7, p);
    if (strncmp(text, "tls-listen:", 11) == 0) {
        p->tls = true;
        return parse_listen(text + 11, p);
    }
    if (strncmp(text, "unix:", 5) == 0)
        return parse_target(1, &text, &p->target);
    p->tls = strncmp(text, "tls:", 4) == 0 || securing.on;
    char *host = text + 4;
    if (strncmp(text, "tcp:", 4) == 0 || strncmp(text, "tls:", 4) == 0) {
        int code = parse_target(1, &host, &p->target);
        p->target.tls = p->tls;
        return code;
    }
    char shown[QUOTE_SIZE];
    return complain_usage("%s is none of tcp:HOST:PORT, tls:HOST:PORT, "
                          "unix:/PATH, listen:PORT, tls-listen:PORT, "
                          "exec:COMMAND, -",
                          quoted(shown, text));
}

/* ---- Opening them */

static int
open_listener(struct place *p)
{
    int code;
    const char *host = p->target.host[0] != '\0' ? p->target.host : NULL;
    report_into(p->name);
    p->server = serve_open(p->port, host, &code);
    report_into(NULL);
    return code;
}

static int
open_kind(const struct place *p, const rn_socket *front, struct end *e)
{
    rn_error err;
    int code = EXIT_OTHER;
    rn_socket *s = NULL;
    switch (p->kind) {
    case STANDARD:
        return end_standard(e, true);
    case EXEC:
        return end_command(e, p->words, front);
    case CONNECT:
        s = dial(&p->target, RN_UNBUFFERED, &err);
        code = s == NULL ? complain(&err) : EXIT_FINE;
        break;
    case LISTEN:
        s = serve_accept(p->server, &code);
        if (s != NULL && p->tls)
            s = serve_secured(s, 0, &code);
        break;
    }
    return s != NULL ? end_socket(e, s) : code;
}

/* `number` as pump.h has it. */
static int
open_end(const struct place *p, const rn_socket *front, int number,
         struct end *e)
{
    if (number == 0) /* else --json tells of no single one */
        report_into(p->name);
    int code = open_kind(p, front, e);
    if (number == 0)
        report_into(NULL);
    return code;
}

static const char *
name_of(const struct place *p)
{
    return p->kind == CONNECT ? p->target.text
        : p->kind == EXEC     ? p->words[0]
                              : "relay";
}

/* ---- Running */

struct relay {
    struct place a;
    struct place b;
};

/* The standard streams are always the near end (pump.h). */
static int
run_pump(const struct relay *r, struct end *a, struct end *b, int number)
{
    struct pump p = {
        .linger = LINGER_MS, .number = number, .target = name_of(&r->b)};
    p.near = b->standard ? *b : *a;
    p.far = b->standard ? *a : *b;
    return pump(&p);
}

/* With a connection for the place that listens. */
static int
relay_accepted(rn_socket *s, int number, void *context)
{
    const struct relay *r = context;
    bool front = r->a.kind == LISTEN;
    struct end accepted;
    struct end other;
    end_socket(&accepted, s);
    int code = open_end(front ? &r->b : &r->a, s, number, &other);
    if (code != EXIT_FINE)
        end_close(&accepted, true);
    else if (front)
        code = run_pump(r, &accepted, &other, number);
    else
        code = run_pump(r, &other, &accepted, number);
    return serve_code(code, number);
}

static int
relay_once(const struct relay *r)
{
    struct end a;
    struct end b;
    int code = open_end(&r->a, NULL, 0, &a);
    if (code != EXIT_FINE)
        return code;
    code = open_end(&r->b, NULL, 0, &b);
    if (code == EXIT_FINE)
        return run_pump(r, &a, &b, 0);
    end_close(&a, true);
    return code;
}

/* What can be said of the two of them before anything is opened. */
static int
judge(const struct relay *r)
{
    bool standard = r->a.kind == STANDARD || r->b.kind == STANDARD;
    bool listens = r->a.kind == LISTEN || r->b.kind == LISTEN;
    if (r->a.kind == STANDARD && r->b.kind == STANDARD)
        return complain_usage("relay: \"-\" is there once");
    if (serving.keep && (standard || r->a.kind == r->b.kind))
        return complain_usage("relay: --keep is for one listen: and no \"-\"");
    if ((serving.keep || serving.open) && !listens)
        return complain_usage("relay: --keep and --public are for listen:");
    if (serving.max > 0 && !serving.keep)
        return complain_usage("relay: --max is for --keep");
    return PARSED;
}

/* Both listen from the beginning: who comes to the second one first waits. */
static int
listen_and_relay(struct relay *r)
{
    struct place *both[] = {&r->a, &r->b};
    int code = EXIT_FINE;
    for (int i = 0; i < 2 && code == EXIT_FINE; i++)
        if (both[i]->kind == LISTEN)
            code = open_listener(both[i]);
    struct place *front = r->a.kind == LISTEN ? &r->a : &r->b;
    if (code == EXIT_FINE) {
        rn_server *server = front->server;
        front->server = NULL; /* serve frees it */
        serving.tls = front->tls;
        report_into(serving.keep ? NULL : front->name);
        code = serve(server, relay_accepted, r);
    }
    for (int i = 0; i < 2; i++)
        rn_server_free(both[i]->server);
    return code;
}

static int
check_tls(const struct relay *r)
{
    const struct place *both[] = {&r->a, &r->b};
    int code = PARSED;
    for (int i = 0; i < 2 && code == PARSED; i++)
        if (both[i]->tls)
            code = secure_begin(both[i]->kind == LISTEN);
    if (!r->a.tls && !r->b.tls)
        code = secure_check("relay");
    return code;
}

static int
check_commands(const struct relay *r)
{
    const struct place *both[] = {&r->a, &r->b};
    int code = EXIT_FINE;
    for (int i = 0; i < 2 && code == EXIT_FINE; i++)
        if (both[i]->kind == EXEC)
            code = end_check_command(both[i]->words[0]);
    return code;
}

static int
run(int count, char **args)
{
    (void)count;
    struct relay r = {0};
    int code = parse_place(args[0], &r.a);
    if (code == PARSED)
        code = parse_place(args[1], &r.b);
    if (code == PARSED)
        code = judge(&r);
    r.a.name = "a";
    r.b.name = "b";
    if (code == PARSED)
        code = check_tls(&r);
    if (code == PARSED)
        code = check_commands(&r);
    if (code == EXIT_FINE)
        code = r.a.kind == LISTEN || r.b.kind == LISTEN ? listen_and_relay(&r)
                                                        : relay_once(&r);
    free(r.a.words);
    free(r.b.words);
    return code;
}

static const struct option_spec options[] = {SERVE_OPTIONS, {0}};

const struct command command_relay = {
    .name = "relay",
    .synopsis = "A B",
    .purpose = "move bytes between two addresses, both ways",
    .more =
        "An address is one of\n"
        "  tcp:HOST:PORT, unix:/PATH  connect there\n"
        "  tls:HOST:PORT              over TLS; with --tls tcp: is, too\n"
        "  listen:PORT                accept one connection on loopback, or\n"
        "                             many with --keep; also listen:HOST:PORT\n"
        "                             and listen:unix:/PATH\n"
        "  tls-listen:PORT            the same, over TLS\n"
        "  exec:COMMAND               run it, without a shell; its words are\n"
        "                             those between blanks\n"
        "  -                          standard input and output\n"
        "The end of one direction is passed on; both make the end.",
    .least = 2,
    .most = 2,
    .common = COMMON_TIME | COMMON_FAMILY | COMMON_NETWORK | COMMON_TLS |
        COMMON_TLS_SERVER | COMMON_LOG | COMMON_REPORT,
    .knows_tls = true,
    .options = options,
    .prints_data = true,
    .run = run,
};
