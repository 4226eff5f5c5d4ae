/* SPDX-License-Identifier: MIT */
/*
 * runnel demo: the main job, on real input. Without arguments against a line
 * server in a thread of its own, on a free port of the loopback interface,
 * reached by name; with HOST and PORT against a server that is there already.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "commands.h"
#include "exit.h"
#include "interrupt.h"
#include "limits.h"
#include "report.h"
#include "say.h"
#include "transcript.h"

static const struct mode {
    rn_buffering buffering;
    const char *name;
} modes[] = {
    {RN_UNBUFFERED, "unbuffered"},
    {RN_LINE_BUFFERED, "line-buffered"},
    {RN_BUFFERED, "buffered"},
};

enum {
    MODES = sizeof modes / sizeof modes[0]
};

/* ---- The server: answers every line until it is told bye. */

static void
serve_one(rn_socket *s)
{
    const char *line;
    size_t len;
    int number = 0;
    rn_printf(s, "hello %s:%d, this is a line server\n", rn_remote_address(s),
              rn_remote_port(s));
    while (rn_readln(s, &line, &len) > 0) {
        if (strcmp(line, "bye") == 0) {
            rn_printf(s, "bye after %d lines\n", number);
            break;
        }
        rn_printf(s, "%d: %s (%zu bytes)\n", ++number, line, len);
    }
}

static void *
serve(void *arg)
{
    rn_server *server = arg;
    for (int i = 0; i < MODES; i++) {
        rn_error err;
        rn_socket *s = rn_accept(server, RN_BUFFERED, &err);
        if (s == NULL) {
            complain(&err);
            break;
        }
        serve_one(s);
        if (rn_close(s) < 0)
            complain_of(s);
        rn_free(s);
    }
    return NULL;
}

/* ---- The client */

static int talk; /* the number of the conversation, in the log */

static void
record(enum transcript_mark mark, const char *line)
{
    char text[512];
    int n = snprintf(text, sizeof text, "%s\n", line);
    transcript_bytes(mark, talk, text,
                     n < (int)sizeof text ? (size_t)n : sizeof text - 1);
}

static int
say(rn_socket *s, const char *text)
{
    printf("  we said    %s\n", text);
    record(SENT, text);
    return rn_writeln(s, text, strlen(text));
}

/* 1 a line, 0 the end, or a code. */
static int
hear(rn_socket *s)
{
    const char *line;
    int rc = rn_readln(s, &line, NULL);
    if (rc > 0) {
        printf("  peer said  %s\n", line);
        record(RECEIVED, line);
    } else if (rc == 0)
        printf("  peer ended the conversation\n");
    return rc;
}

static int
talk_to_own(rn_socket *s)
{
    static const char *const lines[] = {
        "first line",
        "",
        "third, after an empty one",
    };
    int rc = hear(s);
    for (size_t i = 0; rc > 0 && i < sizeof lines / sizeof lines[0]; i++) {
        rc = say(s, lines[i]);
        if (rc == RN_OK)
            rc = hear(s);
    }
    if (rc > 0)
        rc = say(s, "bye");
    while (rc >= 0 && (rc = hear(s)) > 0)
        continue;
    return rc;
}

/* A stranger: ask as an HTTP client would, which nearly everyone answers with
 * something, and print the first lines. */
static int
talk_to_stranger(rn_socket *s, const char *host)
{
    enum {
        SHOWN = 12
    };
    char header[300];
    rn_set_newline(s, RN_NEWLINE_CRLF);
    snprintf(header, sizeof header, "Host: %s", host);
    int rc = say(s, "HEAD / HTTP/1.0");
    if (rc == RN_OK)
        rc = say(s, header);
    if (rc == RN_OK)
        rc = say(s, "");
    if (rc == RN_OK)
        rc = rn_shutdown_write(s);
    for (int i = 0; rc >= 0 && i < SHOWN; i++)
        if ((rc = hear(s)) == 0)
            break;
    return rc;
}

static int
converse_in(const struct mode *mode, const struct target *t, bool own)
{
    rn_error err;
    printf("%s\n", mode->name);
    rn_socket *s = dial(t, mode->buffering, &err);
    if (s == NULL)
        return complain(&err);
    rn_set_deadline(s, RN_BOTH, deadline_or_never());
    rn_set_cancel(s, interrupt_token());
    if (settings.idle > 0)
        rn_set_timeout(s, RN_BOTH, settings.idle);
    talk++;
    printf("  connected  %s:%d -> %s (%s:%d)\n", rn_local_address(s),
           rn_local_port(s), t->host, rn_remote_address(s), rn_remote_port(s));
    int rc = own ? talk_to_own(s) : talk_to_stranger(s, t->host);
    int code = rc < 0 ? complain_of(s) : EXIT_FINE;
    if (rn_close(s) < 0 && code == EXIT_FINE)
        code = complain_of(s);
    if (code == EXIT_FINE)
        printf("  closed\n\n");
    rn_stats stats;
    rn_get_stats(s, &stats);
    report_add("bytes_sent", stats.bytes_written);
    report_add("bytes_received", stats.bytes_read);
    rn_free(s);
    return code;
}

static int
talk_in_all_modes(const struct target *t, bool own)
{
    int code = EXIT_FINE;
    for (int i = 0; code == EXIT_FINE && i < MODES; i++)
        code = converse_in(&modes[i], t, own);
    return code;
}

static int
demo_alone(void)
{
    rn_error err;
    struct target t = {0};
    rn_listen_options o = {.address =
                               settings.family == RN_IPV6 ? "::1" : "127.0.0.1",
                           .family = (rn_family)settings.family};
    /* By name; but a bare system may not know a localhost yet. */
    char found[RN_ADDRESS_SIZE];
    const rn_lookup_options l = {.family = o.family};
    bool known = rn_host_by_name_with("localhost", &l, found, sizeof found,
                                      NULL) == RN_OK;
    snprintf(t.host, sizeof t.host, "%s", known ? "localhost" : o.address);
    rn_server *server = rn_listen_with(&o, &err);
    if (server == NULL)
        return complain(&err);
    t.port = rn_server_port(server);
    print_place(t.text, t.host, t.port);
    printf("a line server listens on %s:%d\n\n", rn_server_address(server),
           rn_server_port(server));
    pthread_t thread;
    if (pthread_create(&thread, NULL, serve, server) != 0) {
        rn_server_free(server);
        return complain_as(EXIT_OTHER, "no thread to be had");
    }
    int code = talk_in_all_modes(&t, true);
    /* After a failure the server still waits for a client, so let it be: the
     * process ends now. */
    if (code == EXIT_FINE) {
        pthread_join(thread, NULL);
        rn_server_free(server);
    }
    return code;
}

static int
run(int count, char **args)
{
    if (count == 0)
        return demo_alone();
    struct target target;
    int code = parse_target(count, args, &target);
    return code != PARSED ? code : talk_in_all_modes(&target, false);
}

const struct command command_demo = {
    .name = "demo",
    .synopsis = "[HOST PORT]",
    .purpose = "hold a short conversation in each buffering mode",
    .most = 2,
    .common = COMMON_TIME | COMMON_FAMILY | COMMON_NETWORK | COMMON_LOG |
        COMMON_REPORT,
    .prints_data = true,
    .run = run,
};
